"""Referrals that fall due: the friend's first bill outlived its days, and both are paid, once.

Nothing hangs on when the job ran: each look asks the bills as they are. A bill undone in time leaves the referral open,
one returned in time ends it; what goes after it was paid takes the points back as far as they are there.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select, union_all
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.errors import Conflict
from loyalty.points import gifts, ledger, occasions, orders, reversal
from loyalty.points.occasions import Gift, Happening
from loyalty.points.spending import PointsSpent
from loyalty.points.telling import Voice
from loyalty.programme import versions
from loyalty.programme.document import Scope
from loyalty.purchases.models import Purchase, is_gone
from loyalty.referrals import bringing
from loyalty.referrals.models import Referral, State
from loyalty.staff.models import StaffMember

ACTOR = "clock"
STANDS = "recorded"  # not undone, and not all of it returned
ALIVE = (State.OPEN, State.WAITING)
DAY = timedelta(days=1)


def due(session: Session, *, after_id: int = 0, limit: int = 100) -> Sequence[int]:
    """The next referrals that may have come further, or whose paid bill is gone, by their ids.

    It looks at those still open, and at bills that are gone (an index has no others): never at all that were paid.
    """
    bought = select(Purchase.id).where(Purchase.customer_id == Referral.friend_id).exists()
    moved = select(Customer.id).where(Customer.id == Referral.friend_id, Customer.moved_to_id.is_not(None)).exists()
    may_move = select(Referral.id).where(Referral.state.in_(ALIVE), or_(bought, moved), Referral.id > after_id)
    lost = (
        select(Referral.id)
        .join(Purchase, Purchase.id == Referral.purchase_id)
        .where(is_gone(Purchase), Referral.state == State.PAID, Referral.id > after_id)
    )
    return session.scalars(union_all(may_move, lost).order_by("id").limit(limit)).all()


def look(session: Session, voice: Voice, referral_id: int, *, now: datetime) -> Referral:
    """Bring one referral as far as its friend's bills say. Once more changes nothing; two at once pay once."""
    referral = session.get_one(Referral, referral_id)
    referrer, friend = (
        profiles.survivor(session, profiles.get(session, customer_id))
        for customer_id in (referral.referrer_id, referral.friend_id)
    )
    for customer_id in sorted({referrer.id, friend.id}):
        profiles.lock(session, customer_id)
    session.refresh(referral, with_for_update=True)
    if referral.state in ALIVE:
        _go_on(session, voice, referral, referrer, friend, now)
    elif referral.state == State.PAID:
        _take_back(session, voice, referral, now)
    session.flush()
    return referral


def _go_on(
    session: Session, voice: Voice, referral: Referral, referrer: Customer, friend: Customer, now: datetime
) -> None:
    first = _first_purchase(session, friend.id)
    if reason := _obstacle(session, referral, referrer, friend, first):
        bringing.end(referral, reason, now=now)
        return
    if first is None:
        referral.state, referral.purchase_id, referral.due_on = State.OPEN, None, None
        return
    rules = versions.at(session, first.purchased_on)
    referral.state, referral.purchase_id = State.WAITING, first.id
    referral.due_on = first.purchased_on + timedelta(days=rules.referral.wait_days) + DAY
    if referral.due_on <= shop.of(session).day(now):
        _pay(session, voice, referral, referrer, friend, first, now)


def _obstacle(
    session: Session, referral: Referral, referrer: Customer, friend: Customer, first: Purchase | None
) -> str:
    """Why nothing will be paid; "" where nothing stands in the way."""
    if referrer.id == friend.id:
        return "same_person"
    if first is None:
        return ""
    if first.purchased_at < referral.brought_at:
        return "not_new"
    if first.state != STANDS:
        return "returned"
    seller = session.get(StaffMember, first.staff_id) if first.staff_id is not None else None
    if seller is not None and {referrer.id, friend.id} & orders.own_customers(session, seller):
        return "own_staff"
    return ""


def _pay(
    session: Session,
    voice: Voice,
    referral: Referral,
    referrer: Customer,
    friend: Customer,
    first: Purchase,
    now: datetime,
) -> None:
    bill, on = first.total - first.returned, first.purchased_on
    sides = {"referrer": referrer.id, "friend": friend.id}
    given: dict[str, Sequence[Gift]] = {}
    for to, customer_id in sorted(sides.items(), key=lambda side: side[1]):
        happening = Happening(customer_id, Scope.REFERRAL, referral.slot, on, to=to, bill=bill)
        given[to] = occasions.give(session, happening, actor=ACTOR, now=now)
    referral.referrer_points, referral.friend_points = (
        sum(gift.entry.points for gift in given[to]) for to in ("referrer", "friend")
    )
    if not any(given.values()):
        bringing.end(referral, "no_points", now=now)
        return
    referral.state, referral.paid_at = State.PAID, now
    for each in given.values():
        gifts.tell(session, voice, each, now=now)


def _take_back(session: Session, voice: Voice, referral: Referral, now: datetime) -> None:
    """Its bill is gone: what was paid goes back, but for what was spent."""
    purchase = session.get_one(Purchase, referral.purchase_id, populate_existing=True)
    if purchase.state == STANDS:
        return
    missing = 0
    for gift in occasions.of_slot(session, Scope.REFERRAL, referral.slot):
        missing += _undo(session, voice, gift.entry_id, referral, now)
    referral.state, referral.missing_points, referral.ended_at = State.TAKEN_BACK, missing, now


def _undo(session: Session, voice: Voice, entry_id: int, referral: Referral, now: datetime) -> int:
    """Whole points of a gift that could not be taken back."""
    try:
        with session.begin_nested():
            undone = reversal.undo(session, entry_id, actor=ACTOR, key=f"{referral.slot}:{entry_id}", now=now)
    except PointsSpent:
        return ledger.get(session, entry_id).points
    except Conflict:  # staff had undone it
        return 0
    voice.undone(session, undone, now=now)
    return 0


def _first_purchase(session: Session, customer_id: int) -> Purchase | None:
    """The first one of a person that was not undone."""
    records = profiles.records_of(session, customer_id)
    query = select(Purchase).where(Purchase.customer_id.in_(records), Purchase.state != "undone")
    query = query.order_by(Purchase.purchased_at, Purchase.id).limit(1)
    return session.scalar(query, execution_options={"populate_existing": True})
