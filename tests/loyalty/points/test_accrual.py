"""A purchase becoming points, on both engines."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.activity.models import Activity
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.points import accrual, ledger, lots
from loyalty.points.accrual import Credit, ReceiptTaken, points_for
from loyalty.points.ledger import IdempotencyConflict
from loyalty.points.models import Lot
from loyalty.points.rating import estimating
from loyalty.programme import versions
from loyalty.purchases import recording
from loyalty.purchases.bills import BadBill, Line, PurchaseInFuture, PurchaseTooEarly
from loyalty.purchases.models import Purchase
from tests.builders import NOON
from tests.builders_customers import LAN, MINH, make_customer
from tests.builders_points import (
    award,
    demo_programme,
    make_bill,
    make_programme,
    problems,
    set_totals,
    stats_of,
)
from tests.builders_staff import make_staff

SILVER = Fraction(5, 4)
PLAIN = Fraction(1)


@pytest.mark.parametrize(
    ("eligible", "carry", "multiplier", "expected"),
    [
        (250_000, 5_000, SILVER, Credit(312_500, 31, 7_500)),  # the contract's example
        (10_000, 0, PLAIN, Credit(10_000, 1, 0)),
        (9_999, 0, PLAIN, Credit(9_999, 0, 9_999)),
        (1, 9_999, PLAIN, Credit(1, 1, 0)),
        (3, 0, SILVER, Credit(3, 0, 3)),  # 3.75 ₫: the fraction is dropped
        (7, 0, Fraction("1.5"), Credit(10, 0, 10)),
        (20_000, -25_000, PLAIN, Credit(20_000, 0, -5_000)),  # a debt stays carry, never negative points
        (25_000, -15_000, PLAIN, Credit(25_000, 1, 0)),
        (10_000, -1, PLAIN, Credit(10_000, 0, 9_999)),
        (10**12, 0, Fraction("1.5"), Credit(15 * 10**11, 150_000_000, 0)),
    ],
)
def test_points_are_the_full_ten_thousands_of_credit_and_carry(
    eligible: int, carry: int, multiplier: Fraction, expected: Credit
) -> None:
    assert points_for(eligible, carry, multiplier, 10_000) == expected


def test_a_silver_customers_bill_gives_31_points_and_leaves_7500(session: Session) -> None:
    lan = make_customer(session, phone=LAN)
    set_totals(session, lan, tier="silver", carry=5_000)

    made = award(session, lan, 250_000)

    assert (made.entry.credit, made.entry.points, made.entry.carry) == (312_500, 31, 7_500)
    assert (made.entry.carry_change, made.entry.tier, made.entry.programme) == (2_500, "silver", 1)
    stats = stats_of(session, lan)
    assert (stats.points, stats.carry, stats.orders, stats.spent, stats.spent_12m) == (31, 7_500, 1, 250_000, 250_000)
    assert (stats.first_purchase_at, stats.last_purchase_at) == (NOON, NOON)
    assert ledger.balance(session, lan.id) == 31


def test_the_multiplier_is_that_of_the_tier_held_before_the_purchase(session: Session) -> None:
    lan = make_customer(session)

    first = award(session, lan, 12_000_000)
    second = award(session, lan, 100_000)

    assert (first.entry.points, first.entry.tier, first.purchase.tier_after) == (1_200, "member", "gold")
    assert first.tier_rose
    assert not second.tier_rose
    assert (second.entry.points, second.entry.tier) == (15, "gold")
    assert problems(session) == []


def test_the_carry_adds_up_over_bills(session: Session) -> None:
    lan = make_customer(session)

    points = [award(session, lan, 4_000).entry.points for _ in range(5)]

    assert points == [0, 0, 1, 0, 1]
    assert stats_of(session, lan).carry == 0


def test_a_bill_without_points_is_an_entry_without_a_lot(session: Session) -> None:
    lan = make_customer(session)

    made = award(session, lan, 9_000)

    assert (made.entry.kind, made.entry.points, made.entry.seq) == ("earn", 0, 1)
    assert ledger.get(session, made.entry.id).carry == 9_000
    assert session.get(Lot, made.entry.id) is None
    assert problems(session) == []


def test_a_lot_lives_twelve_months_through_its_last_day(session: Session) -> None:
    lan = make_customer(session, now=NOON)
    leap = datetime(2024, 2, 29, 3, 0, tzinfo=UTC)

    made = award(session, lan, 100_000)
    late = award(session, lan, 50_000, purchased_at=leap)

    assert session.get_one(Lot, made.entry.id).expires_on == date(2027, 11, 22)
    assert session.get_one(Lot, late.entry.id).expires_on == date(2025, 2, 28)
    assert lots.next_expiring(session, lan.id, date(2027, 11, 22)) == (10, date(2027, 11, 22))
    assert lots.next_expiring(session, lan.id, date(2027, 11, 23)) is None


def test_points_of_one_day_expire_together_and_the_soonest_come_first(session: Session) -> None:
    lan = make_customer(session)
    for days in (0, 1, 1):
        award(session, lan, 100_000, now=NOON + timedelta(days=days))

    assert lots.next_expiring(session, lan.id, date(2026, 11, 22)) == (10, date(2027, 11, 22))
    assert lots.next_expiring(session, lan.id, date(2027, 11, 23)) == (20, date(2027, 11, 23))


def test_the_day_is_the_shops(session: Session) -> None:
    lan = make_customer(session)
    before_midnight = datetime(2026, 11, 22, 16, 59, 59, tzinfo=UTC)

    first = award(session, lan, now=before_midnight)
    second = award(session, lan, now=before_midnight + timedelta(seconds=1))

    assert (first.purchase.purchased_on, second.purchase.purchased_on) == (date(2026, 11, 22), date(2026, 11, 23))
    assert (first.entry.posted_on, second.entry.posted_on) == (date(2026, 11, 22), date(2026, 11, 23))


def test_the_same_key_returns_the_first_award(session: Session) -> None:
    lan = make_customer(session)

    first = award(session, lan, key="zalo:1:a")
    again = award(session, lan, key="zalo:1:a", now=NOON + timedelta(days=1))

    assert (first.is_new, again.is_new) == (True, False)
    assert (again.entry.id, again.purchase.id) == (first.entry.id, first.purchase.id)
    assert stats_of(session, lan).orders == 1


def test_a_key_that_named_another_bill_is_a_conflict(session: Session) -> None:
    lan, minh = make_customer(session), make_customer(session)
    award(session, lan, 250_000, key="zalo:1:a")

    for who, total in ((lan, 260_000), (minh, 250_000)):
        with pytest.raises(IdempotencyConflict):
            award(session, who, total, key="zalo:1:a")
    assert problems(session) == []


def test_the_same_receipt_customer_and_total_return_the_first_award(session: Session) -> None:
    lan = make_customer(session)

    first = award(session, lan, reference="HD123")
    again = award(session, lan, reference=" ｈd123\u200b ")

    assert (again.is_new, again.entry.id) == (False, first.entry.id)
    assert first.purchase.reference == "HD123"
    assert stats_of(session, lan).points == 25


def test_a_taken_receipt_is_refused_naming_both(session: Session) -> None:
    lan, minh, cashier = make_customer(session), make_customer(session), make_staff(session)
    first = award(session, lan, 250_000, reference="HD123", staff_id=cashier.id)

    for who, total in ((lan, 240_000), (minh, 250_000), (MINH, 250_000)):
        with pytest.raises(ReceiptTaken) as refused:
            award(session, who, total, reference="HD123")
        facts = refused.value.facts
        assert (facts["reference"], facts["total"], facts["asked_total"]) == ("HD123", 250_000, total)
        assert (facts["customer_id"], facts["staff_id"], facts["at"]) == (lan.id, cashier.id, NOON)
        assert facts["purchase"] == first.purchase.public_id
    assert profiles.find_by_phone(session, MINH) is None
    assert session.scalars(select(Purchase.id)).all() == [first.purchase.id]


def test_a_receipt_is_its_sources_and_its_stores_own(session: Session) -> None:
    lan = make_customer(session)
    award(session, lan, reference="HD1")

    other = award(session, lan, reference="HD1", source="kiotviet")

    assert other.is_new


@pytest.mark.parametrize(
    ("restart", "days", "is_new"),
    [("never", 400, False), ("yearly", 39, False), ("yearly", 40, True), ("daily", 0, False), ("daily", 1, True)],
)
def test_receipt_numbers_begin_again_as_the_programme_says(
    session: Session, restart: str, days: int, is_new: bool
) -> None:
    make_programme(session, 2, date(2026, 1, 1), {'restart = "never"': f'restart = "{restart}"'})
    lan = make_customer(session)
    award(session, lan, reference="1")

    again = award(session, lan, reference="1", now=NOON + timedelta(days=days))  # NOON is 22 November

    assert again.is_new is is_new


def test_a_phone_nobody_has_makes_the_customer(session: Session) -> None:
    made = award(session, LAN, 250_000, actor="staff:abc")
    again = award(session, LAN, 10_000)

    lan = profiles.find_by_phone(session, LAN)
    assert lan is not None
    assert (made.customer_is_new, again.customer_is_new) == (True, False)
    assert (made.purchase.customer_id, again.purchase.customer_id) == (lan.id, lan.id)
    assert (lan.source, lan.joined_at, lan.phone_proof) == ("staff", NOON, None)
    assert (made.purchase.made_customer, again.purchase.made_customer) == (True, False)
    assert stats_of(session, lan).points == 26


def test_a_customer_there_is_not_gets_nothing(session: Session) -> None:
    with pytest.raises(profiles.CustomerNotFound):
        accrual.record_purchase(session, 4711, make_bill(session), actor="cli", key="k", now=NOON)


def test_a_bill_may_be_five_minutes_ahead_but_not_more(session: Session) -> None:
    lan = make_customer(session)
    limit = NOON + timedelta(minutes=5)

    assert award(session, lan, purchased_at=limit).purchase.purchased_at == limit
    with pytest.raises(PurchaseInFuture):
        award(session, lan, purchased_at=limit + timedelta(microseconds=1))


def test_a_bill_before_the_year_2000_is_refused(session: Session) -> None:
    lan = make_customer(session)
    first = datetime(2000, 1, 1, tzinfo=UTC)

    assert award(session, lan, purchased_at=first).is_new
    with pytest.raises(PurchaseTooEarly):
        award(session, lan, purchased_at=first - timedelta(microseconds=1))


def test_a_late_bill_gets_the_rules_of_its_day(session: Session) -> None:
    make_programme(session, 2, date(2026, 11, 22), {"per_amount = 10000": "per_amount = 50000"})
    lan = make_customer(session)

    late = award(session, lan, 100_000, purchased_at=NOON - timedelta(days=1))
    today = award(session, lan, 100_000)

    assert (late.entry.points, late.entry.programme) == (10, 1)
    assert (today.entry.points, today.entry.programme) == (2, 2)
    assert problems(session) == []


def test_a_late_bill_gets_the_tier_held_then_and_the_carry_of_now(session: Session) -> None:
    lan = make_customer(session, now=NOON - timedelta(days=30))
    day = timedelta(days=1)
    award(session, lan, 1_995_000, now=NOON - 20 * day)
    award(session, lan, 100_000, now=NOON - 10 * day)  # silver from here on, with 5,000 carried
    award(session, lan, 9_000_000, now=NOON)  # gold

    before = award(session, lan, 100_000, purchased_at=NOON - 15 * day, now=NOON + day)
    between = award(session, lan, 100_000, purchased_at=NOON - 5 * day, now=NOON + day)
    first_of_all = award(session, lan, 100_000, purchased_at=NOON - 25 * day, now=NOON + day)
    after = award(session, lan, 100_000, now=NOON + day)

    assert [made.entry.tier for made in (before, between, first_of_all, after)] == [
        "member",
        "silver",
        "member",
        "gold",
    ]
    assert [made.entry.credit for made in (before, between)] == [100_000, 125_000]
    assert before.entry.carry == 5_000
    assert problems(session) == []


def test_a_late_bill_that_lifts_the_tier_does_so_from_now_on(session: Session) -> None:
    lan = make_customer(session, now=NOON - timedelta(days=30))
    award(session, lan, 1_900_000, now=NOON)
    award(session, lan, 100_000, purchased_at=NOON - timedelta(days=5), now=NOON + timedelta(hours=1))

    late = award(session, lan, 100_000, purchased_at=NOON + timedelta(minutes=5), now=NOON + timedelta(hours=2))

    stats = stats_of(session, lan)
    assert (stats.tier, stats.tier_since) == ("silver", NOON + timedelta(hours=1))
    assert late.entry.tier == "member"


def test_a_purchase_of_twelve_months_ago_counts_for_no_tier(session: Session) -> None:
    lan = make_customer(session)

    award(session, lan, 5_000_000, purchased_at=datetime(2025, 11, 22, 5, tzinfo=UTC))
    assert (stats_of(session, lan).spent_12m, stats_of(session, lan).tier) == (0, "member")

    award(session, lan, 5_000_000, purchased_at=datetime(2025, 11, 23, 5, tzinfo=UTC))
    assert (stats_of(session, lan).spent_12m, stats_of(session, lan).tier) == (5_000_000, "silver")
    assert stats_of(session, lan).spent == 10_000_000


def test_lines_are_kept_in_their_order(session: Session) -> None:
    lan = make_customer(session)
    lines = (Line("Cà phê sữa", 2, 29_000, sku="CF1", category="Cà phê"), Line("Bánh\tmì\n", 1, 20_000, 3_000))

    made = award(session, lan, 75_000, lines=lines)

    kept = recording.lines_of(session, made.purchase)
    assert [(line.name, line.quantity, line.unit_price, line.discount) for line in kept] == [
        ("Cà phê sữa", 2, 29_000, 0),
        ("Bánh mì", 1, 20_000, 3_000),
    ]
    assert (kept[0].sku, kept[0].category, kept[1].sku) == ("CF1", "Cà phê", None)


@pytest.mark.parametrize(
    "details",
    [
        {"total": 0},
        {"total": -5},
        {"total": 10**12 + 1},
        {"discount": -1},
        {"reference": ""},
        {"reference": " \u200b "},
        {"reference": "x" * 65},
        {"reference": "①"},
        {"source": "a|b"},
        {"source": ""},
        {"lines": (Line("\x00"),)},
        {"lines": (Line("Trà", quantity=0),)},
        {"lines": (Line("Trà", unit_price=-1),)},
    ],
)
def test_a_bill_that_cannot_be_is_refused_and_nothing_is_written(session: Session, details: dict[str, Any]) -> None:
    lan = make_customer(session)

    with pytest.raises(BadBill):
        award(session, lan, **{"total": 100_000, **details})
    assert session.scalar(select(Purchase.id)) is None


@pytest.mark.parametrize("reference", ["\x00a", "a\ud800"])
def test_a_hostile_receipt_number_is_read_or_refused(session: Session, reference: str) -> None:
    lan = make_customer(session)
    try:
        made = award(session, lan, reference=reference)
    except BadBill:
        return
    assert made.purchase.reference == "A"


def test_the_timeline_tells_of_the_purchase_and_the_tier(session: Session) -> None:
    lan = make_customer(session)

    made = award(session, lan, 2_000_000)

    rows = session.scalars(select(Activity).where(Activity.kind.in_(("purchase", "tier"))).order_by(Activity.id)).all()
    assert [row.kind for row in rows] == ["purchase", "tier"]
    assert rows[0].data["points"] == 200
    assert rows[0].data["entry"] == made.entry.id
    assert rows[1].data == {"from": "member", "to": "silver", "purchase": made.purchase.public_id}


def test_the_same_amount_again_is_found_within_its_time(session: Session) -> None:
    lan, thu, mai = make_customer(session), make_staff(session), make_staff(session)
    first = award(session, lan, 250_000, staff_id=thu.id)
    since = NOON - timedelta(seconds=60)

    def same(customer: Customer, amount: int, staff_id: int, since: datetime) -> int | None:
        found = recording.recent_same(session, customer.id, amount, staff_id, since=since)
        return None if found is None else found.id

    assert same(lan, 250_000, thu.id, since) == first.purchase.id
    assert same(lan, 250_000, mai.id, since) is None
    assert same(lan, 240_000, thu.id, since) is None
    assert same(make_customer(session), 250_000, thu.id, since) is None
    assert same(lan, 250_000, thu.id, NOON + timedelta(seconds=1)) is None


def test_an_estimate_is_what_the_award_then_gives(session: Session) -> None:
    lan = make_customer(session)
    award(session, lan, 2_003_000)

    expected = estimating.of_total(session, lan.id, 350_000, now=NOON)
    made = award(session, lan, 350_000)

    assert expected.credit == (437_500, 44, 500)
    assert (made.entry.credit, made.entry.points, made.entry.carry) == expected.credit
    assert expected.tier.code == "silver"
    assert estimating.of_total(session, None, 350_000, now=NOON).credit.points == 35
    with pytest.raises(profiles.CustomerNotFound):
        estimating.of_total(session, 4711, 350_000, now=NOON)


def test_totals_loaded_before_an_award_are_read_anew(session: Session) -> None:
    lan = make_customer(session)
    held = profiles.lock(session, lan.id)

    award(session, lan, 250_000)

    assert (held.points, held.orders) == (25, 1)


def test_the_programme_of_a_fresh_database_is_the_contracts(session: Session) -> None:
    rules = versions.at(session, date(2000, 1, 1))

    assert rules == demo_programme()
    assert [(tier.names["vi"], tier.spend, tier.multiplier) for tier in rules.tiers] == [
        ("Thành viên", 0, 1),
        ("Bạc", 2_000_000, SILVER),
        ("Vàng", 10_000_000, Fraction(3, 2)),
    ]
    assert (rules.per_amount, rules.expiry.months, rules.cashier_bill) == (10_000, 12, 5_000_000)
