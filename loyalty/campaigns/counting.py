"""Counting what came of one run of a campaign, in as many queries however many people it went to.

A purchase belongs to the last campaign message its customer got before it, if it is within that campaign's window.
The comparison with the held out asks neither for messages nor for the last touch: of everybody frozen and not held out
(written to or not), and of everybody held out, how many bought within the window from the run's start.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.activity.models import Activity
from loyalty.campaigns import by_hour
from loyalty.campaigns.by_hour import ByHour
from loyalty.campaigns.models import CampaignGift, CampaignRecipient, CampaignRun
from loyalty.customers.models import Case, ConsentEvent
from loyalty.messaging.models import OutboundMessage
from loyalty.purchases.stats import NET, PURCHASES, STANDING
from loyalty.rewards.models import Redemption
from loyalty.segments.fields import touches
from loyalty.segments.fields.epoch import DAY, Epoch
from loyalty.segments.fields.touches import ANSWERS, within

Variant = Mapping[str, int]  # sent, seen, buyers, orders, revenue
VARIANT = ("sent", "seen", "buyers", "orders", "revenue")


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
class Counted:
    """One run: its sums, its orders by day after the message, when the last may still count, its texts."""

    numbers: Numbers
    by_day: Sequence[int]
    closes_at: datetime | None
    variants: Mapping[str, Variant]
    hours: ByHour


def of_run(session: Session, run: CampaignRun, days: int) -> Counted:
    """Counted set-based from what is there now; `days` is the window."""
    found: dict[str, int] = {"frozen": session.scalar(_frozen(run)) or 0}
    found |= _sent(session, run) | _after(session, run, days) | _vouchers(session, run)
    bought, by_day = _bought(session, run, days)
    found |= bought | _compared(session, run, days)
    last = session.scalar(sa.select(sa.func.max(OutboundMessage.settled_at)).select_from(_touched(run)))
    closes = (last or run.finished_at or run.started_at) + timedelta(days=days)
    return Counted(
        Numbers(**found), by_day, closes, _by_variant(session, run, days), by_hour.of_run(session, run, days)
    )


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
            within(Activity.at, message.settled_at, int(ANSWERS.total_seconds())),
        ),
        "unsubscribed": sa.exists().where(
            ConsentEvent.customer_id == mine,
            ConsentEvent.purpose == "promotion",
            sa.not_(ConsentEvent.granted),
            within(ConsentEvent.at, message.settled_at, days * DAY),
        ),
        "complained": sa.exists().where(
            Case.customer_id == mine,
            Case.kind == "complaint",
            within(Case.opened_at, message.settled_at, days * DAY),
        ),
    }
    sums = [sa.func.coalesce(sa.func.sum(sa.case((each, 1), else_=0)), 0) for each in asked.values()]
    row = session.execute(sa.select(*sums).select_from(_touched(run))).one()
    return dict(zip(asked, map(int, row), strict=True))


def _vouchers(session: Session, run: CampaignRun) -> dict[str, int]:
    used = touches.used(Redemption)
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


def _orders(run: CampaignRun, days: int) -> sa.Subquery:
    """Orders by last touch: those after which no other campaign's message came before the purchase."""
    message = OutboundMessage
    day = ((Epoch(PURCHASES.c.purchased_at) - Epoch(message.settled_at)) // DAY).label("day")
    return (
        sa.select(
            CampaignRecipient.customer_id,
            CampaignRecipient.variant,
            NET.label("net"),
            sa.cast(day, sa.Integer).label("day"),
        )
        .select_from(_touched(run))
        .join(PURCHASES, PURCHASES.c.customer_id == CampaignRecipient.customer_id)
        .where(touches.brought(message, days))
        .subquery()
    )


def _bought(session: Session, run: CampaignRun, days: int) -> tuple[dict[str, int], list[int]]:
    orders = _orders(run, days)
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


def _by_variant(session: Session, run: CampaignRun, days: int) -> Mapping[str, Variant]:
    """By the place of each text people are split between; empty where everybody got one."""
    if not run.variants:
        return {}
    found = {str(place): dict.fromkeys(VARIANT, 0) for place in range(len(run.variants))}
    variant, orders = CampaignRecipient.variant, _orders(run, days)
    reached = sa.select(variant, sa.func.count(), sa.func.count(OutboundMessage.seen_at)).select_from(_touched(run))
    for place, sent, seen in session.execute(reached.where(variant.is_not(None)).group_by(variant)):
        found[str(place)] |= {"sent": sent, "seen": seen}
    bought = sa.select(
        orders.c.variant,
        sa.func.count(sa.distinct(orders.c.customer_id)),
        sa.func.count(),
        sa.func.sum(orders.c.net),
    )
    for place, buyers, number, revenue in session.execute(
        bought.where(orders.c.variant.is_not(None)).group_by(orders.c.variant)
    ):
        found[str(place)] |= {"buyers": buyers, "orders": number, "revenue": int(revenue)}
    return found


def _bills(run: CampaignRun, since: datetime, until: datetime) -> sa.Select[int, int]:
    """How many bills each recipient has between these instants."""
    theirs = sa.and_(
        PURCHASES.c.customer_id == CampaignRecipient.customer_id,
        STANDING,
        PURCHASES.c.purchased_at > since,
        PURCHASES.c.purchased_at <= until,
    )
    return (
        sa.select(CampaignRecipient.id, sa.func.count(PURCHASES.c.id).label("orders"))
        .outerjoin(PURCHASES, theirs)
        .where(CampaignRecipient.run_id == run.id)
        .group_by(CampaignRecipient.id)
    )


def _compared(session: Session, run: CampaignRun, days: int) -> dict[str, int]:
    """Both groups from the same instant on, for as long, by the same rule: chance alone told them apart."""
    since, until = run.started_at, run.started_at + timedelta(days=days)
    orders = _bills(run, since, until).subquery()
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
