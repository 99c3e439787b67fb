import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.commands.taken import Understood
from bots.commands.understanding import understand
from tests.bots.commands import phrases


def taken_for(text: str, *, staff: bool = False) -> tuple[bool, str | None]:
    """Marked with a slash or not, and the command's English name."""
    found = understand(text, staff=staff)
    return found.is_marked, found.command.key if found.command else None


def measure() -> tuple[int, list[str], list[str]]:
    """How many phrases there are, which are missed, and which are taken for something they are not."""
    wanted: list[tuple[str, tuple[bool, str | None]]]
    wanted = [(text, (False, key)) for text, key in phrases.expected(phrases.CUSTOMERS)]
    wanted += [(text, (False, None)) for text in phrases.listed(phrases.ORDINARY)]
    wanted += [(text, (True, key)) for text, key in phrases.expected(phrases.STAFF)]
    wanted += [(text, (True, None)) for text in phrases.listed(phrases.NOT_YET)]
    got = [(text, meant, taken_for(text)) for text, meant in wanted]
    missed = [text for text, meant, found in got if found != meant and found[1] is None]
    wrong = [f"{text}: {found[1]}" for text, meant, found in got if found != meant and found[1] is not None]
    return len(wanted), missed, wrong


def test_no_phrase_is_taken_for_another_command_and_few_are_missed() -> None:
    total, missed, wrong = measure()

    assert total > 300
    assert wrong == []
    assert len(missed) <= total * 0.01, missed


@pytest.mark.parametrize(("text", "key"), phrases.expected(phrases.CUSTOMERS))
def test_case_tones_and_spaces_do_not_matter(text: str, key: str) -> None:
    bare = "".join(" " if char.isspace() else char for char in text)

    assert taken_for(f"  {bare.upper()}  ")[1] == key
    assert taken_for(f"# {bare}")[1] == key


@pytest.mark.parametrize("text", ["đúng", "đúng ạ", "dùng", "đừng", "má", "mà", "điếm", "hàng", "thể"])
def test_a_word_written_with_tones_means_only_itself(text: str) -> None:
    assert taken_for(text) == (False, None)


@pytest.mark.parametrize("text", ["dừng?", "đồng ý?", "không?", "tiếp tục ?", "stop?"])
def test_an_answer_is_never_taken_from_a_question(text: str) -> None:
    assert taken_for(text) == (False, None)


def test_a_phone_is_read_whatever_stands_politely_around_it() -> None:
    assert understand("dạ em gửi số 0912 345 678 ạ").value == "+84912345678"
    assert understand("join 0912345678").locale == "en"


def test_what_looks_like_a_phone_is_refused_not_guessed() -> None:
    found = understand("912345678")

    assert found.command is not None and found.command.key == "join"
    assert found.refusal is not None and found.refusal.facts["reason"] == "missing_zero"


def test_the_values_of_a_staff_command_are_read_at_once() -> None:
    award = understand("/tich 250k 0912345678 #hd123").value

    assert (award.phone, award.amount, award.receipt) == ("+84912345678", 250_000, "HD123")
    assert understand("/them Nguyễn Văn A 0912345678").value == ("+84912345678", "Nguyễn Văn A")
    assert understand("/gan m7k2qd 0912 345 678").value == ("+84912345678", "M7K2QD")
    assert understand("/huy #1042").value == 1042
    assert understand("/tru M7K2QD 5 cộng nhầm").value.points == -5


@pytest.mark.parametrize("number", ["", "abc", "0", "-5", "1 2", "9999999999999999999", "1.5"])
def test_a_number_that_is_none_is_refused(number: str) -> None:
    assert understand(f"/huy {number}").refusal is not None


def test_without_its_slash_a_staff_command_is_only_hinted_at() -> None:
    found = understand("tich 0912345678 250k", staff=True)

    assert found.command is None
    assert found.meant is not None and found.meant.key == "award"


@pytest.mark.parametrize("code", ["K7M29QXD", "m7k2qd", "K7M2-9QXD"])
def test_a_code_alone_is_known_as_one(code: str) -> None:
    assert understand(code).is_code


@pytest.mark.parametrize("text", ["HAHAHAHA", "234567", "điểm", "K7M29QX", "K7M 29Q XD"])
def test_other_words_are_no_codes(text: str) -> None:
    assert not understand(text).is_code


WORDS = sorted({word for text in phrases.listed(phrases.ORDINARY) for word in text.split()})


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=300), st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)), st.booleans())
def test_any_text_has_an_answer(text: str, staff: bool) -> None:
    found = understand(text, staff=staff)

    assert isinstance(found, Understood)
    assert not (found.command and found.meant)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_whatever_follows_a_slash_command_is_read_or_refused(rest: str) -> None:
    for name in ("tich", "tra", "huy", "them", "gan", "nv", "duyet", "cong", "tru"):
        found = understand(f"/{name} {rest}")

        assert found.is_marked
        assert found.command is None or found.refusal is not None or found.value is not None


def test_long_messages_are_read_quickly_and_are_no_commands() -> None:
    assert taken_for("điểm " * 800) == (False, None)
    assert taken_for("/tich " + "9" * 4000)[0]


def test_a_reward_code_that_begins_like_a_word_is_still_a_code() -> None:
    """`MA8B-MCAG` begins with «mã», which may stand before a code."""
    for line in ("/doi MA8B-MCAG", "/đổi mã MA8B-MCAG", "/doi ma8bmcag", "/redeem MA8B-MCAG"):
        read = understand(line, staff=True)
        assert read.command is not None and read.command.key == "redeem"
        assert read.value.code == "MA8B-MCAG"
