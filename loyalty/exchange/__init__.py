"""Bringing in the old spreadsheet, taking lists out."""
