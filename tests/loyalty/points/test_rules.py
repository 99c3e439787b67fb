"""The rules of the programme in force, on bills that are really awarded."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.points.accrual import Award
from loyalty.points.models import RuleTotal
from loyalty.points.rating import caps, estimating, explaining
from loyalty.points.rating.explaining import explain
from loyalty.programme import versions
from loyalty.purchases.bills import Line
from loyalty.segments import saved
from tests.builders import NOON
from tests.builders_customers import LAN, MINH, make_customer, together
from tests.builders_points import add_terms, award, make_programme, problems, set_totals, stats_of, undo

TODAY = date(2026, 11, 22)
DOUBLE = """
[[rules]]
code = "double"
name = { vi = "Ngày vàng", en = "Golden day" }
kind = "multiply"
multiplier = "2"
[rules.when]
days = ["22/11"]
"""
FIRST = """
[[rules]]
code = "first"
name = { vi = "Lần đầu", en = "First" }
kind = "bonus"
points = 50
[rules.when]
first_purchase = true
"""
NO_PROMO = """
[[rules]]
code = "promo"
name = { vi = "Hàng giảm giá" }
kind = "exclude"
[rules.when]
discounted = true
"""
VISIT = """
[[rules]]
code = "visit"
name = { vi = "Ghé quán" }
kind = "bonus"
points = 10
"""


def rules(session: Session, *texts: str) -> None:
    """The demo programme with these rules, in force today."""
    make_programme(session, 2, TODAY, {"[receipts]": "".join(texts) + "\n[receipts]"})


def given(session: Session, done: Award) -> list[tuple[str, str, int, int]]:
    parts = caps.of_entries(session, [done.entry.id])[done.entry.id]
    return [(part.step, part.code, part.amount, part.points) for part in parts]


def test_rules_multiply_before_the_tier_and_bonuses_come_after(session: Session) -> None:
    lan = make_customer(session)
    set_totals(session, lan, tier="silver", tier_since=NOON - timedelta(days=1))
    rules(session, DOUBLE, FIRST)

    done = award(session, lan, 250_000)

    assert (done.entry.credit, done.entry.points, done.entry.carry) == (625_000, 62 + 50, 5_000)
    assert given(session, done) == [("bill", "double", 250_000, 0), ("bonus", "first", 0, 50)]
    again = award(session, lan, 100_000)
    assert (again.entry.points, given(session, again)) == (25, [("bill", "double", 100_000, 0)])
    assert problems(session) == []


def test_a_promotion_counts_for_the_tier_but_gives_nothing(session: Session) -> None:
    lan = make_customer(session)
    rules(session, NO_PROMO, FIRST)

    done = award(session, lan, 2_000_000, discount=100_000)

    assert (done.entry.points, done.purchase.eligible, done.purchase.tier_after) == (0, 0, "silver")
    assert given(session, done) == [("excluded", "promo", -2_000_000, 0)]
    assert problems(session) == []


def test_rules_look_at_the_lines_the_store_and_the_hour(session: Session) -> None:
    lan = make_customer(session)
    coffee = DOUBLE.replace('kind = "multiply"', 'kind = "multiply"\non = "line"').replace(
        'days = ["22/11"]', 'categories = ["cà phê"]\nstores = ["MAIN"]\nhours = ["08:00-22:00"]'
    )
    rules(session, coffee)
    lines = (Line("Latte", 2, 50_000, category="Cà Phê"), Line("Bánh", 1, 40_000, category="Bánh"))

    assert award(session, lan, 140_000, lines=lines).entry.credit == 240_000
    assert award(session, lan, 140_000, lines=lines, now=NOON + timedelta(hours=11)).entry.credit == 140_000
    assert award(session, lan, 140_000).entry.credit == 140_000  # no lines, no coffee
    assert problems(session) == []


@pytest.mark.parametrize(
    ("cap", "points"),
    [
        ("person = 15", [10, 5, 0, 0]),
        ("person_day = 15", [10, 5, 0, 10]),
        ("person_month = 15", [10, 5, 0, 0]),
        ("day = 15", [10, 5, 0, 10]),
        ("store_day = 15", [10, 5, 0, 10]),
        ("budget = 25", [10, 10, 5, 0]),
        ("person_day = 15\nbudget = 12", [10, 2, 0, 0]),
    ],
)
def test_a_cap_gives_what_is_left_and_then_nothing(session: Session, cap: str, points: list[int]) -> None:
    lan = make_customer(session)
    rules(session, VISIT + "[rules.caps]\n" + cap + "\n")
    days = (0, 0, 0, 1)

    found = [award(session, lan, 1_000, now=NOON + timedelta(days=each)).entry.points for each in days]

    assert found == points
    assert problems(session) == []


def test_a_cap_on_a_multiplier_counts_the_dong_it_adds(session: Session) -> None:
    lan = make_customer(session)
    rules(session, DOUBLE + "[rules.caps]\nperson_day = 30\n")

    assert [award(session, lan, 200_000).entry.credit for _ in range(3)] == [400_000, 300_000, 200_000]


def test_an_undone_bill_gives_its_place_under_caps_back(session: Session) -> None:
    lan = make_customer(session)
    rules(session, VISIT + "[rules.caps]\nperson = 10\nbudget = 10\n", FIRST)

    undo(session, award(session, lan, 250_000))

    assert (stats_of(session, lan).points, stats_of(session, lan).carry) == (0, 0)
    assert session.scalars(select(RuleTotal.given)).all() == [0]
    assert award(session, lan, 250_000).entry.points == 25 + 10 + 50
    assert problems(session) == []


def test_an_estimate_says_what_the_award_then_gives_and_locks_nothing(session: Session) -> None:
    lan = make_customer(session)
    rules(session, DOUBLE, FIRST, VISIT + "[rules.caps]\nbudget = 5\n")

    seen = estimating.of_total(session, lan.id, 250_000, now=NOON)

    assert explain(seen.outcome, seen.programme, "vi") == "×2 Ngày vàng, +50 Lần đầu, +5 Ghé quán (đã tới mức tối đa)"
    assert session.scalars(select(RuleTotal.slot)).all() == []
    assert award(session, lan, 250_000).entry.points == seen.credit.points == 105


def test_however_many_are_awarded_at_once_a_budget_is_never_passed(database: Database) -> None:
    with database.transaction() as session:
        people = [make_customer(session).id for _ in range(6)]
        rules(session, VISIT + "[rules.caps]\nbudget = 35\nday = 1000\n")

    def buyer(customer_id: int) -> Callable[[Session], int]:
        return lambda session: award(session, session.get_one(Customer, customer_id), 1_000).entry.points

    assert sorted(together(database, [buyer(each) for each in people])) == [0, 0, 5, 10, 10, 10]
    with database.read_only() as session:
        assert problems(session) == []


def test_rules_without_caps_cost_no_query(session: Session) -> None:
    lan, minh = make_customer(session, phone=LAN), make_customer(session, phone=MINH)
    award(session, lan, 20_000)
    plain = count(session, lambda: award(session, minh, 20_000))
    rules(session, VISIT, NO_PROMO)

    assert count(session, lambda: award(session, lan, 20_000)) == plain + 1  # the row that says what the rule gave


def test_whatever_rules_ask_of_a_person_they_are_looked_at_once(session: Session) -> None:
    saved.create(session, "Khách thân", {"all": []}, now=NOON)
    month = VISIT.replace("visit", "month") + '[rules.when]\nbirthday = "month"\n'
    rules(session, VISIT + '[rules.when]\nsegments = ["Khách thân"]\n', month)
    lan = make_customer(session)
    award(session, lan, 20_000)

    seen = statements_of(session, lambda: award(session, lan, 20_000))

    assert sum("FROM customer_stats" in each for each in seen) == 2  # locked, and asked
    assert sum("FROM programme_version" in each for each in seen) == 1  # the rules come with the lock


def count(session: Session, act: Any) -> int:
    return len(statements_of(session, act))


def statements_of(session: Session, act: Any) -> list[str]:
    statements: list[str] = []
    connection = session.connection()
    listener = lambda *facts: statements.append(facts[2])  # noqa: E731  # the same object is taken off again
    event.listen(connection, "before_cursor_execute", listener)
    act()
    event.remove(connection, "before_cursor_execute", listener)
    return statements


def test_an_award_is_explained_from_its_rows(session: Session) -> None:
    lan = make_customer(session)
    set_totals(session, lan, tier="silver", tier_since=NOON - timedelta(days=1))
    plain = award(session, lan, 1_000)
    rules(session, DOUBLE, VISIT + "[rules.caps]\nbudget = 5\n")
    done = award(session, lan, 250_000)
    in_force = versions.at(session, TODAY)

    said = explaining.of_entry(session, done.entry, in_force, "vi")

    assert said == "×2 Ngày vàng, rồi ×1,25 hạng Bạc, +5 Ghé quán (đã tới mức tối đa)"
    assert explaining.of_entry(session, plain.entry, in_force, "vi") == ""


def test_what_a_record_that_moved_in_had_counts_under_ones_own_caps_until_it_moves_out(session: Session) -> None:
    rule = (
        '[[rules]]\ncode = "twice"\nname = { vi = "Hai lần" }\nkind = "bonus"\npoints = 50\n[rules.caps]\nperson = 60'
    )
    add_terms(session, rule)
    lan, other = make_customer(session), make_customer(session)
    assert award(session, other, 10_000).entry.points == 51
    other.moved_to_id = lan.id
    session.flush()
    assert award(session, lan, 10_000).entry.points == 11  # 60 less 50
    other.moved_to_id = None
    session.flush()
    assert award(session, lan, 10_000).entry.points == 51  # 60 less its own 10, at most 50
    assert award(session, lan, 10_000).entry.points == 1
