"""Segments: choices of customers, made without code."""

from loyalty.console.segments import browsing, composing, keeping, listing, portraying, ready
from loyalty.console.segments.here import section

__all__ = ["browsing", "composing", "keeping", "listing", "portraying", "ready", "section"]
