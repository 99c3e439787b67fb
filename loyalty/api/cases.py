"""/cases: complaints, feedback and requests, opened, assigned, answered, closed."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from marshmallow import fields, validate
from sqlalchemy import select

from loyalty.api import blueprints, pages, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import Body, Day, Flag, Instant, NoBody, Text
from loyalty.api.pages import PageQuery, page_of
from loyalty.api.problems import Invalid
from loyalty.customers import cases, casework, profiles
from loyalty.customers.cases import CaseKind, CaseState, Opening, Wanted
from loyalty.customers.casework import Worker
from loyalty.customers.models import Case, CaseStep, Customer
from loyalty.staff import accounts
from loyalty.staff.models import StaffMember
from loyalty.vault.people import Erased
from loyalty.words import Both

blueprint = blueprints.resource(
    "cases",
    "Complaints, feedback and requests, until they are closed.",
    called=Both("Góp ý, khiếu nại", "Feedback and complaints"),
    order=16,
)
KINDS = [kind.value for kind in CaseKind]
STATES = [state.value for state in CaseState]


class CaseQuery(PageQuery):
    """`?state=`: open unless stated; `?owner=` the id of a member of staff; `?unowned=true`, `?overdue=true`."""

    state = fields.String(load_default="open", validate=validate.OneOf(STATES))
    owner = Text(1, 64)
    unowned = fields.String(validate=validate.Equal("true"))
    overdue = fields.String(validate=validate.Equal("true"))


class NewCase(Body):
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    text = Text(1, cases.LONGEST, lines=True, required=True, example="Nước nguội, đợi hai mươi phút")
    owner = Text(1, 64, allow_none=True)
    due_on = Day(allow_none=True)  # two working days from now, unless stated


class CaseChange(Body):
    """What is given changes; an `owner` of null means nobody."""

    kind = fields.String(validate=validate.OneOf(KINDS))
    owner = Text(1, 64, allow_none=True)
    due_on = Day()


class Answer(Body):
    """What the customer was told. It is kept, not sent."""

    text = Text(1, cases.LONGEST, lines=True, required=True, example="Đã gọi xin lỗi và tặng một ly mới")
    close = Flag(load_default=False)


class CaseSchema(Body):
    """`text` only with the scope customers:reveal, and to who opens it."""

    id = fields.String(required=True)
    number = fields.Integer(required=True)
    customer_id = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    text = fields.String(required=True, allow_none=True)
    owner = fields.String(required=True, allow_none=True)
    due_on = fields.Date(required=True)
    source = fields.String(required=True)
    opened_by = fields.String(required=True)  # customer, staff:…, key:…
    opened_at = Instant(required=True)
    closed_at = Instant(required=True, allow_none=True)


class StepSchema(Body):
    """Something done about a case: opened, added, assigned, moved, kind, answered, closed, reopened."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    actor = fields.String(required=True)
    at = Instant(required=True)
    data = fields.Dict(required=True)
    text = fields.String(required=True, allow_none=True)


@blueprint.get("/cases")
@requires_scope("cases:read")
@blueprint.arguments(CaseQuery, location="query")
@blueprint.response(200, page_of(CaseSchema))
def list_cases(wanted: dict[str, Any]) -> dict[str, Any]:
    """Cases of one state: what is due first comes first; closed ones latest first."""
    session = work.here().session
    asked = {name: wanted.get(name) for name in ("state", "owner", "unowned", "overdue")}
    place = f"cases {asked}"
    last = pages.start(session, wanted, place)
    today = session.info["shop"].day(work.now())
    narrowed = Wanted(
        CaseState(wanted["state"]),
        owner_id=_staff(wanted["owner"]).id if "owner" in wanted else None,
        is_nobodys="unowned" in wanted,
        overdue_on=today if "overdue" in wanted else None,
    )
    after = session.get(Case, last) if last is not None else None
    rows = cases.list_due(session, narrowed, after=after, limit=wanted["limit"] + 1)
    return pages.page(session, rows, wanted, place, lambda case: case.id, _show_all)


@blueprint.get("/customers/<public_id:customer>/cases")
@requires_scope("cases:read")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(CaseSchema))
def list_cases_of_customer(wanted: dict[str, Any], customer: str) -> dict[str, Any]:
    """The cases of one customer, newest first."""
    session, place = work.here().session, f"cases of {customer}"
    found = profiles.get_public(session, customer)
    before = pages.start(session, wanted, place)
    rows = cases.of_customer(session, found.id, before=before, limit=wanted["limit"] + 1)
    return pages.page(session, rows, wanted, place, lambda case: case.id, _show_all)


@blueprint.post("/customers/<public_id:customer>/cases")
@requires_scope("cases:write")
@blueprint.arguments(NewCase)
@blueprint.response(201, CaseSchema)
def open_case(asked: dict[str, Any], customer: str) -> dict[str, Any]:
    """Open a case for a customer. While a complaint is not closed, its customer gets no promotions."""
    here = work.here()
    found = profiles.get_public(here.session, customer)
    said = Opening(
        CaseKind(asked["kind"]),
        asked["text"],
        "api",
        by=here.caller.actor,
        owner=_staff(asked["owner"]) if asked.get("owner") else None,
        due_on=asked.get("due_on"),
    )
    case = cases.open_case(here.session, found.id, said, key=work.new_key(), now=work.now())
    return _noted(case, "case_opened", text=cases.words_of(here.session, case))


@blueprint.get("/cases/<public_id:case>")
@requires_scope("cases:read")
@blueprint.response(200, CaseSchema)
def get_case(case: str) -> dict[str, Any]:
    """One case."""
    return _show_all([cases.get_public(work.here().session, case)])[0]


