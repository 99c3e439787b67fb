"""Campaigns: written, looked at, let go, followed."""

from loyalty.console.campaigns import browsing, composing, sending
from loyalty.console.campaigns.here import section

__all__ = ["browsing", "composing", "section", "sending"]
