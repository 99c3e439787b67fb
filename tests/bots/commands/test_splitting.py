import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.texts.splitting import split

FAMILY = "👨\u200d👩\u200d👧"


def test_what_fits_is_one_part() -> None:
    assert split("một hai ba", 10) == ["một hai ba"]


def test_paragraphs_come_before_lines_and_lines_before_words() -> None:
    assert split("aaaa bbbb\n\ncccc dddd\neeee", 20) == ["aaaa bbbb", "cccc dddd\neeee"]
    assert split("aaaa bbbb\ncccc dddd", 14) == ["aaaa bbbb", "cccc dddd"]
    assert split("aaaa bbbb cccc", 10) == ["aaaa bbbb", "cccc"]


@pytest.mark.parametrize("letter", ["ẹ̃", FAMILY, "🇻🇳", "👍🏽", "e\u0301\u0323"])
def test_a_letter_is_never_cut(letter: str) -> None:
    parts = split(letter * 9, len(letter) + 1)

    assert parts == [letter] * 9


def test_a_letter_longer_than_a_message_is_cut_all_the_same() -> None:
    zalgo = "a" + "\u0301" * 50

    assert "".join(split(zalgo, 20)) == zalgo


@given(st.text(max_size=400), st.integers(min_value=1, max_value=60))
def test_nothing_but_white_space_is_lost_and_every_part_fits(text: str, limit: int) -> None:
    parts = split(text, limit)

    assert all(0 < len(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@given(st.lists(st.sampled_from(["điểm", "e\u0301", FAMILY, "🇻🇳", "\n", "\n\n"]), max_size=60))
def test_no_part_begins_with_what_belongs_to_the_letter_before(pieces: list[str]) -> None:
    for part in split(" ".join(pieces), 24)[1:]:
        assert unicodedata.category(part[0]) not in {"Mn", "Me", "Mc"}
        assert part[0] != "\u200d"


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        split("a", 0)
