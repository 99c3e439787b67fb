"""`loyalty calls`: whom to ring up, because no message reaches them."""

from collections.abc import Callable
from typing import Any

import click
from sqlalchemy.orm import Session

from loyalty.cli import common
from loyalty.cli.common import Both, Refused
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.errors import Conflict, NotFound
from loyalty.messaging import phoning, way_words
from loyalty.messaging.models import PhoneCall
from loyalty.staff import audit
from loyalty.typed import phones

HEAD = Both(vi="Mã|Khách|Số|Việc|Chờ từ|Gọi trước", en="Id|Customer|Phone|About|Since|Until")
NONE = Both(vi="Không cần gọi ai.", en="Nobody is to be rung up.")
DONE = Both(vi="Đã ghi là đã gọi. Bỏ: loyalty calls reopen {id}", en="Called. Take it back: loyalty calls reopen {id}")
REOPENED = Both(vi="Cuộc gọi {id} lại ở trong danh sách.", en="The call {id} is on the list again.")
UNKNOWN = Both(
    vi="Không có cuộc gọi «{id}». Xem: loyalty calls list",
    en="There is no call “{id}”. See: loyalty calls list",
)
REPLACED = Both(
    vi="Đã có cuộc gọi mới hơn cho khách này trong danh sách, nên không đổi gì.",
    en="A newer call to this customer is on the list, so nothing changed.",
)


@click.group()
def calls() -> None:
    """Whom to ring up, because no message reaches them. What to say is shown in the console only."""


@calls.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
def list_(limit: int) -> None:
    """Who waits longest comes first."""
    with common.reading() as session:
        rows = phoning.list_open(session, now=common.now(), limit=limit)
        found = [_told(session, call, customer) for call, customer in rows]
    common.emit(found, lambda: _listed(found))


@calls.command(context_settings=common.TAKES_IDS)
@click.argument("call_id", metavar="ID")
def done(call_id: str) -> None:
    """They were rung up."""
    _settle(call_id, "call_done", lambda s, call: phoning.done(s, call, by=audit.CLI.actor, now=common.now()), DONE)


@calls.command(context_settings=common.TAKES_IDS)
@click.argument("call_id", metavar="ID")
def reopen(call_id: str) -> None:
    """They were not: on the list again."""
    _settle(call_id, "call_reopened", phoning.reopen, REOPENED)


def _settle(call_id: str, action: str, settle: Callable[[Session, PhoneCall], bool], said: Both) -> None:
    """Once more changes nothing. Raises Refused."""
    with common.transaction() as session:
        try:
            call = phoning.get_public(session, call_id)
            is_new = settle(session, call)
        except NotFound:
            raise Refused(UNKNOWN(id=call_id[:40])) from None
        except Conflict:
            raise Refused(REPLACED()) from None
        customer = session.get_one(Customer, call.customer_id)
        if is_new:
            subject = f"customer:{customer.public_id}"
            audit.record_by(session, audit.CLI, action, subject, detail={"kind": call.kind}, now=common.now())
        told = _told(session, call, customer)
    common.emit(told, said(id=call_id))


def _told(session: Session, call: PhoneCall, customer: Customer) -> dict[str, Any]:
    phone = profiles.phone_of(session, customer)
    return {
        "id": call.public_id,
        "customer_id": customer.public_id,
        "phone": phones.mask(phone) if phone else "",
        "kind": call.kind,
        "reason": call.reason,
        "asked_at": call.asked_at,
        "until": call.until,
        "done_at": call.done_at,
    }


def _listed(found: list[dict[str, Any]]) -> str:
    if not found:
        return NONE()
    rows = [
        [
            each["id"],
            each["customer_id"],
            each["phone"],
            way_words.CALLS[each["kind"]].in_(common.locale()),
            common.moment(each["asked_at"]),
            common.moment(each["until"]),
        ]
        for each in found
    ]
    return common.table(HEAD().split("|"), rows)


commands: list[click.Command] = [calls]
