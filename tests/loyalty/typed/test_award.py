import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.errors import Unreadable
from loyalty.typed import award, money, phones
from loyalty.typed.award import AwardLine, Person
from tests.loyalty.typed.test_fold import ANY_TEXT

E164 = "+84912345678"


def of_phone(amount: int, receipt: str | None = None) -> AwardLine:
    return AwardLine("phone", E164, None, amount, receipt)


def of_code(amount: int, receipt: str | None = None) -> AwardLine:
    return AwardLine("code", None, "M7K2QD", amount, receipt)


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("0912345678 250k #HD123", of_phone(250_000, "HD123")),
        ("0912345678 250k", of_phone(250_000)),
        ("250k 0912345678", of_phone(250_000)),
        ("250k #HD123 0912 345 678", of_phone(250_000, "HD123")),
        ("#HD123 0912.345.678 1tr2", of_phone(1_200_000, "HD123")),
        ("0912 345 678 1 triệu 2", of_phone(1_200_000)),
        ("1 triệu 2 84 912 345 678", of_phone(1_200_000)),
        ("1 triệu 250 nghìn đồng +84 912 345 678", of_phone(1_250_000)),
        ("0 9 1 2 3 4 5 6 7 8 250k", of_phone(250_000)),
        ("0912345678 250 000đ", of_phone(250_000)),
        ("0912345678, 250.000, #hd/1.a", of_phone(250_000, "HD/1.A")),
        ("0912345678 250k # HD123.", of_phone(250_000, "HD123")),
        ("0912345678 250k#HD-1_2", of_phone(250_000, "HD-1_2")),
        ("0912345678 250k #hđ12 #HĐ12", of_phone(250_000, "HĐ12")),
        ("0912345678 - 250k", of_phone(250_000)),
        ("0912345678 350.000.000", of_phone(350_000_000)),  # thousands, though a zero would make it a phone
        ("M7K2QD 1tr2", of_code(1_200_000)),
        ("250k m7k-2qd #1", of_code(250_000, "1")),
        ("m7k 2qd 250k", of_code(250_000)),
        ("\u200b０９１２３４５６７８\u00a0２５０ｋ　＃ｈｄ１２３", of_phone(250_000, "HD123")),
    ],
)
def test_an_award_is_read_in_any_order(typed: str, line: AwardLine) -> None:
    assert award.parse_award(typed) == line


PHONE, AMOUNT = {"phone": E164}, {"amount": 250_000}


@pytest.mark.parametrize(
    ("typed", "reason", "understood"),
    [
        ("", "missing_customer", {}),
        ("250k", "missing_customer", AMOUNT),
        ("250k #HD1", "missing_customer", AMOUNT | {"receipt": "HD1"}),
        ("lan 250k", "missing_customer", AMOUNT | {"leftover": "lan"}),
        ("0912345678", "missing_amount", PHONE),
        ("M7K2QD", "missing_amount", {"code": "M7K2QD"}),
        ("0912345678 nhiều lắm", "missing_amount", PHONE | {"leftover": "nhiều lắm"}),
        ("0912345678 0987654321 250k", "two_customers", AMOUNT),
        ("0912345678 M7K2QD 250k", "two_customers", AMOUNT),
        ("0912345678 98765432 250k", "two_amounts", PHONE),
        ("0912345678 987654321 250k", "two_customers", PHONE | AMOUNT),
        ("0912345678 912345678", "two_customers", PHONE),  # nine bare digits may be a phone
        ("0912345678 912.345.678", "two_customers", PHONE),
        ("0912345678 100k 50k", "two_amounts", PHONE),
        ("100 0912345678 200", "two_amounts", PHONE),
        ("250k 99k 99k", "two_amounts", {}),  # no member code 99K99K
        ("250k hd9 hd9", "missing_customer", AMOUNT | {"leftover": "hd9 hd9"}),  # nor HD9HD9
        ("0912345678 250k cho khách", "leftover", PHONE | AMOUNT | {"leftover": "cho khách"}),
        ("0912345678 250k HD123", "leftover", PHONE | AMOUNT | {"leftover": "HD123"}),
        ("0912345678 250k 2", "leftover", PHONE | AMOUNT | {"leftover": "2"}),
        ("0912345678 1tr #HD 12", "leftover", PHONE | {"amount": 1_000_000, "receipt": "HD", "leftover": "12"}),
        ("0912345678 250k #A #B", "leftover", PHONE | AMOUNT | {"receipt": "A", "leftover": "#B"}),
    ],
)
def test_a_line_that_is_not_one_award_says_what_was_understood(
    typed: str, reason: str, understood: dict[str, Any]
) -> None:
    with pytest.raises(award.AwardUnclear) as refusal:
        award.parse_award(typed)

    facts = refusal.value.facts
    assert facts.pop("reason") == reason
    assert award.parse_award(facts.pop("example")) == of_phone(250_000, "HD123")
    assert facts.pop("typed") == typed
    assert facts == understood


