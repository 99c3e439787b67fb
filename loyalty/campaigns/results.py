"""What came of a campaign: who got it, saw it, answered, bought; against those left out on purpose; and what it cost.

A purchase belongs to the last campaign message its customer got before it, if it is within that campaign's window.
The comparison with the held out asks neither for messages nor for the last touch: of everybody frozen and not held out
(written to or not), and of everybody held out, how many bought within the window from the run's start.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session, aliased

from loyalty import upsert
from loyalty.activity.models import Activity
from loyalty.campaigns import report
from loyalty.campaigns.audience import Seconds
from loyalty.campaigns.letters import WINDOW_DAYS
from loyalty.campaigns.models import (
    Campaign,
    CampaignContent,
    CampaignGift,
    CampaignRecipient,
    CampaignResult,
    CampaignRun,
)
from loyalty.campaigns.statistics import Difference, Share, difference
from loyalty.customers.models import Case, ConsentEvent
from loyalty.messaging.models import OutboundMessage
from loyalty.purchases.stats import NET, PURCHASES, STANDING
from loyalty.rewards.models import Redemption, State

ANSWERS = timedelta(hours=72)  # a message of theirs within so long after ours is an answer to it
DAY = 86_400  # seconds


@dataclass(frozen=True, slots=True)
class Numbers:
    """Sums of one run, or of several. People unless it says otherwise; money in whole ₫."""

    frozen: int = 0
    sent: int = 0
    delivered: int = 0
    seen: int = 0
    answered: int = 0
    vouchers: int = 0  # given with messages that went out
    vouchers_used: int = 0
    buyers: int = 0  # by last touch
    orders: int = 0
    revenue: int = 0
    unsubscribed: int = 0
    complained: int = 0
    message_cost: int = 0
    voucher_cost: int = 0  # of those used
    meant: int = 0  # frozen and not held out
    meant_buyers: int = 0  # of them, who bought within the window from the start, whatever made them
    meant_orders: int = 0
    held_out: int = 0
    held_buyers: int = 0
    held_orders: int = 0

    def __add__(self, other: "Numbers") -> "Numbers":
        mine, theirs = asdict(self), asdict(other)
        return Numbers(**{name: mine[name] + theirs[name] for name in mine})


@dataclass(frozen=True, slots=True)
class Results:
    """What came of a campaign. `closes_at`: when the last purchase may still count; None: nothing was sent yet."""

    numbers: Numbers
    window_days: int
    closes_at: datetime | None
    by_day: Sequence[int]  # orders of the campaign on the first, second … day after the message

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


NAMES = tuple(each.name for each in fields(Numbers))


def of_campaign(session: Session, campaign: Campaign, *, now: datetime) -> Results:
    """All runs together. Those whose window has closed were kept, and cost nothing to count."""
    runs, days = report.list_runs(session, campaign), window_days(session, campaign.id)
    kept = {row.run_id: row for row in _kept(session, [run.id for run in runs])}
    counted = [_of_kept(kept[run.id].numbers) if run.id in kept else _count(session, run, days) for run in runs]
    numbers = sum((each.numbers for each in counted), Numbers())
    by_day = [sum(day) for day in zip(*(each.by_day for each in counted), strict=False)] if counted else []
    closes = [each.closes_at for each in counted if each.closes_at is not None]
    return Results(numbers, days, max(closes, default=None), by_day)


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
            Seconds(CampaignRun.finished_at) + days * DAY <= int(now.timestamp()),
        )
        .order_by(CampaignRun.id)
        .limit(limit)
    )
    return session.scalars(query).all()


def count(session: Session, run: CampaignRun) -> dict[str, Any]:
    """The numbers of a run, as they are kept."""
    found = _count(session, run, window_days(session, run.campaign_id))
    closes = None if found.closes_at is None else found.closes_at.isoformat()
    return {**asdict(found.numbers), "by_day": list(found.by_day), "closes_at": closes}


def keep(session: Session, run_id: int, numbers: Mapping[str, Any], *, now: datetime) -> None:
    """Keep them; the first stay, whoever counts again."""
    values = {"run_id": run_id, "numbers": dict(numbers), "kept_at": now}
    session.execute(upsert.insert(session, CampaignResult).values(values).on_conflict_do_nothing())


def _kept(session: Session, run_ids: Sequence[int]) -> Sequence[CampaignResult]:
    return session.scalars(sa.select(CampaignResult).where(CampaignResult.run_id.in_(run_ids))).all()


@dataclass(frozen=True, slots=True)
class _Counted:
    numbers: Numbers
    by_day: Sequence[int]
    closes_at: datetime | None


def _of_kept(kept: Mapping[str, Any]) -> _Counted:
    closes = kept.get("closes_at")
    numbers = Numbers(**{name: kept.get(name, 0) for name in NAMES})
    return _Counted(numbers, kept.get("by_day", []), datetime.fromisoformat(closes) if closes else None)


def _count(session: Session, run: CampaignRun, days: int) -> _Counted:
    found: dict[str, int] = {"frozen": session.scalar(_frozen(run)) or 0}
    found |= _sent(session, run) | _after(session, run, days) | _vouchers(session, run)
    bought, by_day = _bought(session, run, days)
    found |= bought | _compared(session, run, days)
    last = session.scalar(sa.select(sa.func.max(OutboundMessage.settled_at)).select_from(_touched(run)))
    closes = (last or run.finished_at or run.started_at) + timedelta(days=days)
    return _Counted(Numbers(**found), by_day, closes)


def _frozen(run: CampaignRun) -> sa.Select[int]:
    return sa.select(sa.func.count()).select_from(CampaignRecipient).where(CampaignRecipient.run_id == run.id)


def _touched(run: CampaignRun) -> Any:
    """Recipients beside the message of theirs that went out."""
    sent = sa.and_(
        OutboundMessage.recipient_id == CampaignRecipient.id,
        OutboundMessage.state == "sent",
        CampaignRecipient.run_id == run.id,
    )
    return sa.join(CampaignRecipient, OutboundMessage, sent)


def _within(happened: Any, since: Any, seconds: int) -> ColumnElement[bool]:
    return sa.and_(happened > since, Seconds(happened) <= Seconds(since) + seconds)


def _sent(session: Session, run: CampaignRun) -> dict[str, int]:
    message = OutboundMessage
    row = session.execute(
        sa.select(
            sa.func.count(),
            sa.func.count(sa.func.coalesce(message.delivered_at, message.seen_at)),
            sa.func.count(message.seen_at),
            sa.func.coalesce(sa.func.sum(message.price), 0),
        ).select_from(_touched(run))
    ).one()
    return dict(zip(("sent", "delivered", "seen", "message_cost"), map(int, row), strict=True))


def _after(session: Session, run: CampaignRun, days: int) -> dict[str, int]:
    """Who wrote, who wanted no more of it, who complained; each person once."""
    message, mine = OutboundMessage, CampaignRecipient.customer_id
    asked = {
        "answered": sa.exists().where(
            Activity.customer_id == mine,
            Activity.kind == "message_in",
            _within(Activity.at, message.settled_at, int(ANSWERS.total_seconds())),
        ),
        "unsubscribed": sa.exists().where(
            ConsentEvent.customer_id == mine,
            ConsentEvent.purpose == "promotion",
            sa.not_(ConsentEvent.granted),
            _within(ConsentEvent.at, message.settled_at, days * DAY),
        ),
        "complained": sa.exists().where(
            Case.customer_id == mine,
            Case.kind == "complaint",
            _within(Case.opened_at, message.settled_at, days * DAY),
        ),
    }
    sums = [sa.func.coalesce(sa.func.sum(sa.case((each, 1), else_=0)), 0) for each in asked.values()]
    row = session.execute(sa.select(*sums).select_from(_touched(run))).one()
    return dict(zip(asked, map(int, row), strict=True))


def _vouchers(session: Session, run: CampaignRun) -> dict[str, int]:
    used = sa.and_(Redemption.state == State.FULFILLED, Redemption.fulfilled_by.is_distinct_from(Redemption.actor))
    row = session.execute(
        sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(sa.case((used, 1), else_=0)), 0),
            sa.func.coalesce(sa.func.sum(sa.case((used, Redemption.cost), else_=0)), 0),
        )
        .select_from(_touched(run))
        .join(CampaignGift, CampaignGift.recipient_id == CampaignRecipient.id)
        .join(Redemption, Redemption.id == CampaignGift.redemption_id)
    ).one()
    return dict(zip(("vouchers", "vouchers_used", "voucher_cost"), map(int, row), strict=True))


def _bought(session: Session, run: CampaignRun, days: int) -> tuple[dict[str, int], list[int]]:
    """Orders by last touch: those after which no other campaign's message came before the purchase."""
    message, later = OutboundMessage, aliased(OutboundMessage)
    touched_since = sa.exists().where(
        later.customer_id == CampaignRecipient.customer_id,
        later.recipient_id.is_not(None),
        later.state == "sent",
        later.settled_at > message.settled_at,
        later.settled_at < PURCHASES.c.purchased_at,
    )
    day = ((Seconds(PURCHASES.c.purchased_at) - Seconds(message.settled_at)) // DAY).label("day")
    orders = (
        sa.select(CampaignRecipient.customer_id, NET.label("net"), sa.cast(day, sa.Integer).label("day"))
        .select_from(_touched(run))
        .join(PURCHASES, PURCHASES.c.customer_id == CampaignRecipient.customer_id)
        .where(STANDING, _within(PURCHASES.c.purchased_at, message.settled_at, days * DAY), ~touched_since)
        .subquery()
    )
    total = sa.select(
        sa.func.count(sa.distinct(orders.c.customer_id)),
        sa.func.count(),
        sa.func.coalesce(sa.func.sum(orders.c.net), 0),
    )
    row = session.execute(total).one()
    by_day = [0] * days
    for place, number in session.execute(sa.select(orders.c.day, sa.func.count()).group_by(orders.c.day)):
        by_day[min(int(place), days - 1)] += number
    return dict(zip(("buyers", "orders", "revenue"), map(int, row), strict=True)), by_day


def _compared(session: Session, run: CampaignRun, days: int) -> dict[str, int]:
    """Both groups from the same instant on, for as long, by the same rule: chance alone told them apart."""
    since, until = run.started_at, run.started_at + timedelta(days=days)
    orders = (
        sa.select(CampaignRecipient.id, sa.func.count(PURCHASES.c.id).label("orders"))
        .outerjoin(
            PURCHASES,
            sa.and_(
                PURCHASES.c.customer_id == CampaignRecipient.customer_id,
                STANDING,
                PURCHASES.c.purchased_at > since,
                PURCHASES.c.purchased_at <= until,
            ),
        )
        .where(CampaignRecipient.run_id == run.id)
        .group_by(CampaignRecipient.id)
        .subquery()
    )
    query = (
        sa.select(
            sa.case((CampaignRecipient.outcome == "held_out", 1), else_=0).label("held"),
            sa.func.count(),
            sa.func.sum(sa.case((orders.c.orders > 0, 1), else_=0)),
            sa.func.sum(orders.c.orders),
        )
        .join(orders, orders.c.id == CampaignRecipient.id)
        .group_by("held")
    )
    names = {0: ("meant", "meant_buyers", "meant_orders"), 1: ("held_out", "held_buyers", "held_orders")}
    found: dict[str, int] = {}
    for is_held, *numbers in session.execute(query):
        found |= dict(zip(names[is_held], map(int, numbers), strict=True))
    return found
