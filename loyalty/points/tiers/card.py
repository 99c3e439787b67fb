"""What stands behind a customer's tier: the months that count, what is missing, until when it is safe."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from loyalty.points import accounts
from loyalty.points.accounts import Account
from loyalty.points.tiers import qualifying, reviews, warning
from loyalty.points.tiers.holding import Amount
from loyalty.points.tiers.qualifying import Record
from loyalty.points.tiers.warning import Outlook
from loyalty.programme import versions
from loyalty.programme.document import Programme, Tier
from loyalty.programme.qualification import Span, spans


class ByHand(NamedTuple):
    """No less than a tier (its code) is held through a shop day."""

    tier: str
    until: date


@dataclass(frozen=True, slots=True)
class Card:
    """A tier and its grounds on a shop day. `months`: the first of each and what it brought, newest first."""

    programme: Programme
    account: Account
    held: Tier
    counted: Amount
    span: Span  # the window of those that brings most
    months: Sequence[tuple[date, int]]
    outlook: Outlook | None  # None: the tier is not lost by the calendar
    hand: ByHand | None  # what is set by hand, while it lasts

    @property
    def hand_until(self) -> date | None:
        """The last day of the tier held, where a hand holds it."""
        return self.hand.until if self.hand is not None and self.hand.tier == self.held.code else None

    @property
    def is_short(self) -> bool:
        """Held although the window no longer qualifies for it."""
        return self.counted.number < self.held.spend

    @property
    def next(self) -> Tier | None:
        """The tier that comes next; None in the highest."""
        above = self.programme.tiers[self.programme.rank(self.held.code) + 1 :]
        return next((tier for tier in above if tier.spend > self.counted.number), None)

    def missing(self, tier: Tier) -> Amount:
        """What a tier still asks for."""
        return Amount(self.counted.metric, tier.spend - self.counted.number)


def of_customer(session: Session, customer_id: int, day: date) -> Card:
    """Raises CustomerNotFound, NoProgramme."""
    programme, account = versions.at(session, day), accounts.look(session, customer_id)
    record = qualifying.of_one(session, programme.qualification, customer_id, day)
    span = max(spans(record.qualification, day, record.joined_on), key=lambda each: _within(record, each))
    return Card(
        programme,
        account,
        programme.tier(account.tier),
        Amount(programme.qualification.metric, record.amount(day)),
        span,
        _months(record, span),
        warning.outlook(programme, account, record, day, reviews.stepped_on(session, account)),
        _by_hand(account, day),
    )


def _by_hand(account: Account, day: date) -> ByHand | None:
    tier, until = account.floor_on(day), account.hand_until
    return None if tier is None or until is None else ByHand(tier, until)


def _within(record: Record, span: Span) -> int:
    return sum(amount for on, amount in record.by_day if span.first <= on <= span.last)


def _months(record: Record, span: Span) -> Sequence[tuple[date, int]]:
    found: dict[date, int] = {}
    for on, amount in record.by_day:
        if span.first <= on <= span.last:
            month = on.replace(day=1)
            found[month] = found.get(month, 0) + amount
    return sorted(found.items(), reverse=True)
