"""What a campaign would do if it started now: how many, what they would read, and who would get nothing and why.

Judged for the moment its messages would leave: within quiet hours that is when they end.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.campaigns import audience, billing, letters, offers
from loyalty.campaigns.fields import FIELDS
from loyalty.campaigns.judging import Look, Mailing
from loyalty.campaigns.letters import Addressee, Letter
from loyalty.campaigns.models import Campaign
from loyalty.campaigns.offers import Voucher
from loyalty.customers.models import ChannelIdentity, Customer, CustomerStats
from loyalty.segments import compile as sql
from loyalty.segments import membership
from loyalty.segments.models import Segment
from loyalty.segments.rules import Frame, Node
from loyalty.segments.whose import Whose

NO_CHAT = "no_chat"
NEWEST = 5_000  # customer ids looked at first for samples
NAMED = 3  # people named for each reason
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


class Going(NamedTuple):
    """Those who would get it by one way of one account: how many, and what each costs, whole ₫."""

    account_id: int
    kind: str
    route: str
    people: int
    price: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """`count` people have a chat and would be frozen; `reasons` says how many of them, by code, would get nothing.

    `no_chat` of the segment's people are not part of it at all. `going` are the others by their ways; for `unpaid` of
    them the campaign's own money would not last, so that it would pause. `leaves_at`: now, or when quiet hours end.
    """

    count: int
    no_chat: int
    reasons: Mapping[str, int]
    going: Sequence[Going]
    unpaid: int
    cost: int  # whole ₫
    leaves_at: datetime

    @property
    def would_receive(self) -> int:
        return self.count - sum(self.reasons.values())


@dataclass(frozen=True, slots=True)
class Preview(Numbers):
    """The numbers, and what real people would read."""

    samples: Sequence[Sample] = ()


def of_campaign(session: Session, campaign: Campaign, *, now: datetime) -> Preview:
    """Counts over everybody, samples from real people. Raises BadRules when the segment's rules hold no more."""
    return of_mailing(session, session.get_one(Segment, campaign.segment_id), Mailing.of(session, campaign), now=now)


def of_text(session: Session, segment: Segment, text: str | Letter, *, now: datetime) -> Preview:
    """The same for words, or a letter with all its wordings, that are no campaign yet. Raises BadText, BadRules."""
    return of_mailing(session, segment, Mailing.plain(session, text), now=now)


def count(session: Session, campaign: Campaign, *, now: datetime) -> Numbers:
    """The numbers alone. Raises BadRules."""
    segment = session.get_one(Segment, campaign.segment_id)
    return _count(session, Look.at(session, segment, Mailing.of(session, campaign), now))


def first_people(session: Session, campaign: Campaign, *, now: datetime) -> Mapping[str, Sequence[Customer]]:
    """By reason, the newest three it is true of, looked for among the newest customers; "" for who would get it."""
    segment = session.get_one(Segment, campaign.segment_id)
    look = Look.at(session, segment, Mailing.of(session, campaign), now)
    judged = look.judged(session, _newest(session))
    why = sa.func.coalesce(judged.c.reason, "")
    place = sa.func.row_number().over(partition_by=why, order_by=judged.c.customer_id.desc())
    placed = sa.select(why.label("why"), judged.c.customer_id, place.label("place")).subquery()
    query = sa.select(placed.c.why, Customer).join(Customer, Customer.id == placed.c.customer_id)
    found: dict[str, list[Customer]] = {}
    for reason, customer in session.execute(query.where(placed.c.place <= NAMED).order_by(Customer.id.desc())):
        found.setdefault(reason, []).append(customer)
    return found


def of_mailing(session: Session, segment: Segment, mailing: Mailing, *, now: datetime) -> Preview:
    """The same for what is to be sent, however it was come by. Raises BadRules."""
    look = Look.at(session, segment, mailing, now)
    numbers = _count(session, look)
    return Preview(
        **{each.name: getattr(numbers, each.name) for each in fields(numbers)}, samples=_samples(session, look)
    )


