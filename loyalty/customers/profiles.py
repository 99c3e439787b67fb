"""Who a customer is: made, found, named, joined, released. Personal columns are cells under the customer's own key."""

import re
import secrets
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, bindparam, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from loyalty import crypto, entities, shop, upsert
from loyalty.activity import timeline
from loyalty.crypto import PersonKey
from loyalty.customers import chains, emails
from loyalty.customers.models import (
    Case,
    ChannelIdentity,
    Customer,
    CustomerStats,
    CustomerTag,
    MemberCode,
    NameToken,
    Note,
)
from loyalty.customers.traits.models import CustomerHour, CustomValue, Interest
from loyalty.db import keyring, new_public_id
from loyalty.errors import Conflict, NotFound
from loyalty.typed import fold
from loyalty.vault import people
from loyalty.vault.models import CustomerKey

FIRST_TIER = "member"
LONGEST_NAME = 100
LONGEST_REF = 200
BUCKETS = 65_536

PhoneProof = Literal["claimed", "shared", "staff"]

_PUBLIC_ID = re.compile(r"[A-Za-z0-9_-]{16}")


class CustomerNotFound(NotFound):
    """No customer has this id."""

    code = "customer_not_found"


class PhoneTaken(Conflict):
    """Another customer has this phone: `customer_id`, which is for the program and never told to a customer."""

    code = "phone_taken"

    def __init__(self, customer_id: int) -> None:
        super().__init__()
        self.customer_id = customer_id


class PhoneBusy(Conflict):
    """The phone was changing hands at this very moment: the same again will find out who has it."""

    code = "phone_busy"


class EmailTaken(Conflict):
    """Another customer has this e-mail address."""

    code = "email_taken"


def create(
    session: Session,
    *,
    source: str,
    now: datetime,
    name: str | None = None,
    phone: str | None = None,
    phone_proof: PhoneProof | None = None,
    joined: bool = False,
    locale: str | None = None,
    source_ref: str | None = None,
) -> Customer:
    """A new customer with key, totals and name tokens; `joined` makes a member at once. `phone` is E.164.

    Raises PhoneTaken, PhoneBusy: nothing was made, and the transaction goes on.
    """
    key, public_id = PersonKey.fresh(), new_public_id()
    shown = clean_name(name)
    values = {
        "public_id": public_id,
        "bucket": secrets.randbelow(BUCKETS),
        "source": source,
        "source_ref": fold.quote(source_ref, LONGEST_REF) if source_ref else None,
        "locale": locale,
        "name": _cell(key, "name", public_id, shown),
        "phone": _cell(key, "phone", public_id, phone),
        "phone_key": None if phone is None else phone_key(session, phone),
        "phone_proof": phone_proof if phone else None,
        "created_at": now,
        "joined_at": now if joined else None,
        "demo": shop.of(session).demo,
    }
    statement = upsert.insert(session, Customer).values(values).on_conflict_do_nothing(index_elements=["phone_key"])
    customer: Customer | None = session.scalar(statement.returning(Customer))
    if customer is None:
        assert phone is not None
        raise PhoneTaken(_owner_of_phone(session, phone))
    _begin(session, customer, key, shown, now)
    return customer


def _begin(session: Session, customer: Customer, key: PersonKey, shown: str | None, now: datetime) -> None:
    """What every new customer has besides their row."""
    people.keep(session, customer.id, key)
    session.add(_first_stats(session, customer, now))
    _index_name(session, customer.id, shown)
    session.flush()
    timeline.record(session, customer.id, "created", at=now, data={"source": customer.source})
    if customer.joined_at is not None:
        timeline.record(session, customer.id, "joined", at=now)


def get(session: Session, customer_id: int) -> Customer:
    """Raises CustomerNotFound."""
    customer = entities.get(session, Customer, customer_id)
    if customer is None:
        raise CustomerNotFound(str(customer_id))
    return customer


def get_public(session: Session, public_id: str) -> Customer:
    """The customer known outside by this id; any text may be asked for. Raises CustomerNotFound."""
    found = None
    if is_public_id(public_id):
        found = session.scalar(select(Customer).filter_by(public_id=public_id))
    if found is None:
        raise CustomerNotFound
    return found


def is_public_id(text: str) -> bool:
    """Whether any row may be known outside by this; other texts a database may not even be asked for."""
    return _PUBLIC_ID.fullmatch(text) is not None


def hold_living(session: Session, customer_id: int) -> CustomerStats:
    """`lock` for what can only be kept about somebody who is not erased. Raises CustomerNotFound, Erased."""
    stats = lock(session, customer_id)
    if stats.erased_at is not None:
        raise people.Erased(str(customer_id))
    return stats


def find_by_phone(session: Session, e164: str) -> Customer | None:
    return entities.first(session, _BY_PHONE, {"key": phone_key(session, e164)}, fresh=True)


