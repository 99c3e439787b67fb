"""Deletion requests that come through a platform: received with a code, seen to by a person, told on a public page."""

import secrets
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import crypto, upsert
from loyalty.alerts import raising
from loyalty.channels.models import ChannelAccount
from loyalty.customers import profiles
from loyalty.customers.models import ChannelIdentity, Customer
from loyalty.db import keyring
from loyalty.errors import Conflict, NotFound, RuleViolation
from loyalty.privacy import requests
from loyalty.privacy.models import RECEIVED as WAITING
from loyalty.privacy.models import PlatformRequest
from loyalty.typed.codes import CODE_ALPHABET

CODE_LENGTH = 16
ERASED, NOBODY, RECEIVED = "erased", "nobody", "received"
OUTCOMES = (ERASED, NOBODY)
WANTED = "deletion_wanted"  # the kind of the alert


class PlatformRequestNotFound(NotFound):
    """There is no such request."""

    code = "platform_request_not_found"


class BadOutcome(RuleViolation):
    """A request ends as `erased` or `nobody`."""

    code = "bad_outcome"


class ErasedForGood(Conflict):
    """The customer was erased with it: there is nothing left to wait for."""

    code = "erased_for_good"


def receive(session: Session, channel: str, name_there: str, *, now: datetime) -> PlatformRequest:
    """Keep a request and tell the owner; while it is open, the same person asking again gets the same one.

    `name_there` is the platform's own name of the person, as a rule none of our chats': then nobody is matched.
    """
    keys = keyring(session)
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    values = {
        "code": code,
        "channel": channel,
        "person": keys.look_up("platform person", f"{channel}|{name_there}").hex(),
        "name_there": keys.seal(name_there.encode(), _place(code)),
        "customer_id": _customer(session, channel, name_there),
        "state": RECEIVED,
        "received_at": now,
    }
    insert = upsert.insert(session, PlatformRequest).values(**values)
    session.execute(insert.on_conflict_do_nothing(index_elements=["channel", "person"], index_where=WAITING))
    mine = sa.select(PlatformRequest).filter_by(channel=channel, person=values["person"], state=RECEIVED)
    found = session.scalars(mine).one()
    if found.code == code:
        raising.raise_alert(session, WANTED, f"{channel}:{code}", "", now=now)
    return found


def find(session: Session, code: str) -> PlatformRequest | None:
    """Any text may be asked for."""
    known = len(code) == CODE_LENGTH and set(code) <= set(CODE_ALPHABET)
    return session.scalar(sa.select(PlatformRequest).filter_by(code=code)) if known else None


def settle(session: Session, code: str, outcome: str, *, by: str, now: datetime) -> PlatformRequest:
    """A person has seen to it: `erased`, or `nobody` when no data was found. The first word stays until `reopen`.

    `erased` erases the customer a request is matched to, whatever they had asked besides; where nobody is matched it is
    the word of whoever did. Raises PlatformRequestNotFound, BadOutcome.
    """
    if outcome not in OUTCOMES:
        raise BadOutcome(outcome)
    if (matched := _matched(session, code)) is not None and outcome == ERASED:
        profiles.lock(session, matched.id)  # the customer first, as everywhere
    request = _lock(session, code)
    if request.state == RECEIVED:
        if matched is not None and outcome == ERASED:
            requests.erase(session, matched.id, by=by, now=now)
            request.name_there = keyring(session).seal(b"", _place(code))
        request.state, request.settled_at, request.settled_by = outcome, now, by
        raising.close(session, WANTED, _subject(request), now=now)
        session.flush()
    return request


def reopen(session: Session, code: str, *, now: datetime) -> PlatformRequest:
    """It waits again. Raises PlatformRequestNotFound, ErasedForGood."""
    request = _lock(session, code)
    if request.state == ERASED and request.customer_id is not None:
        raise ErasedForGood
    newer = sa.select(PlatformRequest.id).filter_by(channel=request.channel, person=request.person, state=RECEIVED)
    if request.state != RECEIVED and session.scalar(newer) is None:
        request.state, request.settled_at, request.settled_by = RECEIVED, None, None
        raising.raise_alert(session, WANTED, _subject(request), "", now=now)
        session.flush()
    return request


def list_open(session: Session, *, limit: int = 200) -> Sequence[PlatformRequest]:
    """Those nobody has seen to, the oldest first."""
    query = sa.select(PlatformRequest).filter_by(state=RECEIVED).order_by(PlatformRequest.id)
    return session.scalars(query.limit(limit)).all()


def list_settled(session: Session, *, before: int | None = None, limit: int = 50) -> Sequence[PlatformRequest]:
    """The others, newest first; `before` is the last id of the page before."""
    query = sa.select(PlatformRequest).where(PlatformRequest.state != RECEIVED)
    query = query.order_by(PlatformRequest.id.desc()).limit(limit)
    return session.scalars(query if before is None else query.where(PlatformRequest.id < before)).all()


def customer_of(session: Session, request: PlatformRequest) -> Customer | None:
    """Whom it is matched to, under the record they are kept under now."""
    if request.customer_id is None:
        return None
    return profiles.survivor(session, profiles.get(session, request.customer_id))


def get(session: Session, code: str) -> PlatformRequest:
    """Any text may be asked for. Raises PlatformRequestNotFound."""
    if (found := find(session, code)) is None:
        raise PlatformRequestNotFound(code[:CODE_LENGTH])
    return found


def name_there(session: Session, request: PlatformRequest) -> str:
    """The platform's name of the person; "" once they are erased."""
    return keyring(session).open(request.name_there, _place(request.code)).decode()


def _matched(session: Session, code: str) -> Customer | None:
    found = find(session, code)
    return customer_of(session, found) if found is not None else None


def _customer(session: Session, channel: str, name: str) -> int | None:
    """Whose chat bears exactly this name. App-scoped names do not; a page-scoped one would."""
    query = (
        sa.select(ChannelIdentity.customer_id)
        .join(ChannelAccount, ChannelAccount.id == ChannelIdentity.channel_account_id)
        .where(ChannelAccount.kind == channel, ChannelIdentity.user_id == name)
    )
    return session.scalar(query.limit(1))


def _lock(session: Session, code: str) -> PlatformRequest:
    query = sa.select(PlatformRequest).filter_by(code=code).with_for_update()
    found = session.scalar(query, execution_options={"populate_existing": True})
    if found is None:
        raise PlatformRequestNotFound(code[:CODE_LENGTH])
    return found


def _subject(request: PlatformRequest) -> str:
    return f"{request.channel}:{request.code}"


def _place(code: str) -> bytes:
    return crypto.aad("platform_request", "name_there", code)
