"""Meta's webhook payloads, read as events. Layouts: Messenger webhook-events pages as of June 2026."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bots.channel import Inbound, InboundKind
from bots.messenger import quick_replies
from bots.strict_json import clean

GET_STARTED = "GET_STARTED"  # the payload our Get Started button is set up with
PAGE_INBOX = "263902037430900"  # the app id of Meta's own inbox, where the shop's people write
TEXT_LIMIT = 4000  # characters kept of a text
REF_LIMIT = 2083  # characters, as on Meta's m.me page
NAME_LIMIT = 64
MID_LIMIT = 200

REASON_LIMIT = 120

LISTS = ("messaging", "standby", "changes")
SAID = frozenset(
    {InboundKind.MESSAGE, InboundKind.MEDIA, InboundKind.FOLLOW, InboundKind.CONTACT, InboundKind.REFERRAL}
)
TEMPLATE_FIELDS = ("message_template_status_update", "messenger_template_status_update")  # Meta prints both
POLICIES = {"block": InboundKind.BLOCKED, "unblock": InboundKind.UNBLOCKED, "warning": InboundKind.WARNED}
ENVELOPE = {"sender", "recipient", "timestamp"}
IDENTIFIER = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}")
WORD = re.compile(r"[a-z][a-z_]{0,31}")
DIGITS = re.compile(r"[0-9]{1,15}")
EPOCH = datetime.fromtimestamp(0, UTC)
LAST_MS = 253_402_300_799_999  # the end of year 9999


def parse(payload: Mapping[str, Any]) -> list[Inbound]:
    """Every event of one webhook call, over all pages in it; a payload without any is one OTHER.

    Each event's `raw` is a payload of its own that reads as exactly this event again. Time and memory are linear in
    the payload. Never raises on what `strict_json.loads` returns.
    """
    kind = payload.get("object")
    events = [event for entry in _list(payload.get("entry")) for event in _entry(kind, entry)]
    return events or [_unreadable("payload", payload)]


def _entry(kind: object, entry: object) -> list[Inbound]:
    fields = _dict(entry)
    page = {key: fields[key] for key in ("id", "time") if key in fields}
    events = [_event(kind, page, key, element) for key in LISTS for element in _list(fields.get(key))]
    damaged: list[object] = [{**page, key: fields[key]} for key in LISTS if not isinstance(fields.get(key, []), list)]
    lost = damaged or ([] if events else [entry])
    return events + [_unreadable("entry", {"object": kind, "entry": [part]}, _id(page.get("id"))) for part in lost]


def _event(kind: object, page: Mapping[str, Any], key: str, element: object) -> Inbound:
    fields = _dict(element)
    event = Inbound(
        event_id=_event_id(kind, page, key, element),
        account=_id(page.get("id")),
        user=_person(fields, _id(page.get("id"))),
        kind=InboundKind.OTHER,
        at=_instant(fields.get("timestamp")) or _instant(page.get("time")) or EPOCH,
        name=_name(kind, key, fields),
        raw={"object": kind, "entry": [{**page, key: [element]}]},
    )
    if kind != "page" or not event.account:
        return event
    if key == "changes":
        return _change(event, fields.get("value"))
    word = _word(fields)
    part = fields.get(word)
    if word not in READERS or not isinstance(part, dict) or not (event.user or word in OF_THE_PAGE):
        return event
    found = READERS[word](event, part)
    return _standby(found, part) if key == "standby" else found


def _standby(event: Inbound, part: Mapping[str, Any]) -> Inbound:
    """What is said to another app is kept in the words it was said in; receipts, echoes and reactions are as ever.

    Postbacks come here without their payload (Meta, September 2025).
    """
    if event.kind not in SAID:
        return event
    words = _text(part.get("text")) or _text(part.get("title"))
    return replace(event, kind=InboundKind.STANDBY, text=words, phone="", ref="")


def _change(event: Inbound, value: object) -> Inbound:
    """The `changes` form: of all its fields only what becomes of a template concerns us, under either of its names."""
    told = _dict(value)
    name, status = _text(told.get("message_template_name"))[:NAME_LIMIT], _text(told.get("event"))[:NAME_LIMIT]
    if event.name not in TEMPLATE_FIELDS or not (name and status):
        return event
    return replace(event, kind=InboundKind.JUDGED, text=f"{name}: {status}")


def _message(event: Inbound, message: Mapping[str, Any]) -> Inbound:
    event = replace(event, message_id=_text(message.get("mid")))
    if _is_echo(message):
        return _echo(event, message)
    if message.get("is_deleted"):
        return event  # taken back: nothing is left to answer
    words, tapped = _text(message.get("text")), _text(_dict(message.get("quick_reply")).get("payload"))
    event = replace(event, ref=_ref(message), interaction=True)
    if phone := quick_replies.attested_phone(tapped, words):
        return replace(event, kind=InboundKind.CONTACT, phone=phone)
    text = quick_replies.spoken(tapped) if tapped.strip() else words
    return replace(event, kind=InboundKind.MESSAGE if text.strip() else InboundKind.MEDIA, text=text)


def _echo(event: Inbound, message: Mapping[str, Any]) -> Inbound:
    """Something the page sent. Programs name their app or leave metadata, as we always do; people do neither."""
    app = _id(message.get("app_id"))
    by_hand = app == PAGE_INBOX if app else not _text(message.get("metadata")).strip()
    event = replace(event, name="echo")
    return replace(event, kind=InboundKind.HUMAN, text=_text(message.get("text"))) if by_hand else event


def _postback(event: Inbound, postback: Mapping[str, Any]) -> Inbound:
    payload, title = _text(postback.get("payload")), _text(postback.get("title"))
    event = replace(event, message_id=_text(postback.get("mid")), ref=_ref(postback), interaction=True)
    if payload == GET_STARTED:
        return replace(event, kind=InboundKind.FOLLOW)
    text = payload if payload.strip() else title
    return replace(event, kind=InboundKind.MESSAGE if text.strip() else InboundKind.MEDIA, text=text)


def _referral(event: Inbound, referral: Mapping[str, Any]) -> Inbound:
    """An m.me link opens the window by itself, an advertisement only with the message after it (Meta, May 2026)."""
    is_link = referral.get("source") != "ADS"
    return replace(event, kind=InboundKind.REFERRAL, ref=_ref({"referral": referral}), interaction=is_link)


def _reaction(event: Inbound, reaction: Mapping[str, Any]) -> Inbound:
    return replace(
        event,
        kind=InboundKind.REACTION,
        text=_text(reaction.get("emoji")) or _text(reaction.get("reaction")),
        message_ids=_mids([reaction.get("mid")]),
        interaction=reaction.get("action") != "unreact",
    )


def _delivery(event: Inbound, delivery: Mapping[str, Any]) -> Inbound:
    watermark = _instant(delivery.get("watermark"))
    return replace(
        event, kind=InboundKind.DELIVERED, message_ids=_mids(_list(delivery.get("mids"))), watermark=watermark
    )


def _read(event: Inbound, read: Mapping[str, Any]) -> Inbound:
    return replace(event, kind=InboundKind.SEEN, watermark=_instant(read.get("watermark")))


def _edit(event: Inbound, edit: Mapping[str, Any]) -> Inbound:
    """Another wording of an earlier message, five times at most; it neither opens the window nor asks for an answer."""
    text, mids = _text(edit.get("text")), _mids([edit.get("mid")])
    return replace(event, kind=InboundKind.EDIT, text=text, message_ids=mids) if mids and text.strip() else event


def _optin(event: Inbound, optin: Mapping[str, Any]) -> Inbound:
    """A wish for notifications, in any of its forms; its token stays where it is, for none of our messages uses it."""
    told = (_word_in(optin.get(name)) for name in ("notification_messages_status", "type"))
    return _keep(event, next(filter(None, told), "plugin"))


def _linking(event: Inbound, linking: Mapping[str, Any]) -> Inbound:
    return _keep(event, _word_in(linking.get("status")))


def _feedback(event: Inbound, feedback: Mapping[str, Any]) -> Inbound:
    """A thumb under one of our messages."""
    return replace(_keep(event, _word_in(feedback.get("feedback"))), message_ids=_mids([feedback.get("mid")]))


def _keep(event: Inbound, word: str) -> Inbound:
    return replace(event, kind=InboundKind.KEPT, text=word) if word else event


def _policy(event: Inbound, policy: Mapping[str, Any]) -> Inbound:
    """Meta judges the page itself; nobody sent it."""
    kind = POLICIES.get(_word_in(policy.get("action")))
    return replace(event, kind=kind, user="", text=_text(policy.get("reason"))[:REASON_LIMIT]) if kind else event


def _passed(event: Inbound, control: Mapping[str, Any]) -> Inbound:
    """An app hears of it when the thread comes to it; the page's inbox never is us."""
    is_inbox = _id(control.get("new_owner_app_id")) == PAGE_INBOX
    return replace(event, kind=InboundKind.AWAY if is_inbox else InboundKind.BACK)


