"""Webhook bodies to events. Which field names the OA and which the person differs from one event to the next.

Shapes and names as in Zalo's webhook pages and in captured deliveries, 2026-11.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from bots.channel import Inbound, InboundKind
from bots.strict_json import clean

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # stands for a time that cannot be read

TEXT_LIMIT = 4000  # characters kept; Zalo lets people write fewer
NAME_LIMIT = 200
PHONE_LIMIT = 32
EVENT_ID_LIMIT = 200

_TEST_BUTTON = "This is message id"  # what the console's Test button sends, well signed, as every msg_id
_ID = re.compile(r"[!-~]{1,100}")
_MILLISECONDS = re.compile(r"[0-9]{12,13}")  # samples in Zalo's pages have twelve digits
_PHONE_RECIPIENT = re.compile(r"84[0-9]{8,10}|[0-9a-f]{64}")  # a number, or its SHA-256 when sent by hash
_KEY_PART = re.compile(r"[\w./+=-]+", re.ASCII)

Path = tuple[str, ...]


class Parties(NamedTuple):
    """Where an event names the OA and the person."""

    account: Path
    user: Path


FROM_PERSON = Parties(("recipient", "id"), ("sender", "id"))
TO_PERSON = Parties(("sender", "id"), ("recipient", "id"))
FOLLOWER = Parties(("oa_id",), ("follower", "id"))
FLAT = Parties(("oa_id",), ("user_id",))
WIDGET = Parties(("oa_id",), ("data", "user_id"))
GROUP = Parties(("oa_id",), ("sender", "id"))
NOBODY = Parties(("oa_id",), ())
NOBODY_CAMEL = Parties(("oaId",), ())


def parse(payload: Mapping[str, Any]) -> list[Inbound]:
    """The one event of a webhook body, never none and never an exception.

    Whatever is unknown, damaged or of no use here is OTHER, its event id made from the whole body; a redelivery has
    the same body and so the same id. `at` is EPOCH where the time cannot be read. A shared business card is MEDIA: any
    card can be passed on, so its phone proves nothing.
    """
    event = _Event(payload)
    if event.is_test():
        return [event.other()]
    _, read = _EVENTS.get(event.name, _UNKNOWN)
    return [read(event) or event.other()]


class _Event:
    """One body, read without trusting any of it."""

    def __init__(self, payload: Mapping[str, Any]) -> None:
        self.payload = payload
        self.name = clean(payload.get("event_name"))[:NAME_LIMIT]
        parties, _ = _EVENTS.get(self.name, _UNKNOWN)
        self.account = _identifier(self.get(*parties.account))
        self.user = _identifier(self.get(*parties.user)) if parties.user else ""

    def get(self, *path: str) -> Any:
        """The value at `path`, None where there is none."""
        value: Any = self.payload
        for step in path:
            value = value.get(step) if isinstance(value, Mapping) else None
        return value

    def text(self, *path: str, limit: int = TEXT_LIMIT) -> str:
        return clean(self.get(*path))[:limit]

    @property
    def message_id(self) -> str:
        return _identifier(self.get("message", "msg_id"))

    @property
    def timestamp(self) -> str:
        return _identifier(self.get("timestamp"))

    def is_test(self) -> bool:
        return _TEST_BUTTON in (self.get("message", "msg_id"), self.get("msg_id"))

    def inbound(self, kind: InboundKind, key: str, *parts: str, at: datetime | None = None, **more: Any) -> Inbound:
        """This event under the id `key:part:part`; under one made from its body when a part is missing."""
        return Inbound(
            event_id=_event_id(key, parts) if parts and all(parts) else f"{key}:{self.digest()}",
            account=self.account,
            kind=kind,
            at=at or _instant(self.get("timestamp")),
            name=self.name,
            raw=self.payload,
            **{"user": self.user} | more,
        )

    def other(self, **more: Any) -> Inbound:
        return self.inbound(InboundKind.OTHER, "other", **more)

    def digest(self) -> str:
        canonical = json.dumps(dict(self.payload), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def names_both(self) -> bool:
        return bool(self.account and self.user)


def _text(event: _Event) -> Inbound | None:
    text = event.text("message", "text")
    return _written(event, InboundKind.MESSAGE, text) if text else None


def _media(event: _Event) -> Inbound | None:
    return _written(event, InboundKind.MEDIA, event.text("message", "text"))


def _written(event: _Event, kind: InboundKind, text: str) -> Inbound | None:
    if not event.names_both():
        return None
    return event.inbound(kind, "msg", event.message_id, text=text, message_id=event.message_id, interaction=True)


def _contact(event: _Event) -> Inbound | None:
    """The answer to `request_user_info`. Every field may be missing; without a phone there is no contact."""
    if not event.names_both():
        return None
    phone, name = _phone(event.get("info", "phone")), event.text("info", "name", limit=NAME_LIMIT).strip()
    kind = InboundKind.CONTACT if phone else InboundKind.OTHER
    return event.inbound(kind, "info", event.user, event.timestamp, phone=phone, person_name=name, interaction=True)


def _reaction(event: _Event) -> Inbound | None:
    icon = event.text("message", "react_icon", limit=NAME_LIMIT)
    if not (event.names_both() and event.message_id and icon):
        return None
    parts = (event.user, event.message_id, icon, event.timestamp)
    return event.inbound(InboundKind.REACTION, "react", *parts, text=icon, message_id=event.message_id)


def _follow(event: _Event) -> Inbound | None:
    return _moment(event, InboundKind.FOLLOW, interaction=True)


def _unfollow(event: _Event) -> Inbound | None:
    return _moment(event, InboundKind.UNFOLLOW)


def _opening(event: _Event) -> Inbound | None:
    """A tap on the OA's chat or call button: nothing to answer, yet it opens the window."""
    return _moment(event, InboundKind.OTHER, interaction=True)


