"""The same key and body get the first answer again; an effect happens once."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from loyalty.api import answers, work
from loyalty.api.models import IdempotencyRecord
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.db import Database
from tests.builders import NOON, Clock
from tests.loyalty.api.conftest import ALL, Caller

LAN = {"name": "Lan"}


def keyed(api: Caller, body: Any, key: str = "k-1", path: str = "/customers") -> Any:
    return api.post(path, body, headers={"Idempotency-Key": key})


def made(database: Database) -> int:
    with database.read_only() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Customer)) or 0


def code(answer: Any) -> str:
    return str(answer.json["code"])


def test_the_first_answer_is_replayed(database: Database, api: Caller) -> None:
    first, again = keyed(api, LAN), keyed(api, LAN)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.data == first.data
    assert again.mimetype == first.mimetype
    assert again.headers["Idempotency-Replayed"] == "true"
    assert made(database) == 1


def test_spaces_and_the_order_of_members_make_no_other_body(database: Database, api: Caller) -> None:
    for body in (b'{"name":"Lan","joined":true}', b'{ "joined": true, "name": "Lan" }'):
        headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
        assert api.post("/customers", data=body, headers=headers).status_code == 201
    assert made(database) == 1


@pytest.mark.parametrize(
    ("body", "path"), [({"name": "Hoa"}, "/customers"), (LAN, "/customers?x=1"), (LAN, "/segments")]
)
def test_another_request_under_the_key_is_a_conflict(database: Database, api: Caller, body: Any, path: str) -> None:
    keyed(api, LAN)
    answer = keyed(api, body, path=path)
    assert (answer.status_code, code(answer)) == (409, "idempotency_conflict")
    assert made(database) == 1


def test_refusals_of_the_body_are_replayed_too(api: Caller) -> None:
    first, again = (keyed(api, {"name": ""}) for _ in range(2))
    assert first.status_code == again.status_code == 422
    assert first.data == again.data
    assert (keyed(api, LAN).status_code, code(keyed(api, LAN))) == (409, "idempotency_conflict")
    missing = [keyed(api, {}, "k-2", "/campaigns/unknown/pause") for _ in range(2)]
    assert [answer.status_code for answer in missing] == [404, 404]
    assert missing[1].headers["Idempotency-Replayed"] == "true"


def test_a_refusal_keeps_nothing_of_what_was_begun(database: Database, api: Caller) -> None:
    answer = keyed(api, {"name": "Lan", "email": "nobody"})
    assert answer.status_code == 422
    assert made(database) == 0


def test_a_conflict_is_asked_again(api: Caller) -> None:
    taken = api.post("/customers", {"phone": "0912345678"}).json
    first = keyed(api, {"phone": "0912345678"})
    assert (first.status_code, code(first)) == (409, "phone_taken")
    assert first.json is not None and first.json["customer"] == taken["id"]
    assert api.patch(f"/customers/{taken['id']}", {"phone": None}).status_code == 200
    assert keyed(api, {"phone": "0912345678"}).status_code == 201


def test_keys_belong_to_their_holders(database: Database, api: Caller, call_with: Callable[..., Caller]) -> None:
    other = call_with(*ALL, "customers:reveal")
    assert keyed(api, LAN).json != keyed(other, LAN).json
    assert made(database) == 2


def test_an_answer_is_kept_for_a_day(database: Database, api: Caller, clock: Clock) -> None:
    keyed(api, LAN)
    clock.now = NOON + answers.KEPT - timedelta(seconds=1)
    keyed(api, LAN)
    assert made(database) == 1
    clock.now = NOON + answers.KEPT
    assert keyed(api, {"name": "Hoa"}).status_code == 201
    assert made(database) == 2
    with database.read_only() as session:
        assert len(session.scalars(sa.select(IdempotencyRecord)).all()) == 1


NO_KEYS = ["", " ", "a b", "é", "x" * 256, "tab\there"]


def test_a_key_is_visible_ascii(api: Caller) -> None:
    for key in NO_KEYS:
        answer = keyed(api, LAN, key)
        assert (answer.status_code, code(answer)) == (422, "validation_failed")
        assert keyed(api, LAN, "~" * 255).status_code == 201


def test_what_is_kept_is_sealed(database: Database, api: Caller) -> None:
    keyed(api, {"name": "Nguyễn Thị Lan"})
    with database.read_only() as session:
        record = session.scalars(sa.select(IdempotencyRecord)).one()
        assert b"Lan" not in record.body and b"Lan" not in record.request_hash


def test_a_crash_leaves_no_effect_and_no_record(
    database: Database, app: Flask, api: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as broken:
        broken.setattr(work, "note", fail)
        answer = keyed(api, LAN)
    assert (answer.status_code, code(answer)) == (500, "internal_error")
    assert made(database) == 0
    assert keyed(api, LAN).status_code == 201


def test_many_at_once_have_one_effect(database: Database, app: Flask, api: Caller) -> None:
    answers_got: list[TestResponse] = []
    gate = threading.Barrier(8)

    def ask() -> None:
        mine = Caller(app.test_client(), api.key)
        gate.wait()
        answers_got.append(keyed(mine, LAN))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made(database) == 1
    assert {answer.status_code for answer in answers_got} <= {201, 409}
    assert {code(answer) for answer in answers_got if answer.status_code == 409} <= {"in_progress"}
    assert len({answer.data for answer in answers_got if answer.status_code == 201}) == 1


def test_a_request_still_running_is_told_apart(
    database: Database, app: Flask, api: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, leave = threading.Event(), threading.Event()
    create = profiles.create

    def slowly(*args: Any, **kwargs: Any) -> Customer:
        entered.set()
        leave.wait(10)
        return create(*args, **kwargs)

    monkeypatch.setattr(profiles, "create", slowly)
    results: list[TestResponse] = []
    running = threading.Thread(target=lambda: results.append(keyed(Caller(app.test_client(), api.key), LAN)))
    running.start()
    assert entered.wait(10)
    second = keyed(api, LAN)
    leave.set()
    running.join()
    assert (second.status_code, code(second)) == (409, "in_progress")
    assert results[0].status_code == 201
    assert keyed(api, LAN).data == results[0].data


def test_another_process_still_running_is_told_apart(database: Database, api: Caller) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has one writer: the second waits, and gets the first answer")
    with database.transaction() as session:
        key_id = session.scalar(sa.text("SELECT max(id) FROM api_key"))
        assert answers.take_turn(session, answers.Name(key_id, "k-1", b""))
        answer = keyed(api, LAN)
        assert (answer.status_code, code(answer)) == (409, "in_progress")
    assert keyed(api, LAN).status_code == 201
