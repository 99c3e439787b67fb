"""Handing rewards over."""

from sqlalchemy.orm import Session

from bots.commands import STAFF, Chat, Reply, command, people, reward_words, serving
from bots.texts import formats, text
from loyalty.customers import profiles
from loyalty.points import ledger
from loyalty.rewards import catalogue, codes, counter, redemptions
from loyalty.rewards.codes import RewardCodeUnclear
from loyalty.rewards.misses import WrongRewardCode
from loyalty.rewards.models import Redemption
from loyalty.staff.permissions import Right


def read_code(args: str) -> str:
    """A reward code as typed, or the text of its QR code. Raises RewardCodeUnclear when there is none at all."""
    if not args.strip():
        raise RewardCodeUnclear(args)
    return args.strip().lstrip("# ")


@command("đổi", "redeem", for_=STAFF, right=Right.REDEEM, help="/doi K7P4-M2QX", keeps_refused=True, reads=read_code)
def hand_over(session: Session, chat: Chat, typed: str) -> Reply:
    """`/doi K7P4-M2QX` hands the reward over, once; its customer is told. Wrong codes are counted.

    Raises RewardCodeUnclear, WrongRewardCode, Slowed, OwnAccount, AlreadyFulfilled, RedemptionOver, OtherStore.
    """
    hand = serving.hand(chat)
    found = counter.look(session, typed, hand)
    if isinstance(found, WrongRewardCode):
        raise found
    done = counter.fulfil(session, found, hand)
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
