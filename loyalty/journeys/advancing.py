"""Moving people on: whoever is due walks until they have to wait. One journey at a time, one worker at a time."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.customers.models import CustomerStats
from loyalty.journeys import leaving, lifecycle, plans, sending, steps
from loyalty.journeys.mail import Send
from loyalty.journeys.models import Journey, JourneyEdition, JourneyEntry, JourneyPass
from loyalty.journeys.steps import Branch, Walk
from loyalty.segments import compile as sql
from loyalty.segments import saved
from loyalty.segments.rules import BadRules, Frame
from loyalty.segments.saved import SegmentNotFound

BATCH = 100  # people moved on in one short transaction
Place = tuple[int, int]  # of a step: its edition and position


@dataclass
class Facts:
    """What branches ask of the people of one batch."""

    session: Session
    stats: Mapping[int, CustomerStats]
    now: datetime
    belong: dict[str, frozenset[int]] = field(default_factory=dict)

    def holds(self, entry: JourneyEntry, branch: Branch) -> bool:
        theirs = self.stats[entry.customer_id]
        match branch.test:
            case "bought":
                return leaving.has_bought(theirs, entry.entered_at)
            case "answered":
                return theirs.last_interaction_at is not None and theirs.last_interaction_at > entry.entered_at
        assert branch.segment is not None
        if branch.segment not in self.belong:
            self.belong[branch.segment] = self._members(branch.segment)
        return entry.customer_id in self.belong[branch.segment]

    def _members(self, public_id: str) -> frozenset[int]:
        """Nobody is in a segment whose rules today's programme does not understand."""
        frame = Frame.at(self.session, self.now)
        try:
            node = saved.tree(saved.get_public(self.session, public_id, removed=True), frame)
        except (BadRules, SegmentNotFound):
            return frozenset()
        ours = CustomerStats.customer_id.in_(self.stats)
        return frozenset(self.session.scalars(select(CustomerStats.customer_id).where(ours, sql.members(node, frame))))


def is_due(session: Session, journey_id: int, *, now: datetime) -> bool:
    """Whether somebody inside has to be moved on."""
    query = select(JourneyEntry.id).where(*_due(journey_id, now)).limit(1)
    return session.scalar(query) is not None


def advance(session: Session, journey_id: int, *, now: datetime) -> int:
    """Move the next people on; how many. None at all when the journey is not active or somebody else has it."""
    journey = lifecycle.hold_next(session, journey_id)
    if journey is None:
        return 0
    query = select(JourneyEntry).where(*_due(journey.id, now)).order_by(JourneyEntry.due_at).limit(BATCH)
    entries = session.scalars(query, execution_options={"populate_existing": True}).all()
    if not entries:
        return 0
    editions = {each.id: each for each in lifecycle.list_editions(session, journey)}
    facts = Facts(session, _stats(session, entries), now)
    walks = {entry.id: _walk(facts, entry, editions[entry.edition_id]) for entry in entries}
    sent = _send(session, journey, editions, entries, walks, now)
    _keep(session, journey, entries, walks, sent, now)
    session.flush()
    return len(entries)


def _due(journey_id: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    entry = JourneyEntry
    return entry.journey_id == journey_id, leaving.is_inside(), entry.due_at <= now


def _stats(session: Session, entries: Sequence[JourneyEntry]) -> dict[int, CustomerStats]:
    ids = {entry.customer_id for entry in entries}
    query = select(CustomerStats).where(CustomerStats.customer_id.in_(ids))
    rows = session.scalars(query, execution_options={"populate_existing": True})
    return {row.customer_id: row for row in rows}


def _walk(facts: Facts, entry: JourneyEntry, edition: JourneyEdition) -> Walk:
    """Who has a reason to leave goes no step further."""
    plan = plans.of(edition)
    if why := leaving.reason(facts.stats[entry.customer_id], entry, plan):
        return Walk((), entry.position, None, why)
    return steps.walk(
        plan.steps,
        entry.position,
        lambda branch: facts.holds(entry, branch),
        now=facts.now,
        shop=shop.of(facts.session),
    )


def _send(
    session: Session,
    journey: Journey,
    editions: Mapping[int, JourneyEdition],
    entries: Sequence[JourneyEntry],
    walks: Mapping[int, Walk],
    now: datetime,
) -> Mapping[tuple[Place, int], sending.Sent]:
    """What became of each send of these walks, by step and customer. Campaigns are locked in one order."""
    wanted: dict[Place, list[int]] = defaultdict(list)
    for entry in entries:
        for passed in walks[entry.id].passed:
            if passed.outcome == "send":
                wanted[entry.edition_id, passed.position].append(entry.customer_id)
    found: dict[tuple[Place, int], sending.Sent] = {}
    for place in sorted(wanted):
        edition = editions[place[0]]
        step = plans.of(edition).steps[place[1]]
        assert isinstance(step, Send)
        sent = sending.send(session, journey, edition, place[1], step, wanted[place], now=now)
        found |= {(place, customer_id): each for customer_id, each in sent.items()}
    return found


def _keep(
    session: Session,
    journey: Journey,
    entries: Sequence[JourneyEntry],
    walks: Mapping[int, Walk],
    sent: Mapping[tuple[Place, int], sending.Sent],
    now: datetime,
) -> None:
    rows: list[dict[str, Any]] = []
    for entry in entries:
        walk = walks[entry.id]
        rows += _passes(entry, walk, sent, now)
        entry.position = walk.position
        if walk.due_at is not None:
            entry.due_at = walk.due_at
        else:
            leaving.close(journey, entry, walk.reason or "finished", now)
    if rows:
        session.execute(insert(JourneyPass), rows)


def _passes(
    entry: JourneyEntry, walk: Walk, sent: Mapping[tuple[Place, int], sending.Sent], now: datetime
) -> Iterator[dict[str, Any]]:
    """What came of each step they went through, as rows."""
    for passed in walk.passed:
        place = (entry.edition_id, passed.position)
        outcome, recipient = sent[place, entry.customer_id] if passed.outcome == "send" else (passed.outcome, None)
        yield {
            "entry_id": entry.id,
            "position": passed.position,
            "edition_id": entry.edition_id,
            "outcome": outcome,
            "recipient_id": recipient,
            "at": now,
        }
