"""Bills above a cashier's limit."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from loyalty import crypto
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.db import keyring
from loyalty.errors import RuleViolation
from loyalty.points import accrual
from loyalty.points.accrual import Award, Bill
from loyalty.points.counter import deciding, giving, orders
from loyalty.points.counter.allowances import LimitReached
from loyalty.points.counter.deciding import Waiting
from loyalty.points.counter.orders import AGAIN, Hand, Order
from loyalty.staff import approvals
from loyalty.staff.models import Approval, StaffMember

KIND = "award"
LOOKED_AT = 200  # waiting requests compared with a new one


class AskersLimitReached(RuleViolation):
    """Whoever asked has `given` what their role may in a day (`limit`): the bill is recorded by somebody else."""

    code = "askers_limit_reached"


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """Nothing was done: the same bill was sent for approval a moment ago, as `request`. Once more is the yes."""

    request: Approval


def ask(session: Session, order: Order, hand: Hand) -> Waiting | AskedAgain:
    """Leave a bill for a manager or owner; nothing is awarded yet.

    The same key, and the same receipt while it waits, get the first request; without a receipt the same bill within a
    minute is asked back.
    """
    payload = _payload(session, order, hand)
    alike = _waiting_alike(session, hand, payload)
    if alike is not None and (order.receipt is not None or alike.key == hand.key):
        return Waiting(alike, is_new=False, was_told=False)
    if alike is not None and hand.now - alike.asked_at < AGAIN and not orders.is_meant(session, order, hand):
        return AskedAgain(alike)
    return deciding.leave(session, KIND, payload, hand)


def carry_out(session: Session, request: Approval, hand: Hand) -> Award:
    """The award of the waiting bill, within the limits of who asked. Raises AskersLimitReached, ReceiptTaken."""
    _require(session, request, hand)
    done = accrual.record_purchase(
        session,
        _who(session, request),
        _bill(request),
        actor=request.asked_by,
        key=f"approval:{request.id}",
        now=hand.now,
    )
    if done.is_new:
        hand.voice.awarded(session, done, now=hand.now)
    return done


def amount_of(request: Approval) -> int:
    """Whole ₫."""
    return int(request.payload["amount"])


def receipt_of(request: Approval) -> str | None:
    receipt = request.payload["receipt"]
    return None if receipt is None else str(receipt)


def customer(session: Session, request: Approval) -> Customer | None:
    """Whose bill it is; None for a phone nobody has (yet)."""
    who = _who(session, request)
    return profiles.get(session, who) if isinstance(who, int) else profiles.find_by_phone(session, who)


def phone(session: Session, request: Approval) -> str | None:
    """The phone (E.164) it was asked for, where nobody had it then."""
    who = _who(session, request)
    return None if isinstance(who, int) else who


def _payload(session: Session, order: Order, hand: Hand) -> dict[str, Any]:
    """What to award: the customer by id, or a phone nobody has, sealed and beside it what it is compared by."""
    payload: dict[str, Any] = {
        "amount": order.amount,
        "receipt": order.receipt,
        "pay_points": order.pay_points,
        "store_id": hand.member.store_id,
        "customer_id": order.customer.id if order.customer is not None else None,
    }
    if order.customer is None:
        dial = str(order.who)
        payload["phone"] = base64.b64encode(keyring(session).seal(dial.encode(), _place(hand.key))).decode()
        payload["phone_key"] = profiles.phone_key(session, dial).hex()
    return payload


def _who(session: Session, request: Approval) -> int | str:
    """Whom to award: a customer's id, or the phone."""
    if (customer_id := request.payload["customer_id"]) is not None:
        return int(customer_id)
    cell = base64.b64decode(request.payload["phone"])
    return keyring(session).open(cell, _place(request.key)).decode()


def _bill(request: Approval) -> Bill:
    """Bought when it was asked for, by the one who asked."""
    return Bill(
        amount_of(request),
        request.payload["store_id"],
        reference=receipt_of(request),
        staff_id=request.asked_by_id,
        purchased_at=request.asked_at,
        pay_points=request.payload.get("pay_points"),
    )


def _require(session: Session, request: Approval, hand: Hand) -> None:
    """What was held counts when it is given, whatever else was given since it was asked for."""
    asker = session.get_one(StaffMember, request.asked_by_id)
    key = f"approval:{request.id}"
    try:
        giving.require(session, asker, _who(session, request), _bill(request), key=key, now=hand.now)
    except LimitReached as reached:
        facts = {name: reached.facts[name] for name in ("given", "limit")}
        raise AskersLimitReached(number=request.id, **facts) from None


def _waiting_alike(session: Session, hand: Hand, payload: Mapping[str, Any]) -> Approval | None:
    """The newest waiting request of the same person for the same bill."""
    alike = [
        request
        for request in approvals.list_waiting(session, kinds=[KIND], asked_by=hand.member, limit=LOOKED_AT)
        if _same(request.payload, payload)
    ]
    return alike[-1] if alike else None


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(
        one.get(name) == other.get(name) for name in ("amount", "receipt", "pay_points", "customer_id", "phone_key")
    )


def _place(key: str) -> bytes:
    return crypto.aad("approval", "payload", key)