def phone_key(session: Session, e164: str) -> bytes:
    """What a phone is looked up by."""
    return keyring(session).look_up("phone", e164)


def lock(session: Session, customer_id: int) -> CustomerStats:
    """Be the customer's one writer until the transaction ends; the totals as they are now. Raises CustomerNotFound.

    Take it before the first row about the customer is written, and by ascending id when there are two.
    """
    stats = entities.first(session, _LOCK, {"of_customer": customer_id}, fresh=True)
    if stats is None:
        raise CustomerNotFound(str(customer_id))
    return stats


def hold(session: Session, customer: Customer) -> CustomerStats:
    """Lock, and read the customer's own row again: another transaction may have changed it meanwhile."""
    stats = lock(session, customer.id)
    session.refresh(customer)
    return stats


def name_of(session: Session, customer: Customer) -> str | None:
    return _read(session, customer, "name", customer.name)


def phone_of(session: Session, customer: Customer) -> str | None:
    """E.164, unmasked."""
    return _read(session, customer, "phone", customer.phone)


def email_of(session: Session, customer: Customer) -> str | None:
    return _read(session, customer, "email", customer.email)


def clean_name(text: str | None) -> str | None:
    """NFC, one line, nothing invisible, at most 100 characters (a longer one ends in …); None when nothing is left."""
    return unicodedata.normalize("NFC", fold.quote(text, LONGEST_NAME)) or None if text else None


def set_name(session: Session, customer: Customer, name: str | None, *, now: datetime) -> None:
    """The same name again changes nothing; None takes it away."""
    hold(session, customer)
    shown = clean_name(name)
    if shown == name_of(session, customer):
        return
    put_name(session, customer, shown)
    timeline.record(session, customer.id, "renamed", at=now)


def put_name(session: Session, customer: Customer, shown: str | None) -> None:
    """Write a clean name and its tokens, under the customer's lock, without a word in the timeline."""
    customer.name = _seal(session, customer, "name", shown)
    session.execute(delete(NameToken).where(NameToken.customer_id == customer.id))
    _index_name(session, customer.id, shown)
    session.flush()


def set_phone(session: Session, customer: Customer, e164: str, proof: PhoneProof | None, *, now: datetime) -> None:
    """Give the customer this phone; the one they had is nobody's from then on. The same phone and proof again: nothing.

    Raises PhoneTaken, PhoneBusy: nothing changed, and the transaction goes on.
    """
    stats = hold(session, customer)
    key = phone_key(session, e164)
    if (customer.phone_key, customer.phone_proof) == (key, proof):
        return
    try:
        with session.begin_nested():
            customer.phone, customer.phone_key = _seal(session, customer, "phone", e164), key
            customer.phone_proof = proof
    except IntegrityError as error:
        raise PhoneTaken(_owner_of_phone(session, e164)) from error
    stats.has_phone = True
    session.flush()
    kind = "phone_proven" if proof in ("shared", "staff") else "phone_claimed"
    timeline.record(session, customer.id, kind, at=now, data={"proof": proof})


def drop_phone(session: Session, customer: Customer) -> None:
    """The phone is nobody's from then on."""
    stats = hold(session, customer)
    customer.phone = customer.phone_key = customer.phone_proof = None
    stats.has_phone = False
    session.flush()


def set_email(session: Session, customer: Customer, text: str | None) -> None:
    """Keep the address as `emails.parse` reads it; None takes it away.

    Raises NotAnEmail, EmailTaken: nothing changed, and the transaction goes on.
    """
    email = None if text is None else emails.parse(text)
    hold(session, customer)
    try:
        with session.begin_nested():
            customer.email = _seal(session, customer, "email", email.address if email else None)
            customer.email_key = keyring(session).look_up("email", email.key) if email else None
    except IntegrityError as error:
        raise EmailTaken from error


def set_locale(session: Session, customer: Customer, locale: str | None) -> None:
    customer.locale = locale
    session.flush()


def records_of(session: Session, customer_id: int) -> Sequence[int]:
    """Every record of one person: this one, and whatever proved to be theirs and moved into it."""
    return session.connection().scalars(_RECORDS, {"customer_id": customer_id}).all()


def survivor(session: Session, customer: Customer) -> Customer:
    """The record a person is kept under now."""
    while customer.moved_to_id is not None:
        customer = get(session, customer.moved_to_id)
    return customer


def join(session: Session, customer: Customer, *, now: datetime) -> bool:
    """Make a member; False when they are one already."""
    stats = hold(session, customer)
    if customer.joined_at is not None:
        return False
    customer.joined_at = stats.joined_at = now
    stats.welcome_due = True
    session.flush()
    timeline.record(session, customer.id, "joined", at=now)
    return True


