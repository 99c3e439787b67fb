"""Signing in with a name and a password: each try is counted before it is looked at, and too many have to wait.

A name nobody has costs the same work and gets the same answer, also when it has to wait. `attempt` and `settle` are
transactions of their own with the slow comparison between them, so that nobody who guesses holds up who writes.
"""

import hashlib
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from loyalty.alerts import raising
from loyalty.db import is_sqlite, keyring
from loyalty.errors import TooMany
from loyalty.staff import accounts, audit, passwords, second_factor, sessions
from loyalty.staff.audit import Author
from loyalty.staff.models import SignInTry, StaffMember
from loyalty.staff.passwords import Match

SOURCE = "console"


class Limit(NamedTuple):
    """So many misses within a time, and one waits."""

    misses: int
    within: timedelta
    wait: timedelta


PER_ACCOUNT = (
    Limit(5, timedelta(minutes=30), timedelta(minutes=30)),
    Limit(20, timedelta(hours=24), timedelta(hours=12)),  # so that a day of guessing sees fewer than 40 passwords
)
PER_ADDRESS = (Limit(20, timedelta(minutes=30), timedelta(minutes=30)),)
KEPT = timedelta(hours=36)  # a miss matters no longer


class SignInWaits(TooMany):
    """Passwords are not looked at until `until`, not even right ones. A new invitation link opens all the same."""

    code = "sign_in_waits"

    def __init__(self, until: datetime, now: datetime) -> None:
        super().__init__(until=until, retry_after=max(1, round((until - now).total_seconds())))
        self.until = until


class Tried(NamedTuple):
    """A try that is being looked at: what to compare the password with, and where it is counted."""

    id: int
    account: bytes
    address: bytes
    staff_id: int | None
    hashed: str | None


class Outcome(NamedTuple):
    """Who it is; or nobody, and, when that was one too many, until when one waits."""

    member: StaffMember | None
    waits_until: datetime | None = None


def attempt(session: Session, name: str, *, address: str, now: datetime) -> Tried:
    """Count a try, whatever the name. Raises SignInWaits. Next: `passwords.match(tried.hashed, …)`, then `settle`."""
    account, place = accounts.name_key(session, name), place_of(session, address)
    _refuse_waiting(session, account, place, now=now)
    session.execute(delete(SignInTry).where(SignInTry.at < now - KEPT))
    tried = _count(session, account, place, now=now)
    member = accounts.find_by_name(session, name)
    if member is None:
        return Tried(tried.id, account, place, None, None)
    return Tried(tried.id, account, place, member.id, passwords.kept(session, member))


def settle(session: Session, tried: Tried, found: Match, *, now: datetime) -> Outcome:
    """What came of a try. Commit it either way: a right one is no longer counted, a miss stays and is written down."""
    member = accounts.get(session, tried.staff_id) if tried.staff_id is not None else None
    if member is None or not found.is_right or member.removed_at is not None:
        return _miss(session, tried.account, tried.address, member, "password", now=now)
    session.execute(delete(SignInTry).where(SignInTry.id == tried.id))
    passwords.renew(session, member, found)
    return Outcome(member)


def second_step(
    session: Session, member: StaffMember, code: str, *, address: str, by_link: bool = False, now: datetime
) -> Outcome:
    """Look at the code of somebody whose password was right, or who has a link. Commit it either way.

    Misses at links are counted apart: who guesses at a password shuts no link. Raises SignInWaits.
    """
    account = _at_links(session, member) if by_link else member.name_key
    place = place_of(session, address)
    _refuse_waiting(session, account, place, now=now)
    if second_factor.take(session, member, code, now=now):
        return Outcome(member)
    _count(session, account, place, now=now)
    return _miss(session, account, place, member, "code", now=now)


def come_in(session: Session, member: StaffMember, *, device: str, by: str, now: datetime) -> str:
    """A session for somebody who has proved, `by` what, who they are: the token of its cookie. Misses are forgiven.

    Raises StaffNotFound for somebody who left meanwhile.
    """
    accounts.lock(session, member.id)
    counted = (SignInTry.account.in_([member.name_key, _at_links(session, member)]), SignInTry.at >= now - KEPT)
    session.execute(update(SignInTry).where(*counted).values(account=None))
    token = sessions.begin(session, member, device=device, now=now)
    author = author_of(member)
    audit.record_by(session, author, "signed_in", author.actor, detail={"by": by, "device": device}, now=now)
    return token


