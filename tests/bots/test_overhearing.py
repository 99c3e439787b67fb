"""What platforms tell and nobody answers, from the webhook's JSON to the rows it leaves."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from bots import dispatch
from bots.messenger import parse
from loyalty.activity import timeline
from loyalty.alerts import raising
from loyalty.channels import accounts
from loyalty.customers import identities
from loyalty.messaging import conversations
from loyalty.messaging.models import Conversation
from tests.bots.messenger.samples import PAGE, PAGE_INBOX, PERSON, UNNAMED, from_person, message, page_event
from tests.builders import NOON
from tests.builders_chat import Person, meet, said

NOON_MS = int(NOON.timestamp() * 1000)


@pytest.fixture
def lan(session: Session) -> Person:
    """Somebody who has written once, at noon."""
    person = meet(session, "messenger", PERSON)
    deliver(person, message(text="chào") | {"timestamp": NOON_MS})
    return person


def deliver(person: Person, element: dict[str, Any], *, after: float = 0, key: str = "messaging") -> list[str]:
    """One event, `after` seconds past noon if it has no time of its own; the answers to it."""
    before = len(said(person.session))
    stamped = {"timestamp": NOON_MS + int(after * 1000)} if key != "changes" else {}
    payload = page_event(element | stamped, key=key)
    for inbound in parse.parse(payload):
        dispatch.handle(person.session, person.account, inbound, now=NOON + timedelta(hours=1))
    person.session.flush()
    return [each.text for each in said(person.session)[before:]]


def lines(person: Person) -> list[tuple[str, str | None]]:
    """The timeline's words, oldest first."""
    rows = timeline.list_newest(person.session, person.customer.id)
    return [(row.kind, timeline.words(person.session, row)) for row in reversed(rows)]


def thread(person: Person) -> Conversation:
    assert person.identity is not None
    return person.session.get_one(Conversation, person.identity.id, populate_existing=True)


def edit(text: str, mid: str = "m_aaa") -> dict[str, Any]:
    return from_person(message_edit={"mid": mid, "text": text, "num_edit": 1})


def policy(action: str) -> dict[str, Any]:
    return {**UNNAMED, "policy_enforcement": {"action": action, "reason": "spam"}}


class TestEdits:
    def test_the_kept_words_change_and_the_command_does_not_run_again(self, lan: Person) -> None:
        assert deliver(lan, edit("điểm"), after=5) == []

        assert ("message_in", "điểm") in lines(lan)
        assert ("message_in", "chào") not in lines(lan)

    def test_the_newest_wording_stays_in_whatever_order_they_come(self, lan: Person) -> None:
        deliver(lan, edit("thứ hai"), after=9)
        deliver(lan, edit("thứ nhất"), after=5)
        deliver(lan, edit("thứ hai"), after=9)

        assert [words for kind, words in lines(lan) if kind == "message_in"] == ["thứ hai"]

    def test_an_edit_of_what_we_never_had_is_kept_by_itself(self, lan: Person) -> None:
        assert deliver(lan, edit("cho mình 2 ly", mid="m_unknown"), after=5) == []

        assert ("message_in", "cho mình 2 ly") in lines(lan)

    def test_an_edit_makes_nobody_a_customer(self, session: Session) -> None:
        stranger = meet(session, "messenger", PERSON)
        deliver(stranger, edit("điểm"))

        assert stranger.identity is None


class TestThreads:
    def test_words_to_another_app_are_read_by_people_and_open_the_window(self, lan: Person) -> None:
        assert deliver(lan, message(text="còn bàn không"), after=60, key="standby") == []

        assert ("message_in", "còn bàn không") in lines(lan)
        assert lan.identity is not None
        assert lan.identity.last_interaction_at == NOON + timedelta(seconds=60)

    def test_a_stranger_standing_by_is_no_customer(self, session: Session) -> None:
        stranger = meet(session, "messenger", PERSON)

        assert deliver(stranger, message(text="điểm"), key="standby") == []
        assert stranger.identity is None

    def test_while_another_app_holds_the_thread_nothing_is_answered(self, lan: Person) -> None:
        deliver(lan, from_person(take_thread_control={"new_owner_app_id": 7}), after=10)
        assert deliver(lan, message(mid="m_b", text="điểm"), after=20) == []

        deliver(lan, from_person(pass_thread_control={"new_owner_app_id": "1"}), after=30)
        assert len(deliver(lan, message(mid="m_c", text="điểm"), after=40)) == 1

    @pytest.mark.parametrize("twice", [False, True])
    def test_news_about_the_thread_counts_by_its_time(self, lan: Person, twice: bool) -> None:
        away = from_person(pass_thread_control={"new_owner_app_id": PAGE_INBOX})
        back = from_person(pass_thread_control={"previous_owner_app_id": PAGE_INBOX, "new_owner_app_id": 1})
        deliver(lan, away, after=10)
        deliver(lan, back, after=30)
        for _ in range(1 + twice):
            deliver(lan, away, after=20)

        assert thread(lan).state == conversations.BOT

    def test_a_colleague_who_answers_keeps_the_chat(self, lan: Person) -> None:
        from loyalty.staff.audit import Author

        conversations.take(lan.session, thread(lan).public_id, by=Author("staff:x", "console"), now=NOON)
        deliver(lan, from_person(take_thread_control={"new_owner_app_id": 7}), after=10)
        deliver(lan, from_person(pass_thread_control={"new_owner_app_id": 1}), after=20)

        assert thread(lan).taken_by == "staff:x"


