import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.typed import codes, money, phones
from tests.loyalty.typed.test_fold import ANY_TEXT


@pytest.mark.parametrize("typed", ["M7K2QD", "m7k2qd", "M7K-2QD", " m7k 2qd ", "Ｍ７Ｋ２ＱＤ"])
def test_a_member_code_is_read_in_any_case_with_spaces_or_dashes(typed: str) -> None:
    assert codes.parse_member_code(typed) == "M7K2QD"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "M7K2Q",  # too short
        "M7K2QDX",
        "M7K2Q0",  # 0, 1, I, L, O and U are in no code
        "M7K2QI",
        "234567",  # no letter
        "2345TR",  # amounts
        "23456K",
        "2TR222",
        "22K222",
        "234VND",
        "23456D",
        "M7K2Q\ud800",
    ],
)
def test_what_is_no_member_code_is_refused_with_an_example(typed: str) -> None:
    assert not codes.is_member_code(typed)
    with pytest.raises(codes.CodeUnclear) as refusal:
        codes.parse_member_code(typed)
    assert codes.is_member_code(refusal.value.facts["example"])


@given(st.text(codes.CODE_ALPHABET, min_size=6, max_size=6) | ANY_TEXT)
def test_a_member_code_is_never_an_amount_or_a_phone(typed: str) -> None:
    if codes.is_member_code(typed):
        assert not money.looks_like_money(typed)
        assert not phones.looks_like_phone(typed)


@given(ANY_TEXT)
def test_normalising_twice_changes_nothing(typed: str) -> None:
    once = codes.normalise_code(typed)

    assert codes.normalise_code(once) == once
