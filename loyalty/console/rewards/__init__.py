"""Rewards: the catalogue, what was redeemed, unique codes."""

from loyalty.console.rewards import browsing, keeping, lists
from loyalty.console.rewards.here import deeds, section

__all__ = ["browsing", "deeds", "keeping", "lists", "section"]
