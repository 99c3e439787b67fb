"""For a person, a purpose and a moment: which ways are allowed, what each costs, why the others are not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import shop, upsert
from loyalty.channels import accounts, figures
from loyalty.channels.models import ChannelAccount, ChannelFigure
from loyalty.channels.route import TEMPLATES, Route
from loyalty.choices import chosen
from loyalty.customers import cases
from loyalty.customers.models import ChannelIdentity, Customer
from loyalty.messaging import budget, frequency, package, templates, ways
from loyalty.messaging.models import OutboundMessage, RouteRefusal, TemplateDay
from loyalty.messaging.outbox import Lane
from loyalty.messaging.platforms import RULES
from loyalty.messaging.ways import Chat, Choice, Moment, Person, Purpose, Way

MADE = ("sending", "sent", "unknown")  # what a person got, or may have got
BILLED = "may be billed"


@dataclass(frozen=True, slots=True)
class Narrow:
    """What is known of one message beforehand: its account, its facts, what it costs, which ways failed before."""

    account_id: int | None = None
    user_id: str | None = None
    facts: Mapping[str, str] | None = None
    free_price: int = 0
    is_paid: bool = False
    tried: Sequence[str] = ()
    has_place: bool = False  # the day's promotion is this very message
    at_any_hour: bool = False  # the shop's quiet hours are left out of account


ANY = Narrow()


def of(
    session: Session, who: int | ChannelIdentity, purpose: str, *, now: datetime, narrow: Narrow = ANY
) -> Sequence[Way]:
    """Every way to this customer (or by this one chat) for the purpose, the one that would be taken first.

    Locks nothing. Raises UnknownPurpose.
    """
    if isinstance(who, ChannelIdentity):
        narrow = replace(narrow, account_id=who.channel_account_id, user_id=who.user_id)
        who = who.customer_id
    family = ways.purpose_of(purpose)
    person = _person(session, who, purpose, family, now, narrow)
    left = None if narrow.is_paid else _left(session, person, narrow, now)
    here = shop.of(session)
    here = replace(here, quiet_hours=None) if narrow.at_any_hour else here
    moment = Moment(now, here, left, narrow.free_price)
    found = ways.judge(person, purpose, moment)
    return [way for way in found if way.route not in narrow.tried] if narrow.tried else found


def may_be_billed(session: Session) -> bool:
    """Whether the shop chose anything that costs money, and allows for it: then whoever begins locks the month."""
    known: bool | None = session.info.get(BILLED)
    if known is None:
        known = templates.is_used(session) or _has_package(session)
        known = session.info[BILLED] = known and chosen.of(session).monthly_budget > 0
    return known


def settle_on(session: Session, message: OutboundMessage, way: Way, *, now: datetime) -> bool:
    """Write down the way a message goes and its price; False when the day's templates have run out meanwhile."""
    is_new = message.billed_in is None
    if is_new and way.route in TEMPLATES and not _count(session, way.chat, now):
        return False
    message.route, message.template_id = str(way.route), way.choice.template_id if way.choice else None
    if is_new:
        message.price = way.price if _is_as_told(session, way, now) else ways.dearest(way, now)
    return True


def was_billed(session: Session, message: OutboundMessage, *, is_billed: bool | None, now: datetime) -> None:
    """What the platform's answer says of a consultation message sent after the free hours; None: nothing.

    One that counted as paid for by the package and was billed costs its price after all; the other way about, the price
    is given back.
    """
    if message.route != Route.PACKAGE or is_billed is None:
        return
    if not is_billed:
        budget.give_back(session, message)
        message.price = 0
    elif message.billed_in is None:
        kind = accounts.get(session, message.channel_account_id).kind
        message.price = RULES.number(kind, "package_price", now) or 0
        package.empty(session, message.channel_account_id)
        budget.charge(session, message, now=now)


