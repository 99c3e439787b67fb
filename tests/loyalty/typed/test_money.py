import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.errors import Unreadable
from loyalty.typed import money
from tests.loyalty.typed.test_fold import ANY_TEXT

AMOUNTS = st.integers(min_value=1, max_value=money.MOST)

CLEAR = [
    # thousands
    ("250k", 250_000),
    ("250K", 250_000),
    ("250 k", 250_000),
    ("250 nghìn", 250_000),
    ("250 nghin", 250_000),
    ("250 ngàn", 250_000),
    ("250k đ", 250_000),
    ("250 ngàn đồng", 250_000),
    ("12,5k", 12_500),
    ("12.5k", 12_500),
    ("1.25k", 1_250),
    ("1200k", 1_200_000),
    ("12k5", 12_500),
    ("12k500", 12_500),
    # whole ₫
    ("250000", 250_000),
    ("250.000", 250_000),
    ("250,000", 250_000),
    ("25.000", 25_000),
    ("1.250.000", 1_250_000),
    ("1,250,000", 1_250_000),
    ("250,000đ", 250_000),
    ("250.000 vnd", 250_000),
    ("250.000 VNĐ", 250_000),
    ("250.000₫", 250_000),
    ("₫250.000", 250_000),
    ("VND 250000", 250_000),
    ("250.000 d", 250_000),
    ("250.000 dong", 250_000),
    ("250.000 đồng", 250_000),
    ("250 000đ", 250_000),
    ("1 250 000 đ", 1_250_000),
    ("1000", 1_000),
    ("5.000", 5_000),
    ("1.250đ", 1_250),
    ("250đ", 250),
    ("10000000", 10_000_000),
    # millions
    ("2tr", 2_000_000),
    ("2 triệu", 2_000_000),
    ("2 trieu dong", 2_000_000),
    ("2trđ", 2_000_000),
    ("0,25tr", 250_000),
    ("0.25tr", 250_000),
    ("0,255tr", 255_000),
    ("1,2tr", 1_200_000),
    ("1.2tr", 1_200_000),
    ("1,25 triệu", 1_250_000),
    ("1tr2", 1_200_000),
    ("2tr5", 2_500_000),
    ("1 tr 2", 1_200_000),
    ("1 triệu 2", 1_200_000),
    ("1tr25", 1_250_000),
    ("1tr250", 1_250_000),
    ("1tr025", 1_025_000),  # three digits are thousands and decimals at once
    ("1 triệu 250k", 1_250_000),
    ("1 triệu 250 nghìn", 1_250_000),
    ("1tr50k", 1_050_000),
    ("1 triệu 5 nghìn", 1_005_000),
    ("1 triệu 250.000đ", 1_250_000),
    ("2 triệu rưỡi", 2_500_000),
    ("2tr rưởi", 2_500_000),
    # typed oddly, read safely
    ("２５０ｋ", 250_000),
    ("  250\u00a0k ", 250_000),
    ("250\u200bk", 250_000),
    ("250k.", 250_000),
    ("250.000,", 250_000),
    ("1000000000000đ", 10**12),
]

ASKED_BACK = [
    # few digits without a unit usually stand for thousands
    ("250", "no_unit", ("250k",)),
    ("999", "no_unit", ("999k",)),
    ("1", "no_unit", ("1k",)),
    ("1,2", "no_unit", ("1tr2",)),
    ("12.5", "no_unit", ("12.500đ",)),
    ("250.00", "no_unit", ("250k",)),
    ("1.250", "two_readings", ("1tr25", "1.250đ")),
    ("1,250", "two_readings", ("1tr25", "1.250đ")),
    ("1250", "two_readings", ("1tr25", "1.250đ")),
    # a zero after the million: decimal, or counted in thousands?
    ("2tr05", "two_readings", ("2.050.000đ", "2.005.000đ")),
    ("2 triệu 05", "two_readings", ("2.050.000đ", "2.005.000đ")),
    ("1tr50", "two_readings", ("1tr5", "1.050.000đ")),
    ("2tr0", "two_readings", ("2tr",)),
    ("1tr2k", "two_readings", ("1tr2", "1.002.000đ")),
    ("1tr05k", "two_readings", ("1.050.000đ", "1.005.000đ")),
    # a point and three digits before a unit: decimal, or thousands?
    ("1.250k", "two_readings", ("1tr25", "1.250đ")),
    ("1,250tr", "two_readings", ("1tr25", "1.250.000.000đ")),
    ("25000k", "two_readings", ("25k", "25tr")),
    ("250000k", "two_readings", ("250k", "250tr")),
    # one number or two, an amount or a phone, a million or a metre?
    ("250 000", "two_readings", ("250k",)),
    ("912345678", "two_readings", ("912.345.678đ",)),
    ("84912345678", "two_readings", ("84.912.345.678đ",)),
    ("1m2", "two_readings", ("1tr2",)),
    ("100k+50k", "sum", ("150k",)),
    ("100k + 50k + 5", "sum", ()),
    ("+250k", "sum", ("250k",)),
    # no reading at all
    ("0", "zero", ()),
    ("0đ", "zero", ()),
    ("0k", "zero", ()),
    ("0,0tr", "zero", ()),
    ("-50k", "negative", ()),
    ("−250.000đ", "negative", ()),
    ("1.250,000", "mixed_separators", ()),
    ("250,000.00", "mixed_separators", ()),
    ("12.34.567đ", "mixed_separators", ()),
    ("1.2345k", "fraction", ()),
    ("0,2500001tr", "fraction", ()),
    ("250.5đ", "fraction", ()),
    ("1000000000001đ", "too_large", ()),
    ("9999999999999999đ", "too_large", ()),
    ("", "empty", ()),
    (" \u200b ", "empty", ()),
    ("abc", "unclear", ()),
    ("k", "unclear", ()),
    ("0250k", "unclear", ()),
    ("025.000", "unclear", ()),
    ("0912345678", "unclear", ()),
    ("250-300k", "unclear", ()),
    ("1tr2500", "unclear", ()),
    ("1tr2đ", "unclear", ()),  # 1.200.000, or a million and two đồng
    ("1 triệu 2 đồng", "unclear", ()),
    ("1e6", "unclear", ()),
    ("2 5 0 k", "unclear", ()),
    ("٢٥٠k", "unclear", ()),  # Arabic-Indic digits
    ("250²", "unclear", ()),
    ("②50k", "unclear", ()),
    ("½tr", "unclear", ()),
    ("\u202ek052", "unclear", ()),  # shown backwards
    ("9" * 5_000, "unclear", ()),
]


