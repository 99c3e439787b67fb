"""Handing rewards over and taking that back, whether somebody writes it in chat or presses a button."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.points.counter import orders
from loyalty.points.counter.orders import Hand
from loyalty.points.returns.reversal import OWN_WITHIN, NotYours, TooLate
from loyalty.points.telling import Notice
from loyalty.rewards import catalogue, codes, misses, redemptions
from loyalty.rewards.misses import WrongRewardCode
from loyalty.rewards.models import Redemption, Reward, State
from loyalty.staff import audit, permissions
from loyalty.staff.models import StaffMember, Store
from loyalty.staff.permissions import Right


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a redemption. `is_new` is False for a repeat; `was_told`: the customer could be."""

    redemption: Redemption
    is_new: bool
    was_told: bool


def look(session: Session, typed: str, hand: Hand) -> Redemption | WrongRewardCode:
    """The redemption of a code that was typed or scanned; a code nobody has is counted and returned, to be raised.

    Returned, because what is raised would undo the counting: the caller raises it where that is kept.
    Raises NotAllowed, Slowed, RewardCodeUnclear.
    """
    permissions.require(hand.member, Right.REDEEM)
    misses.refuse_waiting(session, hand.author.actor, now=hand.now)
    found = redemptions.find_by_code(session, typed)
    return misses.count(session, hand.author, now=hand.now) if found is None else found


def fulfil(session: Session, redemption: Redemption, hand: Hand, bill: int | None = None) -> Done:
    """Hand it over in the store of whoever serves, tell the customer and write down who did it.

    `bill`: whole ₫ of the bill it is used with. The same key again changes nothing. Raises NotAllowed, OwnAccount,
    AlreadyFulfilled, RedemptionOver, OtherStore, BillNeeded, BillTooSmall.
    """
    permissions.require(hand.member, Right.REDEEM)
    orders.refuse_own(session, hand.member, profiles.get(session, redemption.customer_id))
    store = session.get_one(Store, hand.member.store_id)
    actor = hand.author.actor
    is_new = redemptions.fulfil(session, redemption, actor=actor, key=hand.key, store=store, bill=bill, now=hand.now)
    return _finish(session, redemption, hand, "redemption_fulfilled", is_new, bill=bill)


def serve(session: Session, customer: Customer, reward: Reward, hand: Hand) -> Done:
    """Redeem for somebody who stands at the counter, and hand it over at once; the same key again changes nothing.

    Raises NotAllowed, OwnAccount, and whatever `redemptions.redeem` and `fulfil` raise.
    """
    permissions.require(hand.member, Right.REDEEM)
    orders.refuse_own(session, hand.member, customer)
    done = redemptions.redeem(session, customer.id, reward.id, key=hand.key, actor=hand.author.actor, now=hand.now)
    return fulfil(session, done.redemption, hand) if done.is_new else Done(done.redemption, False, False)


def undo(session: Session, redemption: Redemption, hand: Hand) -> Done:
    """Take it back: the points return, the reward is there again. Cashiers only what they did, for 24 hours.

    A gift can be used again. Once more changes nothing. Raises NotAllowed, NotYours, TooLate, RedemptionOver.
    """
    if redemption.price == 0 and redemption.state == State.HELD:
        return Done(redemption, is_new=False, was_told=False)
    _check_right(session, hand.member, redemption, hand)
    is_new = redemptions.undo_use(session, redemption, actor=hand.author.actor, key=hand.key, now=hand.now)
    return _finish(session, redemption, hand, "redemption_cancelled", is_new)


def _check_right(session: Session, by: StaffMember, redemption: Redemption, hand: Hand) -> None:
    if permissions.may(by.role, Right.UNDO_ANY):
        return
    permissions.require(by, Right.UNDO_OWN)
    number = redemption.entry_id or codes.write(redemptions.code_of(session, redemption))
    if f"staff:{by.public_id}" not in (redemption.fulfilled_by, redemption.actor):
        raise NotYours(number=number)
    at = redemption.fulfilled_at or redemption.requested_at
    if hand.now - at > OWN_WITHIN:
        raise TooLate(number=number, at=at)


def _finish(
    session: Session, redemption: Redemption, hand: Hand, act: str, is_new: bool, *, bill: int | None = None
) -> Done:
    if not is_new:
        return Done(redemption, is_new=False, was_told=False)
    was_told = hand.voice.tell(session, notice(session, redemption, act), now=hand.now)
    detail = {"entry": redemption.entry_id, "points": redemption.price} | ({"bill": bill} if bill else {})
    audit.record_by(session, hand.author, act, f"redemption:{redemption.public_id}", detail=detail, now=hand.now)
    return Done(redemption, is_new=True, was_told=was_told)


def notice(session: Session, redemption: Redemption, name: str) -> Notice:
    """What the customer is told of it: `redemption_fulfilled`, `redemption_cancelled`, `redemption_expired`.

    Of a gift `gift_fulfilled` and `gift_cancelled`, which name no points.
    """
    reward = catalogue.get(session, redemption.reward_id)
    if redemption.price == 0:
        name = name.replace("redemption_", "gift_")
        key = f"{name}:{redemption.public_id}:{redemption.ended_key}"
        return Notice(redemption.customer_id, name, key, {"reward": reward.name})
    facts = {"reward": reward.name, "points": redemption.price}
    return Notice(redemption.customer_id, name, f"{name}:{redemption.public_id}", facts)
