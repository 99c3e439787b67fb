"""The language of the document: read strictly, every fault told with its place, line, reason and an example."""

from dataclasses import replace
from datetime import date, time
from fractions import Fraction
from pathlib import Path

import pytest

from loyalty.points.rating.earning import Basket, Facts, Item, evaluate
from loyalty.points.rating.explaining import explain
from loyalty.programme.document import Band, Cap, Kind, Policy, Scope
from loyalty.programme.faults import SENTENCES
from loyalty.programme.reading import read
from tests.builders_points import DEMO

DEMO_TEXT = DEMO.read_text(encoding="utf-8")
RULE = """
[[rules]]
code = "happy-hour"
name = { vi = "Giờ vàng", en = "Happy hour" }
kind = "multiply"
multiplier = "2"
from = 2026-12-01
until = 2027-12-31

[rules.when]
products = ["CF-*"]
categories = ["Cà phê"]
stores = ["MAIN"]
weekdays = ["sat", "sun"]
hours = ["14:00-17:00", "20:00-24:00"]
days = ["tet", "lunar 15/8", "24/12", 2026-12-25]
tiers = ["gold"]
minimum_bill = 200000
discounted = false

[rules.caps]
person_day = 100
budget = 50000
"""


def places(document: str) -> list[tuple[int, str, str]]:
    return [(fault.line, fault.place, fault.code) for fault in read(1, document).faults]


def test_a_rule_says_all_it_can_say() -> None:
    rule = read(1, DEMO_TEXT + RULE).must().rules[0]

    assert (rule.code, rule.kind, rule.scope) == ("happy-hour", Kind.MULTIPLY, Scope.BILL)
    assert rule.multiplier == 2
    assert (rule.first, rule.last) == (date(2026, 12, 1), date(2027, 12, 31))
    assert rule.caps == {Cap.PERSON_DAY: 100, Cap.BUDGET: 50_000}
    when = rule.when
    assert (when.products, when.categories, when.stores) == (("cf-*",), {"ca phe": "Cà phê"}, frozenset({"MAIN"}))
    assert when.weekdays == {5, 6}
    assert when.minimum_bill == 200_000 and when.discounted is False
    assert when.hours == ((time(14), time(17)), (time(20), time.max))
    assert [days.text for days in when.days] == ["tet", "lunar 15/8", "24/12", "2026-12-25"]


@pytest.mark.parametrize(
    ("written", "bands"),
    [
        ("per_amount = 10000", (Band(0, 10_000),)),
        ('percent = "5"\npoint_value = 1000', (Band(0, 20_000),)),
        ('percent = "0.5"\npoint_value = 100', (Band(0, 20_000),)),
        (
            "bands = [{ from = 0, per_amount = 20000 }, { from = 500000, per_amount = 10000 }]",
            (Band(0, 20_000), Band(500_000, 10_000)),
        ),
    ],
)
def test_ways_of_earning(written: str, bands: tuple[Band, ...]) -> None:
    earning = read(1, DEMO_TEXT.replace("per_amount = 10000", written)).must().earning

    assert (earning.bands, earning.carry, earning.half) == (bands, True, False)


@pytest.mark.parametrize(
    ("written", "policy"),
    [
        ("months = 12", Policy.AFTER),
        ("days = 90", Policy.AFTER),
        ('months = 12\nround_up = "quarter"', Policy.AFTER),
        ('policy = "dates"\ndates = ["31/03"]', Policy.DATES),
        ('policy = "dates"\ndates = ["30/06", "31/12"]', Policy.DATES),
        ('policy = "inactivity"\ndays = 30', Policy.INACTIVITY),
        ('policy = "inactivity"\nmonths = 6\nactivity = "purchase"', Policy.INACTIVITY),
        ('policy = "year_unless_bought"', Policy.YEAR_UNLESS_BOUGHT),
        ('policy = "tier_window"\ngrace_days = 7', Policy.TIER_WINDOW),
        ('policy = "never"', Policy.NEVER),
    ],
)
def test_every_way_points_end_can_be_said(written: str, policy: Policy) -> None:
    document = DEMO_TEXT.replace("[expiry]\nmonths = 12", f"[expiry]\n{written}")

    assert read(1, document).must().expiry.policy is policy


def test_a_shop_says_its_tiers_limits_and_the_rest() -> None:
    document = (
        (
            DEMO_TEXT.replace(
                "[qualification]\nmonths = 12", '[qualification]\nwindow = "calendar_year"\nmetric = "orders"'
            )
            .replace("spend = ", "orders = ")
            .replace(
                'multiplier = "1.25"', 'multiplier = "1.25"\nbenefits = { vi = ["Quà sinh nhật"], en = ["A gift"] }'
            )
        )
        + """
[limits.cashier]
points_per_day = 2000
adjust_points = 100

[redemption]
minimum_balance = 50
point_value = 1000
max_share = 50

[returns]
shortfall = "owe"
tier = "at_once"

[pending]
release = "after_days"
days = 7
"""
    )

    rules = read(1, document).must()

    assert (rules.qualification.metric, rules.qualification.window) == ("orders", "calendar_year")
    assert rules.tiers[1].benefits["vi"] == ("Quà sinh nhật",)
    assert (rules.limits["cashier"].points_per_day, rules.limits["cashier"].adjust_points) == (2_000, 100)
    assert (rules.redemption.minimum_balance, rules.redemption.max_share, rules.pending.days) == (50, 50, 7)
    assert (rules.returns.shortfall, rules.returns.tier) == ("owe", "at_once")


