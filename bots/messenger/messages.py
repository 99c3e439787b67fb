"""Our messages in Messenger's form."""

from typing import Any

from bots.channel import Action, Outbound, SendError
from bots.messenger import quick_replies
from bots.strict_json import clean

TEXT_LIMIT = 1999  # "less than 2000 characters"; counted here as code points (Send API page, May 2026)
METADATA_LIMIT = 999
UNNAMED = "bot"  # an echo without app id and without metadata would look like a person of the shop writing


def build(outbound: Outbound) -> list[dict[str, Any]]:
    """The `message` objects to send one after the other, buttons on the last.

    A picture goes first and alone: quick replies beside a picture vanish when it loads. Raises SendError (content)
    when nothing is left to send or the text is too long.
    """
    parts = [*_picture(outbound.image_url), *_words(clean(outbound.text))]
    if not parts:
        raise SendError(Action.CONTENT, "empty")
    if buttons := quick_replies.build(outbound.buttons):
        parts[-1]["quick_replies"] = buttons
    metadata = outbound.reference[:METADATA_LIMIT] or UNNAMED
    return [{**part, "metadata": metadata} for part in parts]


def _picture(url: str) -> list[dict[str, Any]]:
    return [{"attachment": {"type": "image", "payload": {"url": url}}}] if url else []


def _words(text: str) -> list[dict[str, Any]]:
    if len(text) > TEXT_LIMIT:
        raise SendError(Action.CONTENT, "too-long", f"{len(text)} characters, {TEXT_LIMIT} fit")
    return [{"text": text}] if text.strip() else []
