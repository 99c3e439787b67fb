"""What looks wrong about a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.customers import quality
from loyalty.customers.quality import Hint


@pytest.mark.parametrize(
    "name",
    [
        *("Lan", "Nguyễn Thị Lan", "Trần Minh Quân", "Đặng Hoà", "Emma Stone", "Jean-Luc O'Neil", "Lê Ý", "Y Moan"),
        *("Hoàng Anh", "Lý Cô", "Ba", "Tôn Nữ Thị Ninh", "Ca Lê Hiến", "Vi", "Anh Thư", "Ánh Ánh Nguyệt", "Hà An"),
    ],
)
def test_names_people_have_raise_no_doubt(name: str) -> None:
    assert quality.doubts(name) == []


@pytest.mark.parametrize(
    ("name", "hints"),
    [
        ("Lan 2", [Hint.DIGITS]),
        ("Lan 0912345678", [Hint.DIGITS]),
        ("Lan ❤️", [Hint.SYMBOLS]),
        ("<img src=x onerror=alert(1)>", [Hint.DIGITS, Hint.SYMBOLS, Hint.CAPITALS]),
        ("Ng. Thị Lan", [Hint.ABBREVIATION]),
        ("Ng T Lan", [Hint.ABBREVIATION]),
        ("Nguyễn V. A.", [Hint.ABBREVIATION]),
        ("Chị Lan", [Hint.TITLE]),
        ("Mr. Nam", [Hint.TITLE]),
        ("anh Tuấn", [Hint.TITLE]),
        ("C Lan", [Hint.TITLE]),
        ("Lan zalo", [Hint.NICKNAME]),
        ("Khách quen", [Hint.NICKNAME]),
        ("NGUYỄN THỊ LAN", [Hint.CAPITALS]),
        ("nguyễn thị lan", [Hint.CAPITALS]),
        ("Lan Lan Lan", [Hint.REPEATED]),
        ("Aaaaa", [Hint.REPEATED]),
        ("chị lan béo 2", [Hint.DIGITS, Hint.TITLE, Hint.NICKNAME, Hint.CAPITALS]),
    ],
)
def test_what_was_not_entered_as_a_name_is_hinted_at(name: str, hints: list[Hint]) -> None:
    assert [doubt.hint for doubt in quality.doubts(name)] == hints


def test_a_doubt_names_the_part_it_is_about() -> None:
    assert [doubt.part for doubt in quality.doubts("Chị Lan 2")] == ["2", "Chị"]


@given(st.text(max_size=300))
def test_any_text_is_judged(name: str) -> None:
    assert len(quality.doubts(name)) <= len(Hint)
