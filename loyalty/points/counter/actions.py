"""Awards, returns, adjustments and their undoing: written in chat, pressed as a button, or called for."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.points import accrual, adjusting, ledger, promises
from loyalty.points.accrual import Award, Bill
from loyalty.points.adjusting import Adjustment
from loyalty.points.counter import giving, limits, orders
from loyalty.points.counter.deciding import Waiting
from loyalty.points.counter.orders import AGAIN, Hand, Order
from loyalty.points.counter.requests import adjust as adjustments
from loyalty.points.counter.requests import award as awards
from loyalty.points.counter.requests.award import AskedAgain
from loyalty.points.promises import Released
from loyalty.points.returns import returning, reversal
from loyalty.points.returns.returning import Returned
from loyalty.points.returns.reversal import Reversal
from loyalty.points.telling import Notice
from loyalty.purchases import recording, returns
from loyalty.purchases.returns import Goods
from loyalty.staff import audit, held, permissions
from loyalty.staff.permissions import Right


@dataclass(frozen=True, slots=True)
class AskedBack:
    """Nothing was done: the same customer had the same amount a moment ago. The same order once more is the yes."""


@dataclass(frozen=True, slots=True)
class Back:
    """Goods taken back, and whether their customer could be told."""

    returned: Returned
    was_told: bool


@dataclass(frozen=True, slots=True)
class Undone:
    """A movement taken back, and whether its customer could be told."""

    reversal: Reversal
    was_told: bool


def award(session: Session, order: Order, hand: Hand) -> Award | Waiting | AskedBack | AskedAgain:
    """Record the bill, award its points, tell the customer and write down who did it.

    A bill above the limit of whoever may not award any amount waits for a second person; the same bill again within a
    minute is asked back. The same key returns the first award. Raises OwnAccount, DayLimitReached,
    CustomerLimitReached, ReceiptTaken, NoProgramme, BadBill; PointsPayNothing, TooManyPoints, InsufficientPoints for
    what points should pay.
    """
    orders.refuse_own(session, hand.member, order.customer)
    place, who = hand.member.store_id, hand.member.id
    bill = Bill(order.amount, place, reference=order.receipt, staff_id=who, pay_points=order.pay_points)
    giving.require(session, hand.member, order.who, bill, key=hand.key, now=hand.now)
    if limits.bill_waits(session, hand.member, order.amount, now=hand.now):
        return awards.ask(session, order, hand)
    if _is_again(session, order, hand) and not orders.is_meant(session, order, hand):
        return AskedBack()
    done = accrual.record_purchase(session, order.who, bill, actor=hand.author.actor, key=hand.key, now=hand.now)
    if done.is_new:
        hand.voice.awarded(session, done, now=hand.now)
        detail = {"purchase": done.purchase.public_id, "points": done.points, "total": done.purchase.total}
        audit.record_by(session, hand.author, "award", f"entry:{done.entry.id}", detail=detail, now=hand.now)
    return done


def take_back(
    session: Session, purchase_id: int, goods: Goods, hand: Hand, *, line: str | None = None
) -> Back | AskedBack:
    """Take goods of a bill back, tell the customer and write down who did it.

    `line` is what it was asked in: the same amount of the same bill by the same person within a minute is asked back,
    and the same line once more is the yes; None: nothing is asked. The same key returns the first return. Raises
    PurchaseNotFound, NotAllowed, PurchaseUndone, OverReturn, AmountNeeded, BadReturn.
    """
    if line is not None and _is_back_again(session, purchase_id, goods, hand) and not _is_meant(session, line, hand):
        return AskedBack()
    actor, now = hand.author.actor, hand.now
    done = returning.take_back(session, purchase_id, goods, actor=actor, key=hand.key, now=now, by=hand.member)
    if not done.is_new:
        return Back(done, was_told=False)
    was_told = hand.voice.returned(session, done, now=now)
    detail = {"purchase": done.purchase.public_id, "amount": done.done.amount, "points": done.entry.points}
    audit.record_by(session, hand.author, "return", f"entry:{done.entry.id}", detail=detail, now=now)
    return Back(done, was_told)


def release(session: Session, purchase_id: int, hand: Hand) -> Released:
    """Make what a bill promised usable, tell the customer and write down who did it; with no way back but the bill's.

    A program says that the goods arrived. The same bill again returns the first release. Raises NotAllowed, OwnAccount,
    PurchaseNotFound, NothingPromised, NotByDelivery, NotByHand.
    """
    actor, now = hand.author.actor, hand.now
    if hand.staff is None:
        done = promises.deliver(session, purchase_id, actor=actor, now=now)
    else:
        bought = recording.get(session, purchase_id)
        orders.refuse_own(session, hand.staff, profiles.get(session, bought.customer_id))
        done = promises.release(session, purchase_id, by=hand.staff, actor=actor, now=now)
    if done.is_new:
        facts = {"points": done.entry.points, "balance": done.entry.balance_after}
        notice = Notice(done.purchase.customer_id, "released", f"released:{done.entry.id}", facts)
        hand.voice.tell(session, notice, now=now)
        detail = {"purchase": done.purchase.public_id, "points": done.entry.points}
        audit.record_by(session, hand.author, "release", f"entry:{done.entry.id}", detail=detail, now=now)
    return done


def adjust(session: Session, customer: Customer, points: int, reason: str, hand: Hand) -> Adjustment | Waiting:
    """Give (positive) or take (negative) whole points for a reason, tell the customer and write down who did it.

    More than one person may waits for a second one. The same key returns the first adjustment. Raises NotAllowed,
    OwnAccount, BadAdjustment, InsufficientPoints, CustomerNotFound, NoProgramme.
    """
    if hand.staff is not None:
        permissions.require(hand.staff, Right.ADJUST)
    orders.refuse_own(session, hand.staff, customer)
    if limits.adjustment_waits(session, hand.staff, points, now=hand.now):
        return adjustments.ask(session, customer, points, reason, hand)
    actor = hand.author.actor
    done = adjusting.adjust(session, customer.id, points, reason, actor=actor, key=hand.key, now=hand.now)
    if done.is_new:
        hand.voice.adjusted(session, done, now=hand.now)
        detail = {"points": points}
        audit.record_by(session, hand.author, "adjust", f"entry:{done.entry.id}", detail=detail, now=hand.now)
    return done


def undo(session: Session, number: int, hand: Hand) -> Undone:
    """Take the movement with this number back, tell the customer and write down who did it.

    The same key returns the first reversal. Raises EntryNotFound, OwnAccount (points would come back to oneself),
    NotYours, TooLate, AlreadyUndone, NotUndoable, PointsSpent.
    """
    original = ledger.get(session, number)
    if original.points < 0:
        orders.refuse_own(session, hand.staff, profiles.get(session, original.customer_id))
    undone = reversal.undo(session, number, actor=hand.author.actor, key=hand.key, now=hand.now, by=hand.member)
    if not undone.is_new:
        return Undone(undone, was_told=False)
    was_told = hand.voice.undone(session, undone, now=hand.now)
    detail = {"reversal": undone.entry.id, "points": undone.entry.points}
    audit.record_by(session, hand.author, "undo", f"entry:{number}", detail=detail, now=hand.now)
    return Undone(undone, was_told)


def _is_again(session: Session, order: Order, hand: Hand) -> bool:
    """Whether this may be the same bill sent twice: without a receipt nobody can tell."""
    if order.customer is None or order.receipt is not None or recording.find_by_key(session, hand.key) is not None:
        return False
    since = hand.now - AGAIN
    return recording.recent_same(session, order.customer.id, order.amount, hand.member.id, since=since) is not None


def _is_back_again(session: Session, purchase_id: int, goods: Goods, hand: Hand) -> bool:
    """Whether this may be the same goods sent twice."""
    if goods.amount is None or returns.find_by_key(session, hand.key) is not None:
        return False
    alike = [done for done in returns.list_standing(session, purchase_id) if done.amount == goods.amount]
    return any(done.actor == hand.author.actor and hand.now - done.returned_at <= AGAIN for done in alike)


def _is_meant(session: Session, line: str, hand: Hand) -> bool:
    return held.once_more(session, hand.member.id, line, now=hand.now, within=AGAIN)
