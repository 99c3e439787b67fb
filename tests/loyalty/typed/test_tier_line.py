"""Whose tier, which, until when and why, as staff type it."""

from datetime import date

import pytest

from loyalty.typed.phones import PhoneUnclear
from loyalty.typed.tier_line import TierUnclear, parse

LAN, TODAY = "+84912345678", date(2026, 11, 22)


@pytest.mark.parametrize(
    ("typed", "tier", "until", "reason"),
    [
        ("0912345678 bạc đến 31/12 khách thân", "bạc", date(2026, 12, 31), "khách thân"),
        ("0912 345 678 Bạch Kim đến hết ngày 1/3, khách thân", "Bạch Kim", date(2027, 3, 1), "khách thân"),
        ("0912345678 gold until 31-12-2027 a regular", "gold", date(2027, 12, 31), "a regular"),
        ("0912345678 vàng 5.6.27: quà 2 năm", "vàng", date(2027, 6, 5), "quà 2 năm"),
        ("0912345678 vàng 22/11 hôm nay", "vàng", TODAY, "hôm nay"),
        ("0912345678 vàng 29/2 năm nhuận", "vàng", date(2028, 2, 29), "năm nhuận"),
        ("0912345678 vàng 1/1/2020 đã qua", "vàng", date(2020, 1, 1), "đã qua"),
    ],
)
def test_a_line_is_read(typed: str, tier: str, until: date, reason: str) -> None:
    line = parse(typed)
    assert (line.person.phone, line.tier, line.until(TODAY), line.reason) == (LAN, tier, until, reason)


@pytest.mark.parametrize("word", ["bỏ", "BO", "hủy", "off", "none"])
def test_one_word_takes_it_back(word: str) -> None:
    assert parse(f"m7k2qd {word}").tier is None


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("0912345678", "tier"),
        ("0912345678 đến 31/12 khách thân", "tier"),
        ("0912345678 bạc", "day"),
        ("0912345678 bạc đến tết khách thân", "day"),
        ("0912345678 bạc đến 30/2 khách thân", "day"),
        ("0912345678 bạc 29/2/2027 khách thân", "day"),
        ("0912345678 bạc đến 31/12", "reason"),
    ],
)
def test_what_is_missing_is_said_with_a_right_line(typed: str, reason: str) -> None:
    with pytest.raises(TierUnclear) as refused:
        parse(typed)
    assert (refused.value.facts["reason"], refused.value.facts["right"][:10]) == (reason, "0912345678")


def test_without_a_customer_it_is_the_phone_that_is_unclear() -> None:
    with pytest.raises(PhoneUnclear):
        parse("bạc đến 31/12 khách thân")
