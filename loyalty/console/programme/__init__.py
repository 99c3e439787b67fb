"""The rules of points: read, answered as a form or written as a document, tried, put in force, gone back from."""

from loyalty.console.programme import acting, browsing, form, holding, referring
from loyalty.console.programme.here import deeds, section

__all__ = ["acting", "browsing", "deeds", "form", "holding", "referring", "section"]
