"""The ways a platform lets a message go. Stored with every message; what each costs and asks is dated data."""

from enum import StrEnum


class Route(StrEnum):
    """In the order they are tried: what is free first, a phone last."""

    FREE = "free"  # within the answering window: a Zalo consultation message, a Messenger RESPONSE or UPDATE
    PACKAGE = "package"  # a Zalo consultation message after the free hours: out of the package, or billed
    TEMPLATE_USER = "template_user"  # an approved template to a chat: Zalo ZBS by user id, Messenger UTILITY
    TEMPLATE_PHONE = "template_phone"  # an approved template to a phone number: Zalo ZBS
    HUMAN = "human"  # Messenger HUMAN_AGENT: written by a person, within seven days


TEMPLATES = frozenset({Route.TEMPLATE_USER, Route.TEMPLATE_PHONE})
