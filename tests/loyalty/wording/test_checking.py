"""What may stand in a sentence's place, and what is said of what may not."""

import pytest

from bots.texts import catalogue
from loyalty.wording import checking
from loyalty.wording.checking import (
    PlaceMissing,
    SentenceNotFound,
    StrangeSign,
    TitleBreaks,
    TitleTaken,
    UnknownPlace,
    WordingTooLong,
)


def check(key: str, wording: str, locale: str = "vi", **own: str) -> str:
    """The wording as it would be kept."""
    sentence = checking.find(catalogue(), key, locale)
    words = checking.tidy(wording, sentence.wording[locale])
    checking.check(catalogue(), sentence, locale, words, {name.replace("__", "."): said for name, said in own.items()})
    return words


def test_places_may_be_moved_repeated_and_left_out() -> None:
    assert (
        check("points.balance", "{ points } là điểm của mình đó, {points}!")
        == "{points} là điểm của mình đó, {points}!"
    )


@pytest.mark.parametrize("typed", ["{diem}", "{Points}", "{tier", "tier}", "{}", "{{points}}", "{shop}"])
def test_an_unknown_place_is_named_with_those_there_are(typed: str) -> None:
    with pytest.raises(UnknownPlace) as refused:
        check("points.balance", f"Bạn có {{points}} {typed}")
    assert refused.value.facts["allowed"] == ["{points}", "{tier}"]
    assert set(refused.value.facts["typed"]) <= set(typed)


@pytest.mark.parametrize(
    ("key", "wording", "missing"),
    [
        ("award.balance", "{name} có {balance}.", ["/huy {number}"]),
        ("award.balance", "{name} có {balance}. Số {number}", ["/huy {number}"]),
        ("welcome.kept", "Bên mình giữ tên và số của bạn.", ["{link}", "{shop}"]),
        ("consent.question", "Nhận ưu đãi không?", ["{shop}", "{channel}"]),
        ("consent.yes", "Cảm ơn bạn nhé!", ["dừng"]),
        ("code.shown", "Mã dùng được đến {until}", ["{code}"]),
        ("history.row", "{day} {points}", ["{reason}"]),
        ("approval.award.wanted", "Duyệt: /duyet {number}", ["/tuchoi {number}"]),
        ("menu.customer", "Nhắn gì cũng được", ["{lines}"]),
    ],
)
def test_what_the_sentence_is_there_for_may_not_go(key: str, wording: str, missing: list[str]) -> None:
    with pytest.raises(PlaceMissing) as refused:
        check(key, wording)
    assert refused.value.facts["missing"] == missing


def test_what_is_kept_is_found_in_any_case_and_per_language() -> None:
    assert check("consent.yes", "Nhắn DỪNG lúc nào cũng được.")
    assert check("consent.yes", "Write STOP at any time.", "en")


def test_a_sentence_counts_with_its_places_at_their_longest() -> None:
    sentence = checking.find(catalogue(), "notice.gift", "vi")
    room = sentence.longest - sentence.at_most("{points}{reason}")
    assert check("notice.gift", "x" * room + "{points}{reason}")
    with pytest.raises(WordingTooLong) as refused:
        check("notice.gift", "x" * (room + 1) + "{points}{reason}")
    assert refused.value.facts == {"counted": 1901, "longest": 1900}


def test_a_button_has_one_short_line_of_its_own() -> None:
    assert check("button.agent", "Gặp bé Na") == "Gặp bé Na"
    with pytest.raises(WordingTooLong):
        check("button.agent", "Gặp chủ quán ngay nhé!")  # 22
    with pytest.raises(TitleBreaks):
        check("button.agent", "Gặp\nbé Na")
    with pytest.raises(TitleTaken) as refused:
        check("button.agent", "dong y")
    assert refused.value.facts["title"] == "Đồng ý"
    with pytest.raises(TitleTaken):
        check("button.agent", "Được", button__yes="ĐƯỢC")
    with pytest.raises(WordingTooLong):  # the number of a reward needs room
        check("rewards.button", "Đổi quà số {number}!")


@pytest.mark.parametrize("sign", ["\x07", "\u202e", "\ud800", "\ue000", "\x85"])
def test_signs_nobody_sees_are_refused(sign: str) -> None:
    with pytest.raises(StrangeSign):
        check("points.balance", f"Bạn có{sign} {{points}}")


def test_a_family_is_one_sign_and_lines_stay_lines() -> None:
    assert check("points.balance", "  👨\u200d👩\u200d👧 {points}  \r\nhạng {tier}\n") == (
        "👨\u200d👩\u200d👧 {points}\nhạng {tier}"
    )


def test_a_part_of_a_sentence_keeps_the_blank_it_begins_with() -> None:
    assert check("rewards.left", "(chỉ còn {count})") == " (chỉ còn {count})"
    assert check("understood.or", "hoặc") == " hoặc "


def test_only_sentences_there_are_can_be_reworded() -> None:
    for key, locale in (("nothing.here", "vi"), ("points.balance", "fr")):
        with pytest.raises(SentenceNotFound):
            checking.find(catalogue(), key, locale)
