"""/calls: whom to ring up, because no message reaches them."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields

from loyalty.api import blueprints, pages, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import Body, Instant, NoBody
from loyalty.api.pages import PageQuery, page_of
from loyalty.customers.models import Customer
from loyalty.messaging import phoning
from loyalty.messaging.models import PhoneCall
from loyalty.words import Both

PLACE = "calls"
blueprint = blueprints.resource(
    "calls",
    "People to be rung up: they must be told something, and no message reaches them.",
    called=Both("Danh sách cần gọi", "Calls to make"),
    order=17,
)


class CallSchema(Body):
    """`text` is what to say, only with the scope customers:reveal; the phone is the customer's."""

    id = fields.String(required=True)
    customer_id = fields.String(required=True)
    kind = fields.String(required=True)  # expiring, service, human
    reason = fields.String(required=True)  # no_way, window, person …
    text = fields.String(required=True, allow_none=True)
    asked_at = Instant(required=True)
    until = Instant(required=True)
    done_at = Instant(required=True, allow_none=True)
    done_by = fields.String(required=True, allow_none=True)


@blueprint.get("/calls")
@requires_scope("calls:read")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(CallSchema))
def list_calls(wanted: dict[str, Any]) -> dict[str, Any]:
    """Who is to be rung up, who waits longest first. After `until` a call is left out."""
    session = work.here().session
    after = pages.start(session, wanted, PLACE)
    rows = phoning.list_open(session, now=work.now(), after=after, limit=wanted["limit"] + 1)
    return pages.page(session, rows, wanted, PLACE, lambda row: row[0].id, _show_all)


@blueprint.post("/calls/<public_id:call>/done")
@requires_scope("calls:write")
@blueprint.arguments(NoBody, required=False)
@blueprint.response(200, CallSchema)
def call_done(_: dict[str, Any], call: str) -> dict[str, Any]:
    """They were told; once more changes nothing."""
    here = work.here()
    found = phoning.get_public(here.session, call)
    return _noted(found, "call_done", phoning.done(here.session, found, by=here.caller.actor, now=work.now()))


@blueprint.post("/calls/<public_id:call>/reopen")
@requires_scope("calls:write")
@blueprint.arguments(NoBody, required=False)
@blueprint.response(200, CallSchema)
def reopen_call(_: dict[str, Any], call: str) -> dict[str, Any]:
    """They were not told; once more changes nothing. 409 `call_replaced`: a newer call is on the list."""
    found = phoning.get_public(work.here().session, call)
    return _noted(found, "call_reopened", phoning.reopen(work.here().session, found))


def _noted(call: PhoneCall, action: str, is_new: bool) -> dict[str, Any]:
    customer = work.here().session.get_one(Customer, call.customer_id)
    if is_new:
        work.note(action, f"customer:{customer.public_id}", kind=call.kind)
    return _show(call, customer, None)


def _show_all(rows: Sequence[tuple[PhoneCall, Customer]]) -> list[dict[str, Any]]:
    return [_show(call, customer, _said(call, customer)) for call, customer in rows]


def _said(call: PhoneCall, customer: Customer) -> str | None:
    """What to say, for who may see it, written down as seen."""
    here = work.here()
    if not here.caller.reveals:
        return None
    here.revealed.add(customer.public_id)
    return phoning.words_of(here.session, call)


def _show(call: PhoneCall, customer: Customer, text: str | None) -> dict[str, Any]:
    return {
        "id": call.public_id,
        "customer_id": customer.public_id,
        "kind": call.kind,
        "reason": call.reason,
        "text": text,
        "asked_at": call.asked_at,
        "until": call.until,
        "done_at": call.done_at,
        "done_by": call.done_by,
    }
