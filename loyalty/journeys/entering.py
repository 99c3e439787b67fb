"""Letting people in: each once for an occasion, whoever lets them in and however often."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import shop, upsert
from loyalty.customers.models import CustomerStats
from loyalty.db import new_public_id
from loyalty.journeys import admission, arrivals, counts, happenings, lifecycle, occasions, plans
from loyalty.journeys.happenings import Happened, Told
from loyalty.journeys.models import Journey, JourneyEdition, JourneyEntry
from loyalty.journeys.occasions import Days
from loyalty.journeys.plans import Plan
from loyalty.journeys.triggers import OF_TIMELINE, TOLD, Away, InSegment, Trigger
from loyalty.segments import saved
from loyalty.segments.models import Segment
from loyalty.shop import Shop

MADE_UP = 3  # days that are looked back for: nothing ran on some of them
LONGEST_AWAY = 90  # the same, for who stays away: their time came once
ONCE = "once"


@dataclass(frozen=True, slots=True)
class Chunk:
    """The next people of a look, found without a writer's turn; `began` is where the look stood."""

    edition_id: int
    began: dict[str, Any] | None
    day: date
    gap: int
    found: Sequence[Happened]
    after: int | None  # the customer to go on after; None: that was the last of them


def next_chunk(session: Session, journey: Journey, *, now: datetime) -> Chunk | None:
    """What is to be looked at by the calendar now; None when today is done, or has not come to its morning."""
    place, edition = shop.of(session), lifecycle.edition(session, journey)
    plan = plans.of(edition)
    if isinstance(plan.trigger, TOLD) or (days := _days(journey, plan.trigger, place, now)) is None:
        return None
    look = journey.look if journey.look and journey.look["on"] == str(days[-1]) else None
    gap = look["gap"] if look else _gap(session, plan.trigger)
    after = look["after"] if look else 0
    asked = Days.at(session, days, gap)
    found = occasions.marked(session, plan.trigger, asked).subquery()
    allowed = admission.may_enter(session, journey, edition, plan, place.day(now), now=now)
    query = (
        sa.select(found)
        .join(CustomerStats, CustomerStats.customer_id == found.c.customer_id)
        .where(found.c.customer_id > after, *allowed)
        .order_by(found.c.customer_id)
        .limit(admission.CHUNK)
    )
    rows = session.execute(query).all()
    called = [Happened(row.customer_id, occasions.occasion(plan.trigger, row.named, asked, place)) for row in rows]
    return Chunk(
        edition.id, journey.look, days[-1], gap, called, rows[-1].customer_id if len(rows) == admission.CHUNK else None
    )


def take(session: Session, journey_id: int, chunk: Chunk, *, now: datetime) -> int:
    """Let the people of a chunk in and remember how far the look is; how many entered.

    Nothing when somebody else went on with the journey meanwhile.
    """
    journey = lifecycle.hold_next(session, journey_id)
    if journey is None or journey.look != chunk.began or journey.looked_on == chunk.day:
        return 0
    edition = lifecycle.edition(session, journey)
    if edition.id != chunk.edition_id:
        return 0
    entered = enter(session, journey, edition, chunk.found, now=now)
    if chunk.after is None:
        journey.looked_on, journey.look = chunk.day, None
    else:
        journey.look = {"on": str(chunk.day), "after": chunk.after, "gap": chunk.gap}
    session.flush()
    return entered


def read_timeline(session: Session, journey_id: int, end: int, *, now: datetime) -> bool:
    """Let in whom the next rows of the timeline tell of; whether there were any rows to read.

    `end`: before it no row can appear any more.
    """
    journey = lifecycle.hold_next(session, journey_id)
    if journey is None or journey.cursor >= end:
        return False
    edition = lifecycle.edition(session, journey)
    told: Told = happenings.read(session, plans.of(edition).trigger, journey.cursor, end, now=now)
    enter(session, journey, edition, told.happened, now=now)
    journey.cursor = told.cursor
    session.flush()
    return True


