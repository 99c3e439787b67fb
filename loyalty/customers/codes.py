"""The code a customer shows at the counter: six signs, five minutes, kept as a keyed hash."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.customers.models import MemberCode
from loyalty.db import keyring
from loyalty.typed.codes import CODE_ALPHABET, MEMBER_CODE_LENGTH, is_member_code, normalise_code

LIFE = timedelta(minutes=5)


def issue_member_code(session: Session, customer_id: int, identity_id: int | None, *, now: datetime) -> str:
    """A new code of this customer, shown in the chat `identity_id`; the chat's earlier codes are void.

    Within its life it may be used more than once: an award, then a redemption.
    """
    old = or_(MemberCode.identity_id.is_not_distinct_from(identity_id), MemberCode.expires_at <= now)
    session.execute(delete(MemberCode).where(MemberCode.customer_id == customer_id, old))
    code = _draw()
    while not _keep(session, customer_id, identity_id, code, now):
        code = _draw()
    return code


def find_by_code(session: Session, code: str, *, now: datetime) -> MemberCode | None:
    """The living code that was typed like this, in any case, with spaces or dashes; any text may be asked for."""
    if not is_member_code(code):
        return None
    hashed = _hash(session, normalise_code(code))
    return session.scalar(select(MemberCode).where(MemberCode.code_hash == hashed, MemberCode.expires_at > now))


def void(session: Session, identity_id: int) -> None:
    """The codes shown in this chat open nothing any more."""
    session.execute(delete(MemberCode).where(MemberCode.identity_id == identity_id))


def prune(session: Session, *, now: datetime) -> None:
    """Drop what has expired."""
    session.execute(delete(MemberCode).where(MemberCode.expires_at <= now))


def _draw() -> str:
    """A code nobody can take for an amount of money."""
    while True:
        code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(MEMBER_CODE_LENGTH))
        if is_member_code(code):
            return code


def _keep(session: Session, customer_id: int, identity_id: int | None, code: str, now: datetime) -> bool:
    """False when somebody else's code is the same, living or not yet pruned."""
    values = {
        "customer_id": customer_id,
        "identity_id": identity_id,
        "code_hash": _hash(session, code),
        "expires_at": now + LIFE,
    }
    statement = upsert.insert(session, MemberCode).values(values).on_conflict_do_nothing(index_elements=["code_hash"])
    return session.scalar(statement.returning(MemberCode.id)) is not None


def _hash(session: Session, code: str) -> bytes:
    return keyring(session).code_hash("member", code)
