import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.typed import fold

ANY_TEXT = st.text(st.characters(), max_size=80)  # lone surrogates included


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đặng Thị Hoà", "dang thi hoa"),
        ("Đặng Thị Hòa", "dang thi hoa"),
        ("Nguye\u0302\u0303n", "nguyen"),  # marks typed apart
        ("ĐỖ ĐỨC", "do duc"),
        ("\u00d0ỗ", "do"),  # eth, which looks the same as a capital
        ("  tích \t điểm\n", "tich diem"),
        ("\u202a0912\u200b345\u202c", "0912345"),
        ("ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
        ("Straße", "strasse"),
        ("a\x00b\ud800c", "abc"),
        ("", ""),
    ],
)
def test_fold_puts_case_accents_widths_and_invisible_characters_aside(text: str, folded: str) -> None:
    assert fold.fold(text) == folded


@given(ANY_TEXT)
def test_any_text_folds_to_something_encodable_that_folds_to_itself(text: str) -> None:
    folded = fold.fold(text)

    assert fold.fold(folded) == folded
    folded.encode()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Nguyễn Văn A", ["nguyen", "van", "a"]),
        ("Trần-Lê, Hoa (VIP)", ["tran", "le", "hoa", "vip"]),
        ("lan_anh", ["lan", "anh"]),
        ("☕️ !", []),
    ],
)
def test_tokens_are_the_folded_words_of_a_name(name: str, words: list[str]) -> None:
    assert fold.tokens(name) == words


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Điểm  của\u200b tôi", "Điểm của tôi"),
        ("２５０ｋ", "250k"),
        ("250²", "250\ufffd"),
        ("①", "\ufffd"),
        ("½", "\ufffd"),
        ("\u202e052k", "\ufffd052k"),
        ("x\udc00", "x\ufffd"),
    ],
)
def test_plain_keeps_what_is_seen_and_marks_what_would_mislead(text: str, plain: str) -> None:
    assert fold.plain(text) == plain


@given(ANY_TEXT)
def test_a_quotation_is_short_encodable_and_on_one_line(text: str) -> None:
    quoted = fold.quote(text, limit=20)

    assert len(quoted) <= 20
    assert len(quoted.splitlines()) <= 1
    quoted.encode()


def test_a_long_quotation_says_that_it_was_cut() -> None:
    assert fold.quote("điểm " * 3, limit=10) == "điểm điểm…"
