"""Finding customers by what staff have: a phone in any form, a member code, words of a name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from loyalty.customers import codes, profiles
from loyalty.customers.models import Customer, NameToken
from loyalty.db import keyring
from loyalty.typed import fold, phones
from loyalty.typed.phones import PhoneUnclear
from loyalty.vault.models import CustomerKey

BATCH = 200  # candidates decrypted at a time
COMMON = 500  # a token that so many names have is no better a beginning than another such


@dataclass(frozen=True, slots=True)
class Found:
    """Who was found. `unclear`: what was typed is meant as a phone and is none."""

    customers: Sequence[Customer]
    unclear: PhoneUnclear | None = None


def search(session: Session, text: str, *, limit: int, before: int | None = None, now: datetime) -> Found:
    """Whom `text` means: the one with that phone or living member code, else everybody with all its words in the name.

    At most `limit`, newest first; `before` is the id of the last one of the page before, for names. Any text will do.
    """
    try:
        phone = phones.find_phone(text)
    except PhoneUnclear as unclear:
        return Found([], unclear)
    if phone is not None:
        owner = profiles.find_by_phone(session, phone)
        return Found([] if owner is None else [owner])
    if (code := codes.find_by_code(session, text, now=now)) is not None:
        return Found([profiles.get(session, code.customer_id)])
    return Found(by_name(session, text, limit=limit, before=before))


def by_name(session: Session, text: str, *, limit: int, before: int | None = None) -> list[Customer]:
    """Customers whose name has every word of `text`, in any order, with or without accents; newest first.

    At most `limit` (1 or more); `before` is the id of the last one of the page before. Words count whole: «nguy» finds
    no Nguyễn.
    """
    words = set(fold.tokens(text))
    if not words:
        return []
    found: list[Customer] = []
    for candidate in _candidates(session, words, before, limit):
        if is_named(session, candidate, text):  # words may share a token
            found.append(candidate)
            if len(found) == limit:
                break
    return found


def is_named(session: Session, customer: Customer, text: str) -> bool:
    """Whether every word of `text` is in the customer's name."""
    return set(fold.tokens(text)) <= set(fold.tokens(profiles.name_of(session, customer) or ""))


def hold_keys(session: Session, customers: Sequence[Customer]) -> Sequence[CustomerKey]:
    """The keys of these people in one query; they are at hand while the caller holds what this returns."""
    ids = [customer.id for customer in customers]
    return session.scalars(select(CustomerKey).where(CustomerKey.customer_id.in_(ids))).all()


def _candidates(session: Session, words: set[str], before: int | None, limit: int) -> Iterator[Customer]:
    """Everybody with the tokens of all words, newest first, in batches."""
    tokens = _rarest_first(session, {keyring(session).name_token(word) for word in words})
    size, full = min(limit, BATCH), True
    while full and (batch := session.scalars(_with_tokens(tokens, before).limit(size)).all()):
        held = hold_keys(session, batch)
        yield from batch
        del held
        before, size, full = batch[-1].id, BATCH, len(batch) == size


def _rarest_first(session: Session, tokens: set[int]) -> list[int]:
    """The search walks the people with the first token, so that should be few."""
    if len(tokens) == 1:
        return list(tokens)
    counts = session.execute(select(*(_how_common(token) for token in tokens))).one()
    return [token for _, token in sorted(zip(counts, tokens, strict=True))]


def _how_common(token: int) -> ScalarSelect[int]:
    some = select(NameToken.customer_id).where(NameToken.token == token).limit(COMMON).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def _with_tokens(tokens: list[int], before: int | None) -> Select[Customer]:
    first = aliased(NameToken)
    query = select(Customer).join(first, first.customer_id == Customer.id).where(first.token == tokens[0])
    for token in tokens[1:]:
        query = query.where(_has_token(first.customer_id, token))
    if before is not None:
        query = query.where(first.customer_id < before)
    return query.order_by(first.customer_id.desc())


def _has_token(customer_id: InstrumentedAttribute[int], token: int) -> ColumnElement[bool]:
    other = aliased(NameToken)
    return select(other.token).where(other.customer_id == customer_id, other.token == token).exists()
