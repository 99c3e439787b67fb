"""The rules of points: read in sentences, written as a document, tried, put in force, gone back from."""

from loyalty.console.programme import acting, browsing, holding, referring
from loyalty.console.programme.here import deeds, section

__all__ = ["acting", "browsing", "deeds", "holding", "referring", "section"]
