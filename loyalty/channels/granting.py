"""A consent of a platform account, from the click that asks for it to the pair of tokens it brings.

Somebody is sent to the platform with a `state` nobody can guess; whoever comes back with it within ten minutes, in the
same browser, brings a code that is exchanged once. What the platform answered is kept beside the request for whoever
waits for it.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import crypto
from loyalty.channels import accounts, tokens
from loyalty.channels.models import ChannelAccount, ChannelToken, GrantRequest
from loyalty.channels.tokens import Pair
from loyalty.db import keyring
from loyalty.errors import RuleViolation

LIVES = timedelta(minutes=10)  # as long as a code of Zalo's
KEPT = timedelta(days=1)
ANY = None  # whichever account consents


class GrantUnknown(RuleViolation):
    """Nobody was sent there with this `state`, or it served already."""

    code = "grant_unknown"


class GrantLate(RuleViolation):
    """The ten minutes are over."""

    code = "grant_late"


class GrantElsewhere(RuleViolation):
    """It began in another browser."""

    code = "grant_elsewhere"


class GrantOther(RuleViolation):
    """Another account consented than was asked for."""

    code = "grant_other_account"


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody is sent off with; `browser` is for the cookie of the browser it began in, "" in a terminal."""

    state: str = field(repr=False)
    verifier: str = field(repr=False)
    browser: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Taken:
    """A request that a code came back for."""

    mark: str
    kind: str
    wanted: str | None
    verifier: str = field(repr=False)
    asked_by: str
    source: str


def ask(
    session: Session,
    kind: str,
    *,
    wanted: str | None,
    verifier: str,
    by: str,
    source: str,
    in_browser: bool,
    now: datetime,
) -> Asked:
    """Note that somebody goes to ask consent of `wanted`, or of any account."""
    state, browser = secrets.token_urlsafe(24), secrets.token_urlsafe(24) if in_browser else ""
    mark = _mark(session, state)
    session.add(
        GrantRequest(
            mark=mark,
            kind=kind,
            wanted=wanted,
            verifier=keyring(session).seal(verifier.encode(), _place(mark)),
            browser=_mark(session, browser) if browser else None,
            asked_by=by,
            source=source,
            asked_at=now,
        )
    )
    session.flush()
    return Asked(state, verifier, browser)


def take(session: Session, kind: str, state: str, *, browser: str, now: datetime) -> Taken:
    """A code came back with this state: it is used up, whatever becomes of the code.

    `browser` is what that browser's cookie holds. Raises GrantUnknown, GrantLate, GrantElsewhere (which use it not).
    """
    query = sa.select(GrantRequest).filter_by(mark=_mark(session, state), kind=kind).with_for_update()
    row = session.scalar(query.execution_options(populate_existing=True))
    if row is None or row.taken_at is not None:
        raise GrantUnknown
    if now - row.asked_at > LIVES:
        raise GrantLate
    if row.browser is not None and row.browser != _mark(session, browser):
        raise GrantElsewhere
    row.taken_at = now
    verifier = keyring(session).open(row.verifier, _place(row.mark)).decode()
    session.flush()
    return Taken(row.mark, row.kind, row.wanted, verifier, row.asked_by, row.source)


def keep(
    session: Session, taken: Taken, external_id: str, pair: Pair, *, window: timedelta, now: datetime
) -> ChannelAccount:
    """The pair of a consent: the account's new grant, with which it may send again unless a person switched it off."""
    account = accounts.ensure(session, taken.kind, external_id, window=window, now=now)
    tokens.regrant(session, account.id, pair, now=now)
    if account.stopped_at is not None and account.stopped_reason != accounts.BY_HAND:
        accounts.resume(session, account.id)
    _end(session, taken.mark, external_id=external_id)
    return account


def fail(session: Session, taken: Taken, fault: str) -> None:
    """Nothing came of it; `fault` is the code of the refusal."""
    _end(session, taken.mark, fault=fault)


def outcome(session: Session, state: str) -> tuple[str | None, str | None]:
    """The account that consented and the fault, whichever there is by now."""
    row = session.get(GrantRequest, _mark(session, state), populate_existing=True)
    return (None, None) if row is None else (row.external_id, row.fault)


def granted(session: Session, kind: str) -> list[str]:
    """The accounts of this kind there is a pair of tokens of, oldest first."""
    query = (
        sa.select(ChannelAccount.external_id)
        .join(ChannelToken, ChannelToken.channel_account_id == ChannelAccount.id)
        .where(ChannelAccount.kind == kind)
        .order_by(ChannelAccount.id)
    )
    return list(session.scalars(query))


def _end(session: Session, mark: str, **values: str) -> None:
    session.execute(sa.update(GrantRequest).where(GrantRequest.mark == mark).values(**values))


def _mark(session: Session, secret: str) -> str:
    return keyring(session).look_up("grant request", secret).hex()


def _place(mark: str) -> bytes:
    return crypto.aad("grant_request", "verifier", mark)
