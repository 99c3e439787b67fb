from sqlalchemy.orm import Session

from loyalty.customers import questions
from tests.builders import NOON
from tests.builders_customers import later, make_chat


def test_a_yes_answers_the_newest_open_question_of_its_chat(session: Session) -> None:
    chat, other = make_chat(session), make_chat(session)
    assert questions.newest_open(session, chat.id) is None
    first = questions.ask(session, chat, "promotion_consent", {"why": "joined"}, now=NOON)
    second = questions.ask(session, chat, "birthday", now=later(1))
    questions.ask(session, other, "promotion_consent", now=later(2))

    assert questions.newest_open(session, chat.id) is second
    questions.close(session, second, now=later(3))
    assert questions.newest_open(session, chat.id) is first
    assert first.data == {"why": "joined"}
    questions.close(session, first, now=later(4))
    assert questions.newest_open(session, chat.id) is None


def test_asking_the_same_again_leaves_one_open(session: Session) -> None:
    chat = make_chat(session)
    first = questions.ask(session, chat, "promotion_consent", now=NOON)
    second = questions.ask(session, chat, "promotion_consent", now=later(1))
    session.refresh(first)
    assert first.closed_at == later(1)
    questions.close(session, second, now=later(2))
    assert questions.newest_open(session, chat.id) is None


def test_closing_twice_keeps_the_first_time(session: Session) -> None:
    question = questions.ask(session, make_chat(session), "promotion_consent", now=NOON)
    questions.close(session, question, now=later(1))
    questions.close(session, question, now=later(2))
    assert question.closed_at == later(1)
