"""A customer brings a friend: written down once, for somebody new, never for oneself."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.activity import timeline
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.db import new_public_id
from loyalty.errors import Conflict, NotFound, RuleViolation
from loyalty.points.counter import orders
from loyalty.programme import versions
from loyalty.programme.document import Scope
from loyalty.purchases.models import Purchase
from loyalty.referrals import codes
from loyalty.referrals.codes import ReferralCodeUnknown
from loyalty.referrals.models import Referral, State
from loyalty.staff.models import StaffMember

CUSTOMER = "customer"
WITHDRAWN = "withdrawn"
LONGEST_CHAIN = 50


class ReferralsOff(RuleViolation):
    """The rules of today give nothing for a referral."""

    code = "referrals_off"


class OwnReferral(RuleViolation):
    """The code is their own, or of somebody they brought themselves."""

    code = "own_referral"


class NotNew(RuleViolation):
    """They have bought here before: nobody brings them any more."""

    code = "referral_not_new"


class AlreadyBrought(Conflict):
    """Somebody else brought them."""

    code = "already_brought"


class ReferralNotFound(NotFound):
    """No referral has this id."""

    code = "referral_not_found"


class ReferralOver(Conflict):
    """It was paid or ended already: `state`."""

    code = "referral_over"


def is_on(session: Session, *, now: datetime) -> bool:
    """Whether bringing a friend brings anything today."""
    return any(rule.scope is Scope.REFERRAL for rule in versions.at(session, shop.of(session).day(now)).rules)


def bring(
    session: Session,
    friend_id: int,
    code: str,
    *,
    how: str,
    now: datetime,
    actor: str = CUSTOMER,
    by: StaffMember | None = None,
) -> tuple[Referral, bool]:
    """Whoever has this code brought this friend; and whether that is new. The same once more is the first one.

    `how`: link, typed, counter. `by` is who of the shop wrote it down. Raises ReferralsOff, ReferralCodeUnknown,
    OwnReferral, NotNew, AlreadyBrought, OwnAccount, CustomerNotFound.
    """
    referrer = codes.find(session, code)
    if referrer is None:
        raise ReferralCodeUnknown(code)
    friend = profiles.survivor(session, profiles.get(session, friend_id))
    _refuse_self(session, referrer, friend)
    for customer in (referrer, friend):
        orders.refuse_own(session, by, customer)
    _lock_living(session, referrer, friend)
    if (known := _known(session, friend.id)) is not None and known.reason != WITHDRAWN:
        if known.referrer_id in profiles.records_of(session, referrer.id):
            return known, False
        raise AlreadyBrought
    if not is_on(session, now=now):
        raise ReferralsOff
    _refuse_loop(session, referrer, friend)
    if _has_bought(session, friend.id):
        raise NotNew
    made = known or Referral(public_id=new_public_id(), friend_id=friend.id)
    made.referrer_id, made.state, made.how, made.actor, made.brought_at = referrer.id, State.OPEN, how, actor, now
    made.reason = made.ended_at = made.purchase_id = made.due_on = None
    session.add(made)
    session.flush()
    timeline.record(session, friend.id, "referral", at=now, data={"referral": made.public_id})
    return made, True


def hold(session: Session, friend_id: int, code: str) -> None:
    """Lock both whom `bring` will be about, the lower id first: two who bring each other never wait for one another.

    For whoever locks the friend before they bring them; call it first. A code of nobody locks nothing.
    Raises CustomerNotFound, Erased.
    """
    if (referrer := codes.find(session, code)) is not None:
        _lock_living(session, referrer, profiles.survivor(session, profiles.get(session, friend_id)))


def withdraw(session: Session, referral: Referral, *, now: datetime) -> None:
    """Take back what was written down by mistake, before anything was paid. Raises ReferralOver."""
    for customer_id in sorted((referral.referrer_id, referral.friend_id)):
        profiles.lock(session, customer_id)
    session.refresh(referral, with_for_update=True)
    if referral.reason == WITHDRAWN:
        return
    if referral.state not in (State.OPEN, State.WAITING):
        raise ReferralOver(state=referral.state)
    end(referral, WITHDRAWN, now=now)
    session.flush()


def end(referral: Referral, reason: str, *, now: datetime) -> None:
    """Nothing is paid for it."""
    referral.state, referral.reason, referral.ended_at = State.CANCELLED, reason, now


def get_public(session: Session, public_id: str) -> Referral:
    """Raises ReferralNotFound."""
    found = session.scalar(select(Referral).filter_by(public_id=public_id)) if public_id.isascii() else None
    if found is None:
        raise ReferralNotFound
    return found


def list_newest(
    session: Session,
    *,
    referrer_id: int | None = None,
    friend_id: int | None = None,
    state: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Sequence[Referral]:
    """A page, newest first; `before` is the id of the last one of the page before."""
    query = select(Referral).order_by(Referral.id.desc()).limit(limit)
    asked = {"referrer_id": referrer_id, "friend_id": friend_id, "state": state}
    query = query.filter_by(**{name: value for name, value in asked.items() if value is not None})
    return session.scalars(query if before is None else query.where(Referral.id < before)).all()


def by_friend(session: Session, customer_id: int) -> Referral | None:
    """How this customer came, if somebody brought them."""
    return session.scalar(select(Referral).filter_by(friend_id=customer_id))


def count(session: Session) -> dict[State, int]:
    """How many there are in each state."""
    rows = session.execute(select(Referral.state, func.count()).group_by(Referral.state))
    found = {row[0]: row[1] for row in rows}
    return {state: found.get(state.value, 0) for state in State}


def points_paid(session: Session) -> int:
    """Whole points paid to both sides and not taken back."""
    both = func.sum(Referral.referrer_points + Referral.friend_points)
    return int(session.scalar(select(both).where(Referral.state == State.PAID)) or 0)


def _known(session: Session, friend_id: int) -> Referral | None:
    """What is written down of this person, under whichever record of theirs."""
    records = profiles.records_of(session, friend_id)
    query = select(Referral).where(Referral.friend_id.in_(records)).order_by(Referral.id).limit(1)
    return session.scalar(query, execution_options={"populate_existing": True})


def _lock_living(session: Session, referrer: Customer, friend: Customer) -> None:
    for customer_id in sorted({referrer.id, friend.id}):
        profiles.hold_living(session, customer_id)


def _refuse_self(session: Session, referrer: Customer, friend: Customer) -> None:
    is_same_phone = friend.phone_key is not None and friend.phone_key == referrer.phone_key
    if referrer.id == friend.id or is_same_phone:
        raise OwnReferral


def _refuse_loop(session: Session, referrer: Customer, friend: Customer) -> None:
    """Nobody is brought by somebody they brought, through however many others."""
    ours = set(profiles.records_of(session, friend.id))
    walker: int | None = referrer.id
    for _ in range(LONGEST_CHAIN):
        above = _known(session, walker) if walker is not None else None
        if above is None or above.reason == WITHDRAWN:
            return
        if above.referrer_id in ours:
            raise OwnReferral
        walker = above.referrer_id


def _has_bought(session: Session, customer_id: int) -> bool:
    """Whether they bought here before, also what they brought back; what was undone never happened."""
    records = profiles.records_of(session, customer_id)
    bought = select(Purchase.id).where(Purchase.customer_id.in_(records), Purchase.state != "undone")
    return session.scalar(bought.limit(1)) is not None
