"""The yes or no to a campaign or journey by the number of its request, as `/duyet 88` and the list of approvals say it.

The numbers are those of everything that waits for a second person, so each names one thing.
"""

from sqlalchemy.orm import Session

from loyalty.campaigns import approval
from loyalty.campaigns import lifecycle as campaigns
from loyalty.campaigns.models import Campaign
from loyalty.journeys import approving
from loyalty.journeys import lifecycle as journeys
from loyalty.journeys.models import Journey
from loyalty.points.counter.orders import Hand
from loyalty.staff import permissions
from loyalty.staff.approvals import AlreadyDecided, ApprovalNotFound, OwnRequest
from loyalty.staff.models import Approval
from loyalty.staff.permissions import Right

KINDS = (approval.KIND, approving.KIND)
Sends = Campaign | Journey


def of(session: Session, request: Approval) -> Sends:
    """What waits, or waited."""
    find = campaigns.get_public if request.kind == approval.KIND else journeys.get_public
    return find(session, request.payload["id"])


def approve(session: Session, request: Approval, hand: Hand) -> Sends:
    """It goes as it was asked for. Raises NotAllowed, OwnRequest, AlreadyDecided, ChangedSince."""
    found = _to_decide(session, request, hand)
    author = hand.author
    if isinstance(found, Campaign):
        campaigns.approve(session, found, by=author.actor, source=author.source, now=hand.now)
    else:
        journeys.approve(session, found, by=author.actor, source=author.source, now=hand.now)
    return found


def reject(session: Session, request: Approval, hand: Hand) -> Sends:
    """It does not go. Raises NotAllowed, OwnRequest, AlreadyDecided."""
    found = _to_decide(session, request, hand)
    author = hand.author
    if isinstance(found, Campaign):
        campaigns.refuse(session, found, by=author.actor, reason="", source=author.source, now=hand.now)
    else:
        journeys.refuse(session, found, by=author.actor, reason="", source=author.source, now=hand.now)
    return found


def withdraw(session: Session, request: Approval, hand: Hand) -> None:
    """Whoever asked takes it back. Raises ApprovalNotFound, also for a colleague's; AlreadyDecided."""
    if request.asked_by_id != hand.member.id:
        raise ApprovalNotFound(request.id)
    found = _waiting(session, request)
    if isinstance(found, Campaign):
        campaigns.unschedule(session, found, by=hand.author.actor, now=hand.now)
    else:
        journeys.take_back(session, found, by=hand.author.actor, now=hand.now)


def must_see(request: Approval, hand: Hand) -> bool:
    """Whether who decides was not shown yet what it is; from now on they were."""
    shown = request.payload.get("shown", [])
    if request.state != "waiting" or hand.member.id in shown:
        return False
    request.payload = {**request.payload, "shown": [*shown, hand.member.id]}
    return True


def _to_decide(session: Session, request: Approval, hand: Hand) -> Sends:
    permissions.require(hand.member, Right.APPROVE)
    if request.asked_by_id == hand.member.id:
        raise OwnRequest(request.id)
    return _waiting(session, request)


def _waiting(session: Session, request: Approval) -> Sends:
    """Locked, so that of two who decide at once one is second. Raises AlreadyDecided."""
    found = of(session, request)
    session.refresh(found, with_for_update=True)
    session.refresh(request)
    if request.state != "waiting":
        raise AlreadyDecided(request)
    return found