@pytest.mark.parametrize(
    ("typed", "code", "facts"),
    [
        ("0912345678 200 #HD1", "money_unclear", PHONE | {"suggestion": "200k", "receipt": "HD1"}),
        ("200 0912 345 678", "money_unclear", PHONE | {"suggestion": "200k", "typed": "200"}),
        ("0912345678 250 000", "money_unclear", PHONE | {"suggestion": "250k"}),
        ("0912345678 2tr05", "money_unclear", PHONE | {"reason": "two_readings"}),
        ("M7K2QD 100k+50k", "money_unclear", {"code": "M7K2QD", "suggestion": "150k"}),
        ("0912345678 -250k", "money_unclear", PHONE | {"reason": "negative"}),
        ("912345678 250k", "phone_unclear", AMOUNT | {"suggestion": "0912345678"}),
        ("0912 345 67 250k", "phone_unclear", AMOUNT | {"reason": "too_short", "typed": "0912 345 67"}),
        ("250k 02438261234", "phone_unclear", AMOUNT | {"reason": "landline"}),
        ("0912345678 250k #", "receipt_unclear", PHONE | AMOUNT | {"reason": "empty"}),
        ("0912345678 250k #HD@1", "receipt_unclear", PHONE | AMOUNT | {"reason": "unclear"}),
    ],
)
def test_one_part_at_fault_is_named_beside_what_was_understood(typed: str, code: str, facts: dict[str, Any]) -> None:
    with pytest.raises(Unreadable) as refusal:
        award.parse_award(typed)

    assert refusal.value.code == code
    assert facts.items() <= refusal.value.facts.items()


@pytest.mark.parametrize(
    ("typed", "receipt"),
    [
        ("HD123", "HD123"),
        ("#hd123", "HD123"),
        ("# hd123.", "HD123"),
        ("2026/11-0007", "2026/11-0007"),
        ("ｈｄ１２", "HD12"),
        ("A" * 64, "A" * 64),
    ],
)
def test_a_receipt_is_read_in_upper_case(typed: str, receipt: str) -> None:
    assert award.parse_receipt(typed) == receipt


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "empty"),
        ("#", "empty"),
        ("...", "empty"),
        ("A" * 65, "too_long"),
        ("ß" * 33, "too_long"),  # two letters each in upper case
        ("HD 123", "unclear"),
        ("HD'--", "unclear"),
        ("HD١", "unclear"),
        ("HD\ud800", "unclear"),
    ],
)
def test_what_is_no_receipt_is_refused(typed: str, reason: str) -> None:
    with pytest.raises(award.ReceiptUnclear) as refusal:
        award.parse_receipt(typed)
    assert refusal.value.facts["reason"] == reason


@pytest.mark.parametrize("typed", ["M7K2QD", "m7k-2qd", "#m7k2qd"])
def test_a_person_is_named_by_member_code(typed: str) -> None:
    assert award.parse_person(typed) == Person(code="M7K2QD")


def test_a_person_is_named_by_phone() -> None:
    assert award.parse_person("0912 345 678") == Person(phone=E164)
    with pytest.raises(phones.PhoneUnclear):
        award.parse_person("Lan")


PIECES = st.sampled_from(
    ["0912345678", "912345678", "0912", "345 678", "M7K2QD", "250k", "250", "1 triệu 2", "+", "#HD1", "#", "lan", "-"]
)
AWARDLIKE = st.lists(PIECES | ANY_TEXT, max_size=7).map(" ".join)


@given(AWARDLIKE)
def test_any_text_is_an_award_or_refused(typed: str) -> None:
    for read in (award.parse_award, award.parse_person, award.parse_receipt):
        try:
            read(typed)
        except Unreadable as refusal:
            str(refusal.facts).encode()


@given(
    st.permutations(["phone", "amount", "receipt"]),
    st.sampled_from(["0912345678", "0912 345 678", "+84(0)912.345.678", "84 912345678"]),
    st.integers(1, money.MOST),
    st.from_regex(r"[A-Z0-9]([A-Z0-9/_.-]{0,20}[A-Z0-9])?", fullmatch=True),
)
def test_the_order_of_phone_amount_and_receipt_is_free(order: list[str], phone: str, amount: int, receipt: str) -> None:
    pieces = {"phone": phone, "amount": money.format_money(amount), "receipt": f"#{receipt}"}

    assert award.parse_award(" ".join(pieces[piece] for piece in order)) == of_phone(amount, receipt)


@pytest.mark.parametrize("filler", ["1 ", "0912345678 ", "a ", "# ", "1+", "(", "250k ", "M7K2QD "])
def test_a_very_long_line_is_refused_quickly(filler: str) -> None:
    started = time.process_time()
    with pytest.raises(Unreadable):
        award.parse_award(filler * 5_000)
    assert time.process_time() - started < 1


@pytest.mark.parametrize("typed", ["2 trăm nghìn", "2 tram", "5 chục"])
def test_an_amount_half_in_words_is_not_read_as_its_digit(typed: str) -> None:
    with pytest.raises(award.AwardUnclear) as refused:
        award.parse_award(f"0912345678 {typed}")
    assert (refused.value.facts["reason"], refused.value.facts["leftover"]) == ("leftover", typed)
    assert "suggestion" not in refused.value.facts


@pytest.mark.parametrize(
    ("typed", "points"),
    [
        ("0912345678 250k dùng 50", 50),
        ("0912345678 dung 50 điểm 250k #HD1", 50),
        ("use 50 points 0912345678 250k", 50),
        ("0912345678 250k Dùng hết", "max"),
        ("0912345678 250k use all", "max"),
        ("0912345678 250k", None),
    ],
)
def test_points_may_pay_of_the_bill(typed: str, points: int | str | None) -> None:
    read = award.parse_award(typed)
    assert (read.phone, read.amount, read.pay_points) == ("+84912345678", 250_000, points)
