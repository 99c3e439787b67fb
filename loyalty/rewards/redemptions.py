"""Points exchanged for a reward: requested → held → fulfilled, or cancelled, or expired.

Whoever changes a redemption holds its customer's lock first, then the reward's row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from loyalty import entities, shop
from loyalty.activity import timeline
from loyalty.customers import profiles
from loyalty.customers.models import CustomerStats
from loyalty.db import keyring, new_public_id
from loyalty.errors import Conflict, NotFound, RuleViolation
from loyalty.points import accounts, spending
from loyalty.points.ending import due
from loyalty.points.ledger import IdempotencyConflict
from loyalty.points.returns import reversal
from loyalty.rewards import bills, catalogue, codes, offline, visibility, vouchers
from loyalty.rewards.models import Kind, Redemption, Reward, State, is_open
from loyalty.rewards.offline import Ticket
from loyalty.staff.models import Store

CUSTOMER = "customer"  # the actor of what customers do themselves


class RedemptionNotFound(NotFound):
    """No redemption has this code, number or id."""

    code = "redemption_not_found"


class AlreadyFulfilled(Conflict):
    """It was handed over before, at `at`."""

    code = "already_fulfilled"

    def __init__(self, redemption: Redemption) -> None:
        super().__init__(at=redemption.fulfilled_at)


class RedemptionOver(Conflict):
    """It was cancelled or has expired (`reason`), at `at`."""

    code = "redemption_over"

    def __init__(self, reason: str, at: datetime | None, valid_on: object) -> None:
        super().__init__(reason=reason, at=at, valid_on=valid_on)


class OtherStore(RuleViolation):
    """Only other stores hand this reward over: `stores` are their codes."""

    code = "reward_elsewhere"


class NothingToCancel(NotFound):
    """The customer holds no code they could give back."""

    code = "nothing_to_cancel"


@dataclass(frozen=True, slots=True)
class Redeemed:
    """A redemption, and whether this call made it: the same key gets the first one."""

    redemption: Redemption
    is_new: bool


def redeem(session: Session, customer_id: int, reward_id: int, *, key: str, actor: str, now: datetime) -> Redeemed:
    """Burn the price, keep one aside and draw its code; the same `key` returns the first redemption.

    A reward of codes is handed over with that. All or nothing: the caller undoes what a refusal left (a savepoint).
    Raises CustomerNotFound, Erased, RewardNotFound, NotForYou, NotNow, LimitReached, OutOfStock, BalanceTooLow,
    InsufficientPoints, IdempotencyConflict.
    """
    customer = _settled(session, customer_id, now)
    if (first := find_by_key(session, key)) is not None:
        return _first(first, customer_id, reward_id)
    reward = catalogue.get(session, reward_id)
    if (why := visibility.obstacle(session, reward, customer, now=now)) is not None:
        raise why
    redemption = _request(session, customer_id, reward, key, actor, now)
    least = visibility.needed(session, reward, now=now)
    burn = spending.burn(session, customer_id, reward.price, key=f"redeem:{key}", actor=actor, now=now, minimum=least)
    reward = catalogue.take(session, reward)
    redemption.entry_id, redemption.cost, redemption.state = burn.entry.id, reward.cost, State.HELD
    session.flush()
    _tell(session, redemption, reward, "redemption_requested", now)
    if reward.kind == Kind.CODE:
        vouchers.give(session, redemption)
        _fulfil(session, redemption, reward, actor, key, None, now)
    return Redeemed(redemption, is_new=True)


def fulfil(
    session: Session,
    redemption: Redemption,
    *,
    actor: str,
    key: str,
    store: Store | None,
    bill: int | None = None,
    now: datetime,
) -> bool:
    """Hand it over, at most once; whether this call did. The same `key` again changes nothing.

    `bill`: whole ₫ of the bill it is used with. Raises AlreadyFulfilled, RedemptionOver, OtherStore, BillNeeded,
    BillTooSmall.
    """
    hold(session, redemption)
    if redemption.state == State.FULFILLED and redemption.fulfilled_key == key:
        return False
    _refuse_over(session, redemption, now)
    reward = catalogue.get(session, redemption.reward_id)
    if store is not None and reward.stores and store.code not in reward.stores:
        raise OtherStore(stores=list(reward.stores))
    bills.check(reward, bill)
    _fulfil(session, redemption, reward, actor, key, store, now)
    return True


def cancel(session: Session, redemption: Redemption, *, actor: str, key: str, now: datetime) -> bool:
    """Give exactly the points back, and with them the place in limits and stock; whether this call did.

    What was handed over is taken back with that; of a gift only its use is, and its code holds again. Who may is the
    caller's affair. Raises RedemptionOver.
    """
    hold(session, redemption)
    if redemption.state == State.CANCELLED or redemption.ended_key == key:
        return False
    if redemption.price == 0 and redemption.state == State.FULFILLED:
        return _bring_back(session, redemption, key, now)
    if redemption.state == State.EXPIRED:
        raise RedemptionOver("expired", redemption.ended_at, redemption.valid_on)
    _end(session, redemption, State.CANCELLED, actor, key, now, returns=True)
    return True


def undo_use(session: Session, redemption: Redemption, *, actor: str, key: str, now: datetime) -> bool:
    """Take a hand-over back; whether this call did. A gift nobody used stays as it is. Raises RedemptionOver."""
    if redemption.price == 0 and redemption.state == State.HELD:
        return False
    return cancel(session, redemption, actor=actor, key=key, now=now)


def give_up(session: Session, customer_id: int, *, code: str | None, key: str, now: datetime) -> Redemption:
    """A customer gives a code back they did not use: the one named, else their newest.

    The same `key` gives the same one back once. Raises NothingToCancel, RewardCodeUnclear, AlreadyFulfilled,
    RedemptionOver.
    """
    profiles.lock(session, customer_id)
    if (mine := _to_give_up(session, customer_id, code, key)) is None:
        raise NothingToCancel
    if mine.state == State.FULFILLED:
        raise AlreadyFulfilled(mine)
    cancel(session, mine, actor=CUSTOMER, key=key, now=now)
    return mine


def expire(session: Session, redemption: Redemption, *, now: datetime) -> bool:
    """End one nobody used in time; whether it was still open. Its points come back where the reward says so."""
    hold(session, redemption)
    if redemption.state != State.HELD or redemption.valid_on >= shop.of(session).day(now):
        return False
    returns = catalogue.get(session, redemption.reward_id).returns_points
    _end(session, redemption, State.EXPIRED, "programme", f"expire:{redemption.public_id}", now, returns=returns)
    return True


def hold(session: Session, redemption: Redemption) -> None:
    """Be the one writer of its customer, and see it as it is now."""
    profiles.lock(session, redemption.customer_id)
    session.refresh(redemption)


def find_by_key(session: Session, key: str) -> Redemption | None:
    return session.scalar(select(Redemption).filter_by(key=key))


def find_by_code(session: Session, code: str) -> Redemption | None:
    """The redemption of a code in whatever way it was typed, or of a scanned text. Raises RewardCodeUnclear."""
    hashed = codes.hash_of(keyring(session), codes.parse(offline.code_in(code)))
    return session.scalar(select(Redemption).filter_by(code_hash=hashed))


def find_by_entry(session: Session, entry_id: int) -> Redemption | None:
    """The redemption whose points this movement took, or gave back."""
    mine = (Redemption.entry_id == entry_id) | (Redemption.returned_id == entry_id)
    return session.scalar(select(Redemption).where(mine))


def get_by_code(session: Session, code: str) -> Redemption:
    """Raises RewardCodeUnclear, RedemptionNotFound."""
    if (found := find_by_code(session, code)) is None:
        raise RedemptionNotFound
    return found


def get_public(session: Session, public_id: str) -> Redemption:
    """Raises RedemptionNotFound."""
    if (found := session.scalar(select(Redemption).filter_by(public_id=public_id))) is None:
        raise RedemptionNotFound
    return found


def list_open(session: Session, customer_id: int, *, now: datetime) -> Sequence[Redemption]:
    """The codes a customer holds and can use today, those that end first before the others."""
    today = shop.of(session).day(now)
    return entities.every(session, _OPEN, {"customer": customer_id, "today": today})


def list_newest(
    session: Session,
    *,
    customer_id: int | None = None,
    reward_id: int | None = None,
    state: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Sequence[Redemption]:
    """A page of redemptions, newest first; `before` is the id of the last one of the page before."""
    query = select(Redemption).order_by(Redemption.id.desc()).limit(limit)
    wanted = {"customer_id": customer_id, "reward_id": reward_id, "state": state}
    query = query.filter_by(**{name: value for name, value in wanted.items() if value is not None})
    return session.scalars(query if before is None else query.where(Redemption.id < before)).all()


def list_due(session: Session, today: Any, *, after: int, limit: int) -> Sequence[int]:
    """Ids of open redemptions that ended before a shop day, ascending."""
    query = select(Redemption.id).where(is_open(Redemption), Redemption.valid_on < today, Redemption.id > after)
    return session.scalars(query.order_by(Redemption.id).limit(limit)).all()


def code_of(session: Session, redemption: Redemption) -> str:
    """The eight signs, to be shown to whom they belong."""
    return codes.unseal(keyring(session), redemption.code, redemption.public_id)


def ticket_text(session: Session, redemption: Redemption) -> str:
    """What its QR code says: the code and the signature a till checks."""
    number = catalogue.get(session, redemption.reward_id).number
    return offline.sign(keyring(session), Ticket(code_of(session, redemption), redemption.valid_on, number))


def is_usable(session: Session, redemption: Redemption, *, now: datetime) -> bool:
    return redemption.state == State.HELD and redemption.valid_on >= shop.of(session).day(now)


def ends_at(session: Session, redemption: Redemption) -> datetime:
    """The first instant its code holds no more."""
    return shop.of(session).midnight(redemption.valid_on + timedelta(days=1))


def _settled(session: Session, customer_id: int, now: datetime) -> CustomerStats:
    """Be the customer's one writer, with whatever is due today counted. Raises CustomerNotFound, Erased."""
    stats = profiles.hold_living(session, customer_id)
    account, _rules = accounts.lock(session, customer_id, shop.of(session).day(now))
    due.settle(session, account, now=now)
    session.refresh(stats)
    return stats