@pytest.mark.parametrize(
    ("old", "new", "place", "code"),
    [
        ('kind = "multiply"', 'kind = "multiply"\nmultipler = "2"', "rules[0].multipler", "unknown_key"),
        ("minimum_bill", "min_bill", "rules[0].when.min_bill", "unknown_key"),
        ('multiplier = "2"', 'multiplier = "1000"', "rules[0].multiplier", "not_decimal"),
        ('multiplier = "2"', "multiplier = 2.0", "rules[0].multiplier", "not_decimal"),
        ('multiplier = "2"', 'multiplier = "-1"', "rules[0].multiplier", "not_decimal"),
        ('multiplier = "2"', "points = 50", "rules[0].multiplier", "missing"),
        ('"24/12"', '"30/2"', "rules[0].when.days[2]", "not_day"),
        ("2026-12-25]", '"2026-02-30"]', "rules[0].when.days[3]", "not_day"),
        ("from = 2026-12-01", 'from = "30/2"', "rules[0].from", "not_date"),
        ("until = 2027-12-31", "until = 2026-11-30", "rules[0].until", "never_ends_first"),
        ('"14:00-17:00"', '"17:00-14:00"', "rules[0].when.hours[0]", "not_hours"),
        ('"14:00-17:00"', '"14:00-25:00"', "rules[0].when.hours[0]", "not_hours"),
        ('"sat"', '"saturday"', "rules[0].when.weekdays[0]", "not_choice"),
        ('tiers = ["gold"]', 'tiers = ["platinum"]', "rules[0].when.tiers[0]", "unknown_tier"),
        ('tiers = ["gold"]', "tiers = []", "rules[0].when.tiers", "not_list"),
        ("person_day = 100", "person_day = 0", "rules[0].caps.person_day", "not_whole"),
        ("person_day = 100", "person_week = 100", "rules[0].caps.person_week", "unknown_key"),
        ('code = "happy-hour"', 'code = "Giờ vàng"', "rules[0].code", "not_code"),
        ('kind = "multiply"', 'kind = "multiply"\non = "joining"', "rules[0].on", "only_with"),
        ("[rules.when]", "[rules.if]", "rules[0].if", "unknown_key_alone"),
    ],
)
def test_a_faulty_rule_is_refused_at_its_place_and_line(old: str, new: str, place: str, code: str) -> None:
    document = DEMO_TEXT + RULE.replace(old, new)
    assert document != DEMO_TEXT + RULE

    found = {(fault.place, fault.code): fault for fault in read(1, document).faults}

    line = document.splitlines()[found[place, code].line - 1]
    assert code == "missing" or place.rsplit(".", 1)[1].split("[")[0] in line


@pytest.mark.parametrize(
    ("old", "new", "place", "code"),
    [
        ("per_amount = 10000", "", "earning.per_amount", "one_of"),
        ("per_amount = 10000", 'per_amount = 10000\npercent = "5"', "earning.percent", "one_of"),
        ("per_amount = 10000", 'percent = "7"\npoint_value = 1000', "earning.percent", "not_even"),
        ("per_amount = 10000", 'per_amount = 10000\nrounding = "half"', "earning.rounding", "only_with"),
        ("per_amount = 10000", "bands = [{ from = 1, per_amount = 9 }]", "earning.bands[0].from", "not_from_zero"),
        ("[expiry]\nmonths = 12", "[expiry]\nmonths = 12\ndays = 3", "expiry.days", "one_of"),
        ("[expiry]\nmonths = 12", '[expiry]\npolicy = "never"\nmonths = 12', "expiry.months", "only_with"),
        ("[expiry]\nmonths = 12", '[expiry]\npolicy = "dates"\ndates = ["31/02"]', "expiry.dates[0]", "not_day"),
        ("[expiry]\nmonths = 12", '[expiry]\npolicy = "dates"', "expiry.dates", "missing"),
        ("[receipts]", "[reciepts]", "reciepts", "unknown_key"),
        ("[limits]", "[limits.boss]\npoints_per_day = 1\n[limits]", "limits.boss", "unknown_key_alone"),
        ('name = "Khách quen"', f'name = "{"x" * 201}"', "name", "too_long"),
    ],
)
def test_a_faulty_section_is_refused_at_its_place(old: str, new: str, place: str, code: str) -> None:
    assert (place, code) in {(fault.place, fault.code) for fault in read(1, DEMO_TEXT.replace(old, new)).faults}


