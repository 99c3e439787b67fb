"""What a bill earns by the rules, from values alone."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, time
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.points.rating import earning, matching
from loyalty.points.rating.earning import Basket, Facts, Item, Outcome, evaluate, points_for
from loyalty.points.rating.matching import basket_of
from loyalty.programme.document import Cap, Kind, Programme, Rule, Scope, When
from loyalty.programme.reading import read
from loyalty.purchases.bills import Bill, Line
from tests.builders_points import DEMO, demo_programme

SUNDAY = date(2026, 11, 22)
DEMO_TEXT = DEMO.read_text(encoding="utf-8")


def basket(*amounts: int, on: date = SUNDAY, at: time = time(15), **details: Any) -> Basket:
    items = tuple(
        Item(amount, f"sku-{place}", "coffee" if place == 0 else "cake") for place, amount in enumerate(amounts)
    )
    return Basket(items, sum(amounts), on, at, **details)


def rule(code: str, kind: Kind = Kind.MULTIPLY, scope: Scope = Scope.BILL, **details: Any) -> Rule:
    when = details.pop("when", When())
    return Rule(code, {"vi": code}, kind, scope, when, **details)


def with_rules(*rules: Rule) -> Programme:
    return replace(demo_programme(), rules=rules)


def with_earning(text: str) -> Programme:
    return read(1, DEMO_TEXT.replace("per_amount = 10000", text)).must()


DOUBLE = rule("double", multiplier=Fraction(2))
FIRST = rule("first", Kind.BONUS, points=50, when=When(first_purchase=True))
COFFEE = rule("coffee", scope=Scope.LINE, multiplier=Fraction(3), when=When(categories={"coffee": "coffee"}))
NO_CAKE = rule("no-cake", Kind.EXCLUDE, Scope.LINE, when=When(categories={"cake": "cake"}))
NO_PROMO = rule("no-promo", Kind.EXCLUDE, when=When(discounted=True))


@pytest.mark.parametrize(
    ("rules", "facts", "credit", "points", "carry"),
    [
        ((), Facts("silver", 5_000), 312_500, 31, 7_500),  # 250,000 × 1.25
        ((DOUBLE,), Facts("silver"), 625_000, 62, 5_000),  # × 2, then × 1.25
        ((DOUBLE, FIRST), Facts("silver", is_first=True), 625_000, 112, 5_000),  # 62 and 50
        ((DOUBLE, FIRST), Facts("silver"), 625_000, 62, 5_000),
        ((COFFEE,), Facts(), 650_000, 65, 0),  # 200,000 × 3 and 50,000
        ((NO_CAKE,), Facts(), 200_000, 20, 0),
        ((COFFEE, NO_CAKE, DOUBLE), Facts("gold"), 1_800_000, 180, 0),  # 200,000 × 3, × 2, × 1.5
        ((DOUBLE,), Facts(left={"double": 100_000}), 350_000, 35, 0),
        ((COFFEE,), Facts(left={"coffee": 0}), 250_000, 25, 0),
        ((FIRST,), Facts(is_first=True, left={"first": 20}), 250_000, 45, 0),
        ((), Facts(carry=-400_000), 250_000, 0, -150_000),
        ((FIRST,), Facts(carry=-400_000, is_first=True), 250_000, 50, -150_000),
    ],
)
def test_a_bill_of_200k_coffee_and_50k_cake(
    rules: tuple[Rule, ...], facts: Facts, credit: int, points: int, carry: int
) -> None:
    outcome = evaluate(with_rules(*rules), basket(200_000, 50_000), facts)

    assert (outcome.credit, outcome.points, outcome.carry) == (credit, points, carry)


def test_the_parts_come_in_the_fixed_order() -> None:
    outcome = evaluate(
        with_rules(FIRST, DOUBLE, NO_CAKE, COFFEE),
        replace(basket(200_000, 50_000), total=260_000, paid_with_points=10_000),
        Facts("silver", is_first=True, left={"double": 100_000}),
    )

    assert [(part.step, part.code, part.amount, part.points, part.capped) for part in outcome.parts] == [
        ("paid", "", -10_000, 0, False),
        ("excluded", "no-cake", -50_000, 0, False),
        ("line", "coffee", 400_000, 0, False),
        ("bill", "double", 100_000, 0, True),
        ("tier", "silver", 175_000, 0, False),
        ("bonus", "first", 0, 50, False),
    ]
    assert outcome.credit == outcome.eligible + 400_000 + 100_000 + 175_000 == 875_000


def test_a_fraction_of_a_dong_is_dropped_at_each_step() -> None:
    once = rule("a", multiplier=Fraction(11, 10))

    assert evaluate(with_rules(once), basket(10_009), Facts("silver")).credit == 13_761  # 11,009.9 → 11,009 → 13,761.25


def test_a_promotion_counts_for_the_tier_and_gives_no_points() -> None:
    outcome = evaluate(with_rules(NO_PROMO, FIRST), basket(250_000, discounted=True), Facts(is_first=True))

    assert (outcome.eligible, outcome.points, outcome.carry) == (0, 0, 0)


@pytest.mark.parametrize(
    ("text", "amount", "points", "carry"),
    [
        ("per_amount = 10000\ncarry = false", 19_999, 1, 700),
        ('per_amount = 10000\ncarry = false\nrounding = "half"', 14_999, 1, 700),
        ('per_amount = 10000\ncarry = false\nrounding = "half"', 15_000, 2, 700),
        ('percent = "5"\npoint_value = 1000', 39_300, 2, 0),  # a point per 20,000 ₫
        ("bands = [{ from = 0, per_amount = 20000 }, { from = 500000, per_amount = 10000 }]", 499_300, 25, 0),
        ("bands = [{ from = 0, per_amount = 20000 }, { from = 500000, per_amount = 10000 }]", 500_000, 50, 700),
    ],
)
def test_ways_of_earning(text: str, amount: int, points: int, carry: int) -> None:
    outcome = evaluate(with_earning(text), basket(amount), Facts(carry=700))

    assert (outcome.points, outcome.carry) == (points, carry)


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        (When(weekdays=frozenset({6})), True),
        (When(weekdays=frozenset({5})), False),
        (When(hours=((time(14), time(15)),)), False),
        (When(hours=((time(15), time(16)),)), True),
        (When(stores=frozenset({"q1"})), True),
        (When(stores=frozenset({"q3"})), False),
        (When(sources=frozenset({"web"})), False),
        (When(minimum_bill=250_000), True),
        (When(minimum_bill=250_001), False),
        (When(tiers=frozenset({"gold"})), False),
        (When(segments=frozenset({"regulars"})), True),
        (When(segments=frozenset({"sleepers"})), False),
        (When(products=("sku-*",)), True),
        (When(products=("cf-*",)), False),
        (When(categories={"coffee": "coffee"}, products=("sku-1",)), False),  # no one line is both
        (When(discounted=False), True),
        (When(birthday="day"), False),
        (When(birthday="week"), True),
        (When(birthday="month"), True),
    ],
)
def test_conditions(when: When, holds: bool) -> None:
    facts = Facts("silver", segments=frozenset({"regulars"}), birthday=(11, 16))

    assert matching.holds(when, basket(200_000, 50_000, store="q1"), facts) is holds


@pytest.mark.parametrize(
    ("on", "to_march", "holds"),
    [
        (date(2027, 2, 28), False, True),
        (date(2027, 3, 1), False, False),
        (date(2027, 3, 1), True, True),
        (date(2028, 2, 29), False, True),
        (date(2028, 2, 28), False, False),
    ],
)
def test_the_29th_of_february_is_kept_on_the_28th_or_by_setting_on_1_march(
    on: date, to_march: bool, holds: bool
) -> None:
    facts = Facts(birthday=(2, 29), leap_to_march=to_march)

    assert matching.holds(When(birthday="day"), basket(1, on=on), facts) is holds


def test_what_is_taken_off_a_bill_lowers_every_line_alike() -> None:
    lines = (Line("Latte", 2, 50_000, sku="CF-1", category="Cà phê"), Line("Bánh", 1, 50_000))
    bill = Bill(total=120_000, store_id=1, discount=30_000, lines=lines)

    seen = basket_of(bill, "main", SUNDAY, time(9), paid_with_points=30_000)

    assert [item.amount for item in seen.items] == [60_000, 30_000]
    assert (seen.items[0].sku, seen.items[0].category, seen.discounted) == ("cf-1", "ca phe", True)
    assert basket_of(Bill(total=120_000, store_id=1), "main", SUNDAY, time(9)).items == (Item(120_000),)


RULES = st.builds(
    lambda number, kind, scope, multiplier, points, category: Rule(
        f"rule-{number}",
        {"vi": "x"},
        kind,
        Scope.BILL if kind is Kind.BONUS else scope,
        When(categories={category: category} if category else {}),
        multiplier=multiplier if kind is Kind.MULTIPLY else Fraction(1),
        points=points if kind is Kind.BONUS else 0,
    ),
    st.integers(0, 99),
    st.sampled_from(Kind),
    st.sampled_from((Scope.LINE, Scope.BILL)),
    st.fractions(Fraction(1, 10), 100, max_denominator=100),
    st.integers(1, 500),
    st.sampled_from(("", "coffee", "cake")),
)
SETS = st.lists(RULES, max_size=6, unique_by=lambda each: each.code)
AMOUNTS = st.lists(st.integers(0, 10**7), min_size=1, max_size=5)
FACTS = st.builds(Facts, st.sampled_from(("member", "silver", "gold")), st.integers(-(10**6), 10**6))


@given(SETS, AMOUNTS, FACTS, st.randoms())
def test_the_order_of_rules_does_not_matter_and_points_are_never_negative(
    rules: list[Rule], amounts: list[int], facts: Facts, random: Any
) -> None:
    outcome = evaluate(with_rules(*rules), basket(*amounts), facts)
    random.shuffle(rules)

    assert evaluate(with_rules(*rules), basket(*amounts), facts) == outcome
    assert outcome.points >= 0
    assert _adds_up(outcome, facts)


def _adds_up(outcome: Outcome, facts: Facts) -> bool:
    credited = outcome.eligible + sum(part.amount for part in outcome.parts if part.step in ("line", "bill", "tier"))
    left = outcome.credit + facts.carry - outcome.carry
    return credited == outcome.credit and left == (outcome.points - outcome.bonus) * outcome.per_amount


@given(AMOUNTS, FACTS)
def test_the_demo_programme_gives_what_it_always_gave_however_a_bill_is_split(amounts: list[int], facts: Facts) -> None:
    rules = demo_programme()
    whole = evaluate(rules, basket(sum(amounts)), facts)

    was = points_for(sum(amounts), facts.carry, rules.tier(facts.tier).multiplier, rules.per_amount)
    assert (whole.credit, whole.points, whole.carry) == was
    assert evaluate(rules, basket(*amounts), facts) == whole


@given(SETS, AMOUNTS, FACTS, st.integers(0, 200), st.integers(0, 100))
def test_caps_are_never_exceeded(
    rules: list[Rule], amounts: list[int], facts: Facts, cap: int, given_before: int
) -> None:
    capped = [replace(each, caps={Cap.PERSON: cap + 1}) for each in rules]
    before: Mapping[Cap, int] = {Cap.PERSON: given_before}
    left = {each.code: earning.room(each, before, 10_000) or 0 for each in capped}

    outcome = evaluate(with_rules(*capped), basket(*amounts), replace(facts, left=left))

    kinds = {each.code: each.kind for each in capped}
    for part in outcome.parts:
        if kinds.get(part.code) is Kind.BONUS:
            assert part.points + given_before <= max(cap + 1, given_before)
        elif kinds.get(part.code) is Kind.MULTIPLY:
            assert part.amount + given_before <= max((cap + 1) * 10_000, given_before)
