"""What came of the messages of each hour of the shop's day."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.activity.models import Activity
from loyalty.campaigns.models import CampaignRecipient, CampaignRun
from loyalty.messaging.models import OutboundMessage
from loyalty.purchases.stats import PURCHASES
from loyalty.segments.fields import touches
from loyalty.segments.fields.epoch import Epoch

QUARTER = 900  # seconds: every zone's hours begin on one
HOURLY = ("sent", "answered", "buyers")
Hourly = Mapping[str, int]  # HOURLY, people
ByHour = Mapping[str, Hourly]  # by the hour of day, written


def of_run(session: Session, run: CampaignRun, days: int) -> ByHour:
    """Who got one, answered it, bought by it, by the hour it went out; `days` is the window."""
    message, slot = OutboundMessage, (Epoch(OutboundMessage.settled_at) // QUARTER).label("slot")
    touched = sa.and_(message.recipient_id == CampaignRecipient.id, message.state == "sent")
    wrote = sa.exists().where(
        Activity.customer_id == CampaignRecipient.customer_id,
        Activity.kind == "message_in",
        touches.within(Activity.at, message.settled_at, int(touches.ANSWERS.total_seconds())),
    )
    bought = sa.exists().where(PURCHASES.c.customer_id == CampaignRecipient.customer_id, touches.brought(message, days))
    sums = [sa.func.sum(sa.case((each, 1), else_=0)) for each in (wrote, bought)]
    query = sa.select(slot, sa.func.count(), *sums).join_from(CampaignRecipient, message, touched)
    rows = session.execute(query.where(CampaignRecipient.run_id == run.id).group_by("slot"))
    return _by_local_hour(session, [(int(at), list(map(int, numbers))) for at, *numbers in rows])


def together(runs: Sequence[ByHour]) -> dict[int, Hourly]:
    """Of all runs, by hour of day in order; hours nothing was sent in are left out."""
    found = sorted({int(hour) for each in runs for hour in each})
    return {
        hour: {name: sum(each[str(hour)][name] for each in runs if str(hour) in each) for name in HOURLY}
        for hour in found
    }


def _by_local_hour(session: Session, rows: Sequence[tuple[int, Sequence[int]]]) -> dict[str, Hourly]:
    zone = shop.of(session).timezone
    found: dict[str, dict[str, int]] = {}
    for at, numbers in rows:
        hour = str(datetime.fromtimestamp(at * QUARTER, UTC).astimezone(zone).hour)
        kept = found.setdefault(hour, dict.fromkeys(HOURLY, 0))
        for name, number in zip(HOURLY, numbers, strict=True):
            kept[name] += number
    return dict(found)
