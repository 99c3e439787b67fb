"""Passwords of the console: argon2id, long enough, and none that is tried first."""

import re
import unicodedata
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore
from typing import NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import Session

from loyalty import crypto, shop
from loyalty.db import keyring
from loyalty.errors import RuleViolation
from loyalty.staff import access, accounts, audit, credentials, sessions
from loyalty.staff.audit import Author
from loyalty.staff.models import StaffMember
from loyalty.typed import fold

LEAST = 10  # characters
ADVISED = 15
MOST = 200
COMMON = Path(__file__).with_name("common_passwords.txt")

_HASHER = PasswordHasher()
_AT_ONCE = BoundedSemaphore(2)  # each takes 64 MiB
_NO_LETTER = re.compile(r"[\W\d_]+")


class PasswordTooShort(RuleViolation):
    """Fewer than `least` characters."""

    code = "password_too_short"

    def __init__(self) -> None:
        super().__init__(least=LEAST, advised=ADVISED)


class PasswordTooLong(RuleViolation):
    """More than `most` characters."""

    code = "password_too_long"

    def __init__(self) -> None:
        super().__init__(most=MOST)


class PasswordGuessable(RuleViolation):
    """One that is tried first; `reason`: own_name, shop_name, common."""

    code = "password_guessable"

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)


class Match(NamedTuple):
    """Whether a password is the one, and its hash by today's parameters when the kept one is by older ones."""

    is_right: bool
    renewed: str | None = None


def choose(session: Session, member: StaffMember, password: str, *, by: Author, now: datetime) -> None:
    """From now on this is the person's password: they are signed out everywhere, and links that are out lead nowhere.

    Raises PasswordTooShort, PasswordTooLong, PasswordGuessable; StaffNotFound for somebody who left.
    """
    refuse_weak(session, member, password)
    with _AT_ONCE:
        hashed = _HASHER.hash(_bytes(password))
    credentials.put(session, member, password=_sealed(session, member, hashed), password_set_at=now)
    access.end_links(session, member.id)
    ended = sessions.end_all(session, member.id, now=now)
    audit.record_by(session, by, "password_set", f"staff:{member.public_id}", detail={"sessions": ended}, now=now)


def refuse_weak(session: Session, member: StaffMember, password: str) -> None:
    """Raises PasswordTooShort, PasswordTooLong, PasswordGuessable."""
    if len(unicodedata.normalize("NFKC", password)) < LEAST:
        raise PasswordTooShort
    if len(password) > MOST:
        raise PasswordTooLong
    letters = _letters(password)
    for reason, name in (("own_name", accounts.name_of(session, member)), ("shop_name", shop.of(session).name)):
        if letters and letters == _letters(name):
            raise PasswordGuessable(reason)
    if is_common(password):
        raise PasswordGuessable("common")


def is_common(password: str) -> bool:
    """Among the first that are tried: on the list, one character again and again, or straight along the keys."""
    plain = "".join(fold.fold(password).split())
    return len(set(plain)) < 4 or plain in _common()


def kept(session: Session, member: StaffMember) -> str | None:
    """The hash of somebody's password; None when they never chose one."""
    credential = credentials.find(session, member)
    if credential is None or credential.password is None:
        return None
    return keyring(session).open(credential.password, _place(member)).decode()


def match(hashed: str | None, password: str) -> Match:
    """Whether this is the password of the hash. No database; without a hash the same work, and no."""
    nobodys = _dummy()
    with _AT_ONCE:
        try:
            _HASHER.verify(hashed or nobodys, _bytes(password))
        except (VerificationError, InvalidHashError):
            return Match(False)
        if hashed is None:
            return Match(False)
        return Match(True, _HASHER.hash(_bytes(password)) if _HASHER.check_needs_rehash(hashed) else None)


def renew(session: Session, member: StaffMember, found: Match) -> None:
    """Keep the hash by today's parameters, when there is one."""
    if found.renewed is not None:
        credentials.put(session, member, password=_sealed(session, member, found.renewed))


def _sealed(session: Session, member: StaffMember, hashed: str) -> bytes:
    return keyring(session).seal(hashed.encode(), _place(member))


@cache
def _dummy() -> str:
    """What the password of somebody nobody knows is compared with."""
    return _HASHER.hash(b"nobody's password")


@cache
def _common() -> frozenset[str]:
    return frozenset(COMMON.read_text(encoding="utf-8").split())


def _letters(text: str) -> str:
    return _NO_LETTER.sub("", fold.fold(text))


def _bytes(password: str) -> bytes:
    """The same bytes however a keyboard composes accents."""
    return unicodedata.normalize("NFKC", password).encode(errors="surrogatepass")


def _place(member: StaffMember) -> bytes:
    return crypto.aad("staff_credential", "password", member.public_id)