def reads_timeline(session: Session, journey: Journey) -> bool:
    """Whether people enter it by what just happened to them."""
    return isinstance(plans.of(lifecycle.edition(session, journey)).trigger, OF_TIMELINE)


def read_log(session: Session, journey_id: int, *, now: datetime) -> bool:
    """Let in whom the next rows of the log of its segment tell of; whether there were any."""
    journey = lifecycle.hold_next(session, journey_id)
    if journey is None:
        return False
    edition = lifecycle.edition(session, journey)
    if (segment := _asked(session, edition)) is None:
        return False
    told = arrivals.read(session, segment, journey.cursor)
    enter(session, journey, edition, told.happened, now=now)
    is_new, journey.cursor = told.cursor != journey.cursor, told.cursor
    session.flush()
    return is_new


def has_log_to_read(session: Session, journey: Journey) -> bool:
    """Whether people enter it by entering a segment, and the log of that goes on."""
    segment = _asked(session, lifecycle.edition(session, journey))
    return segment is not None and arrivals.waits(session, segment, journey.cursor)


def _asked(session: Session, edition: JourneyEdition) -> Segment | None:
    """The segment one enters by entering it."""
    trigger = plans.of(edition).trigger
    return saved.get_public(session, trigger.segment, removed=True) if isinstance(trigger, InSegment) else None


def enter(
    session: Session, journey: Journey, edition: JourneyEdition, happened: Iterable[Happened], *, now: datetime
) -> int:
    """Let in whoever of them may; of one locked journey. The same again lets nobody in."""
    plan, today = plans.of(edition), shop.of(session).day(now)
    occasion = {each.customer_id: each.occasion for each in reversed(list(happened))}  # one each, the first
    if not occasion:
        return 0
    allowed = _allowed(session, journey, edition, plan, occasion.keys(), today, now)
    who = [{"customer_id": each, "occasion": _called(plan, occasion[each], today)} for each in allowed]
    same = {"journey_id": journey.id, "edition_id": edition.id, "entered_at": now, "entered_on": today, "due_at": now}
    rows = [{"public_id": new_public_id(), **each, **same, "position": 0, "state": "waiting"} for each in who]
    if not rows:
        return 0
    insert = upsert.insert(session, JourneyEntry).on_conflict_do_nothing(
        index_elements=["journey_id", "customer_id", "occasion"]
    )
    entered = len(session.scalars(insert.returning(JourneyEntry.id), rows).all())
    counts.add(journey, "waiting", number=entered)
    return entered


def _allowed(
    session: Session,
    journey: Journey,
    edition: JourneyEdition,
    plan: Plan,
    ids: Collection[int],
    today: date,
    now: datetime,
) -> Sequence[int]:
    conditions = admission.may_enter(session, journey, edition, plan, today, now=now)
    query = sa.select(CustomerStats.customer_id).where(CustomerStats.customer_id.in_(ids), *conditions)
    return session.scalars(query.order_by(CustomerStats.customer_id)).all()


def _called(plan: Plan, occasion: str, today: date) -> str:
    """The occasion as the plan counts it: once, once a year, or each one."""
    if plan.again == "never":
        return ONCE
    if plan.again == "yearly":
        return occasion if occasion.isdigit() else str(today.year)  # a birthday's own: a week before is last year
    return occasion


def _days(journey: Journey, trigger: Trigger, place: Shop, now: datetime) -> list[date] | None:
    """The shop days to look at, oldest first; None before nine, and when today is done."""
    today = place.day(now)
    if now < datetime.combine(today, occasions.MORNING, place.timezone) or journey.looked_on is None:
        return None
    back = LONGEST_AWAY if isinstance(trigger, Away) else MADE_UP
    first = max(journey.looked_on + timedelta(days=1), today - timedelta(days=back - 1))
    return [first + timedelta(days=each) for each in range((today - first).days + 1)] or None


def _gap(session: Session, trigger: Trigger) -> int:
    return occasions.shop_gap(session) if isinstance(trigger, Away) else occasions.NO_GAP
