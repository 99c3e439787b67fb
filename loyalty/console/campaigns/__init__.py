"""Campaigns: written, looked at, let go, followed."""

from loyalty.console.campaigns import after, browsing, composing, foreseeing, sending
from loyalty.console.campaigns.here import section

__all__ = ["after", "browsing", "composing", "foreseeing", "section", "sending"]
