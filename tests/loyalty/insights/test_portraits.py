"""Portraits of segments against the bills and people themselves, counted in plain Python."""

import random
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from statistics import median_low
from typing import Any

import pytest
from sqlalchemy.orm import Session

from jobs import portraits as jobs
from jobs import segments as following
from jobs.registry import Context
from loyalty.customers.models import CustomerStats
from loyalty.db import Database
from loyalty.insights.portraits import keeping, words
from loyalty.insights.portraits.portrait import BASKET, RECENCY, SPENT, UNKNOWN, Bought, Portrait, liking, percent
from loyalty.purchases.bills import Line
from loyalty.segments import saved
from loyalty.segments.models import Segment
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_campaigns import make_chat
from tests.builders_customers import make_customer
from tests.builders_points import award, undo

TODAY = date(2026, 11, 22)
GOODS = (("Latte đá", "Cà phê", 45_000), ("Bạc xỉu", "Cà phê", 35_000), ("Croissant", "Bánh", 30_000))
SEVERAL = {"all": [{"field": "orders", "op": ">=", "value": 2}]}
YEAR, RECENT = 365, 90  # days


@dataclass
class Told:
    """One customer as the reference knows them: each standing bill is (days ago, ₫, {product: ₫})."""

    bills: list[tuple[int, int, dict[str, int]]] = field(default_factory=list)
    channel: str = "none"
    agreed: bool = False
    month: int | None = None
    counted: bool = True

    def within(self, days: int) -> list[tuple[int, int, dict[str, int]]]:
        return [bill for bill in self.bills if bill[0] < days]


@pytest.fixture
def context(database: Database, settings: Settings) -> Context:
    return Context(database, settings, {}, clock=lambda: NOON)


@pytest.fixture
def crowd(database: Database) -> list[Told]:
    """Thirty-two people with none to six bills of the last 400 days; one does not let themselves be counted."""
    rng, people = random.Random(7), []
    with database.transaction() as session:
        for number in range(32):
            people.append(_person(session, rng, number))
    return people


def _person(session: Session, rng: random.Random, number: int) -> Told:
    customer, told = make_customer(session), Told(counted=number != 5)
    stats = session.get_one(CustomerStats, customer.id)
    if number % 3 == 0:
        told.channel, told.agreed = ("messenger", "zalo")[number % 2], number % 2 == 1
        make_chat(session, customer, told.channel, promotion=told.agreed)
        stats.channels, stats.consent_promotion = f",{told.channel},", told.agreed
    if number % 4:
        told.month = number % 12 + 1
        stats.birthday = told.month * 100 + 11
    stats.refused = "" if told.counted else ",evaluation,"
    for _ in range(4 if not told.counted else rng.choice((0, 1, 1, 2, 3, 6))):
        ago = rng.randrange(400)
        lines = [(name, kind, price * rng.randint(1, 4)) for name, kind, price in rng.sample(GOODS, rng.randint(1, 3))]
        total = sum(line[2] for line in lines)
        made = award(
            session,
            customer,
            total,
            lines=tuple(Line(name, unit_price=amount, category=kind) for name, kind, amount in lines),
            purchased_at=NOON - timedelta(days=ago),
        )
        if rng.random() < 0.1:
            undo(session, made)
        else:
            told.bills.append((ago, total, {name: amount for name, _, amount in lines}))
    return told


def steps(values: list[int], bounds: tuple[int, ...]) -> list[int]:
    found = Counter(sum(value >= bound for bound in bounds) for value in values)
    return [found[place] for place in range(len(bounds) + 1)]


def best(people: list[Told], of: Mapping[str, str]) -> list[Bought]:
    """What these bought in 12 months: each product under the name `of` gives it."""
    money: Counter[str] = Counter()
    times: dict[str, Counter[int]] = defaultdict(Counter)
    for number, person in enumerate(people):
        for _, _, goods in person.within(YEAR):
            for name, amount in goods.items():
                money[of[name]] += amount
            for name in {of[name] for name in goods}:
                times[name][number] += 1
    found = [Bought(name, money[name], len(who), sum(n > 1 for n in who.values())) for name, who in times.items()]
    return sorted(found, key=lambda each: (-each.sales, each.name))


def draw(database: Database, context: Context, rules: object) -> tuple[Segment, Portrait]:
    with database.transaction() as session:
        segment = saved.create(session, "Nhóm", rules, now=NOON)
    while following.follow_segments(context):
        pass
    while jobs.portray_segments(context):
        pass
    with database.read_only() as session:
        kept = keeping.find(session, segment)
    assert kept.portrait is not None and not kept.is_asked
    return segment, kept.portrait


