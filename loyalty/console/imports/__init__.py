"""Bringing in the old spreadsheet: upload, look, confirm, undo."""

from loyalty.console.imports import acting, browsing
from loyalty.console.imports.here import deeds, section

__all__ = ["acting", "browsing", "deeds", "section"]
