"""Our messages in Zalo's forms: text, picture, buttons, a list of cards, the request for a phone number.

Zalo's limits, 2026-11: text 2,000 characters, five buttons, five elements, title of a request 100 and subtitle 500.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bots.channel import Button, Card, Outbound
from bots.strict_json import clean
from bots.zalo.messages import Part, ZaloAttachment, ZaloMessageBody

TEXT_LIMIT = 2000
BUTTON_LIMIT = 5
CARD_LIMIT = 5
TITLE_LIMIT = 100
SUBTITLE_LIMIT = 500

_SENTENCE_ENDS = (". ", "! ", "? ", "… ")


def forms(message: Outbound) -> list[Part]:
    """The message as people should see it, then what to send where Zalo refuses that: no cards, no buttons, no picture.

    Words are in every form. Without cards they stand under the text, and so do the titles of buttons, numbered.
    """
    if message.cards:
        plain = replace(message, text=_with_cards(clean(message.text), message.cards), cards=())
        return [_list(message), *forms(plain)]
    found: list[Part] = [_rich(message)]
    words, picture = _with_titles(clean(message.text), message.buttons), _picture(message)
    if message.buttons:
        found.append(_body(words, picture))
    if picture and words:
        found.append(_body(words, {}))
    return found


def _rich(message: Outbound) -> Part:
    """Buttons that send their payload as if it had been typed; what is over five is listed under the text.

    Zalo's one way to ask for a phone is a card of its own without other buttons: used when the only button asks for
    the contact and the text fits on the card.
    """
    text, first, rest = clean(message.text), message.buttons[:BUTTON_LIMIT], message.buttons[BUTTON_LIMIT:]
    if len(message.buttons) == 1 and message.buttons[0].contact and (request := _request(text, message.image_url)):
        return ZaloMessageBody(attachment=_template("request_user_info", elements=[request]))
    listed = _with_titles(text, rest, start=BUTTON_LIMIT + 1)
    return _body(listed, _picture(message), [_query(button) for button in first])


def title_and_subtitle(text: str) -> tuple[str, str] | None:
    """`text` in two parts that fit a request: cut at a line, else a sentence, else a word; None where it cannot be.

    Nothing but the space at the cut is lost.
    """
    if len(text) <= TITLE_LIMIT and "\n" not in text:
        return text, ""
    head = text[: TITLE_LIMIT + 1]
    ends = (head.find("\n"), max(head.rfind(end) + 1 for end in _SENTENCE_ENDS), head.rfind(" "))
    cut = next((end for end in ends if end > 0), len(text))
    title, subtitle = text[:cut].rstrip(), text[cut:].lstrip()
    return (title, subtitle) if len(title) <= TITLE_LIMIT and len(subtitle) <= SUBTITLE_LIMIT else None


def _request(text: str, image_url: str) -> dict[str, str] | None:
    parts = title_and_subtitle(text.strip())
    if parts is None or not parts[0]:
        return None
    element = {"title": parts[0], "subtitle": parts[1], "image_url": image_url}
    return {name: value for name, value in element.items() if value}


def _picture(message: Outbound) -> dict[str, str]:
    """The element that shows its picture, uploaded before or fetched from its address; empty for none."""
    if message.attachment:
        return {"media_type": "image", "attachment_id": message.attachment}
    return {"media_type": "image", "url": message.image_url} if message.image_url else {}


def _body(text: str, picture: Mapping[str, str], buttons: Sequence[Mapping[str, str]] = ()) -> ZaloMessageBody:
    extra: dict[str, Any] = {"buttons": list(buttons)} if buttons else {}
    if picture:
        return ZaloMessageBody(text or None, _template("media", elements=[picture], **extra))
    return ZaloMessageBody(text, ZaloAttachment("template", extra) if extra else None)


def _template(kind: str, **parts: Any) -> ZaloAttachment:
    return ZaloAttachment("template", {"template_type": kind} | parts)


def _query(button: Button) -> dict[str, str]:
    return {"title": clean(button.title), "type": "oa.query.show", "payload": clean(button.payload)}


def _list(message: Outbound) -> Part:
    """Cards as the elements of a list, each tapped for what its first button sends; more than five stay words."""
    shown, rest = message.cards[:CARD_LIMIT], message.cards[CARD_LIMIT:]
    text = _with_cards(clean(message.text), rest)
    taps = [_query(button) for button in message.buttons[:BUTTON_LIMIT]]
    buttons: dict[str, Any] = {"buttons": taps} if taps else {}
    return ZaloMessageBody(text or None, _template("list", elements=[_element(card) for card in shown], **buttons))


def _element(card: Card) -> dict[str, Any]:
    first = next(iter(card.buttons), None)
    action = {"type": "oa.query.show", "payload": clean(first.payload)} if first is not None else None
    element = {
        "title": clean(card.title)[:TITLE_LIMIT],
        "subtitle": clean(card.subtitle)[:SUBTITLE_LIMIT],
        "image_url": card.image_url,
        "default_action": action,
    }
    return {name: value for name, value in element.items() if value}


def _with_cards(text: str, cards: Sequence[Card]) -> str:
    """The cards under the text, each with what to write for it; as many as fit into one message.

    A card's own words hold its number, the one that chooses it: a second one before them would be typed by mistake.
    """
    lines = [text] if text else []
    for card in cards:
        first = next(iter(card.buttons), None)
        words = " · ".join(filter(None, (clean(card.title), clean(card.subtitle))))
        line = words + (f" («{clean(first.payload)}»)" if first is not None else "")
        if len("\n".join([*lines, line])) > TEXT_LIMIT:
            break
        lines.append(line)
    return "\n".join(lines)


def _with_titles(text: str, buttons: Sequence[Button], start: int = 1) -> str:
    """The titles numbered under the text; only the text where both are too long for one message."""
    lines = [f"{number}. {clean(button.title)}" for number, button in enumerate(buttons, start)]
    whole = "\n".join(filter(None, (text, *lines)))
    return whole if len(whole) <= TEXT_LIMIT else text