@pytest.mark.parametrize(("typed", "amount"), CLEAR)
def test_an_amount_with_one_reading_is_read(typed: str, amount: int) -> None:
    assert money.parse_money(typed) == amount
    assert money.looks_like_money(typed)


@pytest.mark.parametrize(("typed", "reason", "readings"), ASKED_BACK)
def test_an_amount_with_two_readings_or_none_is_asked_back(typed: str, reason: str, readings: tuple[str, ...]) -> None:
    with pytest.raises(money.MoneyUnclear) as refusal:
        money.parse_money(typed)

    facts = refusal.value.facts
    assert facts["reason"] == reason
    assert facts.get("suggestion") == (readings[0] if readings else None)
    assert facts.get("readings", ()) == (readings if len(readings) > 1 else ())
    assert money.parse_money(facts["example"]) == 250_000


@pytest.mark.parametrize(
    ("typed", "meant"), [("250", True), ("2tr05", True), ("0k", True), ("M7K2QD", False), ("lan", False), ("", False)]
)
def test_what_is_written_as_an_amount_is_known_even_when_unclear(typed: str, meant: bool) -> None:
    assert money.looks_like_money(typed) is meant


@pytest.mark.parametrize(
    ("amount", "vietnamese", "english"),
    [
        (250_000, "250.000đ", "250,000₫"),
        (0, "0đ", "0₫"),
        (1_250, "1.250đ", "1,250₫"),
        (-50_000, "−50.000đ", "−50,000₫"),
    ],
)
def test_money_is_written_as_people_read_it(amount: int, vietnamese: str, english: str) -> None:
    assert money.format_money(amount) == vietnamese
    assert money.format_money(amount, locale="en") == english


def test_points_are_written_as_people_read_them() -> None:
    assert money.format_points(1_250) == "1.250"
    assert money.format_points(1_250, "en") == "1,250"
    assert money.format_points(-100) == "−100"


@pytest.mark.parametrize(
    ("amount", "short"),
    [
        (250_000, "250k"),
        (2_000_000, "2tr"),
        (1_200_000, "1tr2"),
        (1_250_000, "1tr25"),
        (1_050_000, "1.050.000đ"),
        (1_255_000, "1.255.000đ"),
        (250_500, "250.500đ"),
        (2_000_000_000, "2.000.000.000đ"),
    ],
)
def test_the_short_form_is_what_staff_would_type(amount: int, short: str) -> None:
    assert money.write_short(amount) == short


@given(AMOUNTS, st.sampled_from(["vi", "en"]))
def test_what_is_written_is_read_back(amount: int, locale: str) -> None:
    assert money.parse_money(money.format_money(amount, locale)) == amount


@given(AMOUNTS | st.integers(1, 9_999).map(lambda tens: tens * 10_000))
def test_the_short_form_is_read_back(amount: int) -> None:
    assert money.parse_money(money.write_short(amount)) == amount


MONEYLIKE = st.text(st.sampled_from("0123456789 .,ktrđd+-m₫"), max_size=14) | ANY_TEXT


@given(MONEYLIKE)
def test_any_text_is_an_amount_or_asked_back_with_suggestions_that_can_be_read(typed: str) -> None:
    try:
        assert 1 <= money.parse_money(typed) <= money.MOST
    except Unreadable as refusal:
        readings = refusal.facts.get("readings", ())
        for suggested in (*readings, *filter(None, [refusal.facts.get("suggestion")])):
            assert money.parse_money(suggested) > 0
