"""Our messages in Messenger's form."""

from collections.abc import Sequence
from typing import Any

from bots.channel import Action, Button, Card, Outbound, SendError
from bots.messenger import quick_replies
from bots.strict_json import clean
from bots.texts import splitting

TEXT_LIMIT = 1999  # "less than 2000 characters"; counted here as code points (Send API page, May 2026)
METADATA_LIMIT = 999
UNNAMED = "bot"  # an echo without app id and without metadata would look like a person of the shop writing
CARD_LIMIT = 10  # elements of a generic template; this and the next two: Meta's generic-template page, 2026
CARD_TEXT = 80  # characters of title and of subtitle
CARD_BUTTONS = 3

Part = dict[str, Any]


def build(outbound: Outbound) -> list[Part]:
    """The `message` objects to send one after the other, buttons on the last.

    A picture goes first and alone: quick replies beside a picture vanish when it loads. So does a row of cards; cards
    that cannot stand in a row are listed under the text. Raises SendError (content) when nothing is left to send or
    the text is too long.
    """
    text = clean(outbound.text)
    if len(text) > TEXT_LIMIT:
        raise SendError(Action.CONTENT, "too-long", f"{len(text)} characters, {TEXT_LIMIT} fit")
    if fits_carousel(outbound.cards):
        return _finish(outbound, [*_picture(outbound), _carousel(outbound.cards), *_words(text)])
    return plain(outbound)


def plain(outbound: Outbound) -> list[Part]:
    """The same without a row of cards: they stand under the text, over more than one message if need be."""
    text = clean(outbound.text)
    listed = "\n".join(filter(None, (text, _list(outbound.cards)))) if outbound.cards else text
    pieces = splitting.split(listed, TEXT_LIMIT) if len(listed) > TEXT_LIMIT else [listed]
    return _finish(outbound, [*_picture(outbound), *(part for piece in pieces for part in _words(piece))])


def fits_carousel(cards: Sequence[Card]) -> bool:
    """Whether cards can stand beside each other: ten at most, each with its picture."""
    return 0 < len(cards) <= CARD_LIMIT and all(card.image_url and clean(card.title).strip() for card in cards)


def is_carousel(part: Part) -> bool:
    return bool(part.get("attachment", {}).get("type") == "template")


def _finish(outbound: Outbound, parts: list[Part]) -> list[Part]:
    if not parts:
        raise SendError(Action.CONTENT, "empty")
    if buttons := quick_replies.build(outbound.buttons):
        parts[-1]["quick_replies"] = buttons
    return [{**part, "metadata": metadata(outbound)} for part in parts]


def metadata(outbound: Outbound) -> str:
    """What comes back in the echo: it tells our messages from those of people."""
    return outbound.reference[:METADATA_LIMIT] or UNNAMED


def _picture(outbound: Outbound) -> list[Part]:
    """Uploaded before, or fetched by Meta from its address."""
    named = {"attachment_id": outbound.attachment} if outbound.attachment else {"url": outbound.image_url}
    return [{"attachment": {"type": "image", "payload": named}}] if any(named.values()) else []


def _words(text: str) -> list[Part]:
    return [{"text": text}] if text.strip() else []


def _carousel(cards: Sequence[Card]) -> Part:
    payload = {"template_type": "generic", "elements": [_element(card) for card in cards]}
    return {"attachment": {"type": "template", "payload": payload}}


def _element(card: Card) -> Part:
    """One card; Meta cuts or refuses what is too long, so it is shortened here, between words."""
    element: Part = {"title": quick_replies.shorten(card.title, CARD_TEXT), "image_url": card.image_url}
    if subtitle := quick_replies.shorten(card.subtitle, CARD_TEXT):
        element["subtitle"] = subtitle
    if buttons := [_postback(button) for button in card.buttons[:CARD_BUTTONS] if not button.contact]:
        element["buttons"] = buttons
    return element


def _postback(button: Button) -> Part:
    title, payload = quick_replies.title_and_payload(button)
    return {"type": "postback", "title": title, "payload": payload}


def _list(cards: Sequence[Card]) -> str:
    return "\n".join(map(_line, cards))


def _line(card: Card) -> str:
    """A card in words, which hold its number; what its first button says can be typed."""
    facts = " · ".join(filter(None, (clean(card.title).strip(), clean(card.subtitle).strip())))
    typed = next((clean(button.payload) for button in card.buttons if button.payload and not button.contact), "")
    return facts + (f" → {typed}" if typed else "")