def _request(session: Session, customer_id: int, reward: Reward, key: str, actor: str, now: datetime) -> Redemption:
    today, keys, public_id = shop.of(session).day(now), keyring(session), new_public_id()
    code = _fresh_code(session)
    redemption = Redemption(
        public_id=public_id,
        key=key,
        code_hash=codes.hash_of(keys, code),
        code=codes.seal(keys, code, public_id),
        reward_id=reward.id,
        customer_id=customer_id,
        state=State.REQUESTED,
        price=reward.price,
        cost=reward.cost,
        actor=actor,
        requested_at=now,
        requested_on=today,
        valid_on=visibility.last_day(today, reward),
    )
    session.add(redemption)
    session.flush()
    return redemption


def _fresh_code(session: Session) -> str:
    """Nobody's, past or present: one of seven signs of thirty each is taken once in a lifetime of any shop."""
    while find_by_code(session, code := codes.draw()) is not None:
        pass
    return code


def _fulfil(
    session: Session, redemption: Redemption, reward: Reward, actor: str, key: str, store: Store | None, now: datetime
) -> None:
    redemption.state, redemption.fulfilled_at = State.FULFILLED, now
    redemption.fulfilled_by, redemption.fulfilled_key = actor, key
    redemption.store_id = store.id if store is not None else None
    session.flush()
    catalogue.hand_over(session, reward.id)
    _tell(session, redemption, reward, "redemption_fulfilled", now)


