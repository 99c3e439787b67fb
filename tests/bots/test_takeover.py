"""While a person has taken a chat over the bot keeps quiet, but for what may never wait."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bots.channel import InboundKind
from jobs.conversations import give_back_conversations
from jobs.registry import Context
from loyalty.activity import timeline
from loyalty.customers.models import ConsentEvent
from loyalty.db import Database
from loyalty.messaging import conversations
from loyalty.messaging.conversations import BOT, TAKEN, WAITING
from loyalty.messaging.models import Conversation
from loyalty.messaging.unattended import QUIET_MOST
from loyalty.settings import Settings
from loyalty.staff import accounts as staff
from loyalty.staff.audit import Author
from tests.builders import NOON
from tests.builders_chat import Person, hire, meet


@pytest.fixture(params=["zalo", "messenger"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def lan(session: Session, kind: str) -> Person:
    """A customer somebody of the shop talks to."""
    person = meet(session, kind)
    person.say("0912345678", person_name="Lan")
    author = Author.of(staff.add(session, "Quân", "manager", now=NOON), "console")
    conversations.take(session, thread_of(person).public_id, by=author, now=NOON)
    return person


def thread_of(person: Person) -> Conversation:
    assert person.identity is not None
    return person.session.get_one(Conversation, person.identity.id, populate_existing=True)


@pytest.mark.parametrize(
    "text", ["điểm", "hmm", "đồng ý", "không", "nhân viên", "trợ giúp", "tiếp tục", "M7K2QD", "ok"]
)
def test_what_is_written_is_kept_and_not_answered(session: Session, lan: Person, text: str) -> None:
    assert lan.sends(InboundKind.MESSAGE, text=text) == []

    newest = timeline.list_newest(session, lan.customer.id, limit=1)[0]
    assert (newest.kind, timeline.words(session, newest)) == ("message_in", text)
    assert thread_of(lan).unanswered == (0 if text == "ok" else 1)


@pytest.mark.parametrize("silent", [InboundKind.MEDIA, InboundKind.FOLLOW, InboundKind.REFERRAL])
def test_pictures_and_follows_are_kept_and_not_answered(lan: Person, silent: InboundKind) -> None:
    assert lan.sends(silent) == []


@pytest.mark.parametrize("text", ["dừng", "STOP", "đừng gửi tin nữa"])
def test_a_refusal_of_offers_is_obeyed_and_confirmed_at_once(session: Session, lan: Person, text: str) -> None:
    assert lan.say(text)

    newest = session.scalars(sa.select(ConsentEvent).order_by(ConsentEvent.id.desc())).first()
    assert newest is not None and not newest.granted
    assert thread_of(lan).state == TAKEN


def test_no_yes_meant_for_a_person_becomes_a_consent(session: Session, lan: Person) -> None:
    before = session.scalar(sa.select(sa.func.count()).select_from(ConsentEvent))
    for text in ("đồng ý", "có", "yes"):
        lan.sends(InboundKind.MESSAGE, text=text)

    assert session.scalar(sa.select(sa.func.count()).select_from(ConsentEvent)) == before


def test_a_proof_of_the_phone_takes_effect_and_is_confirmed(lan: Person) -> None:
    assert lan.does(InboundKind.CONTACT, phone="0912345678").text
    assert lan.customer.phone_proof == "shared"


def test_staff_commands_work_in_a_chat_that_was_taken_over(session: Session, kind: str) -> None:
    cashier = hire(session, "cashier", "Thu", kind)
    cashier.say("điểm")  # as a customer, so the chat has a conversation
    author = Author.of(staff.add(session, "Quân", "manager", now=NOON), "console")
    conversations.take(session, thread_of(cashier).public_id, by=author, now=NOON)

    assert "Đã cộng 25 điểm" in cashier.say("/tich 0912345678 250k")
    assert cashier.sends(InboundKind.MESSAGE, text="điểm") == []


def test_a_strangers_staff_command_is_refused_as_ever(lan: Person) -> None:
    assert lan.say("/tich 0912345678 250k").startswith("Lệnh này chỉ dành cho nhân viên")


def test_somebody_new_is_never_met_with_silence(session: Session, kind: str, lan: Person) -> None:
    assert meet(session, kind).say("hmm").startswith("Chào bạn")


class TestOutside:
    def test_a_word_in_the_platforms_inbox_takes_the_chat_of_who_waited(self, session: Session, kind: str) -> None:
        person = meet(session, kind)
        person.say("nhân viên")
        person.sends(InboundKind.HUMAN, text="Dạ em đây ạ", interaction=False)

        assert (thread_of(person).state, thread_of(person).taken_by) == (TAKEN, "outside")
        assert person.sends(InboundKind.MESSAGE, text="áo mưa của em") == []

    def test_where_the_bot_answers_it_goes_on(self, session: Session, kind: str) -> None:
        person = meet(session, kind)
        person.say("điểm")
        person.sends(InboundKind.HUMAN, text="Cảm ơn bạn đã nhắn tin", interaction=False)

        assert thread_of(person).state == BOT
        assert person.say("điểm").startswith("Bạn có 0 điểm")

    def test_a_colleague_at_the_console_may_take_it_from_there(self, session: Session, kind: str) -> None:
        person = meet(session, kind)
        person.say("nhân viên")
        person.sends(InboundKind.HUMAN, text="Dạ em đây ạ", interaction=False)
        author = Author.of(staff.add(session, "Quân", "manager", now=NOON), "console")
        conversations.take(session, thread_of(person).public_id, by=author, now=NOON)

        assert thread_of(person).taken_by == author.actor


def test_the_round_gives_back_what_nobody_looks_after(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        answered, open_ = meet(session), meet(session)
        author = Author.of(staff.add(session, "Quân", "manager", now=NOON), "console")
        for person in (answered, open_):
            person.say("điểm")
            conversations.take(session, thread_of(person).public_id, by=author, now=NOON)
        open_.sends(InboundKind.MESSAGE, text="em để quên áo mưa")
    context = Context(database, settings, {}, clock=lambda: NOON + QUIET_MOST)

    give_back_conversations(context, NOON + timedelta(hours=4))

    with database.transaction() as session:
        answered.session = open_.session = session
        assert (thread_of(answered).state, thread_of(open_).state) == (BOT, WAITING)
