"""The list of what is due, and one case with everything that was said and done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import url_for
from sqlalchemy import select

from loyalty.console import authors, persons
from loyalty.console.cases.here import section
from loyalty.console.customers import stories
from loyalty.console.customers.care import Held, colleagues, hold
from loyalty.console.desk import Desk
from loyalty.console.forms import Form
from loyalty.console.persons import Person
from loyalty.console.section import Answer
from loyalty.customers import cases, profiles
from loyalty.customers.cases import CaseKind, CaseState, Wanted
from loyalty.customers.models import Case, CaseStep, Customer
from loyalty.messaging import notices
from loyalty.staff import accounts
from loyalty.staff.models import StaffMember
from loyalty.staff.permissions import Right
from loyalty.vault.people import Erased
from loyalty.words import Both

PAGE = 30
STATES: Mapping[CaseState, Both] = {
    CaseState.OPEN: Both("Chờ trả lời", "Waiting"),
    CaseState.ANSWERED: Both("Đã trả lời", "Answered"),
    CaseState.CLOSED: Both("Đã đóng", "Closed"),
}
WHOSE: Mapping[str, Both] = {
    "": Both("Của mọi người", "Everybody's"),
    "mine": Both("Của tôi", "Mine"),
    "nobody": Both("Chưa ai nhận", "Nobody's"),
    "left": Both("Của người đã nghỉ", "Of people who left"),
}
DEEDS: Mapping[str, Both] = {
    "opened": Both("ghi nhận", "took it down"),
    "added": Both("nói thêm", "added"),
    "assigned": Both("giao cho {to}", "gave it to {to}"),
    "moved": Both("dời hạn sang {to}", "moved it to {to}"),
    "kind": Both("đổi thành {to}", "made it a {to}"),
    "answered": Both("trả lời", "answered"),
    "closed": Both("đóng", "closed it"),
    "reopened": Both("mở lại", "opened it again"),
}
SAID = Both("nói", "said")  # what a customer opened by themselves
NOBODY = Both("chưa ai", "nobody")
THE_CUSTOMER = Both("Khách", "The customer")


@dataclass(frozen=True, slots=True)
class Row:
    """One case of the list; `late_days`: how long it is overdue."""

    held: Held
    person: Person
    late_days: int


@dataclass(frozen=True, slots=True)
class Done:
    """One step of a case."""

    at: datetime
    who: str
    what: str
    said: str


@section.get("/cases", right=Right.FIND)
def index(desk: Desk) -> Answer:
    """What is due first; who may not see every case sees their own."""
    state, whose = _state(desk), desk.args.get("whose", "")
    whose = whose if whose in WHOSE and desk.may(Right.CONVERSE) else ""
    found = cases.list_due(
        desk.session, _wanted(desk, state, whose), seen_by=desk.member, after=_after(desk), limit=PAGE + 1
    )
    more = ""
    if len(found) > PAGE:
        more = url_for(".index", state=state.value, whose=whose or None, after=found[PAGE - 1].public_id)
    return desk.render(
        "cases/index.html",
        rows=_rows(desk, found[:PAGE]),
        more=more,
        state=state.value,
        states=[(each.value, said.in_(desk.locale)) for each, said in STATES.items()],
        whose=whose,
        choices=[(each, said.in_(desk.locale)) for each, said in WHOSE.items()] if desk.may(Right.CONVERSE) else [],
        leavers=_leavers(desk, found) if whose == "left" else [],
        colleagues=colleagues(desk),
    )


@section.get("/cases/<public_id>", right=Right.FIND)
def show(desk: Desk, public_id: str) -> Answer:
    """One case. Raises CaseNotFound, also for who may not see it."""
    return page(desk, cases.get_public(desk.session, public_id, for_=desk.member))


def page(desk: Desk, case: Case, *, answer: Form | None = None, change: Form | None = None) -> str:
    customer = profiles.get(desk.session, case.customer_id)
    [person] = persons.show_all(desk.session, [customer])
    owner = accounts.get(desk.session, case.owner_id) if case.owner_id else None
    return desk.render(
        "cases/show.html",
        case=case,
        held=hold(desk, case),
        person=person,
        owner_id=owner.public_id if owner else "",
        owner_left=owner is not None and owner.removed_at is not None,
        state=STATES[CaseState(case.state)].in_(desk.locale),
        late_days=_late(desk, case),
        steps=[_done(desk, case, step) for step in cases.steps_of(desk.session, case)],
        may_handle=cases.may_handle(case, desk.member),
        may_tell=desk.may(Right.CONVERSE) and notices.open_chat(desk.session, customer.id, now=desk.now) is not None,
        answer=answer,
        change=change,
        kinds=[(kind.value, stories.CASE_KINDS[kind].in_(desk.locale)) for kind in CaseKind],
        colleagues=colleagues(desk),
    )


def _state(desk: Desk) -> CaseState:
    asked = desk.args.get("state", "")
    return CaseState(asked) if asked in set(CaseState) else CaseState.OPEN


def _wanted(desk: Desk, state: CaseState, whose: str) -> Wanted:
    return Wanted(
        state,
        owner_id=desk.member.id if whose == "mine" else None,
        is_nobodys=whose == "nobody",
        is_of_leavers=whose == "left",
    )


def _after(desk: Desk) -> Case | None:
    asked = desk.args.get("after", "")
    return cases.get_public(desk.session, asked, for_=desk.member) if asked else None


def _rows(desk: Desk, found: Sequence[Case]) -> list[Row]:
    query = select(Customer).where(Customer.id.in_({case.customer_id for case in found}))
    people = desk.session.scalars(query).all()
    shown = dict(zip((one.id for one in people), persons.show_all(desk.session, people), strict=True))
    return [Row(hold(desk, case), shown[case.customer_id], _late(desk, case)) for case in found]


def _late(desk: Desk, case: Case) -> int:
    if case.state != CaseState.OPEN:
        return 0
    return max(0, (desk.shop.day(desk.now) - case.due_on).days)


def _leavers(desk: Desk, found: Sequence[Case]) -> list[tuple[str, str]]:
    """Those on this page whose cases can be handed over at once."""
    ids = {case.owner_id for case in found if case.owner_id}
    members = desk.session.scalars(select(StaffMember).where(StaffMember.id.in_(ids)))
    return [(member.public_id, accounts.name_of(desk.session, member)) for member in members]


def _done(desk: Desk, case: Case, step: CaseStep) -> Done:
    by_customer = step.actor == cases.CUSTOMER
    who = THE_CUSTOMER.in_(desk.locale) if by_customer else authors.name_of(desk.session, step.actor, desk.locale)
    try:
        said = cases.words_of(desk.session, case) if step.kind == "opened" else cases.said_in(desk.session, case, step)
    except Erased:
        said = ""
    deed = SAID if by_customer and step.kind == "opened" else DEEDS[step.kind]
    what = deed.in_(desk.locale, to=_to(desk, step.kind, step.data.get("to")))
    return Done(step.at, who, what, said or "")


def _to(desk: Desk, kind: str, value: Any) -> str:
    if kind == "assigned":
        return authors.name_of(desk.session, f"staff:{value}", desk.locale) if value else NOBODY.in_(desk.locale)
    if kind == "kind":
        return stories.CASE_KINDS[str(value)].in_(desk.locale)
    if kind == "moved":
        return f"{date.fromisoformat(str(value)):%d/%m/%Y}"
    return ""