def author_of(member: StaffMember) -> Author:
    """Who acts on a page they have not signed in to yet: a password chosen, a second factor set up."""
    return Author.of(member, SOURCE)


def place_of(session: Session, address: str) -> bytes:
    """Tells one network address from another without keeping it; of IPv6, the network of a household."""
    try:
        seen = ip_address(address)
    except ValueError:
        return keyring(session).look_up("sign-in address", "unknown")
    if isinstance(seen, IPv6Address):
        seen = seen.ipv4_mapped or IPv6Address(int(seen) >> 64 << 64)
    return keyring(session).look_up("sign-in address", str(seen))


def _at_links(session: Session, member: StaffMember) -> bytes:
    """Where codes given at somebody's links are counted, whichever link it was."""
    return keyring(session).look_up("sign-in link", member.public_id)


def _count(session: Session, account: bytes, place: bytes, *, now: datetime) -> SignInTry:
    tried = SignInTry(account=account, address=place, at=now)
    session.add(tried)
    session.flush()
    return tried


def _miss(
    session: Session, account: bytes, place: bytes, member: StaffMember | None, step: str, *, now: datetime
) -> Outcome:
    """Write a miss down, and that one waits when it was one too many."""
    subject = f"staff:{member.public_id}" if member is not None else f"name:{account.hex()[:12]}"
    account_waits = _waits(session, SignInTry.account, account, PER_ACCOUNT, now)
    address_waits = _waits(session, SignInTry.address, place, PER_ADDRESS, now)
    if account_waits is not None:
        raising.raise_alert(session, "signin_guessing", subject, SOURCE, now=now)
    if address_waits is not None:
        raising.raise_alert(session, "signin_guessing", f"address:{place.hex()[:12]}", SOURCE, now=now)
    until = max((each for each in (account_waits, address_waits) if each is not None), default=None)
    audit.record(session, "stranger", "sign_in_missed", subject, source=SOURCE, detail={"step": step}, now=now)
    if until is not None:
        detail = {"until": until.isoformat()}
        audit.record(session, "stranger", "sign_in_locked", subject, source=SOURCE, detail=detail, now=now)
    return Outcome(None, until)


def _refuse_waiting(session: Session, account: bytes, place: bytes, *, now: datetime) -> None:
    """One try of an account, and of an address, at a time: none goes uncounted. Raises SignInWaits."""
    _take_turn(session, account)
    _take_turn(session, place)
    found = (
        _waits(session, SignInTry.account, account, PER_ACCOUNT, now),
        _waits(session, SignInTry.address, place, PER_ADDRESS, now),
    )
    until = max((each for each in found if each is not None), default=None)
    if until is not None:
        raise SignInWaits(until, now)


def _waits(
    session: Session,
    column: InstrumentedAttribute[bytes] | InstrumentedAttribute[bytes | None],
    value: bytes,
    limits: tuple[Limit, ...],
    now: datetime,
) -> datetime | None:
    """Until when, counted from the newest of as many misses as a limit allows that lay within its time."""
    most = max(limit.misses for limit in limits)
    whose: ColumnElement[bool] = column == value
    newest = session.scalars(select(SignInTry.at).where(whose).order_by(SignInTry.at.desc()).limit(most)).all()
    ends = [
        newest[0] + limit.wait
        for limit in limits
        if len(newest) >= limit.misses and newest[0] - newest[limit.misses - 1] < limit.within
    ]
    return max((end for end in ends if end > now), default=None)


def _take_turn(session: Session, whose: bytes) -> None:
    """SQLite has one writer anyway."""
    if not is_sqlite(session):
        name = hashlib.blake2b(b"sign in|" + whose, digest_size=8).digest()
        session.execute(select(sa.func.pg_advisory_xact_lock(int.from_bytes(name, "big", signed=True))))
