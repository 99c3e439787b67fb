"""Taking a movement back."""

from sqlalchemy.orm import Session

from bots.commands import STAFF, Chat, Reply, command, people, serving, staff_rewards
from bots.commands.faults import read_number
from bots.texts import formats, text
from loyalty import shop
from loyalty.customers import profiles
from loyalty.points import ledger
from loyalty.points.counter import actions
from loyalty.points.returns.reversal import Reversal
from loyalty.purchases import returns
from loyalty.rewards import codes, redemptions
from loyalty.staff.permissions import Right


def read_undone(args: str) -> int | str:
    """The number of a movement, or a reward code. Raises NumberUnclear, NumberMissing."""
    return codes.parse(args) if codes.is_code(args) and not args.strip().isdigit() else read_number(args)


@command("hủy", "undo", for_=STAFF, right=Right.UNDO_OWN, help="/huy 1042", reads=read_undone)
def undo(session: Session, chat: Chat, number: int | str) -> Reply:
    """`/huy 1042` reverses a movement, `/huy K7P4-M2QX` what a code was used for; the customer is told.

    Refusals say why: EntryNotFound, RedemptionNotFound, NotYours, TooLate, AlreadyUndone, NotUndoable, ReturnedSince,
    PointsSpent, RedemptionOver.
    """
    if isinstance(number, str):
        return staff_rewards.undo(session, chat, redemptions.get_by_code(session, number))
    if (redemption := redemptions.find_by_entry(session, number)) is not None:
        return staff_rewards.undo(session, chat, redemption)
    customer = profiles.get(session, ledger.get(session, number).customer_id)
    name = people.short(session, customer, chat.locale)  # an undone newcomer has none afterwards
    undone = actions.undo(session, number, serving.hand(chat))
    return Reply("\n".join(_lines(session, chat, undone.reversal, name, undone.was_told)))


def _lines(session: Session, chat: Chat, undone: Reversal, name: str, was_told: bool) -> list[str]:
    lines, locale = [_done(session, chat, undone)], chat.locale
    if undone.customer_undone:
        return [*lines, text("undo.newcomer", locale), _again(session, undone, locale)]
    balance = formats.points(ledger.balance(session, undone.entry.customer_id), locale)
    lines.append(text("undo.told" if was_told else "undo.balance", locale, name=name, balance=balance))
    if undone.tier_fell is not None:
        tier = people.tier_name(session, undone.tier_fell, locale, chat.now)
        lines.append(text("undo.tier_fell", locale, name=name, tier=tier))
    return [*lines, _again(session, undone, locale)]


def _again(session: Session, undone: Reversal, locale: str) -> str:
    """An undoing stays; what to do where it was the mistake."""
    if undone.purchase is None:
        return text("undo.again_given" if undone.original.points > 0 else "undo.again_taken", locale)
    if returns.of_entry(session, undone.original.id) is None:
        return text("undo.again_bill", locale)
    return text(
        "undo.again_return", locale, bill=undone.purchase.reference or ledger.earned_by(session, undone.purchase.id).id
    )


def _done(session: Session, chat: Chat, undone: Reversal) -> str:
    """The first line: which bill, or which movement where there was no bill."""
    purchase, locale = undone.purchase, chat.locale
    if purchase is None:
        points = formats.signed(undone.original.points, locale)
        return text("undo.movement", locale, number=undone.original.id, points=points)
    done = returns.of_entry(session, undone.original.id)
    facts = {
        "points": formats.points(abs(undone.entry.points), locale),
        "bill": purchase.reference or formats.money(purchase.total, locale),
        "at": formats.moment(purchase.purchased_at, locale, shop.of(session), chat.now),
    }
    if done is not None:
        return text("undo.returned", locale, amount=formats.money(done.amount, locale), **facts)
    return text("undo.done", locale, **facts)
