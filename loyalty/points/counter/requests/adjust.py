"""Points to be given or taken by hand, more than one person may."""

import base64

from sqlalchemy.orm import Session

from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.points import adjusting
from loyalty.points.adjusting import Adjustment
from loyalty.points.counter import deciding
from loyalty.points.counter.deciding import Waiting
from loyalty.points.counter.orders import Hand
from loyalty.staff.models import Approval
from loyalty.vault import people

KIND = "adjust"


def ask(session: Session, customer: Customer, points: int, reason: str, hand: Hand) -> Waiting:
    """Leave an adjustment for a manager or owner; nothing is given or taken yet. The reason is sealed as theirs.

    The same key gets the first request. Raises BadAdjustment, Erased.
    """
    words = adjusting.check(points, reason)
    cell = people.seal(session, customer.id, words, "approval", "payload", hand.key)
    payload = {"customer_id": customer.id, "points": points, "reason": base64.b64encode(cell).decode()}
    return deciding.leave(session, KIND, payload, hand)


def carry_out(session: Session, request: Approval, hand: Hand) -> Adjustment:
    """Give or take the points that waited. Raises InsufficientPoints, CustomerNotFound, NoProgramme."""
    done = adjusting.adjust(
        session,
        request.payload["customer_id"],
        points_of(request),
        reason_of(session, request),
        actor=request.asked_by,
        key=f"approval:{request.id}",
        now=hand.now,
    )
    if done.is_new:
        hand.voice.adjusted(session, done, now=hand.now)
    return done


def points_of(request: Approval) -> int:
    """Whole points, signed."""
    return int(request.payload["points"])


def reason_of(session: Session, request: Approval) -> str:
    """Why, in the words of who asked. Raises Erased."""
    cell = base64.b64decode(request.payload["reason"])
    return people.read(session, request.payload["customer_id"], cell, "approval", "payload", request.key)


def customer(session: Session, request: Approval) -> Customer | None:
    """Whose points they are."""
    return profiles.get(session, request.payload["customer_id"])


def phone(session: Session, request: Approval) -> str | None:
    """None: they are somebody known."""
    return None
