"""Campaigns: written, looked at, let go, followed."""

from loyalty.console.campaigns import after, browsing, composing, foreseeing, returning, sending
from loyalty.console.campaigns.here import section

__all__ = ["after", "browsing", "composing", "foreseeing", "returning", "section", "sending"]
