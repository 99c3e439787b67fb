"""Two years of the demo shop as a list of moments: a pure function of the day it was first filled."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from random import Random

from loyalty.customers.consents import Purpose
from loyalty.demo import care, crowd, menu, talk
from loyalty.demo.care import Jotting, Remark
from loyalty.demo.crowd import Guest, Habit
from loyalty.demo.people import Person
from loyalty.demo.talk import Talk
from loyalty.purchases.bills import Line
from loyalty.shop import Shop

RECENT = timedelta(hours=3)  # how long ago those who are not silent wrote
BEFORE = timedelta(minutes=6)  # joined at the counter, then paid
SECOND_CHAT = 200  # days after the first bill, of who writes on two channels
LAST_WORDS = (21, 5)  # hour and minute on the day somebody fell silent, after any bill of that day
PRIVATE = "vy"  # does not want to be chosen by what she buys
STOPPED = 20  # days before the first fill, of who wrote «dừng» and is not silent
MISTAKE = ("vy", 12, "BD02")  # who, how many days before the first fill, and what was not bought at all
RETURNED = ("vy", timedelta(minutes=25), "Ly bị đổ, khách không lấy nữa")  # who, how long after their last bill, why
FRIENDS = (("lan", "guest49"), ("lan", "guest48"))  # who brought whom, paid by the first fill and waiting
WAIT_DAYS = 14  # a friend's first bill has to stand for
BROUGHT = timedelta(minutes=3)  # before the first bill
SEEN = timedelta(hours=1)  # after it, when the next hour's job looks at it
DISCOUNT = 20  # percent
FIRST = "demo:lan:purchase:1"  # the bill every other day is counted from


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody begins to write on a channel."""

    at: datetime
    key: str
    guest: Guest
    channel: str
    user_id: str


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody buys. `discount`: whole ₫ taken off the bill."""

    at: datetime
    key: str
    person: Person
    lines: tuple[Line, ...]
    discount: int
    is_at_second: bool
    reference: str = ""  # the receipt's number, given when all bills are in their order


@dataclass(frozen=True, slots=True)
class Undoing:
    """The bill recorded under `visit` is taken back."""

    at: datetime
    key: str
    visit: str


@dataclass(frozen=True, slots=True)
class Return:
    """One piece of the first line of the bill recorded under `visit` comes back."""

    at: datetime
    key: str
    visit: str
    reason: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Somebody who had agreed to offers writes «dừng», or somebody switches another purpose off."""

    at: datetime
    key: str
    person: Person
    channel: str
    user_id: str
    purpose: Purpose = Purpose.PROMOTION


@dataclass(frozen=True, slots=True)
class Bringing:
    """Somebody new came by the link of a regular."""

    at: datetime
    key: str
    referrer: Person
    friend: Person


@dataclass(frozen=True, slots=True)
class Payment:
    """The referral noted under `bringing` is looked at: its bill has stood long enough."""

    at: datetime
    key: str
    bringing: str


Moment = Bringing | Payment | Arrival | Visit | Undoing | Return | Refusal | Jotting | Remark | Talk


@dataclass(frozen=True, slots=True)
class Calendar:
    """The shop day everything is counted back from, and the instant it was first filled: nothing happened later."""

    anchor: date
    shop: Shop
    now: datetime

    def at(self, days: int, hour: int, minute: int = 0) -> datetime:
        day = self.anchor - timedelta(days=days)
        return datetime.combine(day, time(hour, minute), self.shop.timezone).astimezone(UTC)

    def weekday(self, days: int) -> int:
        return (self.anchor - timedelta(days=days)).weekday()


def anchor_of(first_purchase_on: date) -> date:
    """The day the shop was first filled, from the shop day of the bill `FIRST`."""
    return first_purchase_on + timedelta(days=crowd.OLDEST)


def moments(calendar: Calendar) -> list[Moment]:
    """Everything that happened before the shop was filled, in its order, each with a key that never changes."""
    found = [moment for guest in crowd.guests() for moment in _of(guest, calendar)]
    found += [*_mistake(calendar), *_return(found), *care.moments(calendar.at), *talk.moments(calendar.at)]
    found += _lately(calendar)
    found += list(_friends(found, calendar))
    ordered = sorted(found, key=lambda moment: (moment.at, moment.key))
    numbers = count(1)
    return [_numbered(moment, numbers) for moment in ordered]


def chats(person: Person) -> Iterator[tuple[str, str]]:
    """Channel and user id of every chat the shop knows of."""
    if person.is_seeded_chat and person.zalo:
        yield "zalo", person.zalo
    if person.is_seeded_chat and person.psid:
        yield "messenger", person.psid


def _of(guest: Guest, calendar: Calendar) -> Iterator[Moment]:
    visits = list(_visits(guest, calendar))
    yield from visits
    begun = visits[0].at - BEFORE if visits else calendar.at(guest.met, 10, 12)
    for place, (channel, user_id) in enumerate(chats(guest.person)):
        at = begun + place * timedelta(days=SECOND_CHAT)
        yield Arrival(at, f"{channel}:{user_id}", guest, channel, user_id)
        if guest.person.key not in talk.WAITING:
            yield talk.last(guest.person, channel, user_id, _last_at(guest.person, at, calendar))
        if guest.person.promotion is False and place == 0:
            said_at = calendar.at(guest.person.silent_days or STOPPED, *LAST_WORDS)
            yield Refusal(said_at, f"demo:{guest.person.key}:stop", guest.person, channel, user_id)
        if guest.person.key == PRIVATE and place == 0:
            said_at, key = at + BEFORE, f"demo:{guest.person.key}:personalisation"
            yield Refusal(said_at, key, guest.person, channel, user_id, Purpose.PERSONALISATION)


