"""The second proof beside a password: codes of an authenticator, and recovery codes for the day it is lost."""

import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

import pyotp
from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from loyalty import crypto, shop
from loyalty.db import keyring
from loyalty.errors import Conflict, RuleViolation
from loyalty.staff import accounts, audit, credentials
from loyalty.staff.audit import Author
from loyalty.staff.models import RecoveryCode, Role, StaffCredential, StaffMember
from loyalty.typed.codes import CODE_ALPHABET, normalise_code

STEP = 30  # seconds a code of the authenticator stands for
EITHER_SIDE = 1  # steps a clock may be off
DIGITS = 6
RECOVERY_CODES = 8
RECOVERY_LENGTH = 10


class WrongSecondCode(RuleViolation):
    """Not a code of the authenticator now, or one that was used before."""

    code = "wrong_second_code"


class SecondFactorOn(Conflict):
    """The second factor is on already; switch it off first."""

    code = "second_factor_on"


class SecondFactorNeeded(RuleViolation):
    """An owner of a real shop does not do without."""

    code = "second_factor_needed"


def is_required(session: Session, member: StaffMember) -> bool:
    """Owners have one; in a demo shop they may do without."""
    return member.role == Role.OWNER and not shop.of(session).demo


def is_on(session: Session, member: StaffMember) -> bool:
    credential = credentials.find(session, member)
    return credential is not None and credential.totp_since is not None


def is_due(session: Session, member: StaffMember) -> bool:
    """Whether a password alone does not let this person in."""
    return is_on(session, member) or is_required(session, member)


def prepare(session: Session, member: StaffMember) -> None:
    """Draw a secret for an authenticator, unless one waits to be confirmed. Raises SecondFactorOn."""
    if is_on(session, member):
        raise SecondFactorOn
    if pending(session, member) is not None:
        return
    sealed = keyring(session).seal(pyotp.random_base32().encode(), _place(member))
    credentials.put(session, member, totp_secret=sealed)


def pending(session: Session, member: StaffMember) -> str | None:
    """The secret that waits to be confirmed, in base32."""
    return None if is_on(session, member) else kept(session, member)


def kept(session: Session, member: StaffMember) -> str | None:
    """The secret of the authenticator, confirmed or not, in base32."""
    credential = credentials.find(session, member)
    if credential is None or credential.totp_secret is None:
        return None
    return keyring(session).open(credential.totp_secret, _place(member)).decode()


def address(session: Session, member: StaffMember, secret: str) -> str:
    """The `otpauth:` address authenticators read from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(
        name=accounts.name_of(session, member), issuer_name=shop.of(session).name
    )


def confirm(session: Session, member: StaffMember, code: str, *, by: Author, now: datetime) -> list[str]:
    """Ask for the second factor from now on; the recovery codes, which cannot be had again. Raises WrongSecondCode."""
    secret = pending(session, accounts.lock(session, member.id))
    if secret is None:
        raise SecondFactorOn
    step = _step_of(secret, code, now)
    if step is None:
        raise WrongSecondCode
    credentials.put(session, member, totp_since=now, totp_step=step)
    codes = _draw_codes(session, member)
    audit.record_by(session, by, "second_factor_on", f"staff:{member.public_id}", now=now)
    return codes


def take(session: Session, member: StaffMember, code: str, *, now: datetime) -> bool:
    """Whether this is a code of the authenticator now, or a recovery code; either is taken once."""
    secret = kept(session, member) if is_on(session, member) else None
    if secret is None:
        return False
    step = _step_of(secret, code, now)
    return _take_recovery_code(session, member, code, now) if step is None else _take_step(session, member, step)


def switch_off(session: Session, member: StaffMember, *, by: Author, now: datetime) -> None:
    """Ask for the password alone. Raises SecondFactorNeeded."""
    if is_required(session, member):
        raise SecondFactorNeeded
    forget(session, member)
    audit.record_by(session, by, "second_factor_off", f"staff:{member.public_id}", now=now)


def forget(session: Session, member: StaffMember) -> None:
    """No authenticator and no recovery code of this person is good any more."""
    credentials.put(session, member, totp_secret=None, totp_since=None, totp_step=None)
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == member.id))


def renew_codes(session: Session, member: StaffMember, *, by: Author, now: datetime) -> list[str]:
    """New recovery codes; the earlier ones end."""
    codes = _draw_codes(session, member)
    audit.record_by(session, by, "recovery_codes_renewed", f"staff:{member.public_id}", now=now)
    return codes


def count_codes(session: Session, member: StaffMember) -> int:
    """How many recovery codes are left."""
    query = select(func.count()).select_from(RecoveryCode)
    return session.scalar(query.where(RecoveryCode.staff_id == member.id, RecoveryCode.used_at.is_(None))) or 0


def _draw_codes(session: Session, member: StaffMember) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == member.id))
    codes = ["".join(secrets.choice(CODE_ALPHABET) for _ in range(RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(staff_id=member.id, code_hash=_code_hash(session, member, code)) for code in codes)
    session.flush()
    half = RECOVERY_LENGTH // 2
    return [f"{code[:half]}-{code[half:]}" for code in codes]


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """Which step near now this is the code of."""
    typed = normalise_code(code)
    if not (len(typed) == DIGITS and typed.isascii() and typed.isdigit()):
        return None
    totp, current = pyotp.TOTP(secret), int(now.timestamp()) // STEP
    near: Sequence[int] = range(current - EITHER_SIDE, current + EITHER_SIDE + 1)
    return next((step for step in near if hmac.compare_digest(totp.generate_otp(step), typed)), None)


def _take_step(session: Session, member: StaffMember, step: int) -> bool:
    """A code seen over a shoulder is of no use: each step, and each before it, is taken once."""
    unused: ColumnElement[bool] = or_(StaffCredential.totp_step.is_(None), StaffCredential.totp_step < step)
    taking = update(StaffCredential).where(StaffCredential.staff_id == member.id, unused).values(totp_step=step)
    return session.scalar(taking.returning(StaffCredential.staff_id)) is not None


def _take_recovery_code(session: Session, member: StaffMember, code: str, now: datetime) -> bool:
    hashed = _code_hash(session, member, normalise_code(code))
    unused = (RecoveryCode.code_hash == hashed, RecoveryCode.used_at.is_(None))
    return (
        session.scalar(update(RecoveryCode).where(*unused).values(used_at=now).returning(RecoveryCode.id)) is not None
    )


def _code_hash(session: Session, member: StaffMember, code: str) -> bytes:
    return keyring(session).code_hash(f"recovery|{member.public_id}", code)


def _place(member: StaffMember) -> bytes:
    return crypto.aad("staff_credential", "totp_secret", member.public_id)