def test_all_faults_are_told_in_the_order_of_their_lines() -> None:
    document = """name = "Khách quen"
[earning]
per_amount = 0
colour = "red"
[expiry]
months = 12
[qualification]
months = 12
[[tiers]]
code = "member"
name = { vi = "Thành viên" }
spend = 0
multiplier = "1"
[[tiers]]
code = "member"
name = { vi = "Bạc" }
spend = 0
multiplier = "1000"
[receipts]
restart = "never"
[limits]
cashier_bill = 5000000
"""

    assert places(document) == [
        (3, "earning.per_amount", "not_whole"),
        (4, "earning.colour", "unknown_key_alone"),
        (15, "tiers[1].code", "taken"),
        (17, "tiers[1].spend", "not_ascending"),
        (18, "tiers[1].multiplier", "not_decimal"),
    ]


def test_a_fault_reads_as_a_sentence_in_both_languages_with_an_example() -> None:
    fault = read(1, DEMO_TEXT.replace('"1.25"', '"1000"')).faults[0]

    assert fault.sentence("vi") == (
        "tiers[1].multiplier: phải là số thập phân viết trong ngoặc kép, lớn hơn 0 và không quá 100; "
        'ví dụ multiplier = "1.25"'
    )
    assert fault.sentence("en").startswith("tiers[1].multiplier: must be a decimal number written as text")


def test_what_is_no_toml_is_told_with_its_line() -> None:
    assert places('name = "x"\nmonths == 3') == [(2, "", "not_toml")]
    assert places('name = "x"\nname = "y"') == [(2, "", "not_toml")]
    assert places("x" * 65_000) == [(1, "", "too_long")]


def test_a_code_is_used_once_and_nothing_follows_an_exclusion_of_everything() -> None:
    twice = DEMO_TEXT + RULE + RULE
    nothing = DEMO_TEXT + RULE + '[[rules]]\ncode = "none"\nname = { vi = "Không" }\nkind = "exclude"\n'

    assert [(place, code) for _line, place, code in places(twice)] == [("rules[1].code", "taken")]
    assert [(place, code) for _line, place, code in places(nothing)] == [("rules[0].code", "never_excluded")]


def test_a_rule_whose_days_never_come_is_a_fault() -> None:
    document = DEMO_TEXT + RULE.replace('days = ["tet", "lunar 15/8", "24/12", 2026-12-25]', 'days = ["29/2"]')

    assert [(place, code) for _line, place, code in places(document)] == [("rules[0].when.days", "never_days")]


def test_days_the_shop_names_are_known_to_its_rules() -> None:
    document = DEMO_TEXT + '[days]\nanniversary = ["15/6", "16/6"]\n' + RULE.replace('"24/12"', '"anniversary"')

    assert len(read(1, document).must().rules[0].when.days) == 5
    assert places(DEMO_TEXT + RULE.replace('"24/12"', '"anniversary"'))[0][2] == "not_day"


def test_lines_are_found_in_any_spelling_of_toml() -> None:
    top = 'receipts.restart = "weekly"\n' + DEMO_TEXT.replace('[receipts]\nrestart = "never"', "")
    spread = DEMO_TEXT + RULE.replace('["sat", "sun"]', '[\n  "sat",\n  "sunday",\n]')

    assert places(top)[0] == (1, "receipts.restart", "not_choice")
    assert [line for line, place, _code in places(spread) if place == "rules[0].when.weekdays[1]"] == [
        spread.splitlines().index("weekdays = [") + 1
    ]


def test_multipliers_are_exact() -> None:
    assert read(1, DEMO_TEXT.replace('"1.25"', '"1.1"')).must().tiers[1].multiplier == Fraction(11, 10)


def test_every_reason_can_be_said_in_both_languages() -> None:
    assert [code for code, said in SENTENCES.items() if not said.vi or not said.en] == []


def test_the_example_of_the_handbook_is_right_and_earns_what_it_says() -> None:
    page = (Path(__file__).parents[3] / "docs" / "programme.md").read_text(encoding="utf-8")
    rules = read(1, page.split("```toml\n")[1].split("```")[0]).must()
    first_of_tet = date(2028, 1, 26)  # a Wednesday
    until = [replace(rule, last=None) for rule in rules.rules]  # the first purchase of the page has an end
    items = (Item(200_000, "", "ca phe"), Item(50_000, "", "banh"))
    bill = Basket(items, 250_000, first_of_tet, time(15))

    outcome = evaluate(replace(rules, rules=tuple(until)), bill, Facts("silver", 5_000, is_first=True))

    assert (outcome.credit, outcome.points, outcome.carry) == (875_000, 138, 0)
    told = explain(outcome, rules, "vi")
    assert told == "×1,5 Giờ cà phê (+100.000đ), rồi ×2 Tết, rồi ×1,25 hạng Bạc, +50 Lần đầu"
    assert " ".join(told.split()) in " ".join(page.split())
