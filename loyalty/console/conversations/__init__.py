"""Conversations: reading what customers write, answering, and giving back to the bot."""

from loyalty.console.conversations import acts, pages
from loyalty.console.conversations.here import deeds, section

__all__ = ["acts", "deeds", "pages", "section"]