def refuse(session: Session, message: OutboundMessage, code: str, *, now: datetime) -> None:
    """The platform says that this person is not for this way: no message is tried by it again."""
    if message.customer_id is None or message.route is None:
        return
    values = {
        "customer_id": message.customer_id,
        "channel_account_id": message.channel_account_id,
        "route": message.route,
        "code": code,
        "at": now,
    }
    session.execute(upsert.insert(session, RouteRefusal).values(**values).on_conflict_do_nothing())


def narrowed(session: Session, message: OutboundMessage, facts: Mapping[str, str] | None = None) -> Narrow:
    """What `of` should know of a message that is about to be sent."""
    is_preset = message.route in (None, Route.FREE) and message.billed_in is None
    return Narrow(
        message.channel_account_id,
        message.user_id,
        facts,
        message.price if is_preset else 0,
        message.billed_in is not None,
        tried_of(message),
        message.lane == Lane.PROMOTION and frequency.has_place(session, message),
    )


def tried_of(message: OutboundMessage) -> Sequence[str]:
    return [route for route in message.tried.split(",") if route]


def _person(session: Session, customer_id: int, purpose: str, family: Purpose, now: datetime, narrow: Narrow) -> Person:
    customer = session.execute(
        sa.select(
            Customer.phone_key,
            Customer.phone_proof,
            Customer.joined_at,
            Customer.erased_at,
            cases.has_open_complaint(customer_id).label("complains"),
        ).where(Customer.id == customer_id)
    ).one_or_none()
    if customer is None or customer.erased_at is not None:
        return Person()
    choices = templates.choices(session, purpose, narrow.facts)
    is_promotion = family is Purpose.PROMOTION
    today, month = _promoted(session, customer_id, now) if is_promotion and choices else (0, 0)
    return Person(
        chats=_chats(session, customer_id, choices, now, narrow),
        has_phone=customer.phone_key is not None,
        is_claimed=customer.phone_proof == "claimed",
        has_joined=customer.joined_at is not None,
        complains=customer.complains,
        is_full=is_promotion and not narrow.has_place and frequency.is_full(session, customer_id, now=now),
        promoted_today=today,
        promoted_this_month=month,
    )


def _chats(
    session: Session, customer_id: int, choices: Mapping[int, Choice], now: datetime, narrow: Narrow
) -> Sequence[Chat]:
    query = sa.select(ChannelIdentity).filter_by(customer_id=customer_id).order_by(ChannelIdentity.id)
    if narrow.account_id is not None:
        query = query.where(ChannelIdentity.channel_account_id == narrow.account_id)
    identities = session.scalars(query.execution_options(populate_existing=True)).all()
    if narrow.user_id is not None and any(each.user_id == narrow.user_id for each in identities):
        identities = [each for each in identities if each.user_id == narrow.user_id]
    refused = _refused(session, customer_id) if choices else {}
    used = _used(session, now) if choices else {}
    told = _told(session, now) if choices else {}
    packaged = _packaged(session, identities, now)

    def chat(account: ChannelAccount, identity: ChannelIdentity | None) -> Chat:
        return Chat(
            account_id=account.id,
            kind=account.kind,
            account=account.external_id,
            user_id=identity.user_id if identity else None,
            wrote_at=identity.last_interaction_at if identity else None,
            closes_at=accounts.window_end(account, identity.last_interaction_at) if identity else None,
            agreed=identity is not None and identity.promotion,
            reachable=identity is None or identity.unreachable_at is None,
            stopped=account.stopped_at is not None,
            bills_package=account.bills_package,
            package_left=packaged.get(account.id, 0),
            has_human_agent=account.has_human_agent,
            choice=choices.get(account.id),
            refused=refused.get(account.id, frozenset()),
            used_today=max(used.get(account.id, 0), told[account.id].used if account.id in told else 0),
            quota=told[account.id].most if account.id in told else None,
        )

    found = [chat(accounts.get(session, each.channel_account_id), each) for each in identities]
    strange = set(choices) - {each.account_id for each in found}
    if narrow.account_id is not None:
        strange &= {narrow.account_id}
    return [*found, *(chat(accounts.get(session, account_id), None) for account_id in sorted(strange))]


