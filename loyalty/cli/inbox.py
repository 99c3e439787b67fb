"""`loyalty inbox`: the events platforms delivered, and another try for parked ones."""

from typing import Any

import click

from loyalty.cli import common
from loyalty.cli.common import Both, Refused
from loyalty.errors import NotFound
from loyalty.messaging import inbox as events
from loyalty.messaging.models import InboundEvent
from loyalty.staff import audit

STATES = {
    "received": Both(vi="đang chờ", en="received"),
    "processed": Both(vi="đã xử lý", en="processed"),
    "ignored": Both(vi="bỏ qua", en="ignored"),
    "parked": Both(vi="gác lại", en="parked"),
}
REPLAYED = Both(vi="Sẽ thử lại ngay: {count} sự kiện.", en="Tried again at once: {count} events.")
NOT_PARKED = Both(
    vi="Sự kiện «{id}» không bị gác lại, nên chưa thử lại sự kiện nào. Xem: loyalty inbox list --state parked",
    en="The event “{id}” is not parked, so none was tried again. See: loyalty inbox list --state parked",
)
NONE = Both(vi="Không có sự kiện nào.", en="There are no events.")
HEAD = Both(vi="Mã|Nhận lúc|Trạng thái|Kênh|Sự kiện|Lần thử|Lỗi", en="Id|Received|State|Channel|Event|Tries|Error")


@click.group()
def inbox() -> None:
    """Inbound events, newest first, and another try for parked ones."""


@inbox.command("list")
@click.option("--state", type=click.Choice(list(STATES)))
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
def list_(state: str | None, limit: int) -> None:
    """Events, newest first. Who wrote and what they wrote is not shown."""
    with common.reading() as session:
        found = [_told(event) for event in events.list_newest(session, state=state, limit=limit)]
    common.emit(found, lambda: _listed(found))


@inbox.command(context_settings=common.TAKES_IDS)
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
def replay(ids: tuple[str, ...]) -> None:
    """Try parked events again: all of them, or none when one is not parked."""
    once = list(dict.fromkeys(ids))
    with common.transaction() as session:
        try:
            events.replay(session, once, now=common.now())
        except NotFound as error:
            raise Refused(NOT_PARKED(id=error)) from None
        for each in once:
            audit.record_by(session, audit.CLI, "event_replayed", f"event:{each}", now=common.now())
    common.emit([{"id": each, "state": "received"} for each in once], REPLAYED(count=len(once)))


def _told(event: InboundEvent) -> dict[str, Any]:
    return {
        "id": event.public_id,
        "channel": event.channel,
        "account": event.account,
        "event_id": event.event_id,
        "name": event.name,
        "state": event.state,
        "received_at": event.received_at,
        "settled_at": event.settled_at,
        "attempts": event.attempts,
        "error": event.error,
    }


def _listed(found: list[dict[str, Any]]) -> str:
    if not found:
        return NONE()
    rows = [
        [
            each["id"],
            common.moment(each["received_at"]),
            STATES[each["state"]](),
            each["channel"],
            each["name"],
            str(each["attempts"]),
            each["error"] or "–",
        ]
        for each in found
    ]
    return common.table(HEAD().split("|"), rows)


commands = [inbox]