class TestTheAccount:
    def account(self, lan: Person) -> Any:
        found = accounts.find(lan.session, "messenger", PAGE)
        assert found is not None
        return found

    def open_kinds(self, lan: Person) -> set[str]:
        return {alert.kind for alert in raising.list_open(lan.session)}

    def test_a_block_stops_sending_and_tells_the_owner(self, lan: Person) -> None:
        deliver(lan, policy("block"), after=10)

        assert self.account(lan).stopped_reason == accounts.POLICY
        assert self.open_kinds(lan) == {"channel_blocked"}

    def test_an_unblock_lets_it_go_again(self, lan: Person) -> None:
        deliver(lan, policy("block"), after=10)
        deliver(lan, policy("unblock"), after=20)

        assert self.account(lan).stopped_at is None
        assert self.open_kinds(lan) == {"channel_unblocked"}

    @pytest.mark.parametrize("times", [1, 2])
    def test_a_block_that_comes_after_its_end_changes_nothing(self, lan: Person, times: int) -> None:
        deliver(lan, policy("unblock"), after=20)
        for _ in range(times):
            deliver(lan, policy("block"), after=10)

        assert self.account(lan).stopped_at is None
        assert "channel_blocked" not in self.open_kinds(lan)

    def test_an_old_unblock_does_not_end_a_newer_block(self, lan: Person) -> None:
        deliver(lan, policy("block"), after=20)
        deliver(lan, policy("unblock"), after=10)

        assert self.account(lan).stopped_reason == accounts.POLICY

    def test_an_account_switched_off_by_hand_stays_off(self, lan: Person) -> None:
        accounts.stop(lan.session, lan.account.id, accounts.BY_HAND, now=NOON)
        deliver(lan, policy("block"), after=10)
        deliver(lan, policy("unblock"), after=20)

        assert self.account(lan).stopped_reason == accounts.BY_HAND

    def test_a_refused_call_does_not_make_a_block_pass(self, lan: Person) -> None:
        deliver(lan, policy("block"), after=10)
        accounts.stop(lan.session, lan.account.id, "368", now=NOON)

        assert self.account(lan).stopped_reason == accounts.POLICY

    def test_a_warning_is_told_and_stops_nothing(self, lan: Person) -> None:
        deliver(lan, policy("warning"), after=10)

        assert self.open_kinds(lan) == {"channel_warned"}
        assert self.account(lan).stopped_at is None

    @pytest.mark.parametrize("field", ["message_template_status_update", "messenger_template_status_update"])
    def test_a_judged_template_is_told(self, lan: Person, field: str) -> None:
        value = {"event": "REJECTED", "message_template_name": "points_vi"}
        deliver(lan, {"field": field, "value": value}, key="changes")

        assert [(alert.kind, alert.detail) for alert in raising.list_open(lan.session)] == [
            ("template_judged", "points_vi: REJECTED")
        ]


@pytest.mark.parametrize(
    ("part", "word"),
    [
        ({"optin": {"type": "notification_messages", "notification_messages_token": "t"}}, "notification_messages"),
        ({"optin": {"ref": "box"}}, "plugin"),
        ({"account_linking": {"status": "linked", "authorization_code": "secret"}}, "linked"),
        ({"response_feedback": {"feedback": "Bad response", "mid": "m_bot"}}, "bad_response"),
    ],
)
def test_wishes_are_kept_and_open_no_window(lan: Person, part: dict[str, Any], word: str) -> None:
    before = lan.identity.last_interaction_at if lan.identity else None
    assert deliver(lan, from_person(**part), after=60) == []

    row = timeline.list_newest(lan.session, lan.customer.id)[0]
    assert (row.kind, row.data) == ("platform_told", {"channel": "messenger", "event": next(iter(part)), "word": word})
    found = identities.find(lan.session, lan.account.id, PERSON)
    assert found is not None
    assert found.last_interaction_at == before


def test_a_reaction_opens_the_window(lan: Person) -> None:
    reaction = {"reaction": "love", "emoji": "❤️", "action": "react", "mid": "m_bot"}
    deliver(lan, from_person(reaction=reaction), after=60)

    assert lan.identity is not None
    assert lan.identity.last_interaction_at == datetime.fromtimestamp(NOON_MS / 1000 + 60, UTC)
