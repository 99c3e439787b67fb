"""The ledger of points: signed movements, only ever added, chained per customer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from loyalty import entities, shop, upsert
from loyalty.customers import chains
from loyalty.customers.models import CustomerStats
from loyalty.errors import Conflict, NotFound
from loyalty.points.accounts import Account
from loyalty.points.models import EntryKind, LedgerEntry
from loyalty.purchases.models import Purchase

LARGEST_ID = 2**63 - 1
CHAINED = (
    "seq", "kind", "points", "balance_after", "carry_change", "carry", "idempotency_key",
    "programme", "tier", "credit", "actor", "posted_at", "posted_on",
)  # fmt: skip
LEDGER = LedgerEntry.metadata.tables[LedgerEntry.__tablename__]
_INSERT = upsert.once(LedgerEntry, "idempotency_key")


class EntryNotFound(NotFound):
    """No movement has this number."""

    code = "entry_not_found"


class IdempotencyConflict(Conflict):
    """The `key` already named something else."""

    code = "idempotency_conflict"


@dataclass(frozen=True, slots=True)
class Movement:
    """What is to be posted. Whole points and whole ₫, signed."""

    kind: EntryKind
    points: int
    carry_change: int
    credit: int
    key: str
    actor: str
    purchase_id: int | None = None
    purchase: str | None = None  # its public id
    programme: int | None = None
    tier: str | None = None
    reverses_id: int | None = None
    reverses_seq: int | None = None


def post(
    session: Session, account: Account, movement: Movement, *, now: datetime
) -> tuple[LedgerEntry, Account] | None:
    """Append a movement to a locked account: the entry, and the account after it, for the caller to save.

    None, and nothing is written, when the key is taken. The entry is detached.
    """
    row, after = row_of(session, account, movement, now=now)
    connection = session.connection()
    made = connection.execute(_INSERT[connection.dialect.name], row).fetchone()
    return None if made is None else (entities.detached(LedgerEntry, {**row, "id": made.id}), after)


def must_post(session: Session, account: Account, movement: Movement, *, now: datetime) -> tuple[LedgerEntry, Account]:
    """The same where nobody else can have named it. Raises IdempotencyConflict when the key is taken."""
    posted = post(session, account, movement, now=now)
    if posted is None:
        raise IdempotencyConflict(key=movement.key)
    return posted


def row_of(session: Session, account: Account, movement: Movement, *, now: datetime) -> tuple[dict[str, Any], Account]:
    """The columns a movement appends, all but its id, and the account after it."""
    row = _values(session, account, movement, now)
    covered = content(row, account.public_id, movement.purchase, movement.reverses_seq)
    row["chain"] = chains.link(account.ledger_chain, covered)
    return row, replace(
        account,
        points=row["balance_after"],
        carry=row["carry"],
        ledger_seq=row["seq"],
        ledger_chain=row["chain"],
    )


def content(values: Mapping[str, Any], customer: str, purchase: str | None, reverses: int | None) -> chains.Content:
    """What the chain covers: the row without its id, others named by what never changes (public ids, `seq`)."""
    return {name: values[name] for name in CHAINED} | {
        "customer": customer,
        "purchase": purchase,
        "reverses": reverses,
    }


def get(session: Session, entry_id: int) -> LedgerEntry:
    """Any number may be asked for. Raises EntryNotFound."""
    entry = session.get(LedgerEntry, entry_id) if 0 < entry_id <= LARGEST_ID else None
    if entry is None:
        raise EntryNotFound(number=entry_id)
    return entry


def list_newest(
    session: Session, customer_id: int, *, before: int | None = None, limit: int = 20
) -> Sequence[LedgerEntry]:
    """A page of a customer's movements, newest first; `before` is the `seq` of the last one of the page before."""
    page = {"customer": customer_id, "before": LARGEST_ID if before is None else before, "most": limit}
    return entities.every(session, _NEWEST, page)


def list_purchases(
    session: Session, customer_id: int, *, before: int | None = None, limit: int = 20
) -> Sequence[tuple[Purchase, LedgerEntry]]:
    """A page of what a customer bought, each with the movement it made, the last recorded first.

    `before` is the `seq` of the last movement of the page before.
    """
    query = (
        select(Purchase, LedgerEntry)
        .join(LedgerEntry, LedgerEntry.purchase_id == Purchase.id)
        .where(LedgerEntry.customer_id == customer_id, LedgerEntry.kind == EntryKind.EARN)
        .order_by(LedgerEntry.seq.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(LedgerEntry.seq < before)
    return [(purchase, entry) for purchase, entry in session.execute(query)]


def earned_by(session: Session, purchase_id: int) -> LedgerEntry:
    """The movement a purchase made, which every purchase did."""
    return session.scalars(select(LedgerEntry).filter_by(purchase_id=purchase_id, kind=EntryKind.EARN)).one()


def reversal_of(session: Session, entry_id: int) -> LedgerEntry | None:
    """The movement that undid this one."""
    return session.scalar(select(LedgerEntry).filter_by(reverses_id=entry_id))


def balance(session: Session, customer_id: int) -> int:
    """Whole points; 0 for a customer there is not."""
    return session.scalar(select(CustomerStats.points).filter_by(customer_id=customer_id)) or 0


def _values(session: Session, account: Account, movement: Movement, now: datetime) -> dict[str, Any]:
    return {
        "customer_id": account.customer_id,
        "seq": account.ledger_seq + 1,
        "kind": movement.kind.value,
        "points": movement.points,
        "balance_after": account.points + movement.points,
        "carry_change": movement.carry_change,
        "carry": account.carry + movement.carry_change,
        "idempotency_key": movement.key,
        "reverses_id": movement.reverses_id,
        "purchase_id": movement.purchase_id,
        "programme": movement.programme,
        "tier": movement.tier,
        "credit": movement.credit,
        "actor": movement.actor,
        "posted_at": now,
        "posted_on": shop.of(session).day(now),
    }


_NEWEST = (
    select(LedgerEntry)
    .where(LedgerEntry.customer_id == bindparam("customer"), LedgerEntry.seq < bindparam("before"))
    .order_by(LedgerEntry.seq.desc())
    .limit(bindparam("most"))
)
