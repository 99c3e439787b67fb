from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.typed import phones
from tests.loyalty.typed.test_fold import ANY_TEXT

E164 = "+84912345678"


@pytest.mark.parametrize(
    "typed",
    [
        "0912345678",
        "0912 345 678",
        "0912.345.678",
        "0912-345-678",
        "0912–345–678",
        "(0912) 345 678",
        "0912/345/678",
        "84912345678",
        "84 912 345 678",
        "840912345678",
        "+84912345678",
        "+84 912 345 678",
        "+84(0)912345678",
        "+84 (0) 912-345-678",
        "(+84) 912 345 678",
        "0084912345678",
        "00 84 912 345 678",
        " 0912345678. ",
        "\u202d+84 912 345 678\u202c",  # as a phone's address book copies it
        "0912\u200b345\u00a0678",
        "０９１２３４５６７８",
    ],
)
def test_every_way_of_typing_a_number_gives_its_e164(typed: str) -> None:
    assert phones.parse_phone(typed) == E164
    assert phones.looks_like_phone(typed)


def test_a_phone_is_spaced_as_one_reads_it_out() -> None:
    assert phones.spaced("+84912345678") == "0912 345 678" and phones.spaced("+15551234567") == "+15551234567"


@pytest.mark.parametrize(
    ("typed", "begun"),
    [
        ("0912", True),
        ("0912 345", True),
        ("+84 9", True),
        ("0912345678", False),
        ("lan", False),
        ("lan 2", False),
        ("", False),
    ],
)
def test_the_beginning_of_a_phone_is_told_from_a_name(typed: str, begun: bool) -> None:
    assert phones.is_begun(typed) is begun


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("0120", "070"),
        ("0121", "079"),
        ("0122", "077"),
        ("0126", "076"),
        ("0128", "078"),
        ("0123", "083"),
        ("0124", "084"),
        ("0125", "085"),
        ("0127", "081"),
        ("0129", "082"),
        ("0162", "032"),
        ("0163", "033"),
        ("0164", "034"),
        ("0165", "035"),
        ("0166", "036"),
        ("0167", "037"),
        ("0168", "038"),
        ("0169", "039"),
        ("0186", "056"),
        ("0188", "058"),
        ("0199", "059"),
    ],
)
def test_a_number_from_before_2018_is_renumbered(old: str, new: str) -> None:
    renumbered = f"+84{new[1:]}2345679"

    assert phones.parse_phone(f"{old}2345679") == renumbered
    assert phones.parse_phone(f"+84{old[1:]}2345679") == renumbered
    assert phones.parse_phone(f"{new}2345679") == renumbered


@pytest.mark.parametrize("prefix", sorted(phones.LIVE_PREFIXES))
def test_every_live_prefix_is_a_mobile(prefix: str) -> None:
    assert phones.parse_phone(f"0{prefix}1234567") == f"+84{prefix}1234567"


