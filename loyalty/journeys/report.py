"""What became of whoever entered a journey: in whole, step by step, and who stands where."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.campaigns import report as campaigns
from loyalty.campaigns.models import Campaign
from loyalty.campaigns.report import Report
from loyalty.journeys import counts, plans
from loyalty.journeys.models import Journey, JourneyEdition, JourneyEntry, JourneyPass, JourneySend
from loyalty.journeys.steps import Step


@dataclass(frozen=True, slots=True)
class Numbers:
    """`left` by reason: bought, consent, erased. Entered = inside + done + everybody who left."""

    entered: int
    inside: int
    done: int
    left: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class StepNumbers:
    """`waiting` stand before the step, `passed` went through it, by what came of it; `sent` of a step that sends.

    `left` are those who left standing before it, by reason.
    """

    step: Step
    waiting: int
    passed: Mapping[str, int]
    left: Mapping[str, int]
    campaign: Campaign | None
    sent: Report | None

    @property
    def reached(self) -> int:
        return self.waiting + sum(self.passed.values()) + sum(self.left.values())


@dataclass(frozen=True, slots=True)
class Within:
    """One person who is, or was, inside; `entry` with the plan they walk by."""

    entry: JourneyEntry
    edition: JourneyEdition


def of_journey(journey: Journey) -> Numbers:
    """Everybody of every edition, as kept with it."""
    found = counts.of(journey)
    by_state: Counter[str] = Counter()
    for (state, _reason), number in found.items():
        by_state[state] += number
    left = {reason: number for (state, reason), number in sorted(found.items()) if state == "left"}
    return Numbers(by_state.total(), by_state["waiting"], by_state["done"], left)


def of_steps(session: Session, edition: JourneyEdition) -> list[StepNumbers]:
    """Each step of an edition, in order."""
    passed = _by_position(session, JourneyPass.position, JourneyPass.outcome, JourneyPass.edition_id == edition.id)
    mine, state = JourneyEntry.edition_id == edition.id, JourneyEntry.state
    waiting = _by_position(session, JourneyEntry.position, state, mine, state == "waiting")
    left = _by_position(session, JourneyEntry.position, JourneyEntry.reason, mine, state == "left")
    by = _campaigns(session, edition)
    return [
        StepNumbers(
            step,
            sum(waiting.get(place, {}).values()),
            passed.get(place, {}),
            left.get(place, {}),
            by.get(place),
            campaigns.of_campaign(session, by[place])[0] if place in by else None,
        )
        for place, step in enumerate(plans.of(edition).steps)
    ]


def list_entries(
    session: Session,
    journey: Journey,
    *,
    state: str | None = None,
    position: int | None = None,
    edition: JourneyEdition | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Sequence[Within]:
    """A page, newest first; `before` is the id of the last one of the page before."""
    entry = JourneyEntry
    query = (
        sa.select(entry, JourneyEdition)
        .join(JourneyEdition, JourneyEdition.id == entry.edition_id)
        .where(entry.journey_id == journey.id)
        .order_by(entry.id.desc())
        .limit(limit)
    )
    wanted = ((entry.state, state), (entry.position, position), (entry.edition_id, edition.id if edition else None))
    query = query.where(*(column == value for column, value in wanted if value is not None))
    rows = session.execute(query if before is None else query.where(entry.id < before))
    return [Within(*row) for row in rows]


def find_entry(session: Session, journey: Journey, public_id: str) -> JourneyEntry | None:
    return session.scalar(sa.select(JourneyEntry).filter_by(journey_id=journey.id, public_id=public_id))


def of_customer(session: Session, customer_id: int, *, limit: int = 10) -> Sequence[tuple[Journey, JourneyEntry]]:
    """The journeys somebody is in now, the newest first."""
    query = (
        sa.select(Journey, JourneyEntry)
        .join(JourneyEntry, JourneyEntry.journey_id == Journey.id)
        .where(JourneyEntry.customer_id == customer_id, JourneyEntry.state == "waiting")
        .order_by(JourneyEntry.id.desc())
        .limit(limit)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def stopped_sends(session: Session, journey: Journey) -> Sequence[Campaign]:
    """What its steps send by and was stopped, though the journey itself goes on."""
    query = (
        sa.select(Campaign)
        .join(JourneySend, JourneySend.campaign_id == Campaign.id)
        .join(JourneyEdition, JourneyEdition.id == JourneySend.edition_id)
        .where(JourneyEdition.journey_id == journey.id, Campaign.state.in_(("paused", "cancelled")))
        .order_by(Campaign.id)
    )
    return session.scalars(query).all() if journey.state == "active" else []


def _by_position(
    session: Session,
    position: sa.ColumnElement[int] | sa.orm.InstrumentedAttribute[int],
    what: sa.ColumnElement[str] | sa.orm.InstrumentedAttribute[str] | sa.orm.InstrumentedAttribute[str | None],
    *conditions: sa.ColumnElement[bool],
) -> dict[int, dict[str, int]]:
    query = sa.select(position, what, sa.func.count()).where(*conditions).group_by(position, what)
    found: dict[int, dict[str, int]] = {}
    for place, named, number in session.execute(query):
        found.setdefault(place, {})[named or ""] = number
    return found


def _campaigns(session: Session, edition: JourneyEdition) -> dict[int, Campaign]:
    query = sa.select(JourneySend.position, Campaign).join(Campaign, Campaign.id == JourneySend.campaign_id)
    return {row[0]: row[1] for row in session.execute(query.where(JourneySend.edition_id == edition.id))}
