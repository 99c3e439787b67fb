"""How many entered a journey, are inside, left: kept with it by whoever moves them, for they hold its row."""

from collections import Counter
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.journeys.models import Journey, JourneyEntry

Key = tuple[str, str]  # the state of entries, and of those who left the reason


def add(journey: Journey, state: str, reason: str = "", number: int = 1) -> None:
    """So many more of a state; fewer where `number` is negative."""
    found = of(journey)
    found[state, reason] += number
    journey.counts = [[*key, each] for key, each in sorted(found.items()) if each]


def of(journey: Journey) -> Counter[Key]:
    return Counter({(state, reason): number for state, reason, number in journey.counts or ()})


def count(session: Session, journey_ids: Sequence[int]) -> dict[int, Counter[Key]]:
    """By journey, from its entries: what is kept must equal it."""
    entry = JourneyEntry
    why = sa.case((entry.state == "left", entry.reason), else_="")
    query = (
        sa.select(entry.journey_id, entry.state, why, sa.func.count())
        .where(entry.journey_id.in_(journey_ids))
        .group_by(entry.journey_id, entry.state, why)
    )
    found: dict[int, Counter[Key]] = {journey_id: Counter() for journey_id in journey_ids}
    for journey_id, state, reason, number in session.execute(query):
        found[journey_id][state, reason or ""] = number
    return found
