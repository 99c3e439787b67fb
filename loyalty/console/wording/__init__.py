"""The shop's own words: every sentence of the bot, what it says now, and how to say it otherwise."""

from loyalty.console.wording import browsing, changing
from loyalty.console.wording.here import deeds, section

__all__ = ["browsing", "changing", "deeds", "section"]
