"""Incoming events we failed at: what is known of each, and another try."""

import json
from typing import Any

from flask import request, url_for

from loyalty.console.channels.here import section
from loyalty.console.desk import Desk
from loyalty.console.section import Answer
from loyalty.messaging import inbox, traffic
from loyalty.staff.permissions import Right

PAGE = 30
AT_ONCE = 200
LONGEST = 4_000  # characters of a preview
TOLD = frozenset({"event_name", "event", "object", "type", "timestamp", "time", "item", "verb", "payload_type"})
HIDDEN = "•••"


@section.get("/channels/events", right=Right.CHANNELS)
def events(desk: Desk) -> Answer:
    """Parked events, newest first."""
    typed = request.args.get("before", "")
    before = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else None
    rows = traffic.list_parked(desk.session, before=before, limit=PAGE + 1)
    more = url_for(".events", before=rows[PAGE - 1].id) if len(rows) > PAGE else None
    return desk.render("channels/events.html", rows=rows[:PAGE], more=more, at_once=AT_ONCE)


@section.get("/channels/events/<public_id>", right=Right.CHANNELS)
def event(desk: Desk, public_id: str) -> Answer:
    """One of them, with the shape of what the platform sent: its words and numbers are hidden."""
    row = traffic.get_parked(desk.session, public_id)
    return desk.render("channels/event.html", row=row, shape=_shape(traffic.body_of(desk.session, row)))


@section.post("/channels/events/<public_id>/replay", right=Right.CHANNELS)
def replay(desk: Desk, public_id: str) -> Answer:
    """Try it again at once."""
    traffic.get_parked(desk.session, public_id)
    inbox.replay(desk.session, [public_id], now=desk.now)
    desk.note("event_replayed", f"event:{public_id}")
    return desk.done(desk.t("Đang thử lại sự kiện này.", "The event is tried again."), to=url_for(".events"))


@section.post("/channels/events/replay", right=Right.CHANNELS)
def replay_all(desk: Desk) -> Answer:
    """Try the newest of them again, `AT_ONCE` at most."""
    ids = [row.public_id for row in traffic.list_parked(desk.session, limit=AT_ONCE)]
    if ids:
        inbox.replay(desk.session, ids, now=desk.now)
        desk.note("event_replayed", "events", count=len(ids))
    text = desk.t("Đang thử lại {count} sự kiện.", "{count} events are tried again.").format(count=len(ids))
    return desk.done(text, to=url_for(".events"))


def _shape(body: bytes | None) -> str | None:
    """The JSON with only its structure and the platform's own words left to read."""
    if body is None:
        return None
    try:
        shown = json.dumps(_hide(json.loads(body)), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return HIDDEN
    return shown if len(shown) <= LONGEST else shown[:LONGEST] + "\n…"


def _hide(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _hide(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [_hide(each, name) for each in value]
    return value if value is None or isinstance(value, bool) or name in TOLD else HIDDEN
