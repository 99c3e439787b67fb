import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.typed.numerals import with_digits


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("hai muoi thang muoi mot", "20 thang 11"),
        ("hai muoi mot", "21"),
        ("muoi lam thang tam", "15 thang 8"),
        ("so ba", "so 3"),
        ("the second one", "the 2 1"),
        ("3rd", "3"),
        ("20 thang 11 nam 1990", "20 thang 11 1990"),
        ("hai muoi thang nam 1990", "20 thang 5 1990"),
        ("khong co so", "khong co so"),
        ("", ""),
    ],
)
def test_numbers_in_words_are_written_in_digits(typed: str, written: str) -> None:
    assert with_digits(typed) == written


@given(st.text(max_size=60))
def test_any_text_is_written(typed: str) -> None:
    assert with_digits(with_digits(typed)) is not None
