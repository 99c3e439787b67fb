"""Refusals of the domain: facts with a stable code, never an HTTP status and never a sentence for a customer."""

from typing import Any


class LoyaltyError(Exception):
    """A refusal. `code` is stable and public; `facts` are the values a text or a problem document may quote.

    `spoken`: the message is the sentence for a person already, in the shop's language.
    `noted` is the action under which the audit keeps that somebody of the shop tried; "" where nobody need know.
    """

    code = "refused"
    noted = ""
    spoken = False

    def __init__(self, message: str = "", **facts: Any) -> None:
        super().__init__(message or self.code)
        self.facts = facts


class NotFound(LoyaltyError):
    """What was named does not exist (404)."""

    code = "not_found"


class Conflict(LoyaltyError):
    """What was asked contradicts what is already so (409)."""

    code = "conflict"


class RuleViolation(LoyaltyError):
    """A rule of the shop or of the programme forbids it (422)."""

    code = "rule_violation"


class Unreadable(RuleViolation):
    """Something typed could not be understood; `typed` is what was read, `example` one right form."""

    code = "unreadable"


class Forbidden(LoyaltyError):
    """Known, but not allowed (403)."""

    code = "forbidden"


class Unauthenticated(LoyaltyError):
    """Nobody known asks: no valid key or session (401)."""

    code = "unauthenticated"


class TooMany(LoyaltyError):
    """Too often; `retry_after` is in whole seconds (429)."""

    code = "too_many"
