"""Journeys: composed, foretold, let go, followed."""

from loyalty.console.journeys import acting, browsing, composing
from loyalty.console.journeys.here import deeds, section

__all__ = ["acting", "browsing", "composing", "deeds", "section"]
