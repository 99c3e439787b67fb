"""A friend's code given to the cashier."""

from typing import NamedTuple

from sqlalchemy.orm import Session

from bots.commands import STAFF, Chat, Reply, command, people
from bots.texts import text
from loyalty.customers import profiles
from loyalty.referrals import bringing, codes
from loyalty.referrals.codes import ReferralCodeUnclear
from loyalty.staff import audit
from loyalty.staff.permissions import Right
from loyalty.typed import phones
from loyalty.typed.award import Person


class Line(NamedTuple):
    """Who was brought, by their phone (E.164), and the code they gave."""

    phone: str
    code: str


def read_line(args: str) -> Line:
    """A phone and a friend's code, either first. Raises PhoneUnclear, ReferralCodeUnclear."""
    if not args.strip():
        raise ReferralCodeUnclear(args)
    phone, rest = phones.split_phone(args, may_trail=True)
    return Line(phone, codes.parse(rest.lstrip("# ")))


@command("giới thiệu", "referral", for_=STAFF, right=Right.LINK, help="/gioithieu 0912345678 K7P4M2Q", reads=read_line)
def bring(session: Session, chat: Chat, line: Line) -> Reply:
    """`/gioithieu 0912345678 K7P4M2Q`: this customer was brought by whoever has the code. Before their first bill.

    Raises NobodyThere, ReferralsOff, ReferralCodeUnknown, OwnReferral, OwnAccount, NotNew, AlreadyBrought.
    """
    friend = people.get(session, Person(line.phone, None), now=chat.now)
    done, is_new = bringing.bring(
        session, friend.id, line.code, how="counter", actor=chat.author.actor, by=chat.member, now=chat.now
    )
    if is_new:
        subject = f"referral:{done.public_id}"
        audit.record_by(session, chat.author, "referral_noted", subject, now=chat.now)
    who, by = (
        people.label(session, profiles.get(session, customer_id), chat.locale)
        for customer_id in (done.friend_id, done.referrer_id)
    )
    return Reply(text("referral.noted", chat.locale, who=who, by=by))
