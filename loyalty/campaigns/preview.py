"""What a campaign would do if it started now: how many, what they would read, and who would get nothing and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.campaigns import audience, content
from loyalty.campaigns.audience import Seconds
from loyalty.campaigns.models import Campaign
from loyalty.channels.models import ChannelAccount
from loyalty.customers import profiles
from loyalty.customers.models import ChannelIdentity, Customer
from loyalty.messaging import eligibility
from loyalty.messaging.models import PromotionSlot
from loyalty.segments import membership, saved
from loyalty.segments.models import Segment
from loyalty.segments.rules import Frame, Node

NAMES_READ = 200  # people whose names are compared for the samples


@dataclass(frozen=True, slots=True)
class Sample:
    """What one real person would read, and why they were chosen: first, longest or shortest name, or without one."""

    case: str
    customer: Customer
    text: str


@dataclass(frozen=True, slots=True)
class Preview:
    """`count` people have a chat and would be frozen; `reasons` says how many of them, by code, would get nothing.

    `no_chat` of the segment's people are not part of it at all.
    """

    count: int
    no_chat: int
    reasons: Mapping[str, int]
    samples: Sequence[Sample]

    @property
    def would_receive(self) -> int:
        return self.count - sum(self.reasons.values())


def of_campaign(session: Session, campaign: Campaign, *, now: datetime) -> Preview:
    """Counts over everybody, samples from real people. Raises BadRules when the segment's rules hold no more."""
    frame = Frame.at(session, now)
    node = saved.tree(session.get_one(Segment, campaign.segment_id), frame)
    template = content.parse(campaign.text)
    judged = _judged(session, node, frame, template, now)
    query = sa.select(judged.c.reason, sa.func.count()).group_by(judged.c.reason)
    counted: dict[str | None, int] = {row[0]: row[1] for row in session.execute(query)}
    total = sum(counted.values())
    return Preview(
        count=total,
        no_chat=membership.count(session, node, frame) - total,
        reasons={why: number for why, number in sorted(counted.items(), key=str) if why is not None},
        samples=list(_samples(session, judged, template)),
    )


def _judged(session: Session, node: Node, frame: Frame, template: content.Template, now: datetime) -> sa.Subquery:
    """Who would be frozen, each with the reason they would be skipped for, in the order it is asked when sending."""
    best = audience.chats(node, frame, now).subquery()
    identity, account = ChannelIdentity, ChannelAccount
    closes = Seconds(identity.last_interaction_at) + account.window_seconds
    nameless = Customer.name.is_(None) if content.needs_name(template) else sa.false()
    why = sa.case(
        (nameless, "missing_name"),
        (sa.not_(identity.promotion), "consent"),
        (identity.unreachable_at.is_not(None), "person"),
        (sa.or_(identity.last_interaction_at.is_(None), closes <= int(now.timestamp())), "window"),
        (identity.customer_id.in_(_full(frame)), "frequency"),
        else_=None,
    )
    return (
        sa.select(best.c.customer_id, why.label("reason"))
        .join(identity, identity.id == best.c.identity_id)
        .join(account, account.id == identity.channel_account_id)
        .join(Customer, Customer.id == best.c.customer_id)
        .where(best.c.place == 1)
        .subquery()
    )


def _full(frame: Frame) -> sa.Select[Any]:
    """Customers who got what they agreed to: one today, or four in 30 days."""
    slot = PromotionSlot
    month = slot.shop_day > frame.today - timedelta(days=30)
    many: ColumnElement[bool] = sa.func.count() >= eligibility.PER_30_DAYS
    return (
        sa.select(slot.customer_id)
        .where(month)
        .group_by(slot.customer_id)
        .having(sa.or_(many, sa.func.max(slot.shop_day) == frame.today))
    )


def _samples(session: Session, judged: sa.Subquery, template: content.Template) -> Iterator[Sample]:
    query = (
        sa.select(Customer)
        .join(judged, judged.c.customer_id == Customer.id)
        .where(judged.c.reason.is_(None))
        .order_by(Customer.id.desc())
        .limit(NAMES_READ)
    )
    place = shop.of(session)
    named = [(profiles.name_of(session, customer) or "", customer) for customer in session.scalars(query)]
    for case, (name, customer) in _cases(named).items():
        text = content.compose(template, name or None, place, customer.locale or place.locale)
        if text is not None:
            yield Sample(case, customer, text)


def _cases(named: list[tuple[str, Customer]]) -> dict[str, tuple[str, Customer]]:
    """The people worth looking at, each once."""
    with_name = [pair for pair in named if pair[0]]
    without = [pair for pair in named if not pair[0]]
    chosen: dict[str, tuple[str, Customer]] = {}
    if named:
        chosen["first"] = named[0]
    if with_name:
        chosen["longest"] = max(with_name, key=lambda pair: len(pair[0]))
        chosen["shortest"] = min(with_name, key=lambda pair: len(pair[0]))
    if without:
        chosen["without_name"] = without[0]
    once = {pair[1].id: case for case, pair in reversed(chosen.items())}
    return {case: chosen[case] for case in chosen if case in once.values()}