def _moment(event: _Event, kind: InboundKind, **more: Any) -> Inbound | None:
    """An event without an id of its own, known by who and when."""
    return event.inbound(kind, event.name, event.user, event.timestamp, **more) if event.names_both() else None


def _delivered(event: _Event) -> Inbound | None:
    """The receipt of a chat message, or, under the same name, of a template sent to a phone number."""
    if not (event.account and event.message_id):
        return None
    ids = (event.message_id,)
    if not _is_by_phone(event):
        return event.inbound(InboundKind.DELIVERED, "received", *ids, message_ids=ids) if event.user else None
    at = _instant(event.get("message", "delivery_time"), _instant(event.get("timestamp")))
    return event.inbound(InboundKind.DELIVERED, "zns", *ids, at=at, user="", message_ids=ids)


def _is_by_phone(event: _Event) -> bool:
    message = event.get("message")
    return "delivery_time" in message or "tracking_id" in message or bool(_PHONE_RECIPIENT.fullmatch(event.user))


def _seen(event: _Event) -> Inbound | None:
    listed = event.get("message", "msg_ids")
    ids = tuple(filter(None, map(_identifier, listed))) if isinstance(listed, list) else ()
    ids = ids or tuple(filter(None, (event.message_id,)))
    if not (event.names_both() and ids):
        return None
    return event.inbound(InboundKind.SEEN, "seen", *ids, message_ids=ids)


def _echo(event: _Event) -> Inbound | None:
    """What left the OA: by a person at Zalo's chat tool if it names an `admin_id`, else by this program."""
    if not event.names_both():
        return None
    kind = InboundKind.HUMAN if event.get("sender", "admin_id") else InboundKind.OTHER
    text = event.text("message", "text")
    return event.inbound(kind, "echo", event.message_id, text=text, message_id=event.message_id)


def _ignored(event: _Event) -> Inbound | None:
    return event.other()


Reader = Callable[[_Event], Inbound | None]


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
    | _rows("user_", "withdraw reply_consent", FLAT, _ignored)
    | _rows("oa_", "send_consent call_user", FLAT, _ignored)
    | _rows("", "permission_revoked extension_purchased shop_has_order update_user_info", FLAT, _ignored)
    | _rows("", "add_user_to_tag remove_user_from_tag remove_tag", NOBODY, _ignored)
    | _rows("anonymous_send_", "text image file sticker", FROM_PERSON, _ignored)
    | _rows("oa_send_anonymous_", "text image file sticker", TO_PERSON, _ignored)
    | _rows("widget_", "interaction_accepted failed_to_sync_user_external_id", WIDGET, _ignored)
    | _rows("user_", "feedback click_response_button", NOBODY, _ignored)
    | _rows("change_", "template_status template_quality template_quota oa_template_tags", NOBODY, _ignored)
    | _rows("change_", "oa_daily_quota", NOBODY_CAMEL, _ignored)
    | _rows("event_journey_", "acknowledged time_out", NOBODY, _ignored)
    | _rows("user_send_group_", "text image link audio video sticker location business_card file gif", GROUP, _ignored)
    | _rows("oa_send_group_", "text image link audio video sticker location business_card file gif", NOBODY, _ignored)
    | _rows("", "create_group delete_group disperse_group update_group_info", NOBODY, _ignored)
    | _rows("", "add_group_admin remove_group_admin", NOBODY, _ignored)
    | _rows("user_", "join_group request_join_group out_group leave_group", NOBODY, _ignored)
    | _rows("", "accept_request_join_group reject_request_join_group react_request_join_group", NOBODY, _ignored)
)


def _identifier(value: object) -> str:
    """An id as text, "" for anything that cannot be one. Ids are strings; a number is taken at its digits."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**40:
        value = str(value)
    return value if isinstance(value, str) and _ID.fullmatch(value) else ""


def _phone(value: object) -> str:
    if isinstance(value, int):
        return _identifier(value)[:PHONE_LIMIT]
    return clean(value).strip()[:PHONE_LIMIT]


def _instant(milliseconds: object, otherwise: datetime = EPOCH) -> datetime:
    digits = _identifier(milliseconds)
    return EPOCH + timedelta(milliseconds=int(digits)) if _MILLISECONDS.fullmatch(digits) else otherwise


def _event_id(key: str, parts: tuple[str, ...]) -> str:
    """`key:part:part`, or `key:` and a digest where that is too long or could be read in two ways."""
    plain = ":".join((key, *parts))
    if len(plain) <= EVENT_ID_LIMIT and all(map(_KEY_PART.fullmatch, parts)):
        return plain
    return f"{key}:{hashlib.sha256(json.dumps(parts).encode()).hexdigest()}"
