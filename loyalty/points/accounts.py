"""The locked totals of one customer, as a value: read once, worked on in memory, written once.

Core statements on the session's connection: an award is one SELECT, its INSERTs and one UPDATE, whatever the history.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from loyalty import many, prepared
from loyalty.customers import profiles
from loyalty.customers.models import Customer, CustomerStats
from loyalty.programme import versions
from loyalty.programme.document import Programme
from loyalty.programme.versions import NoProgramme
from loyalty.purchases import stats
from loyalty.purchases.stats import STATS, Totals

REMEMBERED = ("short_since", "stepped_at", "hand_tier", "hand_until", "hand_over")  # of tiers; saved by who reviews
CUSTOMERS = Customer.metadata.tables[Customer.__tablename__]
OWN = ("points", "points_pending", "carry", "ledger_seq", "ledger_chain", "tier", "tier_since", "next_change_on")


@dataclass(frozen=True, slots=True)
class Account:
    """One customer's balance, end of chain, tier and totals, while their lock is held."""

    customer_id: int
    public_id: str
    points: int  # whole points
    points_pending: int  # promised, no part of the points
    carry: int  # ₫ left over, may be negative
    ledger_seq: int
    ledger_chain: bytes
    tier: str
    tier_since: datetime
    next_change_on: date | None  # no lot ends and no promise falls due before this shop day
    totals: Totals
    is_erased: bool
    short_since: date | None = None  # no award pays for writing what follows
    stepped_at: datetime | None = None
    hand_tier: str | None = None
    hand_until: date | None = None
    hand_over: str | None = None

    def floor_on(self, day: date) -> str | None:
        """The tier set by hand that no less is held than, if one is on a shop day."""
        return self.hand_tier if self.hand_until is not None and day <= self.hand_until else None


def lock(session: Session, customer_id: int, day: date) -> tuple[Account, Programme]:
    """Be the customer's one writer; their account, and the rules in force on a shop day.

    Raises CustomerNotFound, NoProgramme.
    """
    row = _read(session, _BY_ID, {"id": customer_id, "day": day})
    if row is None:
        raise profiles.CustomerNotFound(str(customer_id))
    return _account(row), _programme(row, day)


def lock_by_phone(session: Session, e164: str, day: date) -> tuple[Account, Programme] | None:
    """The same for whoever has this phone; None when nobody has. Raises NoProgramme."""
    row = _read(session, _BY_PHONE, {"phone_key": profiles.phone_key(session, e164), "day": day})
    return None if row is None else (_account(row), _programme(row, day))


def lock_many(session: Session, customer_ids: Sequence[int]) -> dict[int, Account]:
    """Be the one writer of several customers, locked by ascending id; those who are gone or erased are left out."""
    session.flush()
    if not customer_ids:
        return {}
    rows = session.connection().execute(_THEM, {"ids": list(customer_ids)}).all()
    return {row.customer_id: _account(row) for row in rows}


def holding(session: Session, tier: str, *, after_id: int, limit: int) -> list[Account]:
    """The next customers who hold a tier, by ascending id; looked at, not locked."""
    session.flush()
    values = {"tier": tier, "after_id": after_id, "most": limit}
    return [_account(row) for row in session.connection().execute(_HOLDING, values)]


def look_many(session: Session, customer_ids: Sequence[int]) -> list[Account]:
    """Several accounts as they are, not locked; those who are gone are left out."""
    session.flush()
    if not customer_ids:
        return []
    return [_account(row) for row in session.connection().execute(_SOME, {"ids": list(customer_ids)})]


def look(session: Session, customer_id: int) -> Account:
    """One account as it is, not locked. Raises CustomerNotFound."""
    session.flush()
    row = session.connection().execute(_ONE, {"id": customer_id}).one_or_none()
    if row is None:
        raise profiles.CustomerNotFound(str(customer_id))
    return _account(row)


def first(customer_id: int, public_id: str, made: Mapping[str, Any]) -> Account:
    """The account of a customer just made, by the totals they begin with (columns of `customer_stats`)."""
    return Account(
        customer_id,
        public_id,
        made["points"],
        0,
        made["carry"],
        made["ledger_seq"],
        made["ledger_chain"],
        made["tier"],
        made["tier_since"],
        None,
        Totals(made["orders"], made["spent"], made["spent_12m"], made["rolled_on"], None, None),
        is_erased=False,
    )


