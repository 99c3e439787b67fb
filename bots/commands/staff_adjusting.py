"""Points given or taken by hand."""

from sqlalchemy.orm import Session

from bots.commands import STAFF, Chat, Reply, command, people, receipts, serving, staff_approvals
from loyalty.points.counter import actions
from loyalty.points.counter.deciding import Waiting
from loyalty.staff.permissions import Right
from loyalty.typed import adjustment
from loyalty.typed.adjustment import AdjustmentLine

GIVE, TAKE = "/cong 0912345678 50 đền ly hỏng", "/tru 0912345678 50 cộng nhầm"


@command("cộng", "adjust", for_=STAFF, right=Right.ADJUST, help=GIVE, reads=adjustment.parse_giving)
def give_points(session: Session, chat: Chat, line: AdjustmentLine) -> Reply:
    """`/cong 0912345678 50 đền ly hỏng` gives 50 points, `/adjust 0912345678 -50 …` takes them; the customer is told.

    More than one person may waits for a second one. Raises MemberCodeUnknown, NobodyThere, OwnAccount, BadAdjustment,
    InsufficientPoints, NoProgramme.
    """
    customer = people.get(session, line.person, now=chat.now)
    done = actions.adjust(session, customer, line.points, line.reason, serving.hand(chat))
    if isinstance(done, Waiting):
        return staff_approvals.answer(session, chat, done)
    return Reply(receipts.adjusted(session, chat.locale, done, now=chat.now))


@command("trừ", "deduct", for_=STAFF, right=Right.ADJUST, help=TAKE, reads=adjustment.parse_taking)
def take_points(session: Session, chat: Chat, line: AdjustmentLine) -> Reply:
    """`/tru 0912345678 50 cộng nhầm` takes 50 points; the rest as for `/cong`."""
    return give_points(session, chat, line)
