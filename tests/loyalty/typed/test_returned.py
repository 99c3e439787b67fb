"""What staff type after `/trahang`."""

import pytest

from loyalty.errors import Unreadable
from loyalty.typed.award import Person
from loyalty.typed.money import MoneyUnclear
from loyalty.typed.returned import ReturnLine, ReturnUnclear, parse_return

LAN = Person(phone="+84912345678")


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("HD123 100k", ReturnLine("HD123", amount=100_000)),
        ("hd123 100k", ReturnLine("HD123", amount=100_000)),
        ("#HD123", ReturnLine("HD123")),
        ("# HD123 1tr2", ReturnLine("HD123", amount=1_200_000)),
        ("HD123", ReturnLine("HD123")),
        ("HD123, 100k", ReturnLine("HD123", amount=100_000)),
        ("100k HD123", ReturnLine("HD123", amount=100_000)),
        ("A17/5 100k", ReturnLine("A17/5", amount=100_000)),
        ("HD123 100 nghìn đổ ly", ReturnLine("HD123", amount=100_000, why="đổ ly")),
        ("HD123 hết", ReturnLine("HD123")),
        ("HD123 cả đơn khách đổi ý", ReturnLine("HD123", why="khách đổi ý")),
        ("1042 100k", ReturnLine("1042", 1042, amount=100_000)),
        ("1042", ReturnLine("1042", 1042)),
        ("#1042 100k", ReturnLine("1042", amount=100_000)),
        ("số 1042 100k", ReturnLine(number=1042, amount=100_000)),
        ("00123 50k", ReturnLine("00123", amount=50_000)),
        ("1042 250.000", ReturnLine("1042", 1042, amount=250_000)),
        ("0912345678 100k", ReturnLine(person=LAN, amount=100_000)),
        ("0912 345 678 100k ly vỡ", ReturnLine(person=LAN, amount=100_000, why="ly vỡ")),
        ("0912345678", ReturnLine(person=LAN)),
    ],
)
def test_the_bill_the_amount_and_the_reason(typed: str, line: ReturnLine) -> None:
    assert parse_return(typed) == line


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "missing_bill"),
        ("100k", "missing_bill"),
        ("abc", "no_bill"),
        ("250.000", "missing_bill"),
        ("HD123 100k 50k", "two_amounts"),
        ("HD123 một trăm", "leftover"),
        ("HD123 khách đổi ý", "leftover"),  # all of it must be meant, not what is left when nothing else is understood
    ],
)
def test_what_is_not_clear_is_asked_back(typed: str, reason: str) -> None:
    with pytest.raises(ReturnUnclear) as refused:
        parse_return(typed)

    assert refused.value.facts["reason"] == reason


@pytest.mark.parametrize(("typed", "reason"), [("HD123 100", "no_unit"), ("HD123 1.250", "two_readings")])
def test_an_amount_with_two_readings_is_asked_back(typed: str, reason: str) -> None:
    with pytest.raises(MoneyUnclear) as refused:
        parse_return(typed)

    assert refused.value.facts["reason"] == reason


@pytest.mark.parametrize("typed", ["#", "##", "-", "🧋", "x" * 500, "1" * 65])
def test_anything_else_is_refused_as_unreadable(typed: str) -> None:
    with pytest.raises(Unreadable):
        parse_return(typed)
