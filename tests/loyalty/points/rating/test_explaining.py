"""The sentence that says how a bill's points came about."""

from dataclasses import replace
from datetime import date, time
from fractions import Fraction

from loyalty.points.rating.earning import Basket, Facts, Item, evaluate
from loyalty.points.rating.explaining import explain
from loyalty.programme.document import Kind, Rule, Scope, When
from tests.builders_points import demo_programme

BIRTHDAY = Rule(
    "birthday", {"vi": "sinh nhật", "en": "birthday"}, Kind.MULTIPLY, Scope.BILL, When(birthday="day"), Fraction(2)
)
FIRST = Rule(
    "first", {"vi": "lần đầu", "en": "first time"}, Kind.BONUS, Scope.BILL, When(first_purchase=True), points=50
)
BILL = Basket((Item(250_000),), 250_000, date(2026, 11, 22), time(15))


def test_it_says_the_steps_in_their_order_in_both_languages() -> None:
    rules = replace(demo_programme(), rules=(FIRST, BIRTHDAY))
    outcome = evaluate(rules, BILL, Facts("silver", birthday=(11, 22), is_first=True))

    assert outcome.points == 62 + 50
    assert explain(outcome, rules, "vi") == "×2 sinh nhật, rồi ×1,25 hạng Bạc, +50 lần đầu"
    assert explain(outcome, rules, "en") == "×2 birthday, then ×1.25 tier Silver, +50 first time"


def test_it_says_what_earned_nothing_and_where_a_cap_was_reached() -> None:
    rules = replace(demo_programme(), rules=(BIRTHDAY,))
    bill = replace(BILL, items=(Item(200_000),), paid_with_points=50_000)
    outcome = evaluate(rules, bill, Facts(birthday=(11, 22), left={"birthday": 10_000}))

    assert explain(outcome, rules, "vi") == "trừ 50.000đ trả bằng điểm, rồi ×2 sinh nhật (đã tới mức tối đa)"
    assert explain(evaluate(rules, BILL, Facts()), rules, "en") == "nothing multiplied, nothing added"
