"""Campaigns: written, looked at, let go, followed."""

from loyalty.console.campaigns import browsing, composing, foreseeing, sending
from loyalty.console.campaigns.here import section

__all__ = ["browsing", "composing", "foreseeing", "section", "sending"]
