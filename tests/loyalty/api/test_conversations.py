"""/conversations: read, taken, answered and handed back by another system."""

from collections.abc import Callable

import pytest

from bots.channel import InboundKind
from loyalty.db import Database
from loyalty.messaging import conversations
from loyalty.staff.audit import Author
from tests.builders import NOON, Clock
from tests.builders_chat import Person, actions, meet, said
from tests.loyalty.api.conftest import Caller

READ, WRITE = "conversations:read", "conversations:write"


@pytest.fixture
def desk(call_with: Callable[..., Caller]) -> Caller:
    return call_with(READ, WRITE)


@pytest.fixture
def lan(database: Database) -> Person:
    """Lan wrote her phone, then asked for a person."""
    with database.transaction() as session:
        person = meet(session)
        person.say("0912345678", person_name="Lan")
        person.say("nhân viên")
    return person


def only(desk: Caller) -> str:
    [found] = desk.get("/conversations").json["items"]
    return str(found["id"])


def test_a_conversation_says_who_waits_since_when_and_until_when_one_may_answer(desk: Caller, lan: Person) -> None:
    [found] = desk.get("/conversations?view=waiting").json["items"]

    assert (found["state"], found["unanswered"], found["channel"], found["taken_by"]) == ("waiting", 1, "zalo", None)
    assert found["answerable_until"] == "2026-11-24T05:00:00+00:00"  # 48 hours after she wrote
    assert desk.get(f"/conversations/{found['id']}").json == found
    assert desk.get("/conversations?view=mine").json["items"] == []


def test_messages_are_newest_first_with_phones_masked(desk: Caller, lan: Person) -> None:
    items = desk.get(f"/conversations/{only(desk)}/messages").json["items"]

    assert [item["kind"] for item in items] == ["out", "waiting", "in", "out", "in"]
    assert [item["text"] for item in items if item["kind"] == "in"] == ["nhân viên", "0912 ••• 678"]
    assert (items[0]["by"], items[0]["delivery"]) == ("bot", "waiting")


def test_whole_phones_need_the_scope_and_are_written_down(
    call_with: Callable[..., Caller], database: Database, desk: Caller, lan: Person
) -> None:
    seer = call_with(READ, "customers:reveal")
    items = seer.get(f"/conversations/{only(desk)}/messages").json["items"]

    assert "0912345678" in [item["text"] for item in items]
    with database.transaction() as session:
        assert actions(session)[-1] == "reveal"


def test_pages_of_messages_join(desk: Caller, lan: Person) -> None:
    name = only(desk)
    whole = desk.get(f"/conversations/{name}/messages").json["items"]
    first = desk.get(f"/conversations/{name}/messages?limit=3").json
    rest = desk.get(f"/conversations/{name}/messages?limit=3&cursor={first['next_cursor']}").json

    assert first["items"] + rest["items"] == whole


def test_answering_takes_it_once_however_often_the_request_comes(database: Database, desk: Caller, lan: Person) -> None:
    name = only(desk)
    for _ in range(2):
        answer = desk.post(f"/conversations/{name}/messages", {"text": "Dạ em đây"}, headers={"Idempotency-Key": "a1"})
        assert (answer.status_code, answer.json["state"]) == (200, "taken")

    assert desk.get("/conversations?view=mine").json["items"][0]["taken_by"].startswith("key:")
    with database.transaction() as session:
        lan.session = session
        assert [message.text for message in said(session)].count("Dạ em đây") == 1
        assert lan.sends(InboundKind.MESSAGE, text="hmm") == []
        assert "conversation_answered" in actions(session)


def test_taking_and_handing_back(database: Database, desk: Caller, lan: Person) -> None:
    name = only(desk)

    assert desk.post(f"/conversations/{name}/take").json["state"] == "taken"
    assert desk.post(f"/conversations/{name}/hand_back", {}).json["state"] == "bot"
    with database.transaction() as session:
        assert "trả lời bạn ở đây" in said(session)[-1].text


def test_what_somebody_else_has_is_a_conflict_unless_taken_over(database: Database, desk: Caller, lan: Person) -> None:
    name = only(desk)
    with database.transaction() as session:
        conversations.take(session, name, by=Author("staff:x", "console"), now=NOON)

    refused = desk.post(f"/conversations/{name}/messages", {"text": "alo"})
    assert (refused.status_code, refused.json["code"], refused.json["by"]) == (409, "conversation_taken", "staff:x")
    assert desk.post(f"/conversations/{name}/take", {"over": True}).json["taken_by"].startswith("key:")


def test_after_the_window_it_is_refused_with_its_end(desk: Caller, lan: Person, clock: Clock) -> None:
    clock.now = NOON.replace(day=NOON.day + 3)
    refused = desk.post(f"/conversations/{only(desk)}/messages", {"text": "alo"})

    assert (refused.status_code, refused.json["code"]) == (422, "window_closed")
    assert refused.json["closed_at"] == "2026-11-24T05:00:00+00:00"


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": 5}, {"text": "a" * 1901}, {"text": "a", "over": 1}])
def test_a_wrong_message_is_refused_by_its_field(desk: Caller, lan: Person, body: dict[str, object]) -> None:
    refused = desk.post(f"/conversations/{only(desk)}/messages", body)

    assert (refused.status_code, refused.json["code"]) == (422, "validation_failed")


def test_one_that_is_not_there_is_404_and_a_key_needs_its_scope(
    desk: Caller, call_with: Callable[..., Caller], lan: Person
) -> None:
    assert desk.post("/conversations/AAAAAAAAAAAAAAAA/take").status_code == 404
    assert desk.get("/conversations/AAAAAAAAAAAAAAAA/messages").status_code == 404
    assert call_with(READ).post(f"/conversations/{only(desk)}/take").status_code == 403
    assert call_with("customers:read").get("/conversations").status_code == 403