@pytest.mark.parametrize(
    ("typed", "reason", "suggestion"),
    [
        ("912345678", "missing_zero", "0912345678"),
        ("912 345 678", "missing_zero", "0912345678"),
        ("841234567", "missing_zero", "0841234567"),
        ("1691234567", "missing_zero", "0391234567"),
        ("+0912345678", "unclear", "0912345678"),
        ("084912345678", "too_long", "0912345678"),
        ("091234567", "too_short", None),
        ("12345", "too_short", None),
        ("84", "too_short", None),
        ("+84", "too_short", None),
        ("09123456789", "too_long", None),
        ("01601234567", "too_long", None),  # a prefix of eleven digits that never was
        ("0912345678 0987654321", "too_long", None),
        ("0" + " " * 3 + "9" * 60, "too_long", None),
        ("02438261234", "landline", None),
        ("024 3826 1234", "landline", None),
        ("+84 28 3829 1234", "landline", None),
        ("0438261234", "landline", None),
        ("19001234", "not_mobile", None),
        ("1800 1234", "not_mobile", None),
        ("0712345678", "not_mobile", None),
        ("+16502530000", "foreign", None),
        ("0085512345678", "foreign", None),
        ("0000000000", "placeholder", None),
        ("9999999999", "placeholder", None),
        ("0999999999", "placeholder", None),
        ("0900000000", "placeholder", None),
        ("0911111111", "placeholder", None),
        ("0123456789", "placeholder", None),
        ("01234567890", "placeholder", None),
        ("", "empty", None),
        ("\u200b", "empty", None),
        ("Lan", "unclear", None),
        ("0912345678k", "unclear", None),
        ("0912+345678", "unclear", None),
        ("()", "unclear", None),
        ("٠٩١٢٣٤٥٦٧٨", "unclear", None),
        ("⓪912345678", "unclear", None),
        ("\u202e8765432190", "unclear", None),
        ("7345678901", "unclear", None),
    ],
)
def test_what_is_no_mobile_is_refused_with_its_reason(typed: str, reason: str, suggestion: str | None) -> None:
    with pytest.raises(phones.PhoneUnclear) as refusal:
        phones.parse_phone(typed)

    facts = refusal.value.facts
    assert (facts["reason"], facts.get("suggestion")) == (reason, suggestion)
    assert phones.parse_phone(facts["example"]) == E164


MOBILES = st.builds("{}{:07}".format, st.sampled_from(sorted(phones.LIVE_PREFIXES)), st.integers(1, 9_999_998)).filter(
    lambda digits: len(set(digits[1:])) > 1
)
FORMS: list[Callable[[str], str]] = [
    "0{}".format,
    "84{}".format,
    "+84{}".format,
    "0084{}".format,
    "+84(0){}".format,
    "(+84) {}".format,
    lambda digits: f"0{digits[:3]} {digits[3:6]} {digits[6:]}",
    lambda digits: f"0{digits[:2]}.{digits[2:5]}.{digits[5:]}",
    lambda digits: f"+84 {digits[:2]}-{digits[2:5]}-{digits[5:]}",
    lambda digits: f"({digits.rjust(10, '0')[:4]}) {digits[3:]}",
]


@given(MOBILES)
def test_all_forms_of_one_number_are_one_number(digits: str) -> None:
    assert {phones.parse_phone(form(digits)) for form in FORMS} == {f"+84{digits}"}


@given(MOBILES)
def test_what_is_shown_or_sent_of_a_number_is_the_number(digits: str) -> None:
    e164 = f"+84{digits}"

    assert phones.parse_phone(phones.national(e164)) == e164
    assert phones.parse_phone(phones.zalo_form(e164)) == e164
    assert phones.mask(e164) == f"0{digits[:3]} ••• {digits[6:]}"
    assert phones.find_phone(f"sđt của em là {phones.national(e164)} ạ") == e164


def test_a_number_is_shown_masked_in_the_national_form() -> None:
    assert phones.mask(E164) == "0912 ••• 678"
    assert phones.national(E164) == "0912345678"
    assert phones.zalo_form(E164) == "84912345678"
    assert phones.national("+16502530000") == "+16502530000"
    assert phones.mask("123") == "•••"


@pytest.mark.parametrize(
    "message",
    [
        "0912345678",
        "sdt em la 0912345678",
        "SĐT: 0912.345.678",
        "số của mình 0912 345 678 nha",
        "Dạ số em là 0912 345 678 ạ!",
        "đăng ký 0912345678",
        "+84912345678 (zalo)",
        "my phone number is 0912345678",
        "0912345678 / 0912 345 678",
        "0912345678, 0912345678",
    ],
)
def test_a_message_that_is_nothing_but_a_phone_gives_it(message: str) -> None:
    assert phones.find_phone(message) == E164