def test_a_portrait_is_what_a_patient_person_would_count(
    database: Database, context: Context, crowd: list[Told]
) -> None:
    _, seen = draw(database, context, SEVERAL)

    members = [each for each in crowd if len(each.bills) >= 2]
    these = [each for each in members if each.counted]
    bills = [bill for each in these for bill in each.within(YEAR)]
    spent = [sum(amount for _, amount, _ in each.within(YEAR)) for each in these]
    last = [min(ago for ago, _, _ in each.bills) for each in these]
    earlier = [each for each in these if any(RECENT <= ago < 2 * RECENT for ago, _, _ in each.bills)]
    assert (seen.members, seen.people, len(these)) == (len(members), len(these), len(members) - 1)
    assert seen.channels == {kind: sum(e.channel == kind for e in these) for kind in ("zalo", "messenger", "none")}
    assert (seen.agreed, seen.reached, seen.never, seen.once) == (*2 * (sum(e.agreed for e in these),), 0, 0)
    assert seen.newcomers == sum(max(ago for ago, _, _ in each.bills) <= 30 for each in these)
    recency = Counter(sum(days > bound for bound in RECENCY) for days in last)
    assert list(seen.recency) == [*(recency[place] for place in range(len(RECENCY) + 1)), 0]
    assert (list(seen.spent), list(seen.baskets)) == (steps(spent, SPENT), steps([b[1] for b in bills], BASKET))
    assert seen.spent_12m == sum(spent)
    assert seen.median_spent == median_low(amount for amount in spent if amount)
    assert seen.median_basket == median_low(amount for _, amount, _ in bills)
    assert list(seen.birthdays) == [sum(each.month == month for each in these) for month in range(1, 13)]
    assert list(seen.products) == best(these, {name: name for name, _, _ in GOODS})
    assert list(seen.categories) == best(these, {name: kind for name, kind, _ in GOODS})
    assert seen.buyers == sum(bool(each.within(YEAR)) for each in these)
    assert (seen.earlier, seen.returners) == (len(earlier), sum(bool(each.within(RECENT)) for each in earlier))
    assert sum(seen.favourites.values()) == len(these)
    november = [bill for each in these for bill in each.bills if bill[0] < TODAY.day]
    assert (seen.months[-1].orders, seen.months[-1].revenue) == (len(november), sum(bill[1] for bill in november))


def test_the_shop_is_kept_once_with_every_month_there_was(
    database: Database, context: Context, crowd: list[Told]
) -> None:
    draw(database, context, {"all": []})
    with database.read_only() as session:
        whole = keeping.of_shop(session)

    assert whole is not None
    assert sum(month.orders for month in whole.portrait.months) == sum(len(each.bills) for each in crowd)
    assert sum(month.revenue for month in whole.portrait.months) == sum(b[1] for each in crowd for b in each.bills)
    assert whole.by_name["products"]["Latte đá"].buyers == sum(
        any("Latte đá" in goods for _, _, goods in each.within(YEAR)) for each in crowd if each.counted
    )


def test_it_is_taken_anew_when_asked_or_when_the_rules_change_and_not_before(
    database: Database, context: Context, crowd: list[Told]
) -> None:
    segment, seen = draw(database, context, SEVERAL)
    assert jobs.portray_segments(context) == 0

    with database.transaction() as session:
        keeping.ask(session, session.get_one(Segment, segment.id), now=NOON)
    assert jobs.portray_segments(context) == 1
    with database.transaction() as session:
        everybody = session.get_one(Segment, segment.id)
        saved.change(session, everybody, wanted={"all": []}, now=NOON + timedelta(seconds=1))
    assert jobs.portray_segments(context) == 0  # its members are not settled yet
    following.follow_segments(context)
    assert jobs.portray_segments(context) == 1
    with database.read_only() as session:
        now = keeping.find(session, everybody).portrait
    assert now is not None and now.members == len(crowd) > seen.members
    with database.transaction() as session:
        keeping.ask(session, everybody, now=NOON + timedelta(seconds=1))
        keeping.keep(session, segment.id, now, now=NOON)  # a look that had begun before
        session.expire_all()
        assert keeping.find(session, everybody).is_asked
        keeping.keep(session, segment.id, now, now=NOON + timedelta(seconds=1))
        session.expire_all()
        assert not keeping.find(session, everybody).is_asked


@pytest.mark.parametrize(
    ("part", "whole", "said"), [(3, 7, None), (10, 29, None), (10, 30, 33), (0, 30, 0), (0, 0, None)]
)
def test_few_people_are_said_in_numbers_not_in_per_cent(part: int, whole: int, said: int | None) -> None:
    assert percent(part, whole) == said


@pytest.mark.parametrize(
    ("buyers", "of", "tenths", "sure", "said"),
    [
        (42, 100, 21, True, "gấp 2,1 lần mức chung của cửa hàng"),  # 42 % against the shop's 20 %
        (8, 100, 4, True, "bằng 0,4 lần mức chung của cửa hàng"),
        (9, 40, 11, False, "ngang mức chung của cửa hàng"),  # 22.5 %: as likely chance
        (10, 19, None, False, "ít người quá, chưa so được"),  # too few to be held against the shop
    ],
)
def test_what_these_buy_is_held_against_the_shop(
    buyers: int, of: int, tenths: int | None, sure: bool, said: str
) -> None:
    blank: dict[str, Any] = {each.name: 0 for each in fields(Portrait)}
    these = Portrait(**{**blank, "buyers": of})

    found = liking(Bought("Latte đá", 1, buyers, 0), these, 1_000, Bought("Latte đá", 1, 200, 0))

    assert (found.tenths, found.is_sure, words.compared(found, "vi")) == (tenths, sure, said)
    assert liking(Bought("Mới", 1, buyers, 0), these, 1_000, None) == UNKNOWN
