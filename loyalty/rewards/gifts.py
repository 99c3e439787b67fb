"""Vouchers that cost no points, given to many at once: a redemption each, of price 0, used like any other.

Whoever calls holds no reward's row yet. Nobody has a code before it is drawn here, and nobody has another's.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.customers.models import CustomerStats
from loyalty.db import keyring, new_public_id
from loyalty.rewards import catalogue, codes
from loyalty.rewards.models import Kind, Redemption, Reward, State, VoucherCode

LISTED = 500  # values of one condition
UNSENT = "unsent"  # ended by: nobody was told of it


@dataclass(frozen=True, slots=True)
class Wanted:
    """Somebody who is to have one; the same `key` has one only."""

    customer_id: int
    key: str


def left(session: Session, reward: Reward) -> int | None:
    """How many can still be given; None: no end."""
    if reward.archived_at is not None:
        return 0
    ends = [] if reward.stock is None else [reward.stock]
    if reward.budget is not None and reward.cost:
        ends.append((reward.budget - reward.spent) // reward.cost)
    return max(min(ends), 0) if ends else None


def draw(
    session: Session, reward_id: int, wanted: Sequence[Wanted], *, actor: str, valid_on: date, now: datetime
) -> Mapping[str, int]:
    """Give one to each, in their order, as far as there are: redemption ids by key. Who has one keeps it.

    One that was taken back is given again, through `valid_on`. A reward of codes is handed over with that.
    """
    if not wanted:
        return {}
    reward = session.get_one(Reward, reward_id, with_for_update=True, populate_existing=True)
    known = {each.key: each for each in _of_keys(session, [each.key for each in wanted])}
    lacking = [each for each in wanted if each.key not in known or known[each.key].state == State.CANCELLED]
    most = left(session, reward)
    given = lacking if most is None else lacking[:most]
    again = [known[each.key] for each in given if each.key in known]
    for redemption in again:
        redemption.ended_at, redemption.valid_on, redemption.cost = None, valid_on, reward.cost
        _put(redemption, reward, actor, now)
    fresh = [each for each in given if each.key not in known]
    _insert(session, reward, fresh, actor, valid_on, now)
    _take(session, reward, len(given))
    have = {each.key: each for each in _of_keys(session, [each.key for each in wanted])}
    ids = {key: each.id for key, each in have.items() if each.state != State.CANCELLED}
    if reward.kind == Kind.CODE:
        _give_codes(session, reward, [ids[each.key] for each in given])
    return ids


def take_back(session: Session, redemption_ids: Collection[int], *, now: datetime) -> int:
    """What its customer was never told of is there for somebody else; how many. What was used stays."""
    ids = list(redemption_ids)
    rows = [row for start in range(0, len(ids), LISTED) for row in _unused(session, ids[start : start + LISTED])]
    _hold_customers(session, {row.customer_id for row in rows})
    count = 0
    for reward_id in sorted({row.reward_id for row in rows}):
        reward = session.get_one(Reward, reward_id, with_for_update=True, populate_existing=True)
        mine = _end(session, reward, [row.id for row in rows if row.reward_id == reward_id], now)
        count += mine
    return count


def _of_keys(session: Session, keys: Sequence[str]) -> list[Redemption]:
    found: list[Redemption] = []
    for start in range(0, len(keys), LISTED):
        query = sa.select(Redemption).where(Redemption.key.in_(keys[start : start + LISTED]))
        found += session.scalars(query, execution_options={"populate_existing": True})
    return found


def _put(redemption: Redemption, reward: Reward, actor: str, now: datetime) -> None:
    redemption.state = State.FULFILLED if reward.kind == Kind.CODE else State.HELD
    redemption.fulfilled_at = now if reward.kind == Kind.CODE else None
    redemption.fulfilled_by = actor if reward.kind == Kind.CODE else None


def _insert(
    session: Session, reward: Reward, fresh: Sequence[Wanted], actor: str, valid_on: date, now: datetime
) -> None:
    if not fresh:
        return
    drawn = _codes(session, len(fresh))
    today, keys, is_shown = shop.of(session).day(now), keyring(session), reward.kind == Kind.CODE
    rows: list[dict[str, Any]] = []
    for each, (code, hashed) in zip(fresh, drawn.items(), strict=True):
        public_id = new_public_id()
        rows.append(
            {
                "public_id": public_id,
                "key": each.key,
                "code_hash": hashed,
                "code": codes.seal(keys, code, public_id),
                "reward_id": reward.id,
                "customer_id": each.customer_id,
                "state": State.FULFILLED if is_shown else State.HELD,
                "price": 0,
                "cost": reward.cost,
                "actor": actor,
                "requested_at": now,
                "requested_on": today,
                "valid_on": valid_on,
                "fulfilled_at": now if is_shown else None,
                "fulfilled_by": actor if is_shown else None,
            }
        )
    session.flush()
    session.execute(sa.insert(Redemption), rows)


def _codes(session: Session, count: int) -> dict[str, bytes]:
    """New codes nobody has or had, with what each is looked up by."""
    keys = keyring(session)
    found: dict[str, bytes] = {}
    while len(found) < count:
        drawn = {code: codes.hash_of(keys, code) for code in (codes.draw() for _ in range(count - len(found)))}
        hashes = list(drawn.values())
        taken: set[bytes] = set()
        for start in range(0, len(hashes), LISTED):
            query = sa.select(Redemption.code_hash).where(Redemption.code_hash.in_(hashes[start : start + LISTED]))
            taken |= set(session.scalars(query))
        found |= {code: hashed for code, hashed in drawn.items() if hashed not in taken}
    return found


def _take(session: Session, reward: Reward, count: int) -> None:
    if count:
        reward.stock = None if reward.stock is None else reward.stock - count
        reward.held += 0 if reward.kind == Kind.CODE else count
        reward.spent += reward.cost * count
        session.flush()


def _give_codes(session: Session, reward: Reward, redemption_ids: Sequence[int]) -> None:
    """The oldest free codes, one each: the reward's row is locked, so nobody else is choosing."""
    free = sa.select(VoucherCode.id).filter_by(reward_id=reward.id, redemption_id=None).order_by(VoucherCode.id)
    chosen = session.scalars(free.limit(len(redemption_ids))).all()
    if len(chosen) < len(redemption_ids):
        raise catalogue.OutOfStock(number=reward.number)
    pairs = [{"id": code, "redemption_id": mine} for code, mine in zip(chosen, redemption_ids, strict=True)]
    session.execute(sa.update(VoucherCode), pairs)