@pytest.mark.parametrize(
    "message",
    [
        "",
        "xin chào",
        "đổi 3",
        "250k",
        "250.000đ",
        "sinh nhật 20/11/1990",
        "20/11/1990",
        "05/03/1990",
        "05 03 1990",
        "0912345678 20/11/1990",
        "M7K2QD",
        "#HD0912345678",
        "0912345678k",
        "đừng gọi 0912345678",
        "số của mẹ em là 0912345678",
        "không phải 0912345678",
        "0912345678²",
        "⓪912345678",
        "0912345678 " + "ạ " * 200,
    ],
)
def test_digits_that_are_something_else_are_no_phone(message: str) -> None:
    assert phones.find_phone(message) is None


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("0912345678 0987654321", "two_phones"),
        ("0912 345 678 0987 654 321", "two_phones"),
        ("0912345678/0987654321", "two_phones"),
        ("0912345678 hoặc +84987654321", "two_phones"),
        ("912345678", "missing_zero"),
        ("sđt em 912 345 678", "missing_zero"),
        ("091234567", "too_short"),
        ("024 3826 1234", "landline"),
        ("0900000000", "placeholder"),
        ("+1 650 253 0000", "foreign"),
    ],
)
def test_a_message_meant_as_a_phone_that_is_none_is_asked_back(message: str, reason: str) -> None:
    with pytest.raises(phones.PhoneUnclear) as refusal:
        phones.find_phone(message)
    assert refusal.value.facts["reason"] == reason


@pytest.mark.parametrize(
    ("typed", "rest"),
    [
        ("0912345678 Nguyễn Văn A", "Nguyễn Văn A"),
        ("0912 345 678 Nguyễn Văn A", "Nguyễn Văn A"),
        ("+84 912 345 678 M7K2QD", "M7K2QD"),
        ("0912345678 50 lý do", "50 lý do"),
        ("0912 345 678 50 lý do", "50 lý do"),
        ("0912345678 -50 lý do", "-50 lý do"),
        ("0912345678 - 50 lý do", "- 50 lý do"),
        ("0912345678 - Lan", "Lan"),
        ("0912345678, Lan", "Lan"),
        ("0912345678\nkhông đường,\n  ít đá ", "không đường,\n  ít đá"),
        ("0912345678 gọi 0987654321", "gọi 0987654321"),
        ("0912345678", ""),
    ],
)
def test_a_leading_phone_is_split_from_what_follows(typed: str, rest: str) -> None:
    assert phones.split_phone(typed) == (E164, rest)


def test_a_phone_at_the_end_counts_only_where_it_may() -> None:
    assert phones.split_phone("Nguyễn Văn A, 0912 345 678", may_trail=True) == (E164, "Nguyễn Văn A")
    with pytest.raises(phones.PhoneUnclear):
        phones.split_phone("gọi lại số 0912345678")


@pytest.mark.parametrize(
    ("typed", "reason", "about"),
    [
        ("", "missing", ""),
        ("Lan", "missing", "Lan"),
        ("Lan 0912345678", "missing", "Lan 0912345678"),
        ("912345678 Lan", "missing_zero", "912345678"),
        ("0912 345 67 Lan", "too_short", "0912 345 67"),
        ("091234567 50 lý do", "too_short", "091234567"),
        ("02438261234 Lan", "landline", "02438261234"),
        ("9 9 9 9 9 9 9 9 9", "placeholder", "9 9 9 9 9 9 9 9"),
    ],
)
def test_a_wrong_leading_phone_is_named_in_the_refusal(typed: str, reason: str, about: str) -> None:
    with pytest.raises(phones.PhoneUnclear) as refusal:
        phones.split_phone(typed)
    assert (refusal.value.facts["reason"], refusal.value.facts["typed"]) == (reason, about)


PHONELIKE = st.text(st.sampled_from("0123456789 +.-()/\n đs"), max_size=24) | ANY_TEXT


@given(PHONELIKE)
def test_any_text_is_a_phone_or_refused(typed: str) -> None:
    for read in (phones.parse_phone, phones.find_phone, phones.split_phone, phones.looks_like_phone, phones.mask):
        try:
            read(typed)
        except phones.PhoneUnclear as refusal:
            if suggested := refusal.facts.get("suggestion"):
                assert phones.parse_phone(suggested)
