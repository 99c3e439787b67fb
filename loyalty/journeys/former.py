"""What a journey ran as before a change that waits for a second person: kept with the request, put back when that is
refused or taken back."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.journeys import approving, money
from loyalty.journeys.models import Journey, JourneyEdition

BEFORE = "before"  # its key in the request
NUMBER = sa.case(  # of the edition it ran by; NULL where no change waits
    (Journey.state == "waiting_approval", Journey.approval[(BEFORE, "number")].as_integer())
)


def of(session: Session, journey: Journey, edition: JourneyEdition) -> Mapping[str, Any]:
    """As JSON. What is read on from, and when, belongs to it: a change of what makes people enter moves that."""
    budget = money.budget_of(session, journey)
    return {
        "name": journey.name,
        "number": journey.number,
        "purse": journey.purse_id,
        "budget": budget,
        "cursor": journey.cursor,
        "looked_on": journey.looked_on.isoformat() if journey.looked_on else None,
        "look": journey.look,
        "digest": approving.matter(session, journey, edition, budget).digest,
    }


def is_kept(journey: Journey) -> bool:
    """Whether it ran when it was changed, and the change waits."""
    return journey.state == "waiting_approval" and BEFORE in (journey.approval or {})


def put_back(session: Session, journey: Journey, *, now: datetime) -> bool:
    """Whether it ran when it was changed: then it is again what it was, which stands, and the change an edition aside.

    What is spent stays spent.
    """
    request = dict(journey.approval or {})
    kept = request.pop(BEFORE, None)
    if kept is None:
        return False
    journey.name, journey.number = kept["name"], kept["number"]
    journey.cursor, journey.look = kept["cursor"], kept["look"]
    journey.looked_on = date.fromisoformat(kept["looked_on"]) if kept["looked_on"] else None
    money.put_back(session, journey, kept["purse"], kept["budget"], now=now)
    journey.approval = {**request, "stands": kept["digest"]}
    return True


def next_number(session: Session, journey: Journey) -> int:
    """Of another edition: those that were refused keep theirs."""
    query = sa.select(sa.func.max(JourneyEdition.number)).filter_by(journey_id=journey.id)
    return (session.scalar(query) or 0) + 1
