"""Bringing a friend: one's own link and code, and the code a friend gave."""

from contextlib import suppress
from datetime import timedelta

from sqlalchemy.orm import Session

from bots import media
from bots.commands import CUSTOMER, Chat, Reply, buttons, command
from bots.commands.faults import NotMeant
from bots.commands.taken import Understood
from bots.texts import formats, text
from loyalty import shop
from loyalty.customers import profiles
from loyalty.customers.models import CustomerStats
from loyalty.errors import LoyaltyError
from loyalty.points.rating.matching import Facts, occurs
from loyalty.programme import versions
from loyalty.programme.document import Programme, Scope
from loyalty.referrals import bringing, codes
from loyalty.referrals.bringing import ReferralsOff
from loyalty.referrals.models import Referral, State
from loyalty.typed import fold

PICTURE = timedelta(days=30)  # for so long the QR code of a link can be fetched
ROWS = 100  # friends counted


def read_code(args: str) -> str:
    """A friend's code, or nothing. Raises NotMeant for words that are about something else, ReferralCodeUnclear."""
    typed = args.strip().lstrip("#").strip()
    if not typed:
        return ""
    if " " in typed and not codes.is_code(typed):
        raise NotMeant(args)
    if typed.isalpha() and fold.plain(typed) != fold.plain(typed).upper():
        raise NotMeant(args)
    return codes.parse(typed)


@command("giới thiệu", "refer", for_=CUSTOMER, help="giới thiệu", details=True, reads=read_code)
def refer(session: Session, chat: Chat, code: str) -> Reply:
    """`giới thiệu` gives one's link and code; `giới thiệu K7P4M2Q` says who brought oneself.

    Raises ReferralsOff, ReferralCodeUnknown, OwnReferral, NotNew, AlreadyBrought.
    """
    if code:
        done, is_new = bringing.bring(session, chat.person.customer_id, code, how="typed", now=chat.now)
        return Reply(_brought(session, chat, done, is_new), buttons(chat.locale, "code", "points"))
    return _own(session, chat)


def hold(session: Session, customer_id: int, ref: str, understood: Understood) -> None:
    """Lock whoever's code comes along or is typed together with the writer, before the writer alone is locked."""
    is_typed = understood.command is not None and understood.command.run is refer and understood.refusal is None
    code = understood.value if is_typed else ref
    if code and codes.is_code(code):
        with suppress(LoyaltyError):  # who is gone meanwhile: said when it is to be written down
            bringing.hold(session, customer_id, codes.parse(code))


def arrive(session: Session, chat: Chat, ref: str) -> str:
    """Who came by a friend's link was brought by them: what they are told, "" where it was no such link."""
    if chat.identity is None or not codes.is_code(ref):
        return ""
    try:
        with session.begin_nested():
            done, is_new = bringing.bring(session, chat.person.customer_id, codes.parse(ref), how="link", now=chat.now)
    except LoyaltyError:
        return ""
    return _brought(session, chat, done, is_new)


def _own(session: Session, chat: Chat) -> Reply:
    customer_id = chat.person.customer_id
    rules = versions.at(session, shop.of(session).day(chat.now))
    if not bringing.is_on(session, now=chat.now):
        raise ReferralsOff
    code = codes.of(session, customer_id, now=chat.now)
    link = codes.link(session, code)
    lines = [
        text("referral.own", chat.locale, link=link),
        text("referral.typed", chat.locale, code=code),
        _promise(session, chat, rules),
        *_so_far(session, chat, customer_id),
    ]
    picture = media.qr_address(session, link, until=chat.now + PICTURE)
    return Reply("\n".join(filter(None, lines)), buttons(chat.locale, "points"), picture)


def _promise(session: Session, chat: Chat, rules: Programme) -> str:
    """What both get, and when."""
    today, stats = shop.of(session).day(chat.now), session.get_one(CustomerStats, chat.person.customer_id)
    points = {
        to: sum(
            rule.points
            for rule in rules.on(Scope.REFERRAL, to=to)
            if occurs(rule, today, Facts(stats.tier), rule.when.minimum_bill)
        )
        for to in ("referrer", "friend")
    }
    key = "both" if all(points.values()) else "you" if points["referrer"] else "friend"
    shown = {to: formats.points(count, chat.locale) for to, count in points.items()}
    return text(f"referral.promise_{key}", chat.locale, days=rules.referral.wait_days, **shown)


def _so_far(session: Session, chat: Chat, customer_id: int) -> list[str]:
    found = bringing.list_newest(session, referrer_id=customer_id, limit=ROWS)
    if not found:
        return []
    paid = [each for each in found if each.state == State.PAID]
    points = formats.points(sum(each.referrer_points for each in paid), chat.locale)
    waiting = sum(each.state in (State.OPEN, State.WAITING) for each in found)
    return [text("referral.so_far", chat.locale, paid=len(paid), points=points, waiting=waiting)]


def _brought(session: Session, chat: Chat, referral: Referral, is_new: bool) -> str:
    """`Lan giới thiệu bạn`: the name their friend has here, or none."""
    name = profiles.name_of(session, profiles.get(session, referral.referrer_id))
    who = formats.name(name).split()[-1] if name else text("referral.a_friend", chat.locale)
    return text("referral.brought" if is_new else "referral.brought_before", chat.locale, who=who)
