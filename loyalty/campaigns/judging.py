"""How each person a campaign is for would fare, in SQL: what they get, by which way, or why nothing.

Judged for the moment messages would leave: within quiet hours that is when they end. The order of reasons is that of
sending: frozen out, the words, then what `messaging.eligibility` asks.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.campaigns import audience, billing, letters, split
from loyalty.campaigns.billing import Means
from loyalty.campaigns.letters import Letter
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
from loyalty.segments.whose import Whose, everybody


@dataclass(frozen=True, slots=True)
class Mailing:
    """What is sent to whom: its letters (more than one where people are split) and what may be spent on it."""

    letters: tuple[Letter, ...]
    parts: Split
    left: int | None = None  # whole ₫ of its own; None: the month's money alone

    @classmethod
    def of(cls, session: Session, campaign: Campaign) -> Self:
        letter = letters.of_campaign(session, campaign)
        texts = [each["text"] for each in campaign.variants or ()] or [campaign.text]
        purse = purses.find(session, campaign.purse_id)
        left = None if purse is None else max(purse.ceiling - purse.spent, 0)
        return cls(tuple(replace(letter, text=text) for text in texts), split.of_campaign(session, campaign), left)

    @classmethod
    def plain(cls, session: Session, text: str | Letter) -> Self:
        """Words that are no campaign yet. Raises BadText."""
        letter = letters.of_text(session, text) if isinstance(text, str) else text
        letter.fields()  # damaged words are refused here
        return cls((letter,), Split(shop_holdout=split.shop_holdout(session)))

    def lacking(self, session: Session, now: datetime) -> list[tuple[ColumnElement[bool], str]]:
        """The conditions on which a row's person lacks a value their letter needs, each with its reason."""
        return [
            (sa.and_(condition, self.parts.variant_sql() == number) if self.parts.shares else condition, reason)
            for number, letter in enumerate(self.letters)
            for condition, reason in letters.lacking(session, letter, now)
        ]

    def number_of(self, customer: Customer) -> int:
        """Which of the letters this customer gets."""
        return self.parts.variant(customer.bucket) or 0


@dataclass(frozen=True, slots=True)
class Look:
    """What a preview looks at: whom, with what, from when on."""

    node: Node
    frame: Frame
    mailing: Mailing
    means: Means
    now: datetime
    leaves_at: datetime
    day: date  # the shop's, when it leaves

    @classmethod
    def at(cls, session: Session, segment: Segment, mailing: Mailing, now: datetime) -> Self:
        frame, here = Frame.at(session, now), shop.of(session)
        leaves_at = here.quiet_until(now) if here.is_quiet(now) else now
        means = billing.of_shop(session, now=leaves_at)
        return cls(saved.tree(segment, frame), frame, mailing, means, now, leaves_at, here.day(leaves_at))

    def judged(self, session: Session, narrow: Whose = everybody) -> sa.Subquery:
        """Who would be frozen, each with the reason they would get nothing for, in the order it is asked.

        `price` is what their way would cost, whole ₫; NULL where there is none.
        """
        identity, account = ChannelIdentity, ChannelAccount
        is_open = _is_open(session, self.leaves_at)
        price, held = self.means.price(is_open), self.mailing.parts.held_sql()
        why = sa.case(
            (held.is_not(None), held),
            *self.mailing.lacking(session, self.leaves_at),
            (sa.not_(identity.promotion), "consent"),
            (sa.and_(identity.unreachable_at.is_not(None), price.is_(None)), "person"),
            (cases.has_open_complaint(identity.customer_id), "complaint"),
            (price.is_(None), "window"),
            (price > self.means.left, "budget"),
            (identity.customer_id.in_(_full(self.day)), "frequency"),
            else_=None,
        )
        columns = (
            identity.customer_id,
            account.kind.label("channel"),
            account.id.label("account_id"),
            why.label("reason"),
            price.label("price"),
            self.means.route(is_open).label("route"),
        )
        return (
            audience.chats(self.node, self.frame, self.now, narrow)
            .join(Customer, Customer.id == identity.customer_id)
            .with_only_columns(*columns, maintain_column_froms=True)
            .subquery()
        )


def _is_open(session: Session, at: datetime) -> ColumnElement[bool]:
    """Whether the window of a chat is open then: there are few lengths of windows, and to compare instants is cheaper
    than to count with them."""
    wrote, lengths = ChannelIdentity.last_interaction_at, sa.select(ChannelAccount.window_seconds).distinct()
    by_length = (
        sa.and_(ChannelAccount.window_seconds == length, wrote > at - timedelta(seconds=length))
        for length in session.scalars(lengths.order_by(ChannelAccount.window_seconds))
    )
    return sa.and_(wrote.is_not(None), sa.or_(sa.false(), *by_length))


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
