"""What a message says, sealed for its person: a text, taps, cards, a picture."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from loyalty import crypto
from loyalty.db import keyring
from loyalty.messaging.models import OutboundMessage
from loyalty.vault import people


@dataclass(frozen=True, slots=True)
class MessageButton:
    """A tap that sends `payload` as if typed; `contact` asks for the person's own phone instead."""

    title: str
    payload: str
    contact: bool = False


@dataclass(frozen=True, slots=True)
class MessageCard:
    """One of several things shown beside each other, with taps of its own; `image_url` a public https address."""

    title: str
    subtitle: str
    image_url: str
    buttons: tuple[MessageButton, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """What a person gets to see; `facts` are what may stand in a template instead, by placeholder."""

    text: str
    buttons: tuple[MessageButton, ...] = ()
    image_url: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    cards: tuple[MessageCard, ...] = ()
    picture: str = ""  # the id of an uploaded one, instead of an address


def seal(session: Session, customer_id: int | None, public_id: str, content: Content) -> bytes:
    plain = json.dumps(asdict(content), ensure_ascii=False)
    if customer_id is None:
        return keyring(session).seal(plain.encode(), _place(public_id))
    return people.seal(session, customer_id, plain, "outbound_message", "body", public_id)


def read(session: Session, message: OutboundMessage) -> Content:
    """What was stored to be sent."""
    assert message.body is not None
    if message.customer_id is None:
        plain = keyring(session).open(message.body, _place(message.public_id)).decode()
    else:
        plain = people.read(session, message.customer_id, message.body, "outbound_message", "body", message.public_id)
    found = json.loads(plain)
    cards = tuple(MessageCard(**{**card, "buttons": _buttons(card)}) for card in found.get("cards", ()))
    return Content(
        found["text"], _buttons(found), found["image_url"], found.get("facts", {}), cards, found.get("picture", "")
    )


def _buttons(found: Mapping[str, Any]) -> tuple[MessageButton, ...]:
    return tuple(MessageButton(**button) for button in found["buttons"])


def _place(public_id: str) -> bytes:
    return crypto.aad("outbound_message", "body", public_id)
