"""What came of a campaign: who got it, saw it, answered, bought; against those left out on purpose; and what it cost.

`counting` says how each number is come by. Those of runs whose window has closed are kept.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.campaigns import by_hour, counting, report
from loyalty.campaigns.by_hour import Hourly
from loyalty.campaigns.counting import VARIANT, Counted, Numbers, Variant
from loyalty.campaigns.models import Campaign, CampaignContent, CampaignResult, CampaignRun
from loyalty.campaigns.statistics import Difference, Share, difference
from loyalty.segments.fields.epoch import DAY, Epoch
from loyalty.segments.fields.touches import WINDOW_DAYS

NAMES = tuple(each.name for each in fields(Numbers))


@dataclass(frozen=True, slots=True)
class Results:
    """What came of a campaign. `closes_at`: when the last purchase may still count; None: nothing was sent yet."""

    numbers: Numbers
    window_days: int
    closes_at: datetime | None
    by_day: Sequence[int]  # orders of the campaign on the first, second … day after the message
    variants: Sequence[Variant] = ()  # in their order, where people are split between texts
    hours: Mapping[int, Hourly] = field(default_factory=dict)  # by the hour of day it went out at

    @property
    def cost(self) -> int:
        return self.numbers.message_cost + self.numbers.voucher_cost

    @property
    def meant(self) -> Share:
        return Share(self.numbers.meant_buyers, self.numbers.meant)

    @property
    def held(self) -> Share:
        return Share(self.numbers.held_buyers, self.numbers.held_out)

    @property
    def uplift(self) -> Difference | None:
        """How many more of those it was for bought than of those held out; None without a holdout."""
        return difference(self.meant, self.held)

    @property
    def verdict(self) -> str:
        """more, less, unsure (not enough people to tell), or none: nobody was held out."""
        found = self.uplift
        if found is None:
            return "none"
        return "unsure" if not found.is_sure else "more" if found.by > 0 else "less"

    @property
    def extra_orders(self) -> int | None:
        """Orders there would not have been, rounded; only where the difference is sure."""
        if self.verdict != "more":
            return None
        of_held = self.numbers.held_orders / self.numbers.held_out
        return max(round(self.numbers.meant_orders - of_held * self.numbers.meant), 0)

    @property
    def cost_per_message(self) -> int | None:
        return round(self.numbers.message_cost / self.numbers.sent) if self.numbers.sent else None

    @property
    def cost_per_extra_order(self) -> int | None:
        return round(self.cost / self.extra_orders) if self.extra_orders else None


def of_campaign(session: Session, campaign: Campaign, *, now: datetime) -> Results:
    """All runs together. Those whose window has closed were kept, and cost nothing to count."""
    runs, days = report.list_runs(session, campaign), window_days(session, campaign.id)
    kept = {row.run_id: row for row in _kept(session, [run.id for run in runs])}
    counted = [of_kept(kept[run.id].numbers) if run.id in kept else counting.of_run(session, run, days) for run in runs]
    return _together(counted, days)


def closed_of(session: Session, campaign_ids: Collection[int]) -> Mapping[int, tuple[Results, int]]:
    """By campaign: the runs whose numbers were kept, together, without counting anybody; how many are still counted."""
    kept: dict[int, list[Counted]] = {each: [] for each in campaign_ids}
    still = Counter[int]()
    query = (
        sa.select(CampaignRun.campaign_id, CampaignResult.numbers)
        .outerjoin(CampaignResult, CampaignResult.run_id == CampaignRun.id)
        .where(CampaignRun.campaign_id.in_(campaign_ids))
        .order_by(CampaignRun.id.desc())
    )
    for campaign_id, numbers in session.execute(query):
        if numbers is None:
            still[campaign_id] += 1
        else:
            kept[campaign_id].append(of_kept(numbers))
    content = sa.select(CampaignContent.campaign_id, CampaignContent.window_days)
    rows = session.execute(content.where(CampaignContent.campaign_id.in_(campaign_ids)))
    days = {row.campaign_id: row.window_days for row in rows}
    return {each: (_together(runs, days.get(each, WINDOW_DAYS)), still[each]) for each, runs in kept.items()}


def _together(counted: Sequence[Counted], days: int) -> Results:
    numbers = sum((each.numbers for each in counted), Numbers())
    by_day = [sum(day) for day in zip(*(each.by_day for each in counted), strict=False)] if counted else []
    closes = [each.closes_at for each in counted if each.closes_at is not None]
    hours = by_hour.together([each.hours for each in counted])
    variants = _variants([each.variants for each in counted])
    return Results(numbers, days, max(closes, default=None), by_day, variants, hours)


def _variants(runs: Sequence[Mapping[str, Variant]]) -> list[Variant]:
    """Those of all runs together, in their order."""
    places = sorted({place for each in runs for place in each}, key=int)
    return [{name: sum(each[place][name] for each in runs if place in each) for name in VARIANT} for place in places]


def window_days(session: Session, campaign_id: int) -> int:
    """For how many days after its message a purchase counts as the campaign's doing."""
    kept = session.get(CampaignContent, campaign_id)
    return WINDOW_DAYS if kept is None else kept.window_days


def list_closed(session: Session, *, now: datetime, limit: int = 200) -> Sequence[CampaignRun]:
    """Finished runs whose window has closed and whose numbers are not kept yet, oldest first."""
    days = sa.func.coalesce(CampaignContent.window_days, WINDOW_DAYS)
    query = (
        sa.select(CampaignRun)
        .outerjoin(CampaignContent, CampaignContent.campaign_id == CampaignRun.campaign_id)
        .outerjoin(CampaignResult, CampaignResult.run_id == CampaignRun.id)
        .where(
            CampaignRun.finished_at.is_not(None),
            CampaignResult.run_id.is_(None),
            Epoch(CampaignRun.finished_at) + days * DAY <= int(now.timestamp()),
        )
        .order_by(CampaignRun.id)
        .limit(limit)
    )
    return session.scalars(query).all()


def count(session: Session, run: CampaignRun) -> dict[str, Any]:
    """The numbers of a run, as they are kept."""
    found = counting.of_run(session, run, window_days(session, run.campaign_id))
    closes = None if found.closes_at is None else found.closes_at.isoformat()
    by_variant = {place: dict(each) for place, each in found.variants.items()}
    return {
        **asdict(found.numbers),
        "by_day": list(found.by_day),
        "closes_at": closes,
        "variants": by_variant,
        "hours": found.hours,
    }


def keep(session: Session, run_id: int, numbers: Mapping[str, Any], *, now: datetime) -> None:
    """Keep them; the first stay, whoever counts again."""
    values = {"run_id": run_id, "numbers": dict(numbers), "kept_at": now}
    session.execute(upsert.insert(session, CampaignResult).values(values).on_conflict_do_nothing())


def _kept(session: Session, run_ids: Sequence[int]) -> Sequence[CampaignResult]:
    return session.scalars(sa.select(CampaignResult).where(CampaignResult.run_id.in_(run_ids))).all()


def of_kept(kept: Mapping[str, Any]) -> Counted:
    closes = kept.get("closes_at")
    numbers = Numbers(**{name: kept.get(name, 0) for name in NAMES})
    ends = datetime.fromisoformat(closes) if closes else None
    return Counted(numbers, kept.get("by_day", []), ends, kept.get("variants", {}), kept.get("hours", {}))
