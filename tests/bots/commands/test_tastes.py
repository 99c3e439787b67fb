"""What is wished of one's interests: dishes whose names look like verbs without their accents are dishes."""

import pytest

from bots.commands.tastes import read_wish


@pytest.mark.parametrize(
    ("typed", "wish"),
    [
        ("thêm trà sữa", ("add", "trà sữa")),
        ("Bỏ: Trà Sữa", ("drop", "Trà Sữa")),
        ("không thích hành", ("drop", "hành")),
        ("bò kho", ("add", "bò kho")),
        ("bơ dầm", ("add", "bơ dầm")),
        ("bột chiên", ("add", "bột chiên")),
        ("lá lốt", ("add", "lá lốt")),
        ("thềm", ("add", "thềm")),
        ("bo tra sua", ("drop", "tra sua")),  # no accent anywhere: as the verbs are typed in a hurry
        ("them tra sua", ("add", "tra sua")),
        ("remove trà sữa", ("drop", "trà sữa")),
        ("bo trà sữa", ("drop", "trà sữa")),  # its own mark forgotten, whatever follows
        ("them: trà sữa", ("add", "trà sữa")),
        ("khong thích cà phê", ("drop", "cà phê")),
        ("bơ sữa", ("add", "bơ sữa")),
        ("bỏ", ("list", "")),
    ],
)
def test_a_verb_is_read_as_it_was_typed(typed: str, wish: tuple[str, str]) -> None:
    assert read_wish(typed) == wish
