"""Handing rewards over."""

from typing import NamedTuple

from sqlalchemy.orm import Session

from bots.commands import STAFF, Chat, Reply, command, people, reward_words, serving
from bots.texts import formats, text
from loyalty.customers import profiles
from loyalty.points import ledger
from loyalty.rewards import catalogue, codes, counter, offline, redemptions
from loyalty.rewards.codes import RewardCodeUnclear
from loyalty.rewards.misses import WrongRewardCode
from loyalty.rewards.models import Redemption
from loyalty.staff.permissions import Right
from loyalty.typed import fold, money

BEFORE_A_BILL = frozenset(("cho", "don", "hoa", "bill", "for", "a", "the", "of"))


class Handing(NamedTuple):
    """A reward code, as we write it or else as typed, and whole ₫ of the bill it is used with."""

    code: str
    bill: int | None = None


def read_handing(args: str) -> Handing:
    """`K7P4-M2QX`, `K7P4 M2QX 350k`, `K7P4M2QX đơn 350k`, or the text of a QR code.

    What begins with no code stays as typed. Raises RewardCodeUnclear when there is nothing at all, MoneyUnclear.
    """
    words = args.strip().lstrip("# ").split()
    if not words:
        raise RewardCodeUnclear(args)
    for end in range(1, len(words) + 1):
        code = offline.code_in(" ".join(words[:end]))
        if codes.is_code(code):
            return Handing(codes.write(codes.parse(code)), _read_bill(words[end:]))
    return Handing(" ".join(words))


def _read_bill(words: list[str]) -> int | None:
    if not words:
        return None
    while len(words) > 1 and fold.fold(words[0]) in BEFORE_A_BILL:
        words = words[1:]
    return money.parse_money(" ".join(words))


@command("đổi", "redeem", for_=STAFF, right=Right.REDEEM, help="/doi K7P4-M2QX", keeps_refused=True, reads=read_handing)
def hand_over(session: Session, chat: Chat, asked: Handing) -> Reply:
    """`/doi K7P4-M2QX` hands the reward over, once; its customer is told. Wrong codes are counted.

    `/doi K7P4-M2QX 350k` says the bill it is used with, which some vouchers ask for. Raises RewardCodeUnclear,
    WrongRewardCode, Slowed, OwnAccount, AlreadyFulfilled, RedemptionOver, OtherStore, BillNeeded, BillTooSmall.
    """
    hand = serving.hand(chat)
    found = counter.look(session, asked.code, hand)
    if isinstance(found, WrongRewardCode):
        raise found
    done = counter.fulfil(session, found, hand, asked.bill)
    facts = {**_facts(session, chat, done.redemption), "number": done.redemption.entry_id}
    if is_gift := done.redemption.price == 0:
        facts["code"] = codes.write(redemptions.code_of(session, done.redemption))
    if is_gift:
        said = "handing.gift_done" if done.is_new else "handing.gift_repeated"
    else:
        said = "handing.done" if done.is_new else "handing.repeated"
    lines = [text(said, chat.locale, **facts)]
    if worth := reward_words.worth(catalogue.get(session, found.reward_id), chat.locale):
        lines.append(text("handing.worth", chat.locale, worth=worth))
    if not is_gift:
        lines.append(text("handing.balance", chat.locale, **facts))
    return Reply("\n".join(lines))


def undo(session: Session, chat: Chat, redemption: Redemption) -> Reply:
    """`/huy` with the number of a redemption's burn, or a gift's code. Raises NotYours, TooLate, RedemptionOver."""
    done = counter.undo(session, redemption, serving.hand(chat))
    facts = _facts(session, chat, redemption)
    if redemption.price == 0:
        told = text("handing.told", chat.locale) if done.was_told else ""
        return Reply(
            text("handing.gift_undone" if done.is_new else "handing.gift_unused", chat.locale, told=told, **facts)
        )
    if not done.is_new:
        return Reply(text("handing.undone_before", chat.locale, **facts))
    told = text("handing.told", chat.locale) if done.was_told else ""
    return Reply(text("handing.undone", chat.locale, told=told, **facts))


def _facts(session: Session, chat: Chat, redemption: Redemption) -> dict[str, str]:
    customer = profiles.get(session, redemption.customer_id)
    return {
        "reward": _name(session, chat, redemption),
        "who": people.label(session, customer, chat.locale),
        "name": people.short(session, customer, chat.locale),
        "points": formats.points(redemption.price, chat.locale),
        "balance": formats.points(ledger.balance(session, customer.id), chat.locale),
    }


def _name(session: Session, chat: Chat, redemption: Redemption) -> str:
    return catalogue.name_of(catalogue.get(session, redemption.reward_id), chat.locale)
