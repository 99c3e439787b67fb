"""Quick replies: the buttons under a message, and what a tap on one of them says."""

import re
import unicodedata
from collections.abc import Sequence

from bots.channel import Action, Button, SendError
from bots.strict_json import clean

LIMIT = 13  # quick replies of one message; this and the next two: Meta's quick-replies page, 2026
TITLE_LIMIT = 20  # characters; Meta cuts the rest anywhere
PAYLOAD_LIMIT = 1000  # characters

# Before a payload of ours that reads as a phone: without it, tapping «0912 345 678?» would pass for Meta's attestation.
SPOKEN = "said:"
PHONE = re.compile(r"(?:\+[1-9]|0|84)[0-9]{8,13}")
PUNCTUATION = str.maketrans("", "", " .-()\u00a0")
JOINERS = "\u200d\ufe0e\ufe0f"  # they hold the parts of one emoji together


def build(buttons: Sequence[Button]) -> list[dict[str, str]]:
    """At most 13 quick replies, the first ones. Raises SendError for a payload that cannot be carried whole."""
    return [_quick_reply(button) for button in buttons[:LIMIT]]


def spoken(payload: str) -> str:
    """The words a tap stands for: the payload, without the mark `build` may have put before it."""
    return payload.removeprefix(SPOKEN)


def attested_phone(payload: str, text: str) -> str:
    """The phone Meta filled in from the person's account, or "".

    A tap on a `user_phone_number` quick reply comes back as text and payload with the number itself (unconfirmed
    against the live service): both must be that number, so a worded button of another tool never passes for one.
    """
    phone, shown = payload.translate(PUNCTUATION), text.translate(PUNCTUATION)
    agrees = not shown or (PHONE.fullmatch(shown) and shown[-9:] == phone[-9:])
    return payload.strip() if PHONE.fullmatch(phone) and agrees else ""


def shorten(title: str, limit: int = TITLE_LIMIT) -> str:
    """`title` within `limit` characters: cut between words when that keeps half of it, never inside a letter."""
    title = " ".join(clean(title).split())
    if len(title) <= limit:
        return title
    head = title[: limit - 1]
    while head and (_continues(title[len(head)]) or head[-1] in JOINERS):
        head = head[:-1]
    words = title[: len(head) + 1].rpartition(" ")[0]
    return (words if 2 * len(words) >= limit else head).rstrip(" ,.;:·–-(") + "…"


def _quick_reply(button: Button) -> dict[str, str]:
    if button.contact:
        return {"content_type": "user_phone_number"}
    title, payload = title_and_payload(button)
    if payload.startswith(SPOKEN) or PHONE.fullmatch(payload.translate(PUNCTUATION)):
        payload = _fitting(SPOKEN + payload)
    return {"content_type": "text", "title": title, "payload": payload}


def title_and_payload(button: Button) -> tuple[str, str]:
    """What a button shows, and what tapping it says. Raises SendError for a payload that cannot be carried whole."""
    return shorten(button.title or button.payload), _fitting(clean(button.payload) or clean(button.title))


def _fitting(payload: str) -> str:
    if not payload or len(payload) > PAYLOAD_LIMIT:
        raise SendError(Action.CONTENT, "button", f"a payload has 1 to {PAYLOAD_LIMIT} characters")
    return payload


def _continues(character: str) -> bool:
    return character in JOINERS or unicodedata.combining(character) > 0
