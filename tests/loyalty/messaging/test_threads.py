"""Reading conversations: in order, whole, with what became of each message; at a cost that does not grow."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bots.channel import InboundKind
from loyalty.activity import timeline
from loyalty.db import Database
from loyalty.messaging import conversations, notices, threads, unattended
from loyalty.messaging.models import Conversation, OutboundMessage
from loyalty.messaging.threads import Mark, View
from loyalty.staff import accounts as staff
from loyalty.staff.audit import Author
from loyalty.vault.models import CustomerKey
from tests.builders import NOON
from tests.builders_chat import Person, hire, meet


def thread_of(person: Person) -> Conversation:
    assert person.identity is not None
    return person.session.get_one(Conversation, person.identity.id, populate_existing=True)


@pytest.fixture
def thu(session: Session) -> Author:
    return Author.of(staff.add(session, "Thu", "manager", now=NOON), "console")


class TestReading:
    def test_everything_said_is_read_in_its_order(self, session: Session, thu: Author) -> None:
        lan = meet(session)
        lan.say("điểm")
        lan.say("nhân viên")
        conversations.answer(session, thread_of(lan).public_id, "Dạ em đây", by=thu, key="k", now=NOON)
        lan.sends(InboundKind.MESSAGE, text="em để quên áo mưa")
        lan.sends(InboundKind.MEDIA)
        lan.sends(InboundKind.HUMAN, text="Dạ để em xem", interaction=False)
        conversations.hand_back(session, thread_of(lan).public_id, by=thu, now=NOON)

        read = threads.read(session, thread_of(lan))
        assert [(message.kind, message.by) for message in read] == [
            ("message_in", ""),
            ("message_out", "bot"),
            ("message_in", ""),
            ("conversation_waiting", ""),
            ("message_out", "bot"),
            ("conversation_taken", thu.actor),
            ("message_out", thu.actor),
            ("message_in", ""),
            ("message_in", ""),
            ("message_out", "human"),
            ("conversation_returned", thu.actor),
            ("message_out", "bot"),
        ]
        assert [message.text for message in read if message.by == thu.actor and message.text] == ["Dạ em đây"]
        assert read[8].event == "media"

    def test_pages_join_without_a_gap_and_news_come_after(self, session: Session) -> None:
        lan = meet(session)
        for number in range(5):
            lan.say(f"câu số {number}")
        whole = threads.read(session, thread_of(lan))

        newest = threads.read(session, thread_of(lan), limit=4)
        older = threads.read(session, thread_of(lan), before=newest[0].id, limit=6)
        assert older + newest == whole
        assert threads.read(session, thread_of(lan), after=newest[1].id) == newest[2:]

    def test_two_chats_of_one_customer_are_two_conversations(self, session: Session) -> None:
        zalo, messenger = meet(session, "zalo"), meet(session, "messenger")
        zalo.does(InboundKind.CONTACT, phone="0912345678")
        hire(session, "cashier", "Thu").say("/tich 0912345678 250k")
        messenger.say("hỏi trên Messenger")
        messenger.does(InboundKind.CONTACT, phone="0912345678")
        zalo.say("hỏi trên Zalo")

        assert zalo.customer.id == messenger.customer.id
        there = [message.text for message in threads.read(session, thread_of(messenger)) if not message.by]
        assert there == ["hỏi trên Messenger", None]  # the shared contact has no words
        here = [message.text for message in threads.read(session, thread_of(zalo)) if not message.by]
        assert here == [None, "hỏi trên Zalo"]

    def test_notices_belong_to_the_chat_of_their_channel(self, session: Session) -> None:
        lan = meet(session)
        lan.say("0912345678")
        notices.tell_customer(session, lan.customer.id, "n1", lambda _locale: ("Bạn được cộng 25 điểm.", ()), now=NOON)

        last = threads.read(session, thread_of(lan))[-1]
        assert (last.by, last.text, last.mark) == ("notice", "Bạn được cộng 25 điểm.", Mark.WAITING)

    def test_words_of_somebody_erased_are_gone(self, session: Session) -> None:
        lan = meet(session)
        lan.say("điểm")
        session.execute(sa.delete(CustomerKey))
        session.info["person_keys"].clear()

        assert [message.text for message in threads.read(session, thread_of(lan))] == [None, None]


class TestMarks:
    @pytest.mark.parametrize(
        ("row", "mark"),
        [
            ({}, Mark.WAITING),
            ({"state": "sending"}, Mark.SENDING),
            ({"state": "sent"}, Mark.SENT),
            ({"state": "sent", "delivered_at": NOON}, Mark.DELIVERED),
            ({"state": "sent", "delivered_at": NOON, "seen_at": NOON}, Mark.SEEN),
            ({"state": "failed", "reason": "person"}, Mark.FAILED),
            ({"state": "skipped", "reason": "window"}, Mark.SKIPPED),
            ({"state": "unknown"}, Mark.UNKNOWN),
        ],
    )
    def test_a_message_of_ours_says_what_became_of_it(
        self, session: Session, thu: Author, row: dict[str, Any], mark: Mark
    ) -> None:
        lan = meet(session)
        lan.say("điểm")
        conversations.answer(session, thread_of(lan).public_id, "Dạ", by=thu, key="k", now=NOON)
        ours = OutboundMessage.dedupe_key == "answer:k"
        session.execute(sa.update(OutboundMessage).where(ours).values(**{"state": "waiting"} | row))
        session.expire_all()

        last = threads.read(session, thread_of(lan))[-1]
        assert (last.mark, last.reason) == (mark, row.get("reason"))

    def test_what_came_in_has_no_mark(self, session: Session) -> None:
        lan = meet(session)
        lan.say("điểm")

        assert threads.read(session, thread_of(lan))[0].mark is None

    def test_a_pruned_message_keeps_its_words_and_has_no_mark(self, session: Session) -> None:
        lan = meet(session)
        answer = lan.say("điểm")
        session.execute(sa.delete(OutboundMessage))
        session.expire_all()

        last = threads.read(session, thread_of(lan))[-1]
        assert (last.text, last.mark) == (answer, None)


class TestLists:
    @pytest.fixture
    def people(self, session: Session, thu: Author) -> dict[str, Person]:
        """An wrote first; Bình waits; Chi is with Thu; Dũng wrote last."""
        found = {name: meet(session) for name in ("an", "binh", "chi", "dung")}
        for minutes, person in enumerate(found.values()):
            person.now = NOON + timedelta(minutes=minutes)
            person.say("điểm")
        found["binh"].say("nhân viên")
        conversations.take(session, thread_of(found["chi"]).public_id, by=thu, now=NOON)
        return found

    @pytest.mark.parametrize(("view", "wanted"), [("all", "dung chi binh an"), ("waiting", "binh"), ("mine", "chi")])
    def test_a_list_is_newest_first_and_filtered(
        self, session: Session, thu: Author, people: dict[str, Person], view: View, wanted: str
    ) -> None:
        names = {thread_of(person).public_id: name for name, person in people.items()}

        found = threads.list_newest(session, view=view, actor=thu.actor)
        assert [names[thread.public_id] for thread in found] == wanted.split()

    def test_pages_of_one_have_everybody_once_though_all_wrote_at_the_same_instant(self, session: Session) -> None:
        for _ in range(4):
            meet(session).say("điểm")
        whole, before, paged = threads.list_newest(session), None, list[Conversation]()
        while page := threads.list_newest(session, before=before, limit=1):
            before = threads.position(page[0])
            paged += page

        assert paged == list(whole) and len(paged) == 4

    @pytest.mark.parametrize("before", [-1, 0, 1, 2**40, 2**63, 2**200])
    def test_any_number_is_a_place(self, session: Session, before: int) -> None:
        meet(session).say("điểm")

        assert len(threads.list_newest(session, before=before)) in (0, 1)

    def test_the_last_words_of_each(self, session: Session, people: dict[str, Person]) -> None:
        last = threads.last_of(session, threads.list_newest(session))

        names = {thread_of(person).identity_id: name for name, person in people.items()}
        assert {names[identity_id]: message.by for identity_id, message in last.items()} == {
            "an": "bot",
            "binh": "",  # waits: what Bình wrote, not what the bot said to it
            "chi": "bot",
            "dung": "bot",
        }


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("gọi em 0912 345 678 nhé", "gọi em 0912 ••• 678 nhé"),
        ("+84912345678", "0912 ••• 678"),
        ("0912345678, 0987.654.321", "0912 ••• 678, 0987 ••• 321"),
        ("đơn 1234567890123456 lúc 10:42", "đơn 1234567890123456 lúc 10:42"),
        ("tổng 250.000 và 1.250.000", "tổng 250.000 và 1.250.000"),
    ],
)
def test_phones_among_words_are_masked(text: str, shown: str) -> None:
    assert threads.mask_phones(text) == shown


@pytest.fixture
def statements(database: Database) -> Iterator[list[tuple[str, Any]]]:
    seen: list[tuple[str, Any]] = []

    def listen(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        seen.append((statement, values))

    sa.event.listen(database.engine, "before_cursor_execute", listen)
    yield seen
    sa.event.remove(database.engine, "before_cursor_execute", listen)


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("view", ["all", "waiting", "mine"])
def test_a_list_and_a_thread_are_read_by_index(
    database: Database, statements: list[tuple[str, Any]], view: View
) -> None:
    with database.transaction() as session:
        lan = meet(session)
        lan.say("điểm")
        thread = thread_of(lan)
        statements.clear()
        threads.list_newest(session, view=view, actor="staff:x", before=threads.position(thread) + 1)
        threads.read(session, thread)
        threads.last_of(session, [thread])
        unattended.list_left(session, now=NOON)
    with database.engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        for text, values in statements:
            steps = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {text}", values).fetchall()]
            assert not [step for step in steps if step.startswith("SCAN") and "CONSTANT" not in step], (text, steps)


def test_the_timeline_is_not_read_beyond_ones_own(session: Session) -> None:
    lan, minh = meet(session), meet(session)
    lan.say("bí mật của Lan")
    minh.say("điểm")

    assert "bí mật của Lan" not in [message.text for message in threads.read(session, thread_of(minh))]
    assert timeline.list_newest(session, lan.customer.id)
