"""A tier set by hand."""

from sqlalchemy.orm import Session

from bots.commands import STAFF, Chat, Reply, command, people, serving, tier_words
from bots.texts import formats, text
from loyalty import shop
from loyalty.customers.models import Customer
from loyalty.points.tiers import granting
from loyalty.points.tiers.manual import Setting
from loyalty.staff.permissions import Right
from loyalty.typed import phones, tier_line
from loyalty.typed.tier_line import TierLine

EXAMPLE = "/hang 0912345678 bạc đến 31/12 khách thân"


@command("hạng", "tier", for_=STAFF, right=Right.SET_TIER, help=EXAMPLE, reads=tier_line.parse)
def set_tier(session: Session, chat: Chat, line: TierLine) -> Reply:
    """`/hang 0912345678 bạc đến 31/12 khách thân` holds somebody in a tier through a day.

    `/hang 0912345678 bỏ` ends it. The customer is told of either. Raises MemberCodeUnknown, NobodyThere, OwnAccount,
    BadTier, NoTierByHand, NoProgramme.
    """
    customer = people.get(session, line.person, now=chat.now)
    if line.tier is None:
        return _take_back(session, chat, customer, line)
    rules, today = people.rules(session, chat.now), shop.of(session).day(chat.now)
    named = tier_words.called(rules, line.tier)
    setting = Setting(named.code if named is not None else line.tier, line.until(today), line.reason)
    done = granting.grant(session, customer, setting, serving.hand(chat))
    facts = {
        "who": people.label(session, customer, chat.locale),
        "tier": rules.tier_name(setting.tier, chat.locale),
        "until": formats.day(setting.until, chat.locale, today),
        "undo": f"/hang {_who(line)} bỏ",
    }
    lines = [text("set_tier.done", chat.locale, **facts)]
    if done.change.to_tier != setting.tier:
        held = rules.tier_name(done.change.to_tier, chat.locale)
        lines.append(text("set_tier.above", chat.locale, tier=held))
    return Reply("\n".join(lines))


def _take_back(session: Session, chat: Chat, customer: Customer, line: TierLine) -> Reply:
    done = granting.take_back(session, customer, serving.hand(chat))
    tier = people.tier_name(session, done.to_tier, chat.locale, chat.now)
    who = people.label(session, customer, chat.locale)
    return Reply(text("set_tier.ended", chat.locale, who=who, tier=tier, again=f"/hang {_who(line)}"))


def _who(line: TierLine) -> str:
    """The customer as they were named."""
    return phones.national(line.person.phone) if line.person.phone else str(line.person.code)