def save_many(session: Session, changed: Sequence[Account]) -> None:
    """Write several accounts back."""
    many.execute(session.connection(), SAVE, [columns(account) for account in changed])
    for account in changed:
        forget(session, account.customer_id)


def save(session: Session, account: Account) -> None:
    """Write the account back."""
    prepared.run(session.connection(), SAVE, columns(account))
    forget(session, account.customer_id)


def save_under_hand(session: Session, account: Account) -> None:
    """Write what would be held without the tier set by hand."""
    values = {"of_customer": account.customer_id, "hand_over": account.hand_over}
    session.connection().execute(_UNDER_HAND, values)


def columns(account: Account) -> dict[str, Any]:
    """The parameters of SAVE."""
    values = {name: getattr(account, name) for name in OWN} | stats.columns(account.totals)
    return {"of_customer": account.customer_id, **values}


def forget(session: Session, customer_id: int) -> None:
    """Whoever loaded the row before reads it anew."""
    if (loaded := session.identity_map.get(identity_key(CustomerStats, customer_id))) is not None:
        session.expire(loaded)


def roll(session: Session, account: Account, day: date) -> Account:
    """The account with its 12 months ending on a shop day."""
    totals = stats.rolled(session, account.customer_id, account.totals, day)
    return account if totals is account.totals else replace(account, totals=totals)


def _read(session: Session, query: Select[Any], parameters: dict[str, Any]) -> Any:
    session.flush()  # what was changed as objects in this transaction must be seen
    return prepared.one(session.connection(), query, parameters)


def _account(row: Any) -> Account:
    own = {name: getattr(row, name) for name in (*OWN, *REMEMBERED)}
    return Account(
        customer_id=row.customer_id,
        public_id=row.public_id,
        totals=stats.of_row(row),
        is_erased=row.erased_at is not None,
        **own,
    )


def _programme(row: Any, day: date) -> Programme:
    if row.version is None:
        raise NoProgramme(day=day)
    return versions.parse(row.version, row.document)


_HELD = (
    *(STATS.c[name] for name in ("customer_id", *OWN, *REMEMBERED, *Totals.__slots__, "erased_at")),
    CUSTOMERS.c.public_id,
)
_MANY = select(*_HELD).join_from(STATS, CUSTOMERS, CUSTOMERS.c.id == STATS.c.customer_id)
_THEM = (
    _MANY.where(STATS.c.customer_id.in_(bindparam("ids", expanding=True)), STATS.c.erased_at.is_(None))
    .order_by(STATS.c.customer_id)
    .with_for_update(of=STATS)
)
_ONE = _MANY.where(STATS.c.customer_id == bindparam("id"))
_SOME = _MANY.where(STATS.c.customer_id.in_(bindparam("ids", expanding=True)))
_HOLDING = (
    _MANY.where(STATS.c.tier == bindparam("tier"), STATS.c.customer_id > bindparam("after_id"))
    .where(STATS.c.erased_at.is_(None))
    .order_by(STATS.c.customer_id)
    .limit(bindparam("most"))
)
_LOOK = _MANY.add_columns(versions.VERSIONS.c.version, versions.VERSIONS.c.document).outerjoin(
    versions.VERSIONS, versions.in_force(bindparam("day"))
)
_BY_ID = _LOOK.where(STATS.c.customer_id == bindparam("id")).with_for_update(of=STATS)
# The phone may change hands while we wait for its customer: their own row is locked, and read again, with the totals.
_BY_PHONE = _LOOK.where(CUSTOMERS.c.phone_key == bindparam("phone_key")).with_for_update(
    of=[STATS, CUSTOMERS], key_share=True
)
SAVE = (
    update(STATS)
    .where(STATS.c.customer_id == bindparam("of_customer"))
    .values({name: bindparam(name) for name in (*OWN, *Totals.__slots__)})
)
_UNDER_HAND = (
    update(STATS).where(STATS.c.customer_id == bindparam("of_customer")).values(hand_over=bindparam("hand_over"))
)
