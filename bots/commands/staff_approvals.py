"""What waits for a second person is decided."""

from sqlalchemy.orm import Session

from bots import requests
from bots.commands import STAFF, Chat, Reply, command, serving
from bots.commands.faults import read_number
from bots.texts import text
from loyalty.journeys import deciding as deciding_sends
from loyalty.points.counter import deciding
from loyalty.points.counter.deciding import Waiting
from loyalty.points.counter.requests.award import AskedAgain
from loyalty.staff import approvals
from loyalty.staff.permissions import Right


def answer(session: Session, chat: Chat, outcome: Waiting | AskedAgain) -> Reply:
    """What the one reads whose request waits."""
    if isinstance(outcome, AskedAgain):
        return Reply(requests.say(session, outcome.request, "again", chat.locale))
    return Reply(requests.answer(session, outcome, chat.locale))


@command("duyệt", "approve", for_=STAFF, right=Right.APPROVE, help="/duyet 88", reads=read_number)
def approve(session: Session, chat: Chat, number: int) -> Reply:
    """What waits is done as it was asked for; whoever asked and the customer are told.

    A campaign or journey is shown first to who was not shown it yet; the same line once more is the yes.
    Raises ApprovalNotFound, OwnRequest, AlreadyDecided, ChangedSince, OwnAccount, ReceiptTaken, InsufficientPoints.
    """
    request, hand = approvals.get(session, number), serving.hand(chat)
    words = requests.kinds()[request.kind]
    if request.kind not in deciding_sends.KINDS:
        return Reply(words.receipt(session, chat.locale, deciding.approve(session, number, hand), now=chat.now))
    if request.asked_by_id != hand.member.id and deciding_sends.must_see(request, hand):
        return Reply(requests.say(session, request, "wanted", chat.locale))
    return Reply(words.receipt(session, chat.locale, deciding_sends.approve(session, request, hand), now=chat.now))


@command("từ chối", "reject", for_=STAFF, right=Right.APPROVE, help="/tuchoi 88", reads=read_number)
def reject(session: Session, chat: Chat, number: int) -> Reply:
    """What waits is not done; whoever asked is told. Raises ApprovalNotFound, OwnRequest, AlreadyDecided."""
    request = approvals.get(session, number)
    if request.kind in deciding_sends.KINDS:
        deciding_sends.reject(session, request, serving.hand(chat))
        return Reply(requests.say(session, request, "refused", chat.locale))
    deciding.reject(session, number, serving.hand(chat))
    return Reply(text("approval.rejected", chat.locale, number=number))


@command("rút lại", "withdraw", for_=STAFF, help="/rutlai 88", reads=read_number)
def withdraw(session: Session, chat: Chat, number: int) -> Reply:
    """`/rutlai 88`: whoever asked takes it back while it waits. Raises ApprovalNotFound, AlreadyDecided."""
    request = approvals.get(session, number)
    if request.kind in deciding_sends.KINDS:
        deciding_sends.withdraw(session, request, serving.hand(chat))
        return Reply(requests.say(session, request, "withdrawn", chat.locale))
    deciding.withdraw(session, number, serving.hand(chat))
    return Reply(text("approval.withdrawn", chat.locale, number=number))
