"""Awarding points at the counter."""

from datetime import timedelta

from sqlalchemy.orm import Session

from bots.commands import STAFF, Chat, Reply, command, people, receipts, staff_approvals
from bots.texts import formats, text
from loyalty.customers.models import Customer
from loyalty.points import accrual
from loyalty.points.accrual import Award, Bill
from loyalty.purchases import recording
from loyalty.staff import audit, held, permissions
from loyalty.staff.permissions import Right
from loyalty.typed import award
from loyalty.typed.award import AwardLine, Person

AGAIN = timedelta(seconds=60)  # the same customer and amount within this time is asked back


@command("tích", "award", for_=STAFF, right=Right.AWARD, help="/tich 0912345678 250k #HD123", reads=award.parse_award)
def award_points(session: Session, chat: Chat, line: AwardLine) -> Reply:
    """`/tich 0912345678 250k #HD123` records a bill and awards its points; the customer is told.

    A cashier's large bill waits for a second person; the same bill again within a minute is asked back.
    Raises MemberCodeUnknown, OwnAccount, ReceiptTaken, NoProgramme.
    """
    customer = people.find(session, Person(line.phone, line.code), now=chat.now)
    people.refuse_own(session, chat.member, customer)
    if _is_large(session, chat, line.amount):
        return staff_approvals.ask(session, chat, line, customer)
    if _is_again(session, chat, line, customer) and not held.once_more(
        session, chat.member.id, chat.text, now=chat.now
    ):
        return Reply(_ask_back(session, chat, line, customer))
    who = customer.id if customer is not None else line.phone
    assert who is not None, "a code names a customer"
    bill = Bill(line.amount, chat.member.store_id, reference=line.receipt, staff_id=chat.member.id)
    done = accrual.record_purchase(session, who, bill, actor=chat.author.actor, key=chat.event_key, now=chat.now)
    return _told(session, chat, done)


def _told(session: Session, chat: Chat, done: Award) -> Reply:
    if not done.is_new:
        return Reply(receipts.repeated(session, chat, done))
    receipts.tell_customer(session, chat, done)
    detail = {"purchase": done.purchase.public_id, "points": done.entry.points, "total": done.purchase.total}
    audit.record_by(session, chat.author, "award", f"entry:{done.entry.id}", detail=detail, now=chat.now)
    return Reply(receipts.awarded(session, chat.locale, done, now=chat.now))


def _is_large(session: Session, chat: Chat, amount: int) -> bool:
    if permissions.may(chat.member.role, Right.AWARD_ANY_AMOUNT):
        return False
    return amount > people.rules(session, chat.now).cashier_bill


def _is_again(session: Session, chat: Chat, line: AwardLine, customer: Customer | None) -> bool:
    """Whether this may be the same bill sent twice: without a receipt nobody can tell."""
    if customer is None or line.receipt is not None:
        return False
    since = chat.now - AGAIN
    return recording.recent_same(session, customer.id, line.amount, chat.member.id, since=since) is not None


def _ask_back(session: Session, chat: Chat, line: AwardLine, customer: Customer | None) -> str:
    assert customer is not None
    who, amount = people.label(session, customer, chat.locale), formats.money(line.amount, chat.locale)
    return text("award.again", chat.locale, who=who, amount=amount)
