"""One event: once, whole or not at all, and exactly one answer."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from bots import dispatch
from bots.channel import Inbound, InboundKind
from bots.commands.taken import Understood
from bots.commands.understanding import understand
from loyalty.activity import timeline
from loyalty.activity.models import Activity
from loyalty.customers import identities
from loyalty.customers.models import CustomerStats
from loyalty.db import Database
from loyalty.messaging.models import OutboundMessage
from loyalty.messaging.outbox import Lane
from loyalty.points.ledger import EntryNotFound
from loyalty.points.models import LedgerEntry
from tests import rows
from tests.builders import NOON
from tests.builders_chat import hire, meet, said, told
from tests.builders_customers import together
from tests.builders_points import problems

SILENT = (InboundKind.REACTION, InboundKind.SEEN, InboundKind.DELIVERED, InboundKind.UNFOLLOW, InboundKind.HUMAN)


@pytest.fixture(params=["zalo", "messenger"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def contents(session: Session, *, without: Sequence[str] = ()) -> dict[str, list[str]]:
    session.flush()
    return rows.contents(session.connection(), without=without)


class TestRepeats:
    @pytest.mark.parametrize(
        "text", ["điểm", "0912345678", "đồng ý", "dừng", "mã", "hmm", "/tich 0912345678 250k", "/them 0987654321 Lan"]
    )
    def test_a_repeated_event_has_one_answer_and_one_effect(self, session: Session, kind: str, text: str) -> None:
        person = hire(session, "cashier", "Thu", kind) if text.startswith("/") else meet(session, kind)
        person.say("0987654320" if not text.startswith("/") else "/trogiup")
        person.say(text)
        before = contents(session)

        assert [person.again() for _ in range(3)] == [[], [], []]
        assert contents(session) == before

    def test_a_repeated_code_binds_once_and_misses_once(self, session: Session, kind: str) -> None:
        stranger = meet(session, kind)
        stranger.say("/nv ABCDEFGH")
        stranger.again()

        assert stranger.say("/nv ABCDEFGH").endswith("Còn 3 lần thử.")

    def test_the_same_event_id_at_another_account_is_another_event(self, session: Session) -> None:
        for person in (meet(session, "zalo"), meet(session, "messenger")):
            assert person.say("điểm", event_id="same").startswith("Chào")

    def test_one_event_in_many_workers_at_once_is_one_award(self, database: Database) -> None:
        with database.transaction() as session:
            cashier = hire(session, "cashier", "Thu")
        event = Inbound("e-1", cashier.account.external_id, cashier.user, InboundKind.MESSAGE, NOON, "test")
        event = replace(event, text="/tich 0912345678 250k #A1", interaction=True)

        def work(session: Session) -> None:
            dispatch.handle(session, cashier.account, event, now=NOON)

        together(database, [work] * 4)

        with database.transaction() as session:
            assert session.scalar(sa.select(sa.func.count()).select_from(LedgerEntry)) == 1
            replies = sa.select(sa.func.count()).select_from(OutboundMessage)
            assert session.scalar(replies.where(OutboundMessage.dedupe_key.startswith("reply:"))) == 1


class TestRefusals:
    @pytest.mark.parametrize(
        "text",
        [
            *(
                "/tich 0912345678 200",
                "/tich",
                "/tich M7K2QD 250k",
                "/huy 99",
                "/tra 0987654321",
                "/gan 0912345678 M7K2QD",
            ),
            *("/them 0912345678 Lan", "/duyet 5", "/tich 0912345678 300k #A1", "/baocao"),
        ],
    )
    def test_a_refused_staff_command_changes_nothing_but_its_answer(
        self, session: Session, kind: str, text: str
    ) -> None:
        manager = hire(session, "manager", "Quân", kind)
        manager.say("/tich 0912345678 250k #A1")
        before = contents(session, without=["outbound_message"])
        sent = len(said(session))

        manager.say(text)

        assert contents(session, without=["outbound_message"]) == before
        assert len(said(session)) == sent + 1

    def test_a_refusal_rolls_back_what_the_command_had_written(
        self, session: Session, kind: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        person = meet(session, kind)
        person.say("0912345678")
        owed = person.customer.id

        def half_done(session: Session, chat: Any, _: Any) -> Any:
            session.execute(sa.update(CustomerStats).where(CustomerStats.customer_id == owed).values(points=1000))
            raise EntryNotFound(number=7)

        command = understand("điểm").command
        assert command is not None
        monkeypatch.setattr(dispatch, "understand", lambda *_a, **_k: Understood(replace(command, run=half_done)))

        assert person.say("điểm") == "Không có lần cộng hay đổi quà nào mang số 7."
        assert session.scalar(sa.select(CustomerStats.points).filter_by(customer_id=owed)) == 0
        assert timeline.words(session, timeline.list_newest(session, owed)[1]) == "điểm"

    def test_what_is_no_refusal_is_left_to_the_inbox(
        self, session: Session, kind: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: Any, **__: Any) -> Any:
            raise ZeroDivisionError

        monkeypatch.setattr(dispatch, "understand", broken)

        with pytest.raises(ZeroDivisionError):
            meet(session, kind).say("điểm")


class TestKinds:
    @pytest.mark.parametrize("silent", SILENT)
    @pytest.mark.parametrize("known", [True, False])
    def test_some_events_get_no_answer(self, session: Session, kind: str, silent: InboundKind, known: bool) -> None:
        person = meet(session, kind)
        if known:
            person.say("điểm")

        assert person.sends(silent, text="Dạ quán mở tới 22h ạ", interaction=False) == []
        assert known or person.identity is None

    def test_unfollowing_is_remembered(self, session: Session) -> None:
        person = meet(session)
        person.does(InboundKind.FOLLOW)
        person.sends(InboundKind.UNFOLLOW, interaction=False)

        assert person.identity is not None and not person.identity.follows

    def test_what_a_person_of_the_shop_wrote_is_on_the_timeline(self, session: Session) -> None:
        person = meet(session)
        person.say("điểm")
        person.sends(InboundKind.HUMAN, text="Dạ quán mở tới 22h ạ", interaction=False)

        newest = timeline.list_newest(session, person.customer.id)[0]
        assert (newest.kind, newest.data["by"], timeline.words(session, newest)) == (
            "message_out",
            "human",
            "Dạ quán mở tới 22h ạ",
        )

    def test_a_reaction_that_opens_the_window_opens_it(self, session: Session) -> None:
        person = meet(session, "messenger")
        person.say("điểm")
        person.wait(hours=3)
        person.sends(InboundKind.REACTION, text="❤")

        assert person.identity is not None and person.identity.last_interaction_at == person.now

    def test_receipts_reach_the_message_they_speak_of(self, session: Session, kind: str) -> None:
        person = meet(session, kind)
        person.say("điểm")
        message = session.scalars(sa.select(OutboundMessage)).one()
        message.state, message.provider_id, message.settled_at = "sent", "m-1", person.now
        session.flush()

        person.sends(InboundKind.DELIVERED, message_ids=("m-1",), interaction=False)
        person.wait(minutes=1)
        person.sends(InboundKind.SEEN, message_ids=("m-1",), watermark=person.now, interaction=False)

        assert (message.delivered_at, message.seen_at) == (NOON, person.now)

    def test_an_event_that_names_nobody_does_nothing(self, session: Session) -> None:
        person = meet(session, user="x")
        person.user = ""

        for every in InboundKind:
            assert person.sends(every) == []

    def test_an_event_from_the_future_opens_no_longer_window(self, session: Session) -> None:
        person = meet(session)
        event = Inbound(
            "e", person.account.external_id, person.user, InboundKind.MESSAGE, NOON + timedelta(days=9), "t"
        )
        dispatch.handle(session, person.account, replace(event, text="điểm", interaction=True), now=NOON)

        assert person.identity is not None and person.identity.last_interaction_at == NOON


class TestAnswers:
    def test_an_answer_is_a_reply_to_its_writer_sealed_for_them(self, session: Session, kind: str) -> None:
        person = meet(session, kind)
        person.say("điểm")

        row = session.scalars(sa.select(OutboundMessage)).one()
        assert (row.lane, row.user_id, row.customer_id) == (Lane.REPLY, person.user, person.customer.id)
        assert person.last is not None
        assert row.dedupe_key == f"reply:{kind}:{person.account.external_id}:{person.last.event_id}"

    def test_what_staff_read_of_others_is_sealed_for_no_customer(self, session: Session, kind: str) -> None:
        cashier = hire(session, "cashier", "Thu", kind)
        cashier.say("điểm")
        cashier.say("/tich 0912345678 250k")

        assert (
            session.scalars(sa.select(OutboundMessage).order_by(OutboundMessage.id.desc())).all()[0].customer_id is None
        )

    def test_a_long_answer_goes_out_in_parts_with_the_buttons_on_the_last(self, session: Session, kind: str) -> None:
        person = meet(session, kind)
        event = Inbound("e-1", person.account.external_id, person.user, InboundKind.MESSAGE, NOON, "test")
        dispatch.handle(
            session, person.account, replace(event, text="trợ giúp", interaction=True), now=NOON, text_limit=120
        )

        parts = said(session)
        assert len(parts) > 2 and all(len(part.text) <= 120 for part in parts)
        assert [part.key.removeprefix(parts[0].key) for part in parts] == [
            "",
            *(f":{n}" for n in range(2, len(parts) + 1)),
        ]
        assert [bool(part.payloads) for part in parts] == [False] * (len(parts) - 1) + [True]

    def test_the_timeline_has_the_words_and_the_answer(self, session: Session, kind: str) -> None:
        person = meet(session, kind)
        person.say("em còn bao nhiêu điểm ạ")

        rows = [row for row in reversed(timeline.list_newest(session, person.customer.id)) if "message" in row.kind]
        assert [row.kind for row in rows] == ["message_in", "message_out"]
        chat = rows[1].data["chat"]
        assert rows[0].data == {"channel": kind, "chat": chat, "event": "message", "command": "points"}
        assert timeline.words(session, rows[0]) == "em còn bao nhiêu điểm ạ"
        assert (timeline.words(session, rows[1]) or "").startswith("Chào bạn")

    def test_no_words_lie_open_in_the_database(self, session: Session, kind: str) -> None:
        person = meet(session, kind)
        person.say("số của em 0912345678")
        hire(session, "cashier", "Thu", kind).say("/tich 0912345678 250k #A1")

        rows = str(contents(session))
        assert not any(secret in rows for secret in ("0912345678", "84912345678", "số của em", "Xong rồi"))

    def test_staff_commands_are_not_on_the_staffs_own_timeline(self, session: Session, kind: str) -> None:
        cashier = hire(session, "cashier", "Thu", kind)
        cashier.say("điểm")
        before = session.scalar(
            sa.select(sa.func.count()).select_from(Activity).filter_by(customer_id=cashier.customer.id)
        )
        cashier.say("/tra 0912345678")

        after = session.scalar(
            sa.select(sa.func.count()).select_from(Activity).filter_by(customer_id=cashier.customer.id)
        )
        assert after == before


class TestHostileTexts:
    TEXTS = (
        *(
            "\u202e0912345678",
            "0912345678\u0000",
            "{shop} {0} {{ x }} %s",
            "điểm" * 900,
            "👨‍👩‍👧‍👦" * 400,
            "\n\n\n",
            " ",
        ),
        *("/tich " + "9" * 3000, "/them 0912345678 {name}<script>", "/nv " + "A" * 4000, "/huy 9223372036854775808"),
        *(
            "/gan 0912345678 ' OR 1=1 --",
            "/tich 0912345678 1e400",
            "ﷺ" * 2000,
            "a" + "\u0301" * 3000,
            "/",
            "//",
            "/#/#",
        ),
        *("/tich ０９１２３４５６７８ ２５０k", "／tich 0912345678 250k", "đ̛ồng ý", "/duyet ١٢", "/huy ²"),
    )

    @pytest.mark.parametrize("role", [None, "cashier", "manager"])
    def test_every_one_gets_one_answer(self, session: Session, kind: str, role: str | None) -> None:
        person = hire(session, role, "Thu", kind) if role else meet(session, kind)

        for text in self.TEXTS:
            parts = person.sends(InboundKind.MESSAGE, text=text)
            assert parts and all(part.text.strip() for part in parts)
        assert problems(session) == []

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=120), min_size=1, max_size=4),
        st.sampled_from(["", "/tich 0912345678 ", "/them ", "/gan ", "/nv ", "/tra ", "đăng ký "]),
        st.booleans(),
    )
    def test_random_texts_never_raise(self, session: Session, texts: list[str], start: str, at_work: bool) -> None:
        person = hire(session, "manager", f"Thu {next(_numbers)}") if at_work else meet(session)

        for text in texts:
            assert len(person.sends(InboundKind.MESSAGE, text=start + text)) >= 1


class TestNotices:
    def test_others_are_told_once_however_often_the_event_comes(self, session: Session, kind: str) -> None:
        lan, cashier = meet(session, kind), hire(session, "cashier", "Thu", kind)
        lan.does(InboundKind.CONTACT, phone="0912345678")
        cashier.say("/tich 0912345678 250k")
        cashier.again()

        assert len(told(lan)) == 1

    def test_a_customer_whose_window_is_closed_is_not_written_to(self, session: Session, kind: str) -> None:
        lan, cashier = meet(session, kind), hire(session, "cashier", "Thu", kind)
        lan.does(InboundKind.CONTACT, phone="0912345678")
        cashier.wait(hours=72)

        answer = cashier.say("/tich 0912345678 250k")

        assert told(lan) == []
        number = answer.rsplit(" ", 1)[1]
        assert "đã được báo" not in cashier.say(f"/huy {number}")


def test_nothing_is_looked_up_or_written_for_a_person_who_only_unfollows(session: Session) -> None:
    person = meet(session)
    before = contents(session)
    person.sends(InboundKind.UNFOLLOW, interaction=False)

    assert contents(session) == before
    assert identities.find(session, person.account.id, person.user) is None


_numbers = iter(range(1, 1_000_000))