def _taken(event: Inbound, control: Mapping[str, Any]) -> Inbound:
    """An app hears of it when the thread is taken from it."""
    return replace(event, kind=InboundKind.AWAY)


READERS: dict[str, Callable[[Inbound, Mapping[str, Any]], Inbound]] = {
    "message": _message,
    "postback": _postback,
    "referral": _referral,
    "reaction": _reaction,
    "delivery": _delivery,
    "read": _read,
    "message_edit": _edit,
    "optin": _optin,
    "account_linking": _linking,
    "response_feedback": _feedback,
    "policy_enforcement": _policy,
    "pass_thread_control": _passed,
    "take_thread_control": _taken,
}
OF_THE_PAGE = ("policy_enforcement",)
KNOWN = (*READERS, "request_thread_control", "app_roles")


def _name(kind: object, key: str, fields: Mapping[str, Any]) -> str:
    """The platform's word for an event: the key present in it, for its form differs and new kinds appear."""
    if kind != "page":
        return _text(kind)[:NAME_LIMIT] or "object"
    if key == "changes":
        return _text(fields.get("field"))[:NAME_LIMIT] or key
    return key if key == "standby" else _word(fields) or key


def _word(fields: Mapping[str, Any]) -> str:
    """The key that says what an event is, whatever the order of keys; "" for an envelope without one."""
    known = (name for name in KNOWN if name in fields)
    unknown = (clean(name[:NAME_LIMIT]) for name in fields if name not in ENVELOPE)
    return next(known, None) or next(unknown, None) or ""


