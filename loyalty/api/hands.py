"""The holder of a key as somebody who serves: by the right of its scopes, and people are told in their chats."""

from flask import current_app

from loyalty.api import work
from loyalty.points.counter.orders import Hand
from loyalty.points.telling import Silent, Voice
from loyalty.staff.audit import Author

SILENT = Silent()


def hand() -> Hand:
    """In whose name this request acts; each request is an act of its own."""
    voice: Voice = current_app.extensions.get("loyalty_voice", SILENT)
    return Hand(None, Author(work.here().caller.actor, "api"), work.new_key(), work.now(), voice)
