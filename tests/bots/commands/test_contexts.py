"""What the bot asked or listed last gives the next words their meaning: in chat what `understand --json` says."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from bots.commands import answers, asked, birthday, understanding
from loyalty.customers import questions
from loyalty.messaging import conversations
from loyalty.messaging.models import Conversation
from loyalty.rewards import codes, redemptions
from loyalty.rewards.models import Redemption
from loyalty.staff import accounts as staff
from loyalty.staff.audit import Author
from tests.bots.commands import corpus
from tests.builders import NOON
from tests.builders_chat import Person, count
from tests.builders_points import award
from tests.builders_rewards import make_reward

IN_CHAT = ("rewards_listed", "birthday_asked")
UTTERANCES = [one for one in corpus.load() if one.context in IN_CHAT and one.role == "customer"]


@pytest.fixture
def rich_lan(session: Session, lan: Person) -> Person:
    """Lan with 320 points; the shop has rewards 1 to 3 of 50 points."""
    award(session, lan.customer, 3_200_000)
    for _ in range(3):
        make_reward(session, 50)
    return lan


def in_chat(text: str, context: str) -> tuple[str, Any]:
    """What the chat would run, by the names of the interface."""
    answered = answers.answered(text, context, corpus.TODAY, understanding.understand(text))
    found = understanding.or_alike(answered, text)
    if found.choice is not None or found.is_marked:
        return "ASK" if found.choice is not None else "staff", None
    key = found.command.key if found.command is not None else None
    if key == "birthday" and found.args == text:
        return "birthday", text
    return str(key), found.value if key in ("redeem", "rewards") else None


@pytest.mark.parametrize("one", UTTERANCES, ids=lambda one: f"{one.context}:{one.text}")
def test_the_chat_does_what_the_json_says(one: corpus.Utterance) -> None:
    reading = corpus.read([one])[0].got
    key, value = in_chat(one.text, one.context)

    match reading.name:
        case "redeem" | "rewards":
            assert (key, value) == (reading.name, reading.slots.get("number"))
        case "birthday":  # its command reads the same words with the same function
            assert key == "birthday"
        case "ASK" | "REFUSE" if one.context == "birthday_asked":
            assert key == "birthday"  # and is refused by it, with its reason
        case "ASK":
            assert key == "ASK"
        case _:
            assert key not in ("redeem", "birthday", "ASK")


@pytest.mark.parametrize("typed", ["2", "số 2", "cái thứ hai", "lấy cái 2", "the second one", "2 nha"])
def test_a_number_after_the_list_redeems_as_the_command_does(session: Session, rich_lan: Person, typed: str) -> None:
    rich_lan.say("quà")

    assert rich_lan.say(typed).startswith("Bạn đổi 50 điểm lấy")

    held = session.query(Redemption).one()
    assert codes.write(redemptions.code_of(session, held)) in rich_lan.say("ưu đãi")
    assert rich_lan.again() == []


def test_the_number_once_more_is_asked_back(session: Session, rich_lan: Person) -> None:
    rich_lan.say("quà")
    rich_lan.say("2")

    assert rich_lan.say("2") == "Bạn muốn xem quà số 2 hay đổi quà số 2?"
    assert count(session, Redemption) == 1


def test_after_ten_minutes_a_number_chooses_nothing(session: Session, rich_lan: Person) -> None:
    rich_lan.say("quà")
    rich_lan.now += asked.LISTED_FOR + timedelta(seconds=1)

    assert rich_lan.say("2") == "Bạn muốn xem quà số 2 hay đổi quà số 2?"
    assert count(session, Redemption) == 0


def test_two_numbers_after_the_list_are_asked_back(session: Session, rich_lan: Person) -> None:
    rich_lan.say("quà")

    assert rich_lan.say("1 hoặc 2").startswith("Mỗi lần bạn đổi một quà.")
    assert rich_lan.say("cái cuối").startswith("Bạn muốn đổi quà số mấy?")
    assert count(session, Redemption) == 0


def test_an_empty_list_opens_nothing(session: Session, lan: Person) -> None:
    lan.say("quà")

    assert asked.context(session, lan.identity.id, now=lan.now) != "rewards_listed"  # type: ignore[union-attr]


def test_a_yes_passes_over_the_list_to_the_question(session: Session, rich_lan: Person) -> None:
    rich_lan.say("tiếp tục")  # the question about offers
    rich_lan.say("quà")

    rich_lan.say("đồng ý")

    assert rich_lan.identity_promotion


def test_what_was_asked_last_decides(session: Session, rich_lan: Person) -> None:
    assert rich_lan.identity is not None
    rich_lan.say("quà")
    questions.ask(session, rich_lan.identity, birthday.ASKED, now=rich_lan.now)

    assert "20/11" in rich_lan.say("20/11")

    assert asked.context(session, rich_lan.identity.id, now=rich_lan.now) == "rewards_listed"


@pytest.mark.parametrize(
    ("typed", "shown"), [("20/11", "20/11"), ("hai mươi tháng mười một", "20/11"), ("ngày 3/2 ạ", "03/02")]
)
def test_a_day_in_any_form_answers_the_question_for_it(lan: Person, typed: str, shown: str) -> None:
    lan.say("sinh nhật")

    assert shown in lan.say(typed)


def test_half_a_day_is_asked_for_once_more_and_no_other_matter_is_taken_for_one(lan: Person) -> None:
    lan.say("sinh nhật")

    assert "sinh nhật" in lan.say("tháng 11")
    assert lan.say("điểm").startswith("Bạn có 0 điểm")
    assert "20/11" in lan.say("20/11")


def test_a_list_ends_when_a_person_takes_over(session: Session, rich_lan: Person) -> None:
    rich_lan.say("quà")
    assert rich_lan.identity is not None
    thread = session.get_one(Conversation, rich_lan.identity.id)
    author = Author.of(staff.add(session, "Quân", "manager", now=NOON), "console")
    conversations.take(session, thread.public_id, by=author, now=rich_lan.now)

    assert asked.context(session, rich_lan.identity.id, now=rich_lan.now) != "rewards_listed"
