"""What waits for a second person, and their yes or no, once. Nobody decides what they asked for or would get."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from loyalty.points.counter import orders, requests
from loyalty.points.counter.orders import Hand
from loyalty.points.counter.requests import Done
from loyalty.staff import approvals, audit
from loyalty.staff.models import Approval


@dataclass(frozen=True, slots=True)
class Waiting:
    """It waits as `request`. A new one: whether anybody who may decide could be told."""

    request: Approval
    is_new: bool
    was_told: bool


def leave(session: Session, kind: str, payload: Mapping[str, Any], hand: Hand) -> Waiting:
    """Leave something for a manager or owner, who are told; the same key gets the first request."""
    if (first := approvals.find_by_key(session, hand.key)) is not None:
        return Waiting(first, is_new=False, was_told=False)
    asked_by = hand.staff or hand.author.actor
    request = approvals.ask(session, kind, payload, key=hand.key, asked_by=asked_by, now=hand.now)
    was_told = hand.voice.wanted(session, request, now=hand.now)
    audit.record_by(session, hand.author, "approval_asked", f"approval:{request.id}", now=hand.now)
    return Waiting(request, is_new=True, was_told=was_told)


def approve(session: Session, number: int, hand: Hand) -> Done:
    """Do what was asked for, as it was asked for; whoever asked and the customer are told.

    Raises NotAllowed, ApprovalNotFound, OwnRequest, AlreadyDecided, OwnAccount, and whatever refuses the deed itself:
    ReceiptTaken, InsufficientPoints.
    """
    request = approvals.decide(session, number, approve=True, by=hand.member, now=hand.now)
    kind = requests.of(request)
    orders.refuse_own(session, hand.staff, kind.customer(session, request))
    done = kind.carry_out(session, request, hand)
    hand.voice.decided(session, request, done, now=hand.now)
    detail = {"entry": done.entry.id}
    audit.record_by(session, hand.author, "approve", f"approval:{request.id}", detail=detail, now=hand.now)
    return done


def reject(session: Session, number: int, hand: Hand) -> Approval:
    """Nothing is done, and whoever asked is told. Raises NotAllowed, ApprovalNotFound, OwnRequest, AlreadyDecided."""
    request = approvals.decide(session, number, approve=False, by=hand.member, now=hand.now)
    hand.voice.decided(session, request, None, now=hand.now)
    audit.record_by(session, hand.author, "reject", f"approval:{request.id}", now=hand.now)
    return request


def withdraw(session: Session, number: int, hand: Hand) -> Approval:
    """Whoever asked takes it back while it waits; nobody has to be told.

    Raises ApprovalNotFound, also for a colleague's; AlreadyDecided.
    """
    request = approvals.withdraw(session, number, by=hand.member, now=hand.now)
    audit.record_by(session, hand.author, "approval_withdrawn", f"approval:{request.id}", now=hand.now)
    return request
