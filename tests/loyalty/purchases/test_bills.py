"""Receipts: one form of a number, and what makes it unique."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.purchases import bills
from loyalty.purchases.bills import BadBill, Bill, Line
from tests.builders import NOON

DAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("HD123", "HD123"),
        ("hd123", "HD123"),
        ("  hd  123 ", "HD 123"),
        ("ＨＤ１２３", "HD123"),
        ("h\u200bd123", "HD123"),
        ("đơn-7", "ĐƠN-7"),
        ("straße", "STRASSE"),
        ("a|b", "A|B"),
    ],
)
def test_a_number_has_one_form(typed: str, number: str) -> None:
    assert bills.normalise(typed) == number


@given(st.text(max_size=80))
def test_any_number_is_read_or_refused_and_reading_it_again_changes_nothing(typed: str) -> None:
    try:
        number = bills.normalise(typed)
    except BadBill as refusal:
        assert refusal.facts["field"] == "reference"
        return
    assert bills.normalise(number) == number
    assert 0 < len(number) <= 64
    number.encode()


@pytest.mark.parametrize(
    ("restart", "key"),
    [("never", "counter|7||HD1"), ("yearly", "counter|7|2026|HD1"), ("daily", "counter|7|2026-11-22|HD1")],
)
def test_a_receipt_key_names_source_store_period_and_number(restart: str, key: str) -> None:
    assert bills.receipt_key("Counter", 7, "HD1", restart, DAY) == key


TEXTS = st.text("aB1| -", min_size=1, max_size=6)
RESTARTS = st.sampled_from(["never", "yearly", "daily"])
NAMES = st.tuples(TEXTS, st.integers(1, 3000), TEXTS, RESTARTS, st.dates(DAY, date(2028, 1, 1)))


@given(NAMES, NAMES)
def test_two_receipts_share_a_key_only_when_every_part_is_equal(
    one: tuple[str, int, str, str, date], other: tuple[str, int, str, str, date]
) -> None:
    def parts(named: tuple[str, int, str, str, date]) -> tuple[str, tuple[str, int, str, str]] | None:
        source, store, reference, restart, day = named
        try:
            bill = bills.check(Bill(total=1, store_id=store, source=source, reference=reference), now=NOON)
        except BadBill:
            return None
        assert bill.reference is not None
        period = {"never": "", "yearly": str(day.year), "daily": str(day)}[restart]
        key = bills.receipt_key(bill.source, store, bill.reference, restart, day)
        return key, (bill.source.casefold(), store, period, bill.reference)

    first, second = parts(one), parts(other)
    if first is not None and second is not None:
        assert (first[0] == second[0]) == (first[1] == second[1])


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=300), st.text(max_size=60))
def test_any_texts_become_a_bill_that_can_be_stored_or_are_refused(
    name: str, sku: str, category: str, source: str
) -> None:
    bill = Bill(total=1, store_id=1, source=source, lines=(Line(name, sku=sku, category=category),))
    try:
        checked = bills.check(bill, now=NOON)
    except BadBill:
        return
    for text in (checked.source, checked.lines[0].name, checked.lines[0].sku, checked.lines[0].category):
        assert text
        assert text.encode()
        assert "\x00" not in text
