"""What no grammar understands is read by likeness to examples: for customers, where nothing changes, or not at all."""

import pytest

from bots.channel import InboundKind
from bots.commands import intents, likeness, topics
from bots.commands.understanding import or_alike, understand
from loyalty.alerts import raising
from tests.bots.commands import corpus, phrases
from tests.builders_chat import Person

FOLDS = 4


def read(said: str, role: str = "customer", context: str = "none") -> str:
    return intents.read(said, role=role, context=context, today=corpus.TODAY).name


LIKE = {
    "chắt chiu nãy giờ được mấy điểm rồi em": "balance",
    "dẫn đồng nghiệp tới thì được cộng chi": "referral",
    "or am i still only a silver one": "tier",
    "điểm của vợ tui còn mấy": "unknown",  # somebody else's
}


@pytest.mark.parametrize(("said", "intent"), LIKE.items())
def test_a_customer_is_understood_by_what_others_said(said: str, intent: str) -> None:
    assert understand(said).command is None
    assert read(said) == intent


def test_only_customers_and_only_what_nothing_else_reads() -> None:
    said = next(iter(LIKE))

    assert read(said, "staff") == "unknown"
    assert read(f"{said} 250k") == "unknown"
    assert read("không", context="consent_asked") == "consent_no"
    for found in (understand("/tich 0912345678 250k", staff=True), understand("3"), understand("M7K2QD")):
        assert or_alike(found, said) is found


def test_ordinary_talk_is_like_nothing_of_ours() -> None:
    assert {said: found for said in phrases.listed(phrases.ORDINARY) if (found := likeness.find(said))} == {}


def test_no_answer_is_ever_guessed() -> None:
    named = {topic for topic, _ in likeness.examples()}

    assert named - {likeness.TALK} <= topics.COMMANDS.keys() - topics.ANSWERS


def test_examples_are_read_by_the_others() -> None:
    """A quarter at a time by the other three: what the margin was chosen on."""
    examples = likeness.examples()
    found = []
    for fold in range(FOLDS):
        weights = likeness.weigh(tuple(one for place, one in enumerate(examples) if place % FOLDS != fold))
        found += [(topic, likeness.nearest(likeness.features(said), weights)) for topic, said in examples[fold::FOLDS]]
    talk = [names for topic, names in found if topic == likeness.TALK]
    asked = [(topic, names) for topic, names in found if topic != likeness.TALK]

    assert sum(map(bool, talk)) <= 0.06 * len(talk)
    assert sum(names == (topic,) for topic, names in asked) >= 0.4 * len(asked)
    assert sum(bool(names) and topic not in names for topic, names in asked) <= 0.1 * len(asked)


def test_the_chat_answers_what_the_json_says(lan: Person) -> None:
    assert lan.say(next(iter(LIKE))).startswith("Bạn có 0 điểm")


def test_a_person_is_only_offered(lan: Person) -> None:
    said = "robot trả lời chẳng đúng gì hết"
    assert read(said) == "human"

    answer = lan.does(InboundKind.MESSAGE, text=said)

    assert answer.text == "Mình chưa hiểu chắc ý bạn. Bạn muốn gặp nhân viên không?"
    assert answer.payloads == ("gặp nhân viên",)
    assert raising.list_open(lan.session) == []
