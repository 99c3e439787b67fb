"""What a campaign would do if it started now: how many, what they would read, and who would get nothing and why."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.campaigns import audience, billing, letters, offers
from loyalty.campaigns.audience import Seconds
from loyalty.campaigns.billing import Means
from loyalty.campaigns.fields import FIELDS
from loyalty.campaigns.letters import Addressee, Letter
from loyalty.campaigns.models import Campaign
from loyalty.campaigns.offers import Voucher
from loyalty.channels.models import ChannelAccount
from loyalty.customers import cases
from loyalty.customers.models import ChannelIdentity, Customer, CustomerStats
from loyalty.messaging import eligibility
from loyalty.messaging.models import PromotionSlot
from loyalty.segments import compile as sql
from loyalty.segments import membership, saved
from loyalty.segments.models import Segment
from loyalty.segments.rules import Frame, Node

NO_CHAT = "no_chat"
NEWEST = 5_000  # customer ids looked at first for samples
NAMES_READ = 200  # people whose names are compared for the samples


class Person(NamedTuple):
    """Somebody who would get it."""

    name: str | None
    customer: Customer
    channel: str
    text: str


@dataclass(frozen=True, slots=True)
class Sample:
    """What one real person would read, and why they were chosen: first, longest or shortest name, without one, or with
    the longest message of all.
    """

    case: str
    customer: Customer
    text: str
    channel: str  # the one it would go by
    name: str | None
    others: Mapping[str, str] = field(default_factory=dict)  # by channel, where other words stand there


@dataclass(frozen=True, slots=True)
class Preview:
    """`count` people have a chat and would be frozen; `reasons` says how many of them, by code, would get nothing.

    `no_chat` of the segment's people are not part of it at all.
    """

    count: int
    no_chat: int
    reasons: Mapping[str, int]
    samples: Sequence[Sample]

    @property
    def would_receive(self) -> int:
        return self.count - sum(self.reasons.values())


def of_campaign(session: Session, campaign: Campaign, *, now: datetime) -> Preview:
    """Counts over everybody, samples from real people. Raises BadRules when the segment's rules hold no more."""
    letter = letters.of_campaign(session, campaign)
    return of_text(session, session.get_one(Segment, campaign.segment_id), letter, now=now)


def of_text(session: Session, segment: Segment, text: str | Letter, *, now: datetime) -> Preview:
    """The same for words, or a letter with all its wordings, that are no campaign yet. Raises BadText, BadRules."""
    frame = Frame.at(session, now)
    node, letter = saved.tree(segment, frame), _letter(session, text)
    means = billing.of_shop(session, now=now)
    judged = _judged(session, node, frame, letter, now, means)
    query = sa.select(judged.c.reason, judged.c.price, sa.func.count()).group_by(judged.c.reason, judged.c.price)
    counted: Counter[str | None] = Counter()
    paid: Counter[int] = Counter()  # how many would get it at each price
    for reason, price, number in session.execute(query):
        counted[reason] += number
        if reason is None and price:
            paid[price] += number
    beyond = means.beyond(paid)
    total = sum(counted.values())
    counted["budget"] += beyond
    counted[offers.OUT] += _without_voucher(letter, counted[None] - beyond)
    return Preview(
        count=total,
        no_chat=membership.count(session, node, frame) - total,
        reasons={why: number for why, number in sorted(counted.items(), key=str) if why is not None and number},
        samples=_samples(session, node, frame, letter, now, means),
    )


def list_people(
    session: Session,
    segment: Segment,
    text: str | Letter,
    why: str | None,
    *,
    before: int | None = None,
    limit: int = 50,
    now: datetime,
) -> Sequence[Customer]:
    """A page of the people behind one number of a preview, newest customers first; `before` is the last one's id.

    `why` is a code of `reasons`, `no_chat`, or None for those who would get it, also those for whom the month's money
    would run out on the way. Raises BadText, BadRules.
    """
    frame = Frame.at(session, now)
    node = saved.tree(segment, frame)
    if why == NO_CHAT:
        query = _without_chat(node, frame)
    else:
        judged = _judged(session, node, frame, _letter(session, text), now, billing.of_shop(session, now=now))
        query = sa.select(Customer).join(judged, judged.c.customer_id == Customer.id)
        query = query.where(judged.c.reason.is_(None) if why is None else judged.c.reason == why)
    if before is not None:
        query = query.where(Customer.id < before)
    return session.scalars(query.order_by(Customer.id.desc()).limit(limit)).all()


def _without_chat(node: Node, frame: Frame) -> sa.Select[Customer]:
    has_chat = sa.exists().where(ChannelIdentity.customer_id == Customer.id)
    belongs = sql.members(node, frame)
    return sa.select(Customer).join(CustomerStats, CustomerStats.customer_id == Customer.id).where(belongs, ~has_chat)


def _letter(session: Session, text: str | Letter) -> Letter:
    letter = letters.of_text(session, text) if isinstance(text, str) else text
    letter.fields()  # damaged words are refused here
    return letter


def _without_voucher(letter: Letter, receiving: int) -> int:
    """How many of those who would get it there is no voucher for."""
    return 0 if letter.codes_left is None else max(receiving - letter.codes_left, 0)


