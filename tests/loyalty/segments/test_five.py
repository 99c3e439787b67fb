"""The five segments: by an independent reading of the bills, in SQL and in Python, part by part."""

from datetime import timedelta
from itertools import pairwise, product
from random import Random
from statistics import median
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.campaigns import content
from loyalty.customers.models import Customer, CustomerStats
from loyalty.purchases.models import Purchase
from loyalty.segments import advice, cycles, five, membership, ready, rules, thresholds
from loyalty.segments.models import CustomerHabit
from loyalty.segments.rules import Frame
from loyalty.staff import stores
from tests.builders import NOON
from tests.builders_campaigns import make_person, stats_of

NUMBERS = thresholds.DEFAULTS


def bought(session: Session, *bills: tuple[int, int], total: int = 100_000, **totals: Any) -> Customer:
    """A customer with a bill of 100,000 ₫ (days ago, ₫ taken off) each, and the totals of them."""
    person = make_person(session, **totals)
    store = stores.default(session).id
    for days, discount in bills:
        at = NOON - timedelta(days=days)
        session.add(_bill(person, store, at, total, discount))
    stats = stats_of(session, person)
    stats.orders, stats.spent = len(bills), total * len(bills)
    stats.spent_12m = stats.spent
    stats.last_purchase_at = NOON - timedelta(days=min(days for days, _ in bills)) if bills else None
    session.flush()
    cycles.keep(session, [person.id])
    return person


def _bill(person: Customer, store: int, at: Any, total: int, discount: int) -> Purchase:
    key = f"{person.id}:{at}:{discount}"
    return Purchase(
        public_id=key,
        key=key,
        customer_id=person.id,
        store_id=store,
        source="test",
        total=total,
        discount=discount,
        eligible=total,
        state="recorded",
        made_customer=False,
        purchased_at=at,
        purchased_on=at.date(),
        recorded_at=at,
        tier_before="member",
        tier_after="member",
    )


def fives(session: Session, person: Customer) -> list[str]:
    stats, habit, frame = stats_of(session, person), session.get(CustomerHabit, person.id), Frame.at(session, NOON)
    return [code for code in five.CODES if five.belongs(code, stats, habit, frame)]


def test_each_example_of_the_page_is_as_it_says(session: Session) -> None:
    regular = bought(session, *[(number * 7, 0) for number in range(1, 5)])
    assert fives(session, regular) == ["repeat"]
    away = bought(session, *[(30 + number * 7, 0) for number in range(4)])
    assert fives(session, away) == ["repeat", "inactive"]  # a rhythm of 7 days, 30 days ago: over 3 × 7
    rare = bought(session, (30, 0), (90, 0), (150, 0))
    assert fives(session, rare) == []  # a rhythm of 60 days, 30 days ago
    once, once_long_ago = bought(session, (30, 0)), bought(session, (91, 0))
    assert [fives(session, each) for each in (once, once_long_ago)] == [["prospect"], ["inactive"]]
    hunter, loyal = bought(session, (1, 5), (8, 5), (15, 5)), bought(session, (1, 5), (8, 0), (15, 5))
    assert [fives(session, each) for each in (hunter, loyal)] == [["promo"], []]
    vip = bought(session, (1, 0), (8, 0), (15, 0), total=4_000_000)
    assert fives(session, vip) == ["vip"]
    writer = bought(session, last_interaction_at=NOON - timedelta(days=60))
    silent = bought(session, last_interaction_at=NOON - timedelta(days=61))
    assert [fives(session, each) for each in (writer, silent, bought(session))] == [["prospect"], [], []]


def test_sql_and_python_and_the_bills_agree(session: Session) -> None:
    chance = Random(6)
    for _ in range(60):
        count = chance.choice([0, 1, 2, 3, 4, 8])
        start, gap = chance.randrange(100), chance.choice([2, 7, 30])
        bills = [(start + place * gap, chance.choice([0, 5])) for place in range(count)]
        wrote = chance.choice([None, NOON - timedelta(days=chance.randrange(100))])
        bought(session, *bills, total=chance.choice([100_000, 3_000_000]), last_interaction_at=wrote)
    frame = Frame.at(session, NOON)
    people = session.scalars(select(CustomerStats)).all()
    habits = {row.customer_id: row for row in session.scalars(select(CustomerHabit))}
    for code in five.CODES:
        node = rules.parse(ready.rules_of(code), frame)
        found = {each.id for each in membership.list_members(session, node, frame, limit=100)}
        in_python = {one.customer_id for one in people if five.belongs(code, one, habits.get(one.customer_id), frame)}
        assert found == in_python == {one.customer_id for one in people if by_hand(session, code, one)}
        assert found, f"nobody is {code}: the test says nothing"


def by_hand(session: Session, code: str, one: CustomerStats) -> bool:
    """From the bills alone, as the page words it."""
    query = select(Purchase.purchased_on, Purchase.discount).where(Purchase.customer_id == one.customer_id)
    bills = session.execute(query.order_by(Purchase.purchased_on)).all()
    today, orders = NOON.date(), len(bills)
    match code:
        case "vip":
            return one.spent_12m >= NUMBERS["vip_spent"] and orders >= 3
        case "prospect":
            days = [(today - bills[-1][0]).days] if bills else []
            days += [(NOON - one.last_interaction_at).days] if one.last_interaction_at else []
            return orders <= 1 and any(day <= 60 for day in days)
        case "repeat":
            return orders >= 4
        case "promo":
            return orders >= 3 and int(1000 * cycles.lowest_share(sum(off > 0 for _, off in bills), orders)) >= 600
    if not bills:
        return False
    days = [day for day, _ in bills]
    gaps = [(after - before).days for before, after in pairwise(days)]
    rhythm = median(gaps) if len(gaps) >= 2 else 30
    return (today - days[-1]).days > max(14, 3 * rhythm)


def test_an_erased_bill_leaves_no_habit_and_stale_ones_are_found(session: Session) -> None:
    person = bought(session, (1, 0), (8, 0))
    assert cycles.list_stale(session) == []
    session.execute(sa.update(Purchase).where(Purchase.customer_id == person.id).values(state="undone"))
    stats = stats_of(session, person)
    stats.orders, stats.last_purchase_at = 0, None
    session.flush()
    assert cycles.list_stale(session) == [person.id]
    cycles.keep(session, [person.id])
    assert cycles.list_stale(session) == [] and session.scalar(select(CustomerHabit)) is None


def test_what_they_mean_is_said_with_the_shops_numbers_and_what_to_write_is_a_template(session: Session) -> None:
    units = {number.code: number.unit for number in thresholds.NUMBERS}
    for code, locale in product(five.CODES, ("vi", "en")):
        said = advice.meaning(code, thresholds.of(session), units, locale)
        assert "{" not in said and any(char.isdigit() for char in said)
        text = advice.starter_text(code, "Mây", locale)
        assert "Mây" in text and "{{ name | " in text and "{{{" not in text
        assert not content.needed(content.parse(text))  # nobody without a name is left out
