"""Awarding points at the counter."""

from sqlalchemy.orm import Session

from bots.commands import STAFF, Chat, Reply, at_sale, command, people, receipts, serving, staff_approvals
from bots.texts import formats, text
from loyalty.customers import profiles
from loyalty.points.counter import actions, orders
from loyalty.points.counter.actions import AskedBack
from loyalty.points.counter.deciding import Waiting
from loyalty.points.counter.orders import Order
from loyalty.points.counter.requests.award import AskedAgain
from loyalty.staff.permissions import Right
from loyalty.typed import award
from loyalty.typed.award import AwardLine, Person


@command("tích", "award", for_=STAFF, right=Right.AWARD, help="/tich 0912345678 250k #HD123", reads=award.parse_award)
def award_points(session: Session, chat: Chat, line: AwardLine) -> Reply:
    """`/tich 0912345678 250k #HD123` records a bill and awards its points; the customer is told.

    With `dùng 50` or `dùng hết` the customer's points pay of it. A cashier's large bill waits for a second person;
    the same bill again within a minute is asked back. The answer says what helps to serve them.
    Raises MemberCodeUnknown, OwnAccount, ReceiptTaken, NoProgramme.
    """
    customer = orders.find(session, Person(line.phone, line.code), now=chat.now)
    order = Order(line.amount, line.receipt, chat.text, customer, line.phone, pay_points=line.pay_points)
    match actions.award(session, order, serving.hand(chat)):
        case AskedBack():
            assert customer is not None, "only of somebody known can it be the same bill"
            who, amount = people.label(session, customer, chat.locale), formats.money(line.amount, chat.locale)
            return Reply(text("award.again", chat.locale, who=who, amount=amount))
        case Waiting() | AskedAgain() as outcome:
            return staff_approvals.answer(session, chat, outcome)
        case done if done.is_new:
            bought_by = profiles.get(session, done.purchase.customer_id)
            also = at_sale.lines(session, chat.locale, bought_by, done.purchase, now=chat.now)
            return Reply(receipts.awarded(session, chat.locale, done, now=chat.now, also=also))
        case done:
            return Reply(receipts.repeated(session, chat.locale, done, now=chat.now))