def _end(
    session: Session, redemption: Redemption, state: State, actor: str, key: str, now: datetime, *, returns: bool
) -> None:
    was_held = redemption.state == State.HELD
    if returns and redemption.entry_id is not None:
        back = reversal.give_back(session, redemption.entry_id, actor=actor, key=f"return:{key}", now=now)
        redemption.returned_id = back.entry.id
    redemption.state, redemption.ended_at, redemption.ended_key = state, now, key
    session.flush()
    reward = catalogue.get(session, redemption.reward_id)
    catalogue.put_back(
        session, reward.id, redemption.cost, was_held=was_held, is_whole=was_held or reward.kind != Kind.CODE
    )
    _tell(session, redemption, reward, f"redemption_{state}", now)


def _bring_back(session: Session, redemption: Redemption, key: str, now: datetime) -> bool:
    """A gift that was handed over by mistake can be used again, through its last day; a code once shown cannot."""
    reward = catalogue.get(session, redemption.reward_id)
    if reward.kind == Kind.CODE:
        return False
    redemption.state, redemption.ended_key = State.HELD, key
    redemption.fulfilled_at = redemption.fulfilled_by = redemption.fulfilled_key = redemption.store_id = None
    session.flush()
    catalogue.hold_again(session, reward.id)
    _tell(session, redemption, reward, "redemption_cancelled", now)
    return True


def _to_give_up(session: Session, customer_id: int, code: str | None, key: str) -> Redemption | None:
    """What `key` gave back before; else the one named, else the newest that is held. A gift is not given back."""
    mine = select(Redemption).filter_by(customer_id=customer_id).where(Redemption.price > 0)
    if (given := session.scalar(mine.filter_by(ended_key=key))) is not None:
        return given
    if code:
        found = find_by_code(session, code)
        return found if found is not None and found.customer_id == customer_id and found.price > 0 else None
    return session.scalar(mine.where(is_open(Redemption)).order_by(Redemption.id.desc()).limit(1))


def _refuse_over(session: Session, redemption: Redemption, now: datetime) -> None:
    if redemption.state == State.FULFILLED:
        raise AlreadyFulfilled(redemption)
    if redemption.state != State.HELD:
        raise RedemptionOver(redemption.state, redemption.ended_at, redemption.valid_on)
    if not is_usable(session, redemption, now=now):
        raise RedemptionOver("expired", None, redemption.valid_on)


def _first(redemption: Redemption, customer_id: int, reward_id: int) -> Redeemed:
    if (redemption.customer_id, redemption.reward_id) != (customer_id, reward_id):
        raise IdempotencyConflict(key=redemption.key)
    return Redeemed(redemption, is_new=False)


def _tell(session: Session, redemption: Redemption, reward: Reward, kind: str, now: datetime) -> None:
    """A row for the timeline. Points that came back name the movement that brought them."""
    data = {
        "redemption": redemption.public_id,
        "reward": reward.public_id,
        "number": reward.number,
        "name": dict(reward.name),
        "entry": redemption.returned_id or redemption.entry_id,
        "points": redemption.price if redemption.returned_id is not None else -redemption.price,
    }
    timeline.record(session, redemption.customer_id, kind, at=now, data=data)


_OPEN = (
    select(Redemption)
    .where(
        Redemption.customer_id == bindparam("customer"), is_open(Redemption), Redemption.valid_on >= bindparam("today")
    )
    .order_by(Redemption.valid_on, Redemption.id)
)
