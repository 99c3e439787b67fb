"""Unique codes of a reward: uploaded or generated, each given to one person and never to another."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from loyalty import crypto, entities
from loyalty.db import keyring, new_public_id
from loyalty.errors import RuleViolation
from loyalty.rewards import catalogue
from loyalty.rewards.models import Kind, Redemption, Reward, State, VoucherCode
from loyalty.typed import fold
from loyalty.typed.codes import CODE_ALPHABET

MOST = 20_000  # codes of one upload
LONGEST = 100
SHOWN = 10
GENERATED = 10  # signs: nobody guesses one of a thousand among 30^10


class NoCodes(RuleViolation):
    """Only rewards of codes have a list of them."""

    code = "reward_has_no_codes"


class TooManyCodes(RuleViolation):
    """More than `most` codes at once."""

    code = "too_many_codes"


@dataclass(frozen=True, slots=True)
class Batch:
    """What an upload holds: `fresh` codes in their order, how many are there already, and what is no code."""

    fresh: Sequence[str]
    known: int
    wrong: Sequence[str]  # as typed, shortened


def look(session: Session, reward: Reward, typed: Iterable[str]) -> Batch:
    """What adding these would do; nothing is written. Raises NoCodes, TooManyCodes."""
    if reward.kind != Kind.CODE:
        raise NoCodes
    written = [code for code in (fold.plain(each).strip() for each in typed) if code]
    if len(written) > MOST:
        raise TooManyCodes(most=MOST)
    right = [code for code in written if _is_code(code)]
    fresh = _fresh(session, reward, list(dict.fromkeys(right)))
    wrong = [fold.quote(code, 40) for code in written if not _is_code(code)]
    return Batch(fresh, len(right) - len(fresh), wrong)


def add(session: Session, reward: Reward, typed: Iterable[str], *, now: datetime) -> Batch:
    """Put the fresh ones among the reward's codes, each as one more in stock. The same upload again adds none."""
    session.refresh(reward, with_for_update=True)
    batch = look(session, reward, typed)
    session.add_all(_row(session, reward, code, now) for code in batch.fresh)
    session.flush()
    catalogue.add_stock(session, reward, len(batch.fresh))
    return batch


def generate(session: Session, reward: Reward, count: int, *, now: datetime) -> Batch:
    """So many new codes of our own making."""
    drawn = ("".join(secrets.choice(CODE_ALPHABET) for _ in range(GENERATED)) for _ in range(min(count, MOST)))
    return add(session, reward, drawn, now=now)


def give(session: Session, redemption: Redemption) -> VoucherCode:
    """The oldest free code becomes this redemption's. The reward's row is locked, so nobody else is choosing."""
    free = select(VoucherCode).filter_by(reward_id=redemption.reward_id, redemption_id=None)
    voucher = session.scalars(free.order_by(VoucherCode.id).limit(1)).first()
    if voucher is None:
        raise catalogue.OutOfStock(number=catalogue.get(session, redemption.reward_id).number)
    voucher.redemption_id = redemption.id
    session.flush()
    return voucher


def of(session: Session, redemption: Redemption) -> str | None:
    """The code this redemption gave, in clear; None for other rewards."""
    voucher = session.scalar(select(VoucherCode).filter_by(redemption_id=redemption.id))
    if voucher is None:
        return None
    return _open(session, voucher)


def list_valid(session: Session, customer_id: int, *, today: date) -> Sequence[tuple[Redemption, str]]:
    """The codes a customer was given that hold on a shop day, with what gave them, newest first."""
    given = {each.id: each for each in entities.every(session, _VALID, {"customer": customer_id, "today": today})}
    mine = select(VoucherCode).where(VoucherCode.redemption_id.in_(given)).order_by(VoucherCode.redemption_id.desc())
    codes = session.scalars(mine) if given else ()
    return [(given[each.redemption_id], _open(session, each)) for each in codes if each.redemption_id is not None]


def count_free(session: Session, reward_id: int) -> int:
    query = select(func.count()).select_from(VoucherCode).filter_by(reward_id=reward_id, redemption_id=None)
    return session.scalar(query) or 0


def _is_code(code: str) -> bool:
    return len(code) <= LONGEST and code.isprintable() and " " not in code


def _fresh(session: Session, reward: Reward, written: Sequence[str]) -> list[str]:
    hashed = {_hash(session, code): code for code in written}
    known = set(session.scalars(select(VoucherCode.code_hash).filter_by(reward_id=reward.id)))
    return [code for key, code in hashed.items() if key not in known]


def _row(session: Session, reward: Reward, code: str, now: datetime) -> VoucherCode:
    public_id = new_public_id()
    cell = keyring(session).seal(code.encode(), _place(public_id))
    return VoucherCode(
        public_id=public_id, reward_id=reward.id, code_hash=_hash(session, code), code=cell, added_at=now
    )


def _open(session: Session, voucher: VoucherCode) -> str:
    return keyring(session).open(voucher.code, _place(voucher.public_id)).decode()


def _hash(session: Session, code: str) -> bytes:
    return keyring(session).code_hash("voucher", code)


def _place(public_id: str) -> bytes:
    return crypto.aad("voucher_code", "code", public_id)


_VALID = (
    select(Redemption)
    .where(
        Redemption.customer_id == bindparam("customer"),
        Redemption.state == State.FULFILLED,
        Redemption.valid_on >= bindparam("today"),
        select(VoucherCode.id).where(VoucherCode.redemption_id == Redemption.id).exists(),
    )
    .order_by(Redemption.id.desc())
    .limit(SHOWN)
)