def _numbered(moment: Moment, numbers: Iterator[int]) -> Moment:
    return replace(moment, reference=f"M{next(numbers):05}") if isinstance(moment, Visit) else moment


def _last_at(person: Person, at: datetime, calendar: Calendar) -> datetime:
    last = calendar.at(person.silent_days, *LAST_WORDS) if person.silent_days else calendar.now - RECENT
    return max(at + BEFORE, last)


def _visits(guest: Guest, calendar: Calendar) -> Iterator[Visit]:
    chance = Random(f"demo {guest.person.key}")  # noqa: S311  # the same bills every time
    bills = [(calendar.at(ticket.day, ticket.hour, 20), ticket.skus, False) for ticket in guest.tickets]
    if guest.habit is not None:
        bills += _habitual(guest.habit, chance, calendar)
    for number, (at, skus, is_discounted) in enumerate(bills, start=1):
        bought = menu.lines(skus)
        discount = menu.worth(bought) * DISCOUNT // 100_000 * 1_000 if is_discounted else 0
        is_at_second = guest.goes_to_second and chance.random() < 0.9
        yield Visit(at, f"demo:{guest.person.key}:purchase:{number}", guest.person, bought, discount, is_at_second)


def _habitual(habit: Habit, chance: Random, calendar: Calendar) -> Iterator[tuple[datetime, str, bool]]:
    """A bill in each of `visits` equal parts of the span, on a day they like; the first and the last are fixed.

    However the weekdays fall, as many numbers are drawn, so what is bought and its order stay the same.
    """
    span = habit.first - habit.last + 1
    for number in range(habit.visits):
        begin, end = (habit.first - span * step // habit.visits for step in (number, number + 1))
        days = range(begin, end, -1)
        likes = [habit.days[calendar.weekday(day)] + 0.01 for day in days]
        [day] = chance.choices(days, likes)
        if number in (0, habit.visits - 1):
            day = habit.last if number else habit.first
        at = calendar.at(day, chance.choice(habit.hours), chance.randrange(60))
        yield at, menu.pick(chance, habit.taste), habit.is_discounted


def _lately(calendar: Calendar) -> Iterator[Visit]:
    """Every day of two weeks as many bills as the other, at nearly the same hours: today as far as it has come.

    Today is a few minutes ahead of every other day: at no instant does it look as if nobody came.
    """
    regulars = [guest.person for guest in crowd.guests() if guest.is_regular]
    for day in range(crowd.LATELY) if regulars else ():
        chance = Random(f"demo lately {day}")  # noqa: S311  # the same bills every time
        for place, (hour, minute, taste) in enumerate(crowd.SERVED):
            late, bought = chance.randrange(1, 15), menu.lines(menu.pick(chance, taste))
            person = regulars[(day * len(crowd.SERVED) + place) % len(regulars)]
            at = calendar.at(day, hour, minute + late if day else minute)
            if at < calendar.now:
                yield Visit(at, f"demo:{person.key}:day{day}:{place}", person, bought, 0, is_at_second=False)


def _mistake(calendar: Calendar) -> Iterator[Moment]:
    """A bill put to the wrong customer, and taken back four minutes later."""
    who, day, skus = MISTAKE
    [person] = [guest.person for guest in crowd.guests() if guest.person.key == who]
    at, key = calendar.at(day, 18, 40), f"demo:{who}:mistake"
    yield Visit(at, key, person, menu.lines(skus), 0, is_at_second=False)
    yield Undoing(at + timedelta(minutes=4), f"{key}:undone", key)


def _return(moments: Sequence[Moment]) -> Iterator[Moment]:
    """A piece of somebody's last bill of several things, brought back soon afterwards."""
    who, after, reason = RETURNED
    theirs = [each for each in moments if isinstance(each, Visit) and each.person.key == who and len(each.lines) > 1]
    if theirs:
        last = max(theirs, key=lambda visit: visit.at)
        yield Return(last.at + after, f"demo:{who}:return", last.key, reason)


def _friends(moments: Sequence[Moment], calendar: Calendar) -> Iterator[Moment]:
    """Friends who came by a link a moment before their first bill, and what fell due for it by the first fill."""
    people = {guest.person.key: guest.person for guest in crowd.guests()}
    for referrer, friend in FRIENDS:
        theirs = [each.at for each in moments if isinstance(each, Visit) and each.person.key == friend]
        if referrer not in people or not theirs:
            continue
        first, key = min(theirs), f"demo:{friend}:brought"
        yield Bringing(first - BROUGHT, key, people[referrer], people[friend])
        yield Payment(first + SEEN, f"{key}:seen", key)
        days = (calendar.anchor - calendar.shop.day(first)).days - WAIT_DAYS - 1
        if days > 0:
            yield Payment(calendar.at(days, 9, 10), f"{key}:paid", key)
