"""How each person a campaign is for would fare, in SQL: what they get, by which way, or why nothing.

Judged for the moment messages would leave: within quiet hours that is when they end. The order of reasons is that of
sending: frozen out, the words, then what `messaging.eligibility` asks.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.campaigns import audience, billing, content, split
from loyalty.campaigns.audience import Seconds
from loyalty.campaigns.billing import Means
from loyalty.campaigns.models import Campaign
from loyalty.campaigns.split import Split
from loyalty.channels.models import ChannelAccount
from loyalty.customers import cases
from loyalty.customers.models import ChannelIdentity, Customer
from loyalty.messaging import eligibility, purses
from loyalty.messaging.models import PromotionSlot
from loyalty.segments import saved
from loyalty.segments.models import Segment
from loyalty.segments.rules import Frame, Node


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent to whom: its texts (more than one where people are split) and what may be spent on it."""

    templates: tuple[content.Template, ...]
    parts: Split
    left: int | None = None  # whole ₫ of its own; None: the month's money alone

    @classmethod
    def of(cls, session: Session, campaign: Campaign) -> Self:
        texts = [each["text"] for each in campaign.variants or ()] or [campaign.text]
        purse = purses.find(session, campaign.purse_id)
        left = None if purse is None else max(purse.ceiling - purse.spent, 0)
        return cls(tuple(content.parse(text) for text in texts), split.of_campaign(session, campaign), left)

    @classmethod
    def plain(cls, session: Session, text: str) -> Self:
        """Words that are no campaign yet."""
        return cls((content.parse(text),), Split(shop_holdout=split.shop_holdout(session)))

    def lacks_name(self) -> ColumnElement[bool]:
        """Whether a row's person has no name and their text needs one."""
        needing = [number for number, template in enumerate(self.templates) if content.needs_name(template)]
        if not needing:
            return sa.false()
        if not self.parts.shares:
            return Customer.name.is_(None)
        return sa.and_(Customer.name.is_(None), self.parts.variant_sql().in_(needing))

    def template_for(self, customer: Customer) -> content.Template:
        return self.templates[self.parts.variant(customer.bucket) or 0]


@dataclass(frozen=True, slots=True)
class Look:
    """What a preview looks at: whom, with what, from when on."""

    node: Node
    frame: Frame
    letter: Letter
    means: Means
    now: datetime
    leaves_at: datetime
    day: date  # the shop's, when it leaves

    @classmethod
    def at(cls, session: Session, segment: Segment, letter: Letter, now: datetime) -> Self:
        frame, here = Frame.at(session, now), shop.of(session)
        leaves_at = here.quiet_until(now) if here.is_quiet(now) else now
        means = billing.of_shop(session, now=leaves_at)
        return cls(saved.tree(segment, frame), frame, letter, means, now, leaves_at, here.day(leaves_at))

    def judged(self, *narrowed: ColumnElement[bool]) -> sa.Subquery:
        """Who would be frozen, each with the reason they would get nothing for, in the order it is asked.

        `price` is what their way would cost, whole ₫; NULL where there is none.
        """
        best = audience.chats(self.node, self.frame, self.now, *narrowed).subquery()
        identity, account = ChannelIdentity, ChannelAccount
        closes = Seconds(identity.last_interaction_at) + account.window_seconds
        is_open = sa.and_(closes.is_not(None), closes > int(self.leaves_at.timestamp()))
        price, held = self.means.price(is_open), self.letter.parts.held_sql()
        why = sa.case(
            (held.is_not(None), held),
            (self.letter.lacks_name(), "missing_name"),
            (sa.not_(identity.promotion), "consent"),
            (sa.and_(identity.unreachable_at.is_not(None), price.is_(None)), "person"),
            (cases.has_open_complaint(identity.customer_id), "complaint"),
            (price.is_(None), "window"),
            (price > self.means.left, "budget"),
            (identity.customer_id.in_(_full(self.day)), "frequency"),
            else_=None,
        )
        return (
            sa.select(
                best.c.customer_id,
                account.kind.label("channel"),
                account.id.label("account_id"),
                why.label("reason"),
                price.label("price"),
                self.means.route(is_open).label("route"),
            )
            .join(identity, identity.id == best.c.identity_id)
            .join(account, account.id == identity.channel_account_id)
            .join(Customer, Customer.id == best.c.customer_id)
            .where(best.c.place == 1)
            .subquery()
        )


def _full(today: date) -> sa.Select[Any]:
    """Customers who got what they agreed to: one today, or four in 30 days."""
    slot = PromotionSlot
    month = slot.shop_day > today - timedelta(days=30)
    many: ColumnElement[bool] = sa.func.count() >= eligibility.PER_30_DAYS
    return (
        sa.select(slot.customer_id)
        .where(month)
        .group_by(slot.customer_id)
        .having(sa.or_(many, sa.func.max(slot.shop_day) == today))
    )
