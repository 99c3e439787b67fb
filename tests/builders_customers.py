"""Customers and their chats, as a test begins with them."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import count
from threading import Barrier
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.activity.models import Activity
from loyalty.channels.models import ChannelAccount
from loyalty.customers import consents, identities, profiles
from loyalty.customers.consents import Purpose
from loyalty.customers.models import ChannelIdentity, ConsentEvent, Customer
from loyalty.customers.profiles import PhoneProof
from loyalty.db import Database
from tests.builders import NOON

LAN, MINH = "+84912345678", "+84987654321"
ACCOUNTS = {"zalo": "5123456789", "messenger": "102030405060708"}  # the shop's own, per channel
T = TypeVar("T")

_numbers = count(1)


def make_customer(
    session: Session,
    *,
    phone: str | None = None,
    name: str | None = None,
    joined: bool = True,
    proof: PhoneProof | None = None,
    source: str = "staff",
    locale: str | None = None,
    now: datetime = NOON,
) -> Customer:
    return profiles.create(
        session, source=source, now=now, name=name, phone=phone, phone_proof=proof, joined=joined, locale=locale
    )


def make_account(session: Session, kind: str = "zalo", external_id: str | None = None) -> ChannelAccount:
    """The OA or page of this kind; another one when `external_id` says so."""
    named = external_id or ACCOUNTS[kind]
    found = session.scalar(select(ChannelAccount).filter_by(kind=kind, external_id=named))
    if found is None:
        found = ChannelAccount(kind=kind, external_id=named, window_seconds=48 * 3600, created_at=NOON)
        session.add(found)
        session.flush()
    return found


def make_identity(
    session: Session,
    customer: Customer,
    kind: str = "zalo",
    *,
    account: ChannelAccount | None = None,
    user_id: str | None = None,
    proof: str = "none",
    promotion: bool = False,
    last_interaction_at: datetime | None = NOON,
) -> ChannelIdentity:
    """A chat of a customer that is there already; `promotion` records the consent it takes."""
    account = account or make_account(session, kind)
    identity = ChannelIdentity(
        customer_id=customer.id,
        channel_account_id=account.id,
        user_id=user_id or str(next(_numbers)),
        proof=proof,
        promotion=False,
        follows=False,
        first_seen_at=NOON,
        last_interaction_at=last_interaction_at,
        profile_tries=0,
        misses=0,
    )
    session.add(identity)
    identities.summarise(session, profiles.lock(session, customer.id))
    if promotion:
        answer(session, identity, granted=True)
    return identity


def make_chat(
    session: Session, kind: str = "zalo", user_id: str | None = None, name: str | None = None
) -> ChannelIdentity:
    """A person nobody knew who has just written."""
    named = user_id or str(next(_numbers))
    identity, _ = identities.arrive(session, make_account(session, kind), named, source=kind, now=NOON, name=name)
    identities.touch(session, identity, now=NOON)
    return identity


def answer(
    session: Session,
    identity: ChannelIdentity,
    granted: bool,
    *,
    purpose: Purpose = Purpose.PROMOTION,
    key: str | None = None,
    words: str = "đồng ý",
    now: datetime = NOON,
) -> ConsentEvent:
    """A yes or no in a chat."""
    return consents.record(
        session,
        identity,
        purpose,
        granted,
        text_version="ask-offers-1",
        locale="vi",
        event_key=key or f"test:{next(_numbers)}",
        words=words,
        now=now,
    )


def owner_of(session: Session, identity: ChannelIdentity) -> Customer:
    return profiles.get(session, identity.customer_id)


def kinds(session: Session, customer_id: int) -> list[str]:
    """What the timeline says happened, oldest first."""
    return list(session.scalars(select(Activity.kind).filter_by(customer_id=customer_id).order_by(Activity.id)))


def later(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


def together(database: Database, works: Sequence[Callable[[Session], T]]) -> list[T]:
    """Do all at once, each in a thread and a transaction of its own; the first exception of any is raised here."""
    start = Barrier(len(works))

    def run(work: Callable[[Session], T]) -> T:
        start.wait(30)
        with database.transaction() as session:
            return work(session)

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))