def _judged(
    session: Session,
    node: Node,
    frame: Frame,
    letter: Letter,
    now: datetime,
    means: Means,
    *narrowed: ColumnElement[bool],
) -> sa.Subquery:
    """Who would be frozen, each with the reason they would be skipped for, in the order it is asked when sending.

    `price` is what their way would cost, whole ₫; NULL where there is none.
    """
    best = audience.chats(node, frame, now, *narrowed).subquery()
    identity, account = ChannelIdentity, ChannelAccount
    closes = Seconds(identity.last_interaction_at) + account.window_seconds
    price = means.price(sa.and_(closes.is_not(None), closes > int(now.timestamp())))
    why = sa.case(
        *letters.lacking(session, letter, now),
        (sa.not_(identity.promotion), "consent"),
        (sa.and_(identity.unreachable_at.is_not(None), price.is_(None)), "person"),
        (cases.has_open_complaint(identity.customer_id), "complaint"),
        (price.is_(None), "window"),
        (price > means.left, "budget"),
        (identity.customer_id.in_(_full(frame)), "frequency"),
        else_=None,
    )
    return (
        sa.select(best.c.customer_id, account.kind.label("channel"), why.label("reason"), price.label("price"))
        .join(identity, identity.id == best.c.identity_id)
        .join(account, account.id == identity.channel_account_id)
        .join(Customer, Customer.id == best.c.customer_id)
        .where(best.c.place == 1)
        .subquery()
    )


def _full(frame: Frame) -> sa.Select[Any]:
    """Customers who got what they agreed to: one today, or four in 30 days."""
    slot = PromotionSlot
    month = slot.shop_day > frame.today - timedelta(days=30)
    many: ColumnElement[bool] = sa.func.count() >= eligibility.PER_30_DAYS
    return (
        sa.select(slot.customer_id)
        .where(month)
        .group_by(slot.customer_id)
        .having(sa.or_(many, sa.func.max(slot.shop_day) == frame.today))
    )


def _samples(
    session: Session, node: Node, frame: Frame, letter: Letter, now: datetime, means: Means
) -> Sequence[Sample]:
    """From the newest customers, and from all where none of those would get it."""
    newest = CustomerStats.customer_id > audience.top(session) - NEWEST
    near, whole = (_judged(session, node, frame, letter, now, means, *narrowed) for narrowed in ((newest,), ()))
    return list(_draw(session, near, letter, now)) or list(_draw(session, whole, letter, now))


def _draw(session: Session, judged: sa.Subquery, letter: Letter, now: datetime) -> Iterator[Sample]:
    query = (
        sa.select(Customer, judged.c.channel)
        .join(judged, judged.c.customer_id == Customer.id)
        .where(judged.c.reason.is_(None))
        .order_by(Customer.id.desc())
        .limit(NAMES_READ)
    )
    rows = session.execute(query).all()
    addressees = [Addressee(customer, channel) for customer, channel in rows]
    written = letters.write(session, letter, addressees, now=now, vouchers=_vouchers(session, letter, addressees, now))
    named = [
        Person(each.values.get("name"), to.customer, to.channel, each.text)
        for to, each in zip(addressees, written, strict=True)
        if each.text is not None
    ]
    for case, person in _cases(named).items():
        others = _elsewhere(session, letter, person, now)
        yield Sample(case, person.customer, person.text, person.channel, person.name, others)


def _elsewhere(session: Session, letter: Letter, person: Person, now: datetime) -> Mapping[str, str]:
    """What they would read by the other channels, where that differs."""
    found = {}
    for channel in letters.CHANNELS if letter.texts else ():
        to = [Addressee(person.customer, channel)]
        [written] = letters.write(session, letter, to, now=now, vouchers=_vouchers(session, letter, to, now))
        if written.text is not None and written.text != person.text:
            found[channel] = written.text
    return found


def _vouchers(
    session: Session, letter: Letter, addressees: Sequence[Addressee], now: datetime
) -> Mapping[int, Voucher]:
    """A code of nobody's in place of each one's own: none is drawn to be looked at."""
    until = shop.of(session).day(now) + timedelta(days=letter.valid_days)
    code = FIELDS["voucher"].example.vi
    return {each.customer.id: Voucher(code, until) for each in addressees} if letter.has_offer else {}


def _cases(crowd: Sequence[Person]) -> dict[str, Person]:
    """The people worth looking at, each once."""
    named = [person for person in crowd if person.name]
    unnamed = [person for person in crowd if not person.name]
    chosen: dict[str, Person] = {}
    if crowd:
        chosen["first"] = crowd[0]
    if named:
        chosen["longest"] = max(named, key=lambda person: len(person.name or ""))
        chosen["shortest"] = min(named, key=lambda person: len(person.name or ""))
    if unnamed:
        chosen["without_name"] = unnamed[0]
    if crowd:
        chosen["longest_text"] = max(crowd, key=lambda person: len(person.text))
    once = {person.customer.id: case for case, person in reversed(chosen.items())}
    return {case: chosen[case] for case in chosen if case in once.values()}
