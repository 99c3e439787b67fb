"""The channels: may they send, what is set up, what is stuck, what went out."""

from loyalty.console.channels import accounts, connecting, events, linking, messages, templating
from loyalty.console.channels.here import deeds, section

__all__ = ["accounts", "connecting", "deeds", "events", "linking", "messages", "section", "templating"]
