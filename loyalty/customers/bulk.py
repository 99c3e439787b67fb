"""Many new customers at once: the same rows as `profiles.create` makes, sealed before the transaction begins."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from loyalty import crypto, many
from loyalty.activity import timeline
from loyalty.crypto import Keyring, PersonKey
from loyalty.customers import chains
from loyalty.customers.emails import Email
from loyalty.customers.models import Customer, CustomerStats, NameToken
from loyalty.customers.profiles import BUCKETS, FIRST_TIER
from loyalty.db import new_public_id
from loyalty.shop import Shop
from loyalty.typed import fold
from loyalty.vault import people

CUSTOMERS = Customer.metadata.tables[Customer.__tablename__]


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody to be made a customer. `name` is clean, `phone` E.164; members have `joined_at`."""

    phone: str
    name: str | None = None
    email: Email | None = None
    joined_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sealed:
    """A newcomer's rows, all but those that need an id."""

    customer: dict[str, Any]
    key: PersonKey
    tokens: Sequence[int]
    stats: dict[str, Any]

    @property
    def public_id(self) -> str:
        return str(self.customer["public_id"])


def seal(newcomer: Newcomer, keys: Keyring, shop: Shop, *, source: str, now: datetime) -> Sealed:
    """Everything that can be worked out before anybody's turn to write: keys, cells, look-ups."""
    key, public_id = PersonKey.fresh(), new_public_id()
    email = newcomer.email

    def cell(column: str, text: str | None) -> bytes | None:
        return None if text is None else key.seal(text, crypto.aad("customer", column, public_id))

    customer = {
        "public_id": public_id,
        "bucket": secrets.randbelow(BUCKETS),
        "source": source,
        "name": cell("name", newcomer.name),
        "phone": cell("phone", newcomer.phone),
        "phone_key": keys.look_up("phone", newcomer.phone),
        "email": cell("email", email.address if email else None),
        "email_key": email and keys.look_up("email", email.key),
        "created_at": now,
        "joined_at": newcomer.joined_at,
        "demo": shop.demo,
    }
    tokens = sorted({keys.name_token(word) for word in fold.tokens(newcomer.name or "")})
    return Sealed(customer, key, tokens, _first_stats(public_id, newcomer.joined_at, shop, now))


def create_many(session: Session, newcomers: Sequence[Sealed]) -> Mapping[str, int]:
    """Write them; the ids of those made, by public id. Whoever's phone or e-mail is somebody's already is left out.

    As with `profiles.create`, each gets a key, totals, name tokens and a timeline that begins.
    """
    if not newcomers:
        return {}
    session.flush()
    connection = session.connection()
    many.execute(connection, _INSERT[connection.dialect.name], [dict(each.customer) for each in newcomers])
    found = connection.execute(_MADE, {"names": [each.public_id for each in newcomers]})
    ids: dict[str, int] = {row.public_id: row.id for row in found}
    made = [each for each in newcomers if each.public_id in ids]
    if made:
        _hang_on(session, made, ids)
    return ids


def _hang_on(session: Session, made: Sequence[Sealed], ids: Mapping[str, int]) -> None:
    """What every customer has beside their own row."""
    connection = session.connection()
    people.keep_many(session, {ids[each.public_id]: each.key for each in made})
    many.execute(connection, _STATS, [{"customer_id": ids[each.public_id], **each.stats} for each in made])
    tokens = [{"customer_id": ids[each.public_id], "token": token} for each in made for token in each.tokens]
    many.execute(connection, _TOKENS, tokens)
    timeline.record_many(session, [row for each in made for row in _beginnings(each, ids[each.public_id])])


def _beginnings(each: Sealed, customer_id: int) -> list[timeline.Happening]:
    created, joined_at = each.customer["created_at"], each.customer["joined_at"]
    rows = [timeline.Happening(customer_id, "created", created, {"source": each.customer["source"]})]
    return rows if joined_at is None else [*rows, timeline.Happening(customer_id, "joined", joined_at)]


def _first_stats(public_id: str, joined_at: datetime | None, shop: Shop, now: datetime) -> dict[str, Any]:
    return {
        "points": 0,
        "points_pending": 0,
        "carry": 0,
        "ledger_seq": 0,
        "ledger_chain": chains.start("ledger", public_id),
        "consent_seq": 0,
        "consent_chain": chains.start("consent", public_id),
        "tier": FIRST_TIER,
        "tier_since": now,
        "orders": 0,
        "spent": 0,
        "spent_12m": 0,
        "rolled_on": shop.day(now),
        "joined_at": joined_at,
        "has_phone": True,
        "consent_promotion": False,
        "channels": "",
    }


_MADE = select(CUSTOMERS.c.public_id, CUSTOMERS.c.id).where(
    CUSTOMERS.c.public_id.in_(bindparam("names", expanding=True))
)
_STATS = insert(CustomerStats.metadata.tables[CustomerStats.__tablename__])
_TOKENS = insert(NameToken.metadata.tables[NameToken.__tablename__])
_INSERT = {
    "sqlite": sqlite.insert(CUSTOMERS).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(CUSTOMERS).on_conflict_do_nothing(),
}
