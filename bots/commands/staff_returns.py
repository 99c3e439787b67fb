"""Goods taken back at the counter."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bots.commands import STAFF, Chat, Reply, command, people, receipts, serving
from bots.texts import formats, text
from loyalty import shop
from loyalty.customers import profiles
from loyalty.errors import NotFound
from loyalty.points import ledger
from loyalty.points.counter import actions
from loyalty.points.counter.actions import AskedBack, Back
from loyalty.points.models import EntryKind
from loyalty.purchases import bills, finding, recording
from loyalty.purchases.models import Purchase
from loyalty.purchases.returns import Goods
from loyalty.staff.models import Store
from loyalty.staff.permissions import Right
from loyalty.typed import returned
from loyalty.typed.returned import ReturnLine

SHOWN = 5  # bills named when it is not clear which one


class BillUnknown(NotFound):
    """No standing bill is named so; `bill` as typed."""

    code = "bill_unknown"

    def __init__(self, bill: str) -> None:
        super().__init__(bill=bill)


@command(
    "trả hàng",
    "return",
    for_=STAFF,
    right=Right.RETURN,
    help="/trahang HD123 100k",
    reads=returned.parse_return,
)
def take_back(session: Session, chat: Chat, line: ReturnLine) -> Reply:
    """`/trahang HD123 100k` takes goods of a bill back, `/trahang HD123` all that is left of it; the customer is told.

    The bill may be named by its movement or its customer too. Where several are meant they are listed, and the same
    goods within a minute are asked back. Raises BillUnknown, NobodyThere, PurchaseUndone, OverReturn, BadReturn.
    """
    found = find(session, line, chat.now)
    if not found:
        raise BillUnknown(line.bill)
    if len(found) > 1:
        return Reply(_which(session, chat, line, found))
    goods = Goods(line.amount, reason=line.why, store_id=chat.member.store_id)
    done = actions.take_back(session, found[0].id, goods, serving.hand(chat), line=chat.text)
    if isinstance(done, AskedBack):
        shown = {"amount": formats.money(line.amount or 0, chat.locale), "bill": bill_name(found[0], chat.locale)}
        return Reply(text("return.again", chat.locale, **shown))
    return Reply("\n".join(_lines(session, chat, done)))


def find(session: Session, line: ReturnLine, now: datetime) -> Sequence[Purchase]:
    """Every bill that may be meant, the newest first."""
    if line.person is not None:
        customer = people.get(session, line.person, now=now)
        return finding.returnable(session, customer.id, limit=SHOWN + 1)
    found: list[Purchase] = []
    if line.receipt is not None:
        found += finding.by_reference(session, bills.normalise(line.receipt), limit=SHOWN + 1)
    if line.number is not None:
        found += [bill for bill in _of_movement(session, line.number) if bill.id not in {each.id for each in found}]
    return found


def _of_movement(session: Session, number: int) -> Sequence[Purchase]:
    """The bill a movement was made by, or goods of which came back with it."""
    try:
        entry = ledger.get(session, number)
    except ledger.EntryNotFound:
        return ()
    if entry.purchase_id is None or entry.kind not in (EntryKind.EARN, EntryKind.RETURN):
        return ()
    return [recording.get(session, entry.purchase_id)]


def _which(session: Session, chat: Chat, line: ReturnLine, found: Sequence[Purchase]) -> str:
    """The bills that may be meant, each with the line that means it alone."""
    rows = [_choice(session, chat, line, bill) for bill in found[:SHOWN]]
    return "\n".join([text("return.which", chat.locale, bill=line.bill), *rows])


def _choice(session: Session, chat: Chat, line: ReturnLine, bill: Purchase) -> str:
    here, amount = shop.of(session), formats.money(line.amount, "vi") if line.amount else ""
    facts = {
        "line": f"/trahang {unmistakable(session, bill)} {amount}".strip(),
        "bill": bill_name(bill, chat.locale),
        "total": formats.money(bill.total, chat.locale),
        "store": session.get_one(Store, bill.store_id).name,
        "at": formats.moment(bill.purchased_at, chat.locale, here, chat.now),
        "who": people.short(session, profiles.get(session, bill.customer_id), chat.locale),
    }
    return text("return.choice", chat.locale, **facts)


def unmistakable(session: Session, bill: Purchase) -> str:
    """The number of its movement, with a word that says so where a receipt has the same digits."""
    number = str(ledger.earned_by(session, bill.id).id)
    others = finding.by_reference(session, number, limit=2)
    return number if all(other.id == bill.id for other in others) else f"số {number}"


def _lines(session: Session, chat: Chat, back: Back) -> list[str]:
    done, locale = back.returned, chat.locale
    customer = profiles.get(session, done.purchase.customer_id)
    facts = {
        "amount": formats.money(done.done.amount, locale),
        "bill": bill_name(done.purchase, locale),
        "who": people.label(session, customer, locale),
        "points": formats.points(done.done.points, locale),
        "left": formats.money(done.purchase.left, locale),
        "shortfall": formats.points(done.done.shortfall, locale),
    }
    lines = [text("return.done" if done.done.points else "return.done_nothing", locale, **facts)]
    if done.done.paid_back:
        lines.append(text("return.paid_back", locale, paid_back=formats.points(done.done.paid_back, locale)))
    if done.done.shortfall:
        lines.append(text("return.shortfall", locale, **facts))
    if done.entry.balance_after < 0:
        owed = formats.points(-done.entry.balance_after, locale)
        lines.append(text("return.owed", locale, owed=owed))
    lines.append(text("return.left" if done.purchase.left else "return.nothing_left", locale, **facts))
    if done.tier_fell is not None:
        tier = people.tier_name(session, done.tier_fell, locale, chat.now)
        lines.append(text("undo.tier_fell", locale, name=people.short(session, customer, locale), tier=tier))
    key = "return.told" if back.was_told else "return.balance"
    standing = receipts.standing(session, locale, customer, chat.now)
    return [*lines, text(key, locale, number=done.entry.id, **standing)]


def bill_name(purchase: Purchase, locale: str) -> str:
    """What staff call a bill: its receipt, or what it came to."""
    return purchase.reference or formats.money(purchase.total, locale)