def _packaged(session: Session, identities: Sequence[ChannelIdentity], now: datetime) -> Mapping[int, int]:
    """What the packages hold of the accounts that may use them; not looked up where none may."""
    known = {each.channel_account_id for each in identities}
    may = [each for each in sorted(known) if accounts.get(session, each).bills_package]
    return package.left(session, may, now=now) if may else {}


def _is_as_told(session: Session, way: Way, now: datetime) -> bool:
    """False where the package's last message was taken this very moment."""
    return way.route is not Route.PACKAGE or bool(way.price) or package.take(session, way.chat.account_id, now=now)


def _refused(session: Session, customer_id: int) -> Mapping[int, frozenset[str]]:
    query = sa.select(RouteRefusal.channel_account_id, RouteRefusal.route).filter_by(customer_id=customer_id)
    found: dict[int, frozenset[str]] = {}
    for account_id, route in session.execute(query):
        found[account_id] = found.get(account_id, frozenset()) | {route}
    return found


def _used(session: Session, now: datetime) -> Mapping[int, int]:
    query = sa.select(TemplateDay.channel_account_id, TemplateDay.used).filter_by(day=_day(now))
    return {row[0]: row[1] for row in session.execute(query)}


class _Told(NamedTuple):
    """A day's templates as the platform tells: how many there are, and how many were used when it told."""

    most: int
    used: int


def _told(session: Session, now: datetime) -> Mapping[int, _Told]:
    """By account. Of an earlier day only how many there are counts: the day begins with all of them."""
    query = sa.select(ChannelFigure.channel_account_id, ChannelFigure.value, ChannelFigure.at)
    found: dict[int, _Told] = {}
    for account_id, value, at in session.execute(query.filter_by(name=f"{figures.QUOTA}templates_day")):
        most, left = value.get("total"), value.get("left")
        if isinstance(most, int):
            is_todays = isinstance(left, int) and _day(at) == _day(now)
            found[account_id] = _Told(most, max(most - left, 0) if is_todays else 0)
    return found


def _promoted(session: Session, customer_id: int, now: datetime) -> tuple[int, int]:
    """How many promotions by template this person got today and this calendar month of the platform."""
    today = _day(now)
    first = datetime(today.year, today.month, 1, tzinfo=RULES.timezone)
    query = sa.select(OutboundMessage.began_at).where(
        OutboundMessage.customer_id == customer_id,
        OutboundMessage.lane == int(Lane.PROMOTION),
        OutboundMessage.route.in_(sorted(TEMPLATES)),
        OutboundMessage.state.in_(MADE),
        OutboundMessage.began_at >= first,
    )
    days = [_day(at) for at in session.scalars(query) if at is not None]
    return days.count(today), len(days)


def _left(session: Session, person: Person, narrow: Narrow, now: datetime) -> int:
    """What the month has left; not looked up where no way could cost anything."""
    could = narrow.free_price or any(chat.choice or chat.bills_package for chat in person.chats)
    return budget.left(session, now=now) if could else 0


def _count(session: Session, chat: Chat, now: datetime) -> bool:
    """One more of the day's templates, unless the platform's quota is reached; the row is locked until the end."""
    most = ways.daily_quota(chat, now)
    key: dict[str, Any] = {"channel_account_id": chat.account_id, "day": _day(now)}
    session.execute(upsert.insert(session, TemplateDay).values(**key, used=0).on_conflict_do_nothing())
    more = sa.update(TemplateDay).filter_by(**key).values(used=TemplateDay.used + 1)
    if most is not None:
        more = more.where(TemplateDay.used < most)
    counted = more.returning(TemplateDay.used).execution_options(synchronize_session=False)
    return session.execute(counted).scalar() is not None


def _has_package(session: Session) -> bool:
    return session.scalar(sa.select(ChannelAccount.id).where(ChannelAccount.bills_package).limit(1)) is not None


def _day(now: datetime) -> date:
    return now.astimezone(RULES.timezone).date()
