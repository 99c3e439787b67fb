"""Who answers in a chat: the bot, a person, and how it goes from one to the other."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bots.channel import InboundKind
from loyalty.activity import timeline
from loyalty.alerts import raising
from loyalty.customers import identities, questions
from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.messaging import conversations, unattended
from loyalty.messaging.conversations import (
    BOT,
    LONGEST,
    TAKEN,
    WAITING,
    AnswerUnclear,
    ConversationNotFound,
    ConversationTaken,
    PersonUnreachable,
    WindowClosed,
)
from loyalty.messaging.models import Conversation, OutboundMessage
from loyalty.messaging.outbox import Lane
from loyalty.messaging.unattended import QUIET_MOST
from loyalty.staff import accounts as staff
from loyalty.staff import leaving
from loyalty.staff.audit import Author
from loyalty.staff.models import StaffMember
from tests.builders import NOON
from tests.builders_chat import Person, hire, make_account, meet, said
from tests.builders_customers import together


def thread_of(person: Person) -> Conversation:
    assert person.identity is not None
    return person.session.get_one(Conversation, person.identity.id, populate_existing=True)


def make_staff(session: Session, name: str) -> tuple[StaffMember, Author]:
    member = staff.add(session, name, "manager", now=NOON)
    return member, Author.of(member, "console")


def open_alerts(session: Session) -> list[str]:
    return [alert.kind for alert in raising.list_open(session)]


@pytest.fixture
def lan(session: Session) -> Person:
    person = meet(session)
    person.say("0912345678", person_name="Lan")
    return person


@pytest.fixture
def thu(session: Session) -> Author:
    return make_staff(session, "Thu")[1]


class TestAsking:
    def test_who_asks_for_a_person_waits_and_staff_are_told_once(self, session: Session, lan: Person) -> None:
        assert lan.say("nhân viên").startswith("Mình đã báo người của Cà phê Mây.")
        assert lan.say("cho em gặp nhân viên với ạ").startswith("Mình đã báo người của Cà phê Mây rồi.")

        assert thread_of(lan).state == WAITING
        assert [alert.times for alert in raising.list_open(session) if alert.kind == "person_wanted"] == [1]

    def test_the_bot_goes_on_answering_while_somebody_waits(self, lan: Person) -> None:
        lan.say("nhân viên")

        assert lan.say("điểm").startswith("Bạn có 0 điểm")
        assert lan.say("hôm qua em để quên áo mưa") == (
            "Mình đã gửi câu này cho người của Cà phê Mây, bạn chờ một chút nhé."
        )

    def test_what_was_written_since_counts_as_unanswered_but_courtesy(self, lan: Person) -> None:
        lan.say("điểm")
        lan.say("nhân viên")
        lan.say("em để quên áo mưa")
        lan.say("cảm ơn")

        assert thread_of(lan).unanswered == 2


class TestTaking:
    def test_whoever_takes_it_has_it_and_nobody_waits_any_more(
        self, session: Session, lan: Person, thu: Author
    ) -> None:
        lan.say("nhân viên")
        conversations.take(session, thread_of(lan).public_id, by=thu, now=NOON)

        assert (thread_of(lan).state, thread_of(lan).taken_by) == (TAKEN, thu.actor)
        assert "person_wanted" not in open_alerts(session)

    def test_a_colleague_has_it_unless_one_takes_it_over(self, session: Session, lan: Person, thu: Author) -> None:
        name = thread_of(lan).public_id
        _, quan = make_staff(session, "Quân")
        conversations.take(session, name, by=thu, now=NOON)

        with pytest.raises(ConversationTaken) as refused:
            conversations.take(session, name, by=quan, now=NOON)
        assert refused.value.facts == {"by": thu.actor}
        with pytest.raises(ConversationTaken):
            conversations.answer(session, name, "Dạ em đây ạ", by=quan, key="k", now=NOON)

        conversations.take(session, name, by=quan, over=True, now=NOON)
        assert thread_of(lan).taken_by == quan.actor

    def test_taking_it_twice_changes_nothing(self, session: Session, lan: Person, thu: Author) -> None:
        name = thread_of(lan).public_id
        conversations.take(session, name, by=thu, now=NOON)
        conversations.take(session, name, by=thu, now=NOON + timedelta(minutes=5))

        assert thread_of(lan).since == NOON

    def test_of_two_at_once_one_has_it(self, database: Database) -> None:
        with database.transaction() as session:
            person = meet(session)
            person.say("điểm")
            name = thread_of(person).public_id
            authors = [make_staff(session, who)[1] for who in ("Thu", "Quân", "Mai", "Hà")]
        refused: list[str] = []

        def work(session: Session, author: Author) -> None:
            try:
                conversations.take(session, name, by=author, now=NOON)
            except ConversationTaken:
                refused.append(author.actor)

        together(database, [partial(work, author=author) for author in authors])

        with database.transaction() as session:
            winner = conversations.get_public(session, name).taken_by
        assert sorted([*refused, winner or ""]) == sorted(author.actor for author in authors)

    def test_an_open_question_ends_so_that_a_yes_is_for_the_person(
        self, session: Session, lan: Person, thu: Author
    ) -> None:
        assert lan.identity is not None
        assert questions.newest_open(session, lan.identity.id) is not None  # asked when the phone was given
        conversations.take(session, thread_of(lan).public_id, by=thu, now=NOON)

        assert lan.sends(InboundKind.MESSAGE, text="đồng ý") == []
        conversations.hand_back(session, thread_of(lan).public_id, by=thu, now=NOON)
        assert not lan.customer_may_get_offers
        assert questions.newest_open(session, lan.identity.id) is None

    def test_a_conversation_that_is_not_there_is_refused(self, session: Session, thu: Author) -> None:
        for name in ("", "x", "\0" * 16, "AAAAAAAAAAAAAAAA"):
            with pytest.raises(ConversationNotFound):
                conversations.take(session, name, by=thu, now=NOON)


class TestAnswering:
    def test_an_answer_is_a_reply_that_takes_the_conversation(self, session: Session, lan: Person, thu: Author) -> None:
        lan.say("nhân viên")
        conversations.answer(session, thread_of(lan).public_id, "  Dạ em nghe ạ\n", by=thu, key="k1", now=NOON)

        sent = said(session)[-1]
        assert (sent.text, sent.user, sent.lane) == ("Dạ em nghe ạ", lan.user, Lane.REPLY)
        assert (thread_of(lan).state, thread_of(lan).unanswered) == (TAKEN, 0)
        newest = timeline.list_newest(session, lan.customer.id, limit=1)[0]
        assert (newest.kind, newest.data["by"], timeline.words(session, newest)) == (
            "message_out",
            thu.actor,
            "Dạ em nghe ạ",
        )

    def test_the_same_key_sends_once_and_takes_nothing_back(self, session: Session, lan: Person, thu: Author) -> None:
        name = thread_of(lan).public_id
        for _ in range(3):
            conversations.answer(session, name, "Dạ em nghe ạ", by=thu, key="k1", now=NOON)
        conversations.hand_back(session, name, by=thu, now=NOON)
        conversations.answer(session, name, "Dạ em nghe ạ", by=thu, key="k1", now=NOON)

        assert [message.text for message in said(session)].count("Dạ em nghe ạ") == 1
        assert thread_of(lan).state == BOT

    @pytest.mark.parametrize(
        ("text", "reason"), [("", "empty"), (" \n\t ", "empty"), ("\0\x07", "empty"), ("a" * 1901, "too_long")]
    )
    def test_an_unclear_answer_changes_nothing(
        self, session: Session, lan: Person, thu: Author, text: str, reason: str
    ) -> None:
        with pytest.raises(AnswerUnclear) as refused:
            conversations.answer(session, thread_of(lan).public_id, text, by=thu, key="k", now=NOON)

        assert refused.value.facts["reason"] == reason
        assert thread_of(lan).state == BOT

    def test_the_longest_answer_goes_out_whole(self, session: Session, lan: Person, thu: Author) -> None:
        conversations.answer(session, thread_of(lan).public_id, "ạ" * LONGEST, by=thu, key="k", now=NOON)

        assert said(session)[-1].text == "ạ" * LONGEST

    @pytest.mark.parametrize(("kind", "hours"), [("zalo", 48), ("messenger", 24)])
    def test_after_the_window_it_is_refused_with_its_end(
        self, session: Session, thu: Author, kind: str, hours: int
    ) -> None:
        person = meet(session, kind)
        person.say("điểm")
        name, end = thread_of(person).public_id, NOON + timedelta(hours=hours)
        conversations.answer(session, name, "kịp", by=thu, key="k1", now=end - timedelta(seconds=1))

        with pytest.raises(WindowClosed) as refused:
            conversations.answer(session, name, "trễ", by=thu, key="k2", now=end)
        assert refused.value.facts == {"closed_at": end}

    def test_somebody_unreachable_is_not_written_to(self, session: Session, lan: Person, thu: Author) -> None:
        assert lan.identity is not None
        identities.mark_unreachable(session, lan.identity, now=NOON)

        with pytest.raises(PersonUnreachable):
            conversations.answer(session, thread_of(lan).public_id, "alo", by=thu, key="k", now=NOON)


class TestHandingBack:
    def test_the_bot_says_that_it_is_back_and_answers(self, session: Session, lan: Person, thu: Author) -> None:
        name = thread_of(lan).public_id
        conversations.take(session, name, by=thu, now=NOON)
        for _ in range(2):
            conversations.hand_back(session, name, by=thu, now=NOON)

        lines = [message.text for message in said(session) if "trả lời bạn ở đây" in message.text]
        assert len(lines) == 1
        assert lan.say("điểm").startswith("Bạn có 0 điểm")

    def test_outside_the_window_it_is_back_without_a_word(self, session: Session, lan: Person, thu: Author) -> None:
        name, later = thread_of(lan).public_id, NOON + timedelta(days=3)
        conversations.take(session, name, by=thu, now=NOON)
        before = len(said(session))
        conversations.hand_back(session, name, by=thu, now=later)

        assert (thread_of(lan).state, len(said(session))) == (BOT, before)

    def test_english_is_spoken_to_who_speaks_it(self, session: Session, thu: Author) -> None:
        person = meet(session)
        person.say("my points")
        person.say("talk to a person")
        conversations.hand_back(session, thread_of(person).public_id, by=thu, now=NOON)

        assert said(session)[-1].text.startswith("This is Cà phê Mây's assistant again.")


class TestLeaving:
    def test_the_round_finds_a_leavers_conversations_at_once(self, session: Session, lan: Person) -> None:
        member, author = make_staff(session, "Thu")
        name = thread_of(lan).public_id
        conversations.take(session, name, by=author, now=NOON)
        assert unattended.list_left(session, now=NOON) == []
        leaving.remove(session, member.id, now=NOON)

        assert unattended.list_left(session, now=NOON) == [name]
        assert unattended.lapse(session, name, now=NOON) == WAITING
        assert (thread_of(lan).state, thread_of(lan).taken_by) == (WAITING, None)
        assert "person_wanted" in open_alerts(session)
        assert unattended.list_left(session, now=NOON) == []

    def test_after_four_silent_hours_the_bot_is_back_without_a_word(
        self, session: Session, lan: Person, thu: Author
    ) -> None:
        name = thread_of(lan).public_id
        conversations.answer(session, name, "Áo còn ở quầy ạ", by=thu, key="k", now=NOON)
        lan.sends(InboundKind.MESSAGE, text="cảm ơn")
        before = len(said(session))

        assert unattended.list_left(session, now=NOON + QUIET_MOST - timedelta(seconds=1)) == []
        assert unattended.list_left(session, now=NOON + QUIET_MOST) == [name]
        assert unattended.lapse(session, name, now=NOON + QUIET_MOST) == BOT
        assert len(said(session)) == before

    def test_whoever_still_waits_for_a_word_is_told_so_and_waits_for_another(
        self, session: Session, lan: Person, thu: Author
    ) -> None:
        name = thread_of(lan).public_id
        conversations.take(session, name, by=thu, now=NOON)
        lan.sends(InboundKind.MESSAGE, text="em để quên áo mưa")

        assert unattended.lapse(session, name, now=NOON + QUIET_MOST) == WAITING
        assert said(session)[-1].text.startswith("Xin lỗi bạn, chưa ai kịp trả lời tin trước.")
        assert "person_wanted" in open_alerts(session)

    def test_who_came_back_meanwhile_keeps_it(self, session: Session, lan: Person, thu: Author) -> None:
        name = thread_of(lan).public_id
        conversations.take(session, name, by=thu, now=NOON)
        conversations.answer(session, name, "em đây", by=thu, key="k", now=NOON + timedelta(hours=3))

        assert unattended.lapse(session, name, now=NOON + QUIET_MOST) is None
        assert thread_of(lan).state == TAKEN


class TestMoving:
    def test_a_chat_that_proves_to_be_another_customers_keeps_its_conversation(self, session: Session) -> None:
        first = meet(session, "zalo")
        first.does(InboundKind.CONTACT, phone="0912345678", person_name="Lan")
        hire(session, "cashier", "Thu").say("/tich 0912345678 250k")
        second = meet(session, "messenger")
        second.say("nhân viên")
        old = second.customer.id

        second.does(InboundKind.CONTACT, phone="0912345678")

        assert second.customer.id == first.customer.id != old
        thread = thread_of(second)
        assert (thread.customer_id, thread.earlier, thread.state) == (first.customer.id, [old], WAITING)

    def test_one_statement_keeps_the_thread_of_a_message(self, session: Session, lan: Person) -> None:
        identity, seen = lan.identity, list[str]()
        assert identity is not None

        def listen(*about: Any) -> None:
            seen.append(about[2])

        sa.event.listen(session.get_bind(), "before_cursor_execute", listen)
        conversations.arrive(session, identity, waits=True, now=NOON)
        sa.event.remove(session.get_bind(), "before_cursor_execute", listen)

        assert len(seen) == 1


def test_no_conversation_lies_open_in_the_database(session: Session, lan: Person, thu: Author) -> None:
    conversations.answer(session, thread_of(lan).public_id, "Gửi chị Lan mã bí mật", by=thu, key="k", now=NOON)

    stored = [*session.scalars(sa.select(OutboundMessage.body)), *session.scalars(sa.select(Customer.name))]
    assert all(b"b\xc3\xad m" not in cell for cell in stored if cell)


def test_the_account_of_the_chat_says_how_long_it_may_be_answered(session: Session, lan: Person) -> None:
    assert lan.identity is not None
    assert make_account(session, "zalo").id == lan.identity.channel_account_id
    assert conversations.window_end(session, lan.identity) == NOON + timedelta(hours=48)