def _count(session: Session, look: Look) -> Numbers:
    judged = look.judged(session)
    by = (judged.c.reason, judged.c.price, judged.c.route, judged.c.account_id, judged.c.channel)
    query = sa.select(*by, sa.func.count()).group_by(*by)
    counted: Counter[str | None] = Counter()
    paid: Counter[int] = Counter()  # how many would get it at each price
    going = []
    for reason, price, route, account_id, channel, number in session.execute(query):
        counted[reason] += number
        if reason is None:
            going.append(Going(account_id, channel, route, number, price))
            paid[price] += number if price else 0
    paid = +paid
    beyond = look.means.beyond(paid)
    total = sum(counted.values())
    counted["budget"] += beyond
    counted[offers.OUT] += _without_voucher(look.mailing, counted[None] - beyond)
    allowed = billing.affordable(paid, look.means.left)
    own = allowed if look.mailing.left is None else billing.affordable(allowed, look.mailing.left)
    return Numbers(
        count=total,
        no_chat=membership.count(session, look.node, look.frame) - total,
        reasons={why: number for why, number in sorted(counted.items(), key=str) if why is not None and number},
        going=sorted(going),
        unpaid=sum(allowed.values()) - sum(own.values()),
        cost=sum(price * number for price, number in own.items()),
        leaves_at=look.leaves_at,
    )


def list_people(
    session: Session,
    segment: Segment,
    mailing: Mailing,
    why: str | None,
    *,
    before: int | None = None,
    limit: int = 50,
    now: datetime,
) -> Sequence[Customer]:
    """A page of the people behind one number of a preview, newest customers first; `before` is the last one's id.

    `why` is a code of `reasons`, `no_chat`, or None for those who would get it, also those for whom the month's money
    would run out on the way. Raises BadRules.
    """
    look = Look.at(session, segment, mailing, now)
    if why == NO_CHAT:
        query = _without_chat(look.node, look.frame)
    else:
        judged = look.judged(session)
        query = sa.select(Customer).join(judged, judged.c.customer_id == Customer.id)
        query = query.where(judged.c.reason.is_(None) if why is None else judged.c.reason == why)
    if before is not None:
        query = query.where(Customer.id < before)
    return session.scalars(query.order_by(Customer.id.desc()).limit(limit)).all()


def _without_chat(node: Node, frame: Frame) -> sa.Select[Customer]:
    has_chat = sa.exists().where(ChannelIdentity.customer_id == Customer.id)
    belongs = sql.members(node, frame)
    return sa.select(Customer).join(CustomerStats, CustomerStats.customer_id == Customer.id).where(belongs, ~has_chat)


def _without_voucher(mailing: Mailing, receiving: int) -> int:
    """How many of those who would get it there is no voucher for."""
    left = mailing.letters[0].codes_left
    return 0 if left is None else max(receiving - left, 0)


def _newest(session: Session) -> Whose:
    before = audience.top(session) - NEWEST
    return lambda customer: customer > before


def _samples(session: Session, look: Look) -> Sequence[Sample]:
    """From the newest customers, and from all where none of those would get it."""
    near, whole = look.judged(session, _newest(session)), look.judged(session)
    return list(_draw(session, near, look)) or list(_draw(session, whole, look))


def _draw(session: Session, judged: sa.Subquery, look: Look) -> Iterator[Sample]:
    query = (
        sa.select(Customer, judged.c.channel)
        .join(judged, judged.c.customer_id == Customer.id)
        .where(judged.c.reason.is_(None))
        .order_by(Customer.id.desc())
        .limit(NAMES_READ)
    )
    rows = session.execute(query).all()
    readers: dict[int, list[Addressee]] = {}
    for customer, channel in rows:
        readers.setdefault(look.mailing.number_of(customer), []).append(Addressee(customer, channel))
    letters_of = look.mailing.letters
    crowd = [
        each for number, several in readers.items() for each in _written(session, letters_of[number], several, look.now)
    ]
    crowd.sort(key=lambda person: -person.customer.id)
    for case, person in _cases(crowd).items():
        others = _elsewhere(session, letters_of[look.mailing.number_of(person.customer)], person, look.now)
        yield Sample(case, person.customer, person.text, person.channel, person.name, others)


def _elsewhere(session: Session, letter: Letter, person: Person, now: datetime) -> Mapping[str, str]:
    """What they would read by the other channels, where that differs."""
    found = {}
    for channel in letters.CHANNELS if letter.texts else ():
        [*written] = _written(session, letter, [Addressee(person.customer, channel)], now)
        if written and written[0].text != person.text:
            found[channel] = written[0].text
    return found


def _written(session: Session, letter: Letter, addressees: Sequence[Addressee], now: datetime) -> Iterator[Person]:
    """Those of them a message can be written to, with it."""
    vouchers = _vouchers(session, letter, addressees, now)
    for to, each in zip(
        addressees, letters.write(session, letter, addressees, now=now, vouchers=vouchers), strict=True
    ):
        if each.text is not None:
            yield Person(each.values.get("name"), to.customer, to.channel, each.text)


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
