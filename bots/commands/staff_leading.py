"""Customers worth a word: who bought most lately, and whose points end soon. Phones stay masked."""

from datetime import timedelta

from sqlalchemy.orm import Session

from bots.commands import STAFF, Chat, Reply, command, people
from bots.texts import formats, text
from loyalty import shop
from loyalty.customers import profiles
from loyalty.insights import leading
from loyalty.insights.leading import Buyer, Ending
from loyalty.insights.periods import Period
from loyalty.staff import audit
from loyalty.staff.permissions import Right

MOST = 5  # of each
SOON = timedelta(days=30)


@command("báo cáo khách", "customer_report", for_=STAFF, right=Right.REPORT, help="/baocao khách")
def report(session: Session, chat: Chat, _: str) -> Reply:
    """`/baocao khách`: who bought most in the last 30 days, and who has most points that end within 30 days."""
    today = shop.of(session).day(chat.now)
    bought = leading.buyers(session, Period.ending("month", today), limit=MOST)
    ends = leading.ending(session, today, within=SOON, limit=MOST)
    audit.record_by(session, chat.author, "customer_report", "customers", now=chat.now)
    lines = [text("leading.buyers" if bought else "leading.no_buyers", chat.locale)]
    lines += [_buyer(session, chat, each) for each in bought]
    lines.append(text("leading.ending" if ends else "leading.no_ending", chat.locale))
    lines += [_ending(session, chat, each) for each in ends]
    return Reply("\n".join(lines))


def _buyer(session: Session, chat: Chat, each: Buyer) -> str:
    amount = formats.money(each.spent, chat.locale)
    return text(
        "leading.buyer", chat.locale, who=_who(session, chat, each.customer_id), amount=amount, orders=each.orders
    )


def _ending(session: Session, chat: Chat, each: Ending) -> str:
    facts = {
        "who": _who(session, chat, each.customer_id),
        "points": formats.points(each.points, chat.locale),
        "day": formats.day(each.on, chat.locale, shop.of(session).day(chat.now)),
    }
    return text("leading.end", chat.locale, **facts)


def _who(session: Session, chat: Chat, customer_id: int) -> str:
    return people.label(session, profiles.get(session, customer_id), chat.locale)
