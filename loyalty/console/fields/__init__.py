"""Fields of customers: the shop's own, defined without code."""

from loyalty.console.fields import keeping
from loyalty.console.fields.here import deeds, section

__all__ = ["deeds", "keeping", "section"]
