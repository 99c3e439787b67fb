"""Who gets which variant and who is held out: plain arithmetic on a customer's bucket, equal in SQL and in Python.

A bucket (0…65,535) is moved to a place (0…65,536) by a campaign's own salt, so that two campaigns split people
independently, and all runs of one campaign split them alike.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from loyalty.choices import chosen
from loyalty.customers.models import Customer

PRIME = 65_537
BUCKETS = 65_536
SHOP_SALT = 40_009 * BUCKETS + 25_717  # the shop's holdout is the same people in every campaign, for good
SALTS = 2**31
HOLDOUT, SHOP_HOLDOUT = "holdout", "global_holdout"


@dataclass(frozen=True, slots=True)
class Split:
    """`holdout` and `shop_holdout` in per cent; `shares` in per cent, none where there are no variants."""

    salt: int = 0
    holdout: int = 0
    shop_holdout: int = 0
    shares: tuple[int, ...] = ()

    def held(self, bucket: int) -> str | None:
        """Why the owner of this bucket gets nothing; None: they may get it."""
        if place(bucket, SHOP_SALT) < _bound(self.shop_holdout):
            return SHOP_HOLDOUT
        return HOLDOUT if place(bucket, self.salt) < _bound(self.holdout) else None

    def variant(self, bucket: int) -> int | None:
        """Which variant, counted from 0; None for who is held out, and where there is one text for everybody."""
        if not self.shares or self.held(bucket):
            return None
        here = place(bucket, self.salt)
        return next(number for number, end in enumerate(self._ends()) if here < end)

    def held_sql(self) -> ColumnElement[str | None]:
        """`held` of a row of customers."""
        parts = [(condition, sa.literal(why)) for condition, why in self._held()]
        return sa.case(*parts, else_=sa.null()) if parts else sa.cast(sa.null(), sa.Text())

    def variant_sql(self) -> ColumnElement[int | None]:
        """`variant` of a row of customers."""
        if not self.shares:
            return sa.cast(sa.null(), sa.BigInteger())
        here = _place_sql(self.salt)
        parts: list[tuple[ColumnElement[bool], Any]] = [(condition, sa.null()) for condition, _ in self._held()]
        parts += [(here < end, sa.literal(number, sa.BigInteger())) for number, end in enumerate(self._ends())]
        return sa.case(*parts)

    def _held(self) -> Sequence[tuple[ColumnElement[bool], str]]:
        """On what conditions somebody gets nothing, the first that is true says why."""
        either = ((SHOP_SALT, self.shop_holdout, SHOP_HOLDOUT), (self.salt, self.holdout, HOLDOUT))
        return [(_place_sql(salt) < _bound(share), why) for salt, share, why in either if share]

    def _ends(self) -> list[int]:
        """Where each variant's places end; the last one ends with the places."""
        first = _bound(self.holdout)
        return [first + (PRIME - first) * share // 100 for share in accumulate(self.shares)]


def of_campaign(session: Session, campaign: Any) -> Split:
    """As a run started now would split people."""
    return Split(campaign.salt, campaign.holdout, shop_holdout(session), shares(campaign.variants))


def of_run(campaign: Any, run: Any) -> Split:
    """As a run that is under way does."""
    return Split(campaign.salt, campaign.holdout, run.shop_holdout, shares(run.variants))


def shares(variants: Sequence[Mapping[str, Any]] | None) -> tuple[int, ...]:
    return tuple(int(each["share"]) for each in variants or ())


def shop_holdout(session: Session) -> int:
    """Per cent of all customers who get no campaign at all."""
    return chosen.row(session).shop_holdout or 0


def new_salt() -> int:
    return secrets.randbelow(SALTS)


def place(bucket: int, salt: int) -> int:
    return (bucket * (1 + salt % BUCKETS) + salt // BUCKETS) % PRIME


def _place_sql(salt: int) -> ColumnElement[int]:
    return (Customer.bucket * (1 + salt % BUCKETS) + salt // BUCKETS) % PRIME


def _bound(share: int) -> int:
    return PRIME * share // 100