@blueprint.patch("/cases/<public_id:case>")
@requires_scope("cases:write")
@blueprint.arguments(CaseChange)
@blueprint.response(200, CaseSchema)
def change_case(change: dict[str, Any], case: str) -> dict[str, Any]:
    """Give a case to somebody, or another day or kind."""
    session = work.here().session
    found = cases.get_public(session, case)
    if "owner" in change:
        casework.assign(session, found, _staff(change["owner"]) if change["owner"] else None, _worker())
    if "due_on" in change:
        casework.move(session, found, change["due_on"], _worker())
    if "kind" in change:
        casework.reclassify(session, found, CaseKind(change["kind"]), _worker())
    return _noted(found, "case_changed", fields=sorted(change))


@blueprint.post("/cases/<public_id:case>/answers")
@requires_scope("cases:write")
@blueprint.arguments(Answer)
@blueprint.response(200, CaseSchema)
def answer_case(asked: dict[str, Any], case: str) -> dict[str, Any]:
    """Keep what the customer was told; with `close` it is over too."""
    session = work.here().session
    found, worker = cases.get_public(session, case), _worker()
    casework.answer(session, found, asked["text"], worker)
    if asked["close"]:
        casework.close(session, found, worker)
    return _noted(found, "case_answered", closed=asked["close"])


@blueprint.post("/cases/<public_id:case>/close")
@requires_scope("cases:write")
@blueprint.arguments(NoBody, required=False)
@blueprint.response(200, CaseSchema)
def close_case(_: dict[str, Any], case: str) -> dict[str, Any]:
    """It is over; once more changes nothing."""
    return _moved(case, "case_closed", casework.close)


@blueprint.post("/cases/<public_id:case>/reopen")
@requires_scope("cases:write")
@blueprint.arguments(NoBody, required=False)
@blueprint.response(200, CaseSchema)
def reopen_case(_: dict[str, Any], case: str) -> dict[str, Any]:
    """It was not over; once more changes nothing."""
    return _moved(case, "case_reopened", casework.reopen)


@blueprint.get("/cases/<public_id:case>/steps")
@requires_scope("cases:read")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(StepSchema))
def list_steps(wanted: dict[str, Any], case: str) -> dict[str, Any]:
    """What was done about a case, newest first."""
    session, place = work.here().session, f"steps {case}"
    found, before = cases.get_public(session, case), pages.start(session, wanted, place)
    steps = [step for step in reversed(cases.steps_of(session, found)) if before is None or step.id < before]
    rows = steps[: wanted["limit"] + 1]
    return pages.page(session, rows, wanted, place, lambda step: step.id, lambda shown: _show_steps(found, shown))


def _worker() -> Worker:
    return Worker(work.here().caller.actor, work.new_key(), work.now())


def _staff(public_id: str) -> StaffMember:
    """Raises Invalid."""
    try:
        if not profiles.is_public_id(public_id):
            raise accounts.StaffNotFound(public_id)
        return accounts.get_public(work.here().session, public_id)
    except accounts.StaffNotFound:
        raise Invalid({"owner": ["Nobody of the staff has this id."]}) from None


def _moved(case: str, action: str, act: Callable[..., bool]) -> dict[str, Any]:
    session = work.here().session
    found = cases.get_public(session, case)
    act(session, found, _worker())
    return _noted(found, action)


def _noted(case: Case, action: str, *, text: str | None = None, **detail: Any) -> dict[str, Any]:
    """The case as it is now, after writing down what was done."""
    [shown] = _show_all([case], reveal=False)
    work.note(action, f"customer:{shown['customer_id']}", case=case.id, **detail)
    return shown | ({"text": text} if text is not None else {})


def _show_all(rows: Sequence[Case], *, reveal: bool = True) -> list[dict[str, Any]]:
    session = work.here().session
    people = _names(Customer, {case.customer_id for case in rows})
    owners = _names(StaffMember, {case.owner_id for case in rows if case.owner_id is not None})
    shown = []
    for case in rows:
        customer = people[case.customer_id]
        text = _reveal(customer, partial(cases.words_of, session, case)) if reveal else None
        shown.append(_show(case, customer, owners.get(case.owner_id or 0), text))
    return shown


def _show(case: Case, customer: str, owner: str | None, text: str | None) -> dict[str, Any]:
    return {
        "id": case.public_id,
        "number": case.id,
        "customer_id": customer,
        "kind": case.kind,
        "state": case.state,
        "text": text,
        "owner": owner,
        "due_on": case.due_on,
        "source": case.source,
        "opened_by": case.opened_by,
        "opened_at": case.opened_at,
        "closed_at": case.closed_at,
    }


def _show_steps(case: Case, steps: Sequence[CaseStep]) -> list[dict[str, Any]]:
    session = work.here().session
    customer = profiles.get(session, case.customer_id).public_id
    return [
        {
            "id": step.public_id,
            "kind": step.kind,
            "actor": step.actor,
            "at": step.at,
            "data": step.data,
            "text": _reveal(customer, partial(cases.said_in, session, case, step)),
        }
        for step in steps
    ]


def _reveal(customer: str, read: Callable[[], str | None]) -> str | None:
    """Sealed words for who may see them, written down as seen."""
    here = work.here()
    if not here.caller.reveals:
        return None
    try:
        words = read()
    except Erased:
        return None
    if words is not None:
        here.revealed.add(customer)
    return words


def _names(model: type[Customer] | type[StaffMember], ids: set[int]) -> dict[int, str]:
    """Public ids by our own."""
    rows = work.here().session.execute(select(model.id, model.public_id).where(model.id.in_(ids)))
    return {row.id: row.public_id for row in rows}
