"""What `understand --json` promises beyond the corpus: an answer to anything, the same each time, no guessed award."""

import re
import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.commands import STAFF, asking_back, intents, registry, topics
from bots.commands.intents import CONTEXTS, INTENTS, ROLES
from bots.commands.understanding import understand
from bots.texts import LOCALES, text
from loyalty.typed import award, money, phones
from tests.bots.commands import corpus

TODAY = corpus.TODAY
UTTERANCES = corpus.load()
PARTS = sorted({word for one in UTTERANCES for word in one.text.split()})
ANY_TEXT = st.one_of(
    st.text(max_size=80),
    st.lists(st.sampled_from(PARTS), max_size=10).map(" ".join),
    st.sampled_from([one.text for one in UTTERANCES]).flatmap(
        lambda said: st.text(max_size=3).map(lambda end: said + end)
    ),
)


def read(said: str, role: str = "customer", context: str = "none") -> intents.Intent:
    return intents.read(said, role=role, context=context, today=TODAY)


def test_at_least_97_in_100_utterances_are_right_and_no_award_is_wrong() -> None:
    readings = corpus.read(UTTERANCES)

    assert len(readings) >= 600
    assert [reading for reading in readings if reading.is_wrong_award] == []
    assert corpus.share(readings) >= corpus.LEAST, "\n".join(corpus.report(readings))


def test_the_corpus_names_intents_contexts_and_roles_there_are() -> None:
    assert {one.intent for one in UTTERANCES} == INTENTS
    assert {one.context for one in UTTERANCES} == set(CONTEXTS)
    assert {one.role for one in UTTERANCES} == set(ROLES)


@settings(max_examples=400, deadline=None)
@given(ANY_TEXT, st.sampled_from(ROLES), st.sampled_from(CONTEXTS))
def test_any_text_has_one_answer_in_any_context(said: str, role: str, context: str) -> None:
    found = read(said, role, context)

    assert found.name in INTENTS
    assert found == read(said, role, context)
    assert all(isinstance(value, str | int) for value in found.slots.values())


@settings(max_examples=400, deadline=None)
@given(ANY_TEXT, st.sampled_from(CONTEXTS))
def test_customers_never_give_a_command_of_staff(said: str, context: str) -> None:
    assert read(said, "customer", context).name not in set(intents.STAFF.values()) - {
        "bind",
        "help",
        "referral",
        "tier",
    }


AMOUNTS = st.sampled_from(["250k", "250", "1.250", "2tr05", "1tr2", "-50k", "0", "100k+50k", "99k", "ba trăm", "²5k"])
PEOPLE = st.sampled_from(["0912345678", "912345678", "M7K2QD", "0987 654 321", "02838123456", "Lan", "+84912345678"])
REST = st.sampled_from(["#HD1", "#HD2", "hd9", "nha", "không", "cho", "chưa", "bàn 5", "?", "nhầm"])


@settings(max_examples=600, deadline=None)
@given(
    st.sampled_from(["/tich", "tich", "/award", "+", "tích điểm", "/tich cho", ""]),
    st.lists(st.one_of(AMOUNTS, PEOPLE, REST), max_size=5),
    st.sampled_from(CONTEXTS),
)
def test_an_award_has_one_certain_customer_and_one_certain_amount(verb: str, parts: list[str], context: str) -> None:
    line = " ".join([verb, *parts])
    found = read(line, "staff", context)
    if found.name != "award":
        return

    assert len(found.slots.keys() & {"phone", "code"}) == 1
    assert found.slots["amount"] in {money.parse_money(part) for part in parts if _is_clear(part)}
    assert sum(_is_clear(part) for part in parts) == 1
    assert len({part for part in parts if phones.looks_like_phone(part) or part == "M7K2QD"}) == 1
    assert not {"không", "chưa", "?", "nhầm", "Lan"} & set(parts)


def _is_clear(part: str) -> bool:
    return not money.read(part).reason


@pytest.mark.parametrize("said", ["dạ", "ờ", "hmm", "cảm ơn", "👍", "", "1", "đồng ý?", "ok?", "có nhưng ít thôi"])
def test_silence_and_courtesy_are_never_yes(said: str) -> None:
    assert read(said, context="consent_asked").name in {"ASK", "none"}


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["đồng ý", "có", "không", "dừng", "đổi 3"]), st.integers(0, 5), st.sampled_from("abcxyzqw"))
def test_slips_of_the_fingers_are_not_forgiven_where_something_changes(said: str, place: int, letter: str) -> None:
    typed = said[:place] + letter + letter + said[place:]

    assert read(typed, context="consent_asked").name not in {"consent_yes", "redeem"} or letter in said


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("topic", topics.COMMANDS)
def test_a_button_of_the_question_back_sends_words_with_one_reading(topic: str, locale: str) -> None:
    assert read(text(f"topic.{topic}", locale)).name == topic


@pytest.mark.parametrize("said", ["xem điểm và lịch sử", "điểm hay quà", "xem hạng với xem ưu đãi, điểm"])
def test_two_readings_are_asked_back_or_none_is_taken(said: str) -> None:
    assert read(said).name in {"ASK", "unknown"}


def test_the_question_back_offers_both() -> None:
    reply = asking_back.which(understand("xem điểm và lịch sử"), "vi")

    assert reply is not None
    assert reply.text == "Bạn muốn xem điểm hay xem lịch sử điểm?"
    assert [button.payload for button in reply.buttons] == ["xem điểm", "xem lịch sử điểm"]


def test_a_number_alone_may_be_a_look_or_a_redemption() -> None:
    reply = asking_back.which(understand("3"), "en")

    assert reply is not None
    assert [button.payload for button in reply.buttons] == ["rewards 3", "redeem 3"]
    assert [read(button.payload).name for button in reply.buttons] == ["rewards", "redeem"]


def test_every_command_has_an_intent() -> None:
    """A command nobody gave an intent would make `understand --json` fail on its words."""
    for audience, key in registry():
        named = intents.STAFF if audience is STAFF else intents.CUSTOMERS | {"points": "", "birthday": ""}
        assert key in named, f"{audience} {key}"


def test_a_birthday_in_the_future_is_refused_today_and_kept_later() -> None:
    said = "sinh nhật 21/11/2026"

    assert read(said).name == "REFUSE"
    assert intents.read(said, today=date(2027, 1, 1)).slots == {"date": "2026-11-21"}


def test_long_and_strange_lines_are_read_quickly() -> None:
    begin = time.perf_counter()
    for said in ("điểm " * 2000, "a" * 5000, "đổi " + "9" * 5000, "/tich " + "0912345678 " * 500, "xxqq " * 400):
        for role in ROLES:
            read(said, role)

    assert time.perf_counter() - begin < 5


def test_every_award_line_of_the_corpus_is_read_by_the_counter_alike() -> None:
    slashed = [one for one in UTTERANCES if one.intent == "award" and re.match(r"/(?:tich|award) ", one.text)]

    assert len(slashed) > 30
    for one in slashed:
        line = award.parse_award(one.text.split(" ", 1)[1])
        assert read(one.text, "staff").slots["amount"] == line.amount


def test_what_customers_may_ask_has_a_command_or_is_told_apart() -> None:
    assert read("cho xem dữ liệu của tôi").name == "privacy"
    assert understand("cho xem dữ liệu của tôi").command is not None