def _person(fields: Mapping[str, Any], page: str) -> str:
    """The PSID: the sender, in echoes the recipient; "" for what a page writes to itself or nobody sent."""
    side = "recipient" if _is_echo(_dict(fields.get("message"))) else "sender"
    person = _id(_dict(fields.get(side)).get("id"))
    return "" if person == page else person


def _event_id(kind: object, page: Mapping[str, Any], key: str, element: object) -> str:
    """The message id where the event is a message or tap, else a hash of the event, equal in every redelivery.

    Edits, reactions, feedback and what is taken back carry the id of the message they are about, and an event in
    standby may come again as ours: those are hashed.
    """
    fields = _dict(element) if kind == "page" and key == "messaging" else {}
    part = _dict(fields.get("message", fields.get("postback")))
    mid = part.get("mid")
    if not isinstance(mid, str) or not mid.strip() or part.get("is_deleted"):
        return _digest([kind, page.get("id"), key, element])
    return mid if len(mid) <= MID_LIMIT and clean(mid) == mid else _digest(mid)


def _unreadable(name: str, payload: Mapping[str, Any], account: str = "") -> Inbound:
    event_id, kind = _digest(dict(payload)), InboundKind.OTHER
    return Inbound(event_id=event_id, account=account, user="", kind=kind, at=EPOCH, name=name, raw=payload)


def _digest(value: object) -> str:
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _dict(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    """Clean text within our limit; cut before it is normalised too, which is slow on long runs of accents."""
    return clean(value[:TEXT_LIMIT])[:TEXT_LIMIT] if isinstance(value, str) else ""


def _id(value: object) -> str:
    """An id as text: Meta prints the same ids with and without quotes."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return text if isinstance(text, str) and IDENTIFIER.fullmatch(text) else ""


def _word_in(value: object) -> str:
    """One of Meta's own words, such as `STOP NOTIFICATIONS`, as `stop_notifications`; "" for what is none."""
    word = "_".join(value.lower().split()) if isinstance(value, str) else ""
    return word if WORD.fullmatch(word) else ""


def _mids(values: list[Any]) -> tuple[str, ...]:
    return tuple(mid for mid in map(_text, values) if mid)


def _ref(part: Mapping[str, Any]) -> str:
    return _text(_dict(part.get("referral")).get("ref"))[:REF_LIMIT]


def _is_echo(message: Mapping[str, Any]) -> bool:
    """Anything but a plain no: answering an echo is the one mistake that never ends."""
    return message.get("is_echo", False) not in (False, None, "false")


def _instant(value: object) -> datetime | None:
    """Milliseconds or, below 10¹², seconds since 1970, as number or text: Meta sends all four."""
    if isinstance(value, str):
        value = int(value) if DIGITS.fullmatch(value) else None
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    milliseconds = value if value >= 10**12 else value * 1000
    return EPOCH + timedelta(milliseconds=milliseconds) if 0 < milliseconds <= LAST_MS else None
