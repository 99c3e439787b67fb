"""Points that wait for somebody's word, made usable."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from bots.commands import STAFF, Chat, Reply, command, people, serving, staff_returns
from bots.commands.staff_returns import BillUnknown
from bots.texts import formats, text
from loyalty import shop
from loyalty.customers import profiles
from loyalty.points import ledger, promises
from loyalty.points.counter import actions
from loyalty.purchases.models import Purchase
from loyalty.staff.permissions import Right
from loyalty.typed import returned
from loyalty.typed.returned import ReturnLine, ReturnUnclear

EXAMPLE = "1042"


class ReleaseUnclear(ReturnUnclear):
    """No bill, or more than one: its receipt, the number of its award or its customer's phone is wanted."""

    code = "release_unclear"


def read_bill(args: str) -> ReturnLine:
    """One bill and nothing else. Raises ReleaseUnclear, PhoneUnclear, ReceiptUnclear."""
    try:
        line = returned.parse_return(args)
    except ReturnUnclear as refusal:
        raise ReleaseUnclear(args, "unclear") from refusal
    if line.amount is not None or line.why is not None:
        raise ReleaseUnclear(args, "unclear")
    return line


@command("mở điểm", "release", for_=STAFF, right=Right.AWARD, help="/modiem 1042", reads=read_bill)
def release(session: Session, chat: Chat, line: ReturnLine) -> Reply:
    """`/modiem 1042` lets a customer use what that bill promised; they are told. Once more says that it was done.

    The bill may be named by its receipt or its customer too; where several wait they are listed. Raises BillUnknown,
    NobodyThere, NothingPromised, NotByHand, NotAllowed, OwnAccount.
    """
    found = staff_returns.find(session, line, chat.now)
    found = _waiting(session, found) or found[:1]
    if not found:
        raise BillUnknown(line.bill)
    if len(found) > 1:
        return Reply(_which(session, chat, line, found))
    done = actions.release(session, found[0].id, serving.hand(chat))
    customer = profiles.get(session, done.purchase.customer_id)
    facts = {
        "points": formats.points(done.entry.points, chat.locale),
        "who": people.label(session, customer, chat.locale),
        "bill": staff_returns.bill_name(done.purchase, chat.locale),
        "balance": formats.points(ledger.balance(session, customer.id), chat.locale),
        "number": ledger.earned_by(session, done.purchase.id).id,
    }
    return Reply(text("release.done" if done.is_new else "release.repeated", chat.locale, **facts))


def _waiting(session: Session, found: Sequence[Purchase]) -> list[Purchase]:
    """Those whose points wait."""
    earned = {ledger.earned_by(session, bill.id).id: bill for bill in found}
    lots = promises.of_entries(session, list(earned))
    return [bill for entry_id, bill in earned.items() if promises.waiting(lots.get(entry_id)) is not None]


def _which(session: Session, chat: Chat, line: ReturnLine, found: Sequence[Purchase]) -> str:
    """The bills whose points wait, each with the line that means it alone."""
    rows = [_choice(session, chat, bill) for bill in found[: staff_returns.SHOWN]]
    return "\n".join([text("release.which", chat.locale, bill=line.bill), *rows])


def _choice(session: Session, chat: Chat, bill: Purchase) -> str:
    facts = {
        "line": f"/modiem {staff_returns.unmistakable(session, bill)}",
        "bill": staff_returns.bill_name(bill, chat.locale),
        "total": formats.money(bill.total, chat.locale),
        "at": formats.moment(bill.purchased_at, chat.locale, shop.of(session), chat.now),
    }
    return text("release.choice", chat.locale, **facts)
