"""Webhook bodies to events. Which field names the OA and which the person differs from one event to the next.

Shapes and names as in Zalo's webhook pages and in captured deliveries, 2026-11.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from bots.channel import Inbound, InboundKind
from bots.strict_json import clean
from bots.zalo import news
from bots.zalo.event import EPOCH, NAME_LIMIT, Event, Parties, identifier, instant, name_of

__all__ = ["EPOCH", "parse"]

PHONE_LIMIT = 32
_PHONE_RECIPIENT = re.compile(r"84[0-9]{8,10}|[0-9a-f]{64}")  # a number, or its SHA-256 when sent by hash

FROM_PERSON = Parties(("recipient", "id"), ("sender", "id"))
TO_PERSON = Parties(("sender", "id"), ("recipient", "id"))
FOLLOWER = Parties(("oa_id",), ("follower", "id"))
FLAT = Parties(("oa_id",), ("user_id",))
WIDGET = Parties(("oa_id",), ("data", "user_id"))
GROUP = Parties(("oa_id",), ("sender", "id"))
NOBODY = Parties(("oa_id",), ())
TAGGING = ("add_user_to_tag", "remove_user_from_tag")
NOBODY_CAMEL = Parties(("oaId",), ())


def parse(payload: Mapping[str, Any]) -> list[Inbound]:
    """The one event of a webhook body (of a tag, one for each person), never none and never an exception.

    Whatever is unknown, damaged or of no use here is OTHER, its event id made from the whole body; a redelivery has
    the same body and so the same id. `at` is EPOCH where the time cannot be read. A shared business card is MEDIA: any
    card can be passed on, so its phone proves nothing.
    """
    parties, read = _EVENTS.get(name_of(payload), _UNKNOWN)
    event = Event(payload, parties)
    if event.is_test():
        return [event.other()]
    if event.name in TAGGING and (found := news.tagged(event)):
        return found
    return [read(event) or event.other()]


def _text(event: Event) -> Inbound | None:
    text = event.text("message", "text")
    return _written(event, InboundKind.MESSAGE, text) if text else None


def _media(event: Event) -> Inbound | None:
    return _written(event, InboundKind.MEDIA, event.text("message", "text"))


def _written(event: Event, kind: InboundKind, text: str) -> Inbound | None:
    if not event.names_both():
        return None
    return event.inbound(kind, "msg", event.message_id, text=text, message_id=event.message_id, interaction=True)


def _contact(event: Event) -> Inbound | None:
    """The answer to `request_user_info`. Every field may be missing; without a phone there is no contact."""
    if not event.names_both():
        return None
    phone, name = _phone(event.get("info", "phone")), event.text("info", "name", limit=NAME_LIMIT).strip()
    kind = InboundKind.CONTACT if phone else InboundKind.OTHER
    return event.inbound(kind, "info", event.user, event.timestamp, phone=phone, person_name=name, interaction=True)


def _reaction(event: Event) -> Inbound | None:
    icon = event.text("message", "react_icon", limit=NAME_LIMIT)
    if not (event.names_both() and event.message_id and icon):
        return None
    parts = (event.user, event.message_id, icon, event.timestamp)
    return event.inbound(InboundKind.REACTION, "react", *parts, text=icon, message_id=event.message_id)


def _follow(event: Event) -> Inbound | None:
    return _moment(event, InboundKind.FOLLOW, interaction=True)


def _unfollow(event: Event) -> Inbound | None:
    return _moment(event, InboundKind.UNFOLLOW)


def _opening(event: Event) -> Inbound | None:
    """A tap on the OA's chat or call button: nothing to answer, yet it opens the window."""
    return _moment(event, InboundKind.OTHER, interaction=True)


def _moment(event: Event, kind: InboundKind, **more: Any) -> Inbound | None:
    """An event without an id of its own, known by who and when."""
    return event.inbound(kind, event.name, event.user, event.timestamp, **more) if event.names_both() else None


def _delivered(event: Event) -> Inbound | None:
    """The receipt of a chat message, or, under the same name, of a template sent to a phone number."""
    if not (event.account and event.message_id):
        return None
    ids = (event.message_id,)
    if not _is_by_phone(event):
        return event.inbound(InboundKind.DELIVERED, "received", *ids, message_ids=ids) if event.user else None
    at = instant(event.get("message", "delivery_time"), instant(event.get("timestamp")))
    ours = identifier(event.get("message", "tracking_id"))
    return event.inbound(InboundKind.DELIVERED, "zns", *ids, at=at, user="", message_ids=ids, reference=ours)


