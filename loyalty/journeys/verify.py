"""What must always hold of journeys: whoever a step writes to came to it, and nobody is ahead of where they stand."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.campaigns.models import CampaignRecipient, CampaignRun
from loyalty.journeys import counts
from loyalty.journeys.models import Journey, JourneyEntry, JourneyPass, JourneySend


def problems(session: Session) -> Iterator[str]:
    """One line for each fault found."""
    yield from (
        f"journey entry {row.entry_id}: step {row.position + 1} is recorded, but they stand at {row.stands + 1}"
        for row in session.execute(_ahead())
    )
    yield from _miscounted(session)
    yield from (f"journey: recipient {row.id} of a step never came to it" for row in session.execute(_strangers()))


def _miscounted(session: Session) -> Iterator[str]:
    """Whose kept numbers are not those of the entries."""
    journeys = session.scalars(sa.select(Journey)).all()
    there = counts.count(session, [journey.id for journey in journeys])
    for journey in journeys:
        if counts.of(journey) != there[journey.id]:
            yield f"journey {journey.public_id}: kept {counts.of(journey)}, there are {there[journey.id]}"


def _ahead() -> sa.Select[int, int, int]:
    entry, passed = JourneyEntry, JourneyPass
    return (
        sa.select(passed.entry_id, passed.position, entry.position.label("stands"))
        .join(entry, entry.id == passed.entry_id)
        .where(entry.state == "waiting", passed.position >= entry.position)
    )


def _strangers() -> sa.Select[int]:
    """Whom a step wrote to without their having come to it."""
    came = sa.exists().where(JourneyPass.recipient_id == CampaignRecipient.id)
    return (
        sa.select(CampaignRecipient.id)
        .join(CampaignRun, CampaignRun.id == CampaignRecipient.run_id)
        .join(JourneySend, JourneySend.campaign_id == CampaignRun.campaign_id)
        .where(~came)
    )