def unjoin(session: Session, customer: Customer, *, joined_at: datetime, now: datetime) -> bool:
    """Take back a joining that a mistaken list made; False when they joined otherwise, bought or wrote since."""
    stats = hold(session, customer)
    chats = session.scalar(select(ChannelIdentity.id).filter_by(customer_id=customer.id).limit(1))
    if customer.joined_at != joined_at or stats.orders or chats:
        return False
    customer.joined_at = stats.joined_at = None
    stats.welcome_due = False
    session.flush()
    timeline.record(session, customer.id, "joining_undone", at=now)
    return True


def release(session: Session, customer_id: int, *, now: datetime) -> bool:
    """Undo a customer whom only a purchase made: who they were is gone for good, the phone nobody's; the ledger stays.

    Call it after the purchase was taken back. False, and nothing changes, when they wrote, proved their phone, answered
    about consent, have a note or a case, or still have orders or points; and for one released before.

    Raises CustomerNotFound.
    """
    customer = get(session, customer_id)
    stats = hold(session, customer)
    if not _is_unused(session, customer, stats):
        return False
    forget(session, customer, stats, now=now)
    session.execute(delete(CustomerKey).where(CustomerKey.customer_id == customer_id))
    return True


def forget(session: Session, customer: Customer, stats: CustomerStats, *, now: datetime) -> None:
    """Clear everything the customer could be found or named by; their key is another matter."""
    customer.name = customer.phone = customer.phone_key = customer.phone_proof = None
    customer.email = customer.email_key = customer.birthday = None
    stats.birthday, stats.welcome_due = None, False
    customer.erased_at = stats.erased_at = now
    stats.has_phone = False
    for model in (NameToken, MemberCode, CustomerTag, CustomValue, Interest, CustomerHour):
        session.execute(delete(model).where(model.customer_id == customer.id))
    session.flush()


def _is_unused(session: Session, customer: Customer, stats: CustomerStats) -> bool:
    touched = customer.erased_at or customer.phone_proof or stats.consent_seq or stats.orders or stats.points
    hanging = (
        select(ChannelIdentity.id).filter_by(customer_id=customer.id),
        select(Case.id).filter_by(customer_id=customer.id),
        select(Note.id).filter_by(customer_id=customer.id, taken_back_at=None),
        select(CustomerTag.tag).filter_by(customer_id=customer.id),
        select(CustomValue.field_id).filter_by(customer_id=customer.id),
        select(Interest.word).where(Interest.customer_id == customer.id, Interest.author.is_not(None)),
    )
    return not touched and not any(session.scalar(query.limit(1)) for query in hanging)


def _first_stats(session: Session, customer: Customer, now: datetime) -> CustomerStats:
    return CustomerStats(
        customer_id=customer.id,
        points=0,
        points_pending=0,
        carry=0,
        ledger_seq=0,
        ledger_chain=chains.start("ledger", customer.public_id),
        consent_seq=0,
        consent_chain=chains.start("consent", customer.public_id),
        tier=FIRST_TIER,
        tier_since=now,
        orders=0,
        spent=0,
        spent_12m=0,
        rolled_on=shop.of(session).day(now),
        joined_at=customer.joined_at,
        welcome_due=customer.joined_at is not None and customer.source != "import",
        has_phone=customer.phone_key is not None,
        consent_promotion=False,
        channels="",
        refused="",
    )


def _owner_of_phone(session: Session, e164: str) -> int:
    """Who has it, when the unique key has just said that somebody does."""
    owner = find_by_phone(session, e164)
    if owner is None:  # given up between the two statements
        raise PhoneBusy
    return owner.id


def _index_name(session: Session, customer_id: int, shown: str | None) -> None:
    tokens = {keyring(session).name_token(word) for word in fold.tokens(shown or "")}
    session.add_all(NameToken(customer_id=customer_id, token=token) for token in sorted(tokens))


def _cell(key: PersonKey, column: str, public_id: str, text: str | None) -> bytes | None:
    return None if text is None else key.seal(text, crypto.aad("customer", column, public_id))


def _seal(session: Session, customer: Customer, column: str, text: str | None) -> bytes | None:
    return _cell(people.key_of(session, customer.id), column, customer.public_id, text)


def _read(session: Session, customer: Customer, column: str, cell: bytes | None) -> str | None:
    """The text of a cell; None where there is none, or where the key is gone and with it the person."""
    if cell is None:
        return None
    try:
        return people.read(session, customer.id, cell, "customer", column, customer.public_id)
    except people.Erased:
        return None


def _records() -> Select[Any]:
    first = select(Customer.id).where(Customer.id == bindparam("customer_id")).cte("records", recursive=True)
    return select(first.union(select(Customer.id).join(first, Customer.moved_to_id == first.c.id)).c.id)


_RECORDS = _records()
_BY_PHONE = select(Customer).where(Customer.phone_key == bindparam("key"))
_LOCK = select(CustomerStats).where(CustomerStats.customer_id == bindparam("of_customer")).with_for_update()
