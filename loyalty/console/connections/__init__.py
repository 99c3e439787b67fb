"""Other systems: what they may ask, what they are told."""

from loyalty.console.connections import keys, webhooks
from loyalty.console.connections.here import deeds, section

__all__ = ["deeds", "keys", "section", "webhooks"]