def _is_by_phone(event: Event) -> bool:
    message = event.get("message")
    return "delivery_time" in message or "tracking_id" in message or bool(_PHONE_RECIPIENT.fullmatch(event.user))


def _seen(event: Event) -> Inbound | None:
    listed = event.get("message", "msg_ids")
    ids = tuple(filter(None, map(identifier, listed))) if isinstance(listed, list) else ()
    ids = ids or tuple(filter(None, (event.message_id,)))
    if not (event.names_both() and ids):
        return None
    return event.inbound(InboundKind.SEEN, "seen", *ids, message_ids=ids)


def _echo(event: Event) -> Inbound | None:
    """What left the OA: by a person at Zalo's chat tool if it names an `admin_id`, else by this program."""
    if not event.names_both():
        return None
    kind = InboundKind.HUMAN if event.get("sender", "admin_id") else InboundKind.OTHER
    text = event.text("message", "text")
    return event.inbound(kind, "echo", event.message_id, text=text, message_id=event.message_id)


def _ignored(event: Event) -> Inbound | None:
    return event.other()


Reader = Callable[[Event], Inbound | None]


def _rows(prefix: str, names: str, parties: Parties, read: Reader) -> dict[str, tuple[Parties, Reader]]:
    return {prefix + name: (parties, read) for name in names.split()}


_UNKNOWN: tuple[Parties, Reader] = (FLAT, _ignored)
_EVENTS: dict[str, tuple[Parties, Reader]] = (
    _rows("user_send_", "text", FROM_PERSON, _text)
    | _rows("user_send_", "image link audio video sticker location business_card file gif", FROM_PERSON, _media)
    | _rows("user_", "submit_info", FROM_PERSON, _contact)
    | _rows("user_", "reacted_message", FROM_PERSON, _reaction)
    | _rows("user_", "received_message", TO_PERSON, _delivered)
    | _rows("user_", "seen_message", TO_PERSON, _seen)
    | _rows("oa_send_", "text image gif list file sticker template", TO_PERSON, _echo)
    | _rows("oa_", "reacted_message", TO_PERSON, _ignored)
    | _rows("", "follow", FOLLOWER, _follow)
    | _rows("", "unfollow", FOLLOWER, _unfollow)
    | _rows("user_", "click_chatnow call_oa", FLAT, _opening)
    | _rows("user_", "withdraw", FLAT, news.withdrawn)
    | _rows("user_", "reply_consent", FLAT, _ignored)
    | _rows("oa_", "send_consent call_user", FLAT, _ignored)
    | _rows("", "permission_revoked", NOBODY, news.revoked)
    | _rows("", "extension_purchased shop_has_order update_user_info", FLAT, _ignored)
    | _rows("", "add_user_to_tag remove_user_from_tag remove_tag", NOBODY, _ignored)
    | _rows("anonymous_send_", "text image file sticker", FROM_PERSON, _ignored)
    | _rows("oa_send_anonymous_", "text image file sticker", TO_PERSON, _ignored)
    | _rows("widget_", "interaction_accepted failed_to_sync_user_external_id", WIDGET, _ignored)
    | _rows("user_", "feedback", NOBODY, news.rated)
    | _rows("user_", "click_response_button", NOBODY, news.tapped)
    | _rows("change_", "template_status template_quality template_quota", NOBODY, news.changed)
    | _rows("change_", "oa_daily_quota", NOBODY_CAMEL, news.changed)
    | _rows("change_", "oa_template_tags", NOBODY, _ignored)
    | _rows("event_journey_", "acknowledged time_out", NOBODY, _ignored)
    | _rows("user_send_group_", "text image link audio video sticker location business_card file gif", GROUP, _ignored)
    | _rows("oa_send_group_", "text image link audio video sticker location business_card file gif", NOBODY, _ignored)
    | _rows("", "create_group delete_group disperse_group update_group_info", NOBODY, _ignored)
    | _rows("", "add_group_admin remove_group_admin", NOBODY, _ignored)
    | _rows("user_", "join_group request_join_group out_group leave_group", NOBODY, _ignored)
    | _rows("", "accept_request_join_group reject_request_join_group react_request_join_group", NOBODY, _ignored)
)


def _phone(value: object) -> str:
    if isinstance(value, int):
        return identifier(value)[:PHONE_LIMIT]
    return clean(value).strip()[:PHONE_LIMIT]