class _Unused(NamedTuple):
    id: int
    customer_id: int
    reward_id: int


def _unused(session: Session, ids: Sequence[int]) -> list[_Unused]:
    is_gift = sa.and_(Redemption.price == 0, Redemption.id.in_(ids), Redemption.state.in_(_OPEN))
    query = sa.select(Redemption.id, Redemption.customer_id, Redemption.reward_id).where(is_gift)
    return [_Unused(*row) for row in session.execute(query)]


def _hold_customers(session: Session, customer_ids: Collection[int]) -> None:
    """Be the one writer of each, in one order: a code is not taken back while it is being used."""
    ids = sorted(customer_ids)
    for start in range(0, len(ids), LISTED):
        some = sa.select(CustomerStats.customer_id).where(CustomerStats.customer_id.in_(ids[start : start + LISTED]))
        session.execute(some.order_by(CustomerStats.customer_id).with_for_update())


def _end(session: Session, reward: Reward, ids: Sequence[int], now: datetime) -> int:
    state = State.FULFILLED if reward.kind == Kind.CODE else State.HELD
    ended: list[int] = []
    for start in range(0, len(ids), LISTED):
        change = (
            sa.update(Redemption)
            .where(Redemption.id.in_(ids[start : start + LISTED]), Redemption.state == state)
            .values(state=State.CANCELLED, ended_at=now, ended_key=UNSENT, fulfilled_at=None, fulfilled_by=None)
            .returning(Redemption.id)
            .execution_options(synchronize_session=False)
        )
        ended += session.scalars(change).all()
    freed = sa.update(VoucherCode).values(redemption_id=None).execution_options(synchronize_session=False)
    for start in range(0, len(ended), LISTED):
        session.execute(freed.where(VoucherCode.redemption_id.in_(ended[start : start + LISTED])))
    _take(session, reward, -len(ended))
    session.expire_all()
    return len(ended)


_OPEN = (State.HELD, State.FULFILLED)
