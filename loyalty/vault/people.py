"""The key of each customer. Without its row, what it sealed is gone, here and in every older backup."""

from collections.abc import Mapping, Sequence

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.orm import Session

from loyalty import crypto, many, prepared
from loyalty.crypto import PersonKey
from loyalty.db import keyring
from loyalty.errors import NotFound
from loyalty.vault.models import CustomerKey


class Erased(NotFound):
    """The customer's key was destroyed: nothing personal of them can be read any more."""

    code = "customer_erased"


def keep(session: Session, customer_id: int, key: PersonKey) -> None:
    """Store a new customer's key, wrapped."""
    session.add(CustomerKey(customer_id=customer_id, wrapped=keyring(session).seal(key.key, _place(customer_id))))
    _cache(session)[customer_id] = key


def keep_many(session: Session, keys: Mapping[int, PersonKey]) -> None:
    """Store the keys of new customers, by their ids, in one statement."""
    seal = keyring(session).seal
    rows = [{"customer_id": each, "wrapped": seal(key.key, _place(each))} for each, key in keys.items()]
    many.execute(session.connection(), _INSERT, rows)


def key_of(session: Session, customer_id: int) -> PersonKey:
    """The key of one customer, unwrapped once per session. Raises Erased."""
    known = _cache(session)
    if customer_id not in known:
        session.flush()
        row = prepared.one(session.connection(), _WRAPPED, {"of_customer": customer_id})
        if row is None:
            raise Erased(str(customer_id))
        known[customer_id] = PersonKey(keyring(session).open(row.wrapped, _place(customer_id)))
    return known[customer_id]


def destroy(session: Session, customer_ids: Sequence[int]) -> None:
    """These customers' keys are gone for good, and with them all that was sealed for them, in older backups too."""
    session.execute(
        delete(CustomerKey)
        .where(CustomerKey.customer_id.in_(customer_ids))
        .execution_options(synchronize_session="fetch")
    )
    for customer_id in customer_ids:
        _cache(session).pop(customer_id, None)


def open_many(session: Session, customer_ids: Sequence[int]) -> None:
    """Unwrap the keys of several customers in one look, before each is read; those without a key stay so."""
    rows = session.execute(
        select(CustomerKey.customer_id, CustomerKey.wrapped).where(CustomerKey.customer_id.in_(customer_ids))
    )
    opened = {row.customer_id: PersonKey(keyring(session).open(row.wrapped, _place(row.customer_id))) for row in rows}
    _cache(session).update(opened)


def seal(session: Session, customer_id: int, text: str, table: str, column: str, row: str) -> bytes:
    """A cell of `table.column`, in the row with public id `row`, under this customer's key."""
    return key_of(session, customer_id).seal(text, crypto.aad(table, column, row))


def read(session: Session, customer_id: int, cell: bytes, table: str, column: str, row: str) -> str:
    """The text of a cell. Raises Erased, Undecryptable."""
    return key_of(session, customer_id).open(cell, crypto.aad(table, column, row))


def forget_keys(session: Session) -> None:
    """Nothing unwrapped is kept: after a savepoint that made customers was rolled back, their ids become others'."""
    _cache(session).clear()


def _cache(session: Session) -> dict[int, PersonKey]:
    known: dict[int, PersonKey] = session.info.setdefault("person_keys", {})
    return known


def _place(customer_id: int) -> bytes:
    return crypto.aad("customer_key", "wrapped", str(customer_id))


_KEYS = CustomerKey.metadata.tables[CustomerKey.__tablename__]
_INSERT = insert(_KEYS)
_WRAPPED = select(_KEYS.c.wrapped).where(_KEYS.c.customer_id == bindparam("of_customer"))
