"""Large bills of cashiers wait for a second person."""

from sqlalchemy.orm import Session

from bots.commands import STAFF, Chat, Reply, command, receipts, serving
from bots.commands.faults import read_number
from bots.texts import formats, text
from loyalty.points import large
from loyalty.points.large import AskedAgain, Waiting
from loyalty.staff.permissions import Right


def answer(chat: Chat, outcome: Waiting | AskedAgain) -> Reply:
    """What the cashier reads whose bill waits."""
    request = outcome.request
    facts = {"amount": formats.money(large.amount_of(request), chat.locale), "number": request.id}
    if isinstance(outcome, AskedAgain):
        return Reply(text("approval.again", chat.locale, **facts))
    if not outcome.is_new:
        return Reply(text("approval.waiting", chat.locale, **facts))
    return Reply(text("approval.asked" if outcome.was_told else "approval.asked_nobody", chat.locale, **facts))


@command("duyệt", "approve", for_=STAFF, right=Right.APPROVE, help="/duyet 88", reads=read_number)
def approve(session: Session, chat: Chat, number: int) -> Reply:
    """The waiting bill is awarded as its cashier asked; cashier and customer are told.

    Raises ApprovalNotFound, OwnRequest, AlreadyDecided, OwnAccount, ReceiptTaken.
    """
    done = large.approve(session, number, serving.hand(chat))
    if not done.is_new:
        return Reply(receipts.repeated(session, chat, done))
    return Reply(receipts.awarded(session, chat.locale, done, now=chat.now))


@command("từ chối", "reject", for_=STAFF, right=Right.APPROVE, help="/tuchoi 88", reads=read_number)
def reject(session: Session, chat: Chat, number: int) -> Reply:
    """The waiting bill is not awarded; its cashier is told. Raises ApprovalNotFound, OwnRequest, AlreadyDecided."""
    large.reject(session, number, serving.hand(chat))
    return Reply(text("approval.rejected", chat.locale, number=number))
