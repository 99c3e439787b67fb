"""Journeys as they go: the list, one of them step by step, and the people inside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy import select

from loyalty.campaigns import report as campaign_report
from loyalty.console import persons
from loyalty.console.campaigns import here as campaigns
from loyalty.console.desk import Desk
from loyalty.console.journeys import composing, here, words
from loyalty.console.journeys.here import section
from loyalty.console.persons import Person
from loyalty.console.section import Answer
from loyalty.customers.models import Customer
from loyalty.errors import NotFound
from loyalty.journeys import former, lifecycle, money, plans, report, starters
from loyalty.journeys.models import Journey, JourneyEntry
from loyalty.journeys.report import Numbers, StepNumbers, Within
from loyalty.messaging import pace_words
from loyalty.segments.models import Segment
from loyalty.staff.permissions import Right

PAGE = 20
PEOPLE = 50
VIEWS = {"all": (), "active": ("active", "paused"), "draft": ("draft", "waiting_approval"), "ended": ("ended",)}
HIGHEST = 10  # steps
SENT = ("queued", "held_out")  # what the report of the campaign tells better


class EntryNotFound(NotFound):
    """There is no such place in the list."""

    code = "not_found"


@dataclass(frozen=True, slots=True)
class Listed:
    journey: Journey
    when: str
    numbers: Numbers
    steps: int


@dataclass(frozen=True, slots=True)
class Line:
    """One step: what it does, and what became of whoever came to it."""

    icon: str
    name: str
    text: str
    is_send: bool
    numbers: StepNumbers
    facts: Sequence[tuple[str, int]]  # words and number of people
    skipped: Sequence[tuple[str, int]]  # why a message was not sent


@dataclass(frozen=True, slots=True)
class Walker:
    """Somebody who is, or was, inside."""

    person: Person
    entry: JourneyEntry
    step: str  # what they wait for, or stood before when they left
    reason: str


@section.get("/journeys", right=Right.CAMPAIGN)
def index(desk: Desk) -> Answer:
    """Journeys, newest first; some of them by their state."""
    view, last = desk.args.get("view", "all"), desk.args.get("after", "")
    before = lifecycle.get_public(desk.session, last).id if last else None
    found = lifecycle.list_newest(desk.session, states=VIEWS.get(view, ()), before=before, limit=PAGE + 1)
    shown = found[:PAGE]
    more = url_for("console.journeys.index", view=view, after=shown[-1].public_id) if len(found) > PAGE else ""
    return desk.render(
        "journeys/index.html",
        listed=[_listed(desk, journey) for journey in shown],
        view=view,
        more=more,
        here=here,
        starters=starters.STARTERS,
    )


@section.get("/journeys/<public_id>", right=Right.CAMPAIGN)
def show(desk: Desk, public_id: str) -> Answer:
    """One journey: what it does, and what became of whoever entered, step by step."""
    journey = lifecycle.get_public(desk.session, public_id)
    editions = lifecycle.list_editions(desk.session, journey)
    chosen = next((each for each in editions if str(each.number) == desk.args.get("edition")), None)
    edition = chosen or lifecycle.edition(desk.session, journey)
    plan = plans.of(edition)
    numbers, fault = composing.foretold(desk, edition.plan, composing.segment_of(desk, edition))
    return desk.render(
        "journeys/show.html",
        journey=journey,
        edition=edition,
        editions=editions,
        segment=desk.session.get_one(Segment, edition.segment_id) if edition.segment_id else None,
        plan=plan,
        when=words.of_trigger(desk, plan.trigger),
        again=words.of_again(desk, plan),
        numbers=report.of_journey(journey),
        lines=[_line(desk, each) for each in report.of_steps(desk.session, edition)],
        stopped=report.stopped_sends(desk.session, journey),
        foretold=numbers,
        fault=fault,
        bars=composing.bars(numbers),
        budget=money.budget_of(desk.session, journey),
        spent=money.spent(desk.session, journey),
        outlook=pace_words.of_purse(desk.session, journey.purse_id, desk.locale, now=desk.now),
        asked_by=_asked_by(desk, journey),
        is_change=former.is_kept(journey),
        is_own=(journey.approval or {}).get("asked_by") == desk.author.actor,
        here=here,
    )


@section.get("/journeys/<public_id>/people", right=Right.CAMPAIGN)
def people(desk: Desk, public_id: str) -> Answer:
    """Who is or was inside, newest first; some of them by state or by the step they stand before."""
    journey = lifecycle.get_public(desk.session, public_id)
    state = desk.args.get("state", "") if desk.args.get("state", "") in here.ENTRY_STATES else ""
    position = _position(desk.args.get("step", ""))
    editions = lifecycle.list_editions(desk.session, journey)
    number = desk.args.get("edition", "")
    edition = next((each for each in editions if str(each.number) == number), None)
    found = report.list_entries(
        desk.session,
        journey,
        state=state or None,
        position=position,
        edition=edition,
        before=_before(desk, journey),
        limit=PEOPLE + 1,
    )
    shown, more = found[:PEOPLE], ""
    if len(found) > PEOPLE:
        chosen: dict[str, Any] = {name: desk.args.get(name) or None for name in ("state", "step", "edition")}
        more = url_for("console.journeys.people", public_id=public_id, after=shown[-1].entry.public_id, **chosen)
    return desk.render(
        "journeys/people.html",
        journey=journey,
        walkers=_walkers(desk, shown),
        state=state,
        step=position + 1 if position is not None else None,
        more=more,
        here=here,
    )


def _asked_by(desk: Desk, journey: Journey) -> str:
    """Who asked for a second person, or who decided."""
    known = journey.approval or {}
    actor = known.get("by") or known.get("asked_by")
    return desk.name_of(actor) if actor else ""


def of_customer(desk: Desk, customer: Customer) -> Sequence[tuple[Journey, JourneyEntry]]:
    """The journeys somebody is in, for their profile; none for whoever may not see campaigns."""
    return report.of_customer(desk.session, customer.id) if desk.may(Right.CAMPAIGN) else []


def _position(text: str) -> int | None:
    return (
        int(text) - 1 if text.isascii() and text.isdigit() and len(text) < 3 and 0 < int(text) <= HIGHEST + 1 else None
    )


def _before(desk: Desk, journey: Journey) -> int | None:
    last = desk.args.get("after", "")
    if not last:
        return None
    entry = report.find_entry(desk.session, journey, last)
    if entry is None:
        raise EntryNotFound
    return entry.id


def _listed(desk: Desk, journey: Journey) -> Listed:
    plan = plans.of(lifecycle.edition(desk.session, journey))
    return Listed(journey, words.of_trigger(desk, plan.trigger), report.of_journey(journey), len(plan.steps))


def _line(desk: Desk, numbers: StepNumbers) -> Line:
    step = numbers.step
    does = type(step).__name__.lower()
    icon, name = words.DOES[does]
    facts = [
        (here.OUTCOMES[code].in_(desk.locale), number) for code, number in numbers.passed.items() if code not in SENT
    ]
    skipped: list[tuple[str, int]] = []
    if numbers.sent is not None:
        sent = numbers.sent.outcomes
        facts = [
            *((campaigns.OUTCOMES[code][0].in_(desk.locale), number) for code, number in sent.items() if number),
            *facts,
        ]
        for outcome in campaign_report.EXPLAINED:
            reasons = numbers.sent.reasons.get(outcome, {}).items()
            skipped += [(campaigns.reason(code, desk.locale), number) for code, number in reasons]
    facts += [
        (desk.t("rời ở đây: ", "left here: ") + here.reason(code, desk.locale), n) for code, n in numbers.left.items()
    ]
    return Line(icon, name.in_(desk.locale), words.of_step(desk, step), does == "send", numbers, facts, skipped)


def _walkers(desk: Desk, shown: Sequence[Within]) -> list[Walker]:
    ids = {each.entry.customer_id for each in shown}
    found = {one.id: one for one in desk.session.scalars(select(Customer).where(Customer.id.in_(ids)))}
    people = persons.show_all(desk.session, [found[each.entry.customer_id] for each in shown])
    return [
        Walker(person, each.entry, _stands(desk, each), here.reason(each.entry.reason, desk.locale))
        for person, each in zip(people, shown, strict=True)
    ]


def _stands(desk: Desk, each: Within) -> str:
    steps, place = plans.of(each.edition).steps, each.entry.position
    if place >= len(steps):
        return desk.t("hết các bước", "the end")
    name = words.DOES[type(steps[place]).__name__.lower()][1].in_(desk.locale)
    return f"{place + 1}. {name}"
