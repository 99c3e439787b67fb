"""Keys, scopes and the calls a minute they allow."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Flask

from loyalty.api import scopes
from loyalty.app import create_app
from loyalty.db import Database
from loyalty.settings import Settings
from loyalty.staff import keys
from tests.builders import NOON, Clock
from tests.loyalty.api.conftest import Caller

OPEN = {"api-docs.openapi_json", "api_pages.first", "api_pages.resource"}


def routes(app: Flask) -> list[str]:
    return [rule.endpoint for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/")]


def test_every_route_but_the_specification_declares_a_scope_a_key_can_have(app: Flask) -> None:
    declared = {
        endpoint: getattr(app.view_functions[endpoint], "required_scope", None)
        for endpoint in routes(app)
        if endpoint not in OPEN
    }
    assert declared
    assert [endpoint for endpoint, scope in declared.items() if scope is None] == []
    assert set(declared.values()) <= set(scopes.known())


HEADERS = [
    None,
    "",
    "Bearer",
    "Bearer ",
    "Bearer kq_",
    "Bearer kq_" + "a" * 43,
    "Basic a3E6a3E=",
    "bearer \u00ff\u00fe",
    "Bearer " + "x" * 5000,
]


def test_without_a_key_in_force_nothing_is_told(app: Flask) -> None:
    for header in HEADERS:
        headers = {} if header is None else {"Authorization": header}
        answer: Any = app.test_client().get("/api/v1/customers", headers=headers)
        assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
        assert answer.json["code"] == "unauthenticated"
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="loyalty"'


def test_a_revoked_key_is_refused_at_once(database: Database, call_with: Callable[..., Caller]) -> None:
    caller = call_with("customers:read")
    assert caller.get("/customers").status_code == 200
    with database.transaction() as session:
        keys.revoke(session, keys.list_all(session)[0].public_id, now=NOON)
    assert caller.get("/customers").status_code == 401


def test_each_scope_opens_its_own_addresses_only(call_with: Callable[..., Caller]) -> None:
    reader = call_with("customers:read")
    assert reader.get("/customers").status_code == 200
    for method, path in (("POST", "/customers"), ("GET", "/segments"), ("POST", "/purchases")):
        answer = reader(method, path, {})
        assert (answer.status_code, answer.json["code"]) == (403, "insufficient_scope")


def test_the_scope_is_asked_before_the_body_is_read(call_with: Callable[..., Caller]) -> None:
    answer = call_with("customers:read").post("/customers", data=b"not json")
    assert answer.status_code == 403


def test_calls_a_minute_are_counted_for_each_key(settings: Settings, database: Database, clock: Clock) -> None:
    app = create_app(replace(settings, api_rate=3), database, clock=clock)
    plain = []
    with database.transaction() as session:
        for name in ("a", "b"):
            plain.append(keys.create(session, name, ["customers:read"], now=NOON)[1])
    first, second = (Caller(app.test_client(), key) for key in plain)
    answers = [first.get("/customers") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert [answers[place].headers["RateLimit-Remaining"] for place in range(5)] == ["2", "1", "0", "0", "0"]
    assert 1 <= int(answers[3].headers["Retry-After"]) <= 60
    assert answers[3].json is not None and answers[3].json["code"] == "too_many_calls"
    assert second.get("/customers").status_code == 200


def test_when_a_key_was_last_used_is_known_to_the_hour(
    database: Database, call_with: Callable[..., Caller], clock: Clock
) -> None:
    caller = call_with("customers:read")

    def last_used() -> object:
        with database.read_only() as session:
            return keys.list_all(session)[0].last_used_at

    assert last_used() is None
    for moved, known in ((0, 0), (59, 0), (60, 60), (200, 200)):
        clock.now = NOON + timedelta(minutes=moved)
        assert caller.get("/customers").status_code == 200
        assert last_used() == NOON + timedelta(minutes=known)


def test_answers_about_people_are_not_kept_by_caches(api: Caller) -> None:
    assert api.get("/customers").headers["Cache-Control"] == "no-store"
