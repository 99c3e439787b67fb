"""Every page and act of the console, found by itself: who may, who may not, and what a form needs."""

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from werkzeug.routing import Map, Rule

from loyalty.console import sections
from loyalty.console.section import EVERYONE, PUBLIC, Asked
from loyalty.console.words import RIGHTS, ROLES
from loyalty.db import Database
from loyalty.settings import Settings
from loyalty.staff.models import Role
from loyalty.staff.permissions import Right, may
from tests import rows
from tests.builders_console import Browser, Console, make_console
from tests.builders_staff import make_staff

ANSWERED = {200, 204, 303, 404, 409, 410, 422}  # done, shown, or refused for another reason than the right
WITHOUT_TOKEN = {400, 403}


class Address(NamedTuple):
    """One address of the console with something in place of its ids."""

    method: str
    url: str
    right: Asked | None


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    return make_console(database, settings)


def addresses(console: Console) -> Iterator[Address]:
    for rule in console.app.url_map.iter_rules():
        if rule.rule.startswith("/console") and not rule.endpoint.endswith("static"):
            view = console.app.view_functions[rule.endpoint]
            for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
                yield Address(method, url_of(console.app.url_map, rule), getattr(view, "required_right", None))


def url_of(url_map: Map, rule: Rule) -> str:
    """The address with ids nobody has."""
    filled = {name: 1 if _is_number(rule, name) else "nobody-has-this-id" for name in rule.arguments}
    return url_map.bind("localhost").build(rule.endpoint, filled)


def _is_number(rule: Rule, name: str) -> bool:
    return type(rule._converters[name]).__name__ in ("IntegerConverter", "FloatConverter")


def ask(browser: Browser, address: Address) -> Any:
    if address.method == "GET":
        return browser.get(address.url)
    browser.html = ""
    return browser.post(address.url, follow=False)


def allowed(role: str, right: Asked | None) -> bool:
    return may(role, right) if isinstance(right, Right) else right in (EVERYONE, PUBLIC)


def test_every_address_declares_its_right(console: Console) -> None:
    found = list(addresses(console))
    assert len(found) > 40
    assert [each for each in found if not (isinstance(each.right, Right) or each.right in (EVERYONE, PUBLIC))] == []
    assert {each.method for each in found} == {"GET", "POST"}


def test_only_the_way_in_and_the_language_are_open_to_strangers(console: Console) -> None:
    public = {each.url for each in addresses(console) if each.right is PUBLIC}
    assert public == {
        "/console/signin",
        "/console/second-step",
        "/console/welcome/nobody-has-this-id",
        "/console/language",
    }


@pytest.mark.parametrize("role", [role.value for role in Role])
def test_each_role_gets_what_its_rights_say_and_nothing_else(console: Console, role: str) -> None:
    with console.database.transaction() as session:
        member = make_staff(session, role)
    wrong = []
    for address in addresses(console):
        answer = ask(console.seat(member), address)  # a new seat each time: some acts end it
        fits = answer.status_code in ANSWERED if allowed(role, address.right) else answer.status_code == 403
        if not fits or "/console/signin?" in (answer.location or ""):
            wrong.append((address, answer.status_code, answer.location))
    assert wrong == []


def test_nobody_gets_anything_but_the_way_in(console: Console) -> None:
    wrong = []
    for address in addresses(console):
        answer = ask(console.stranger(), address)
        if address.right is PUBLIC:
            fits = answer.status_code in ANSWERED
        else:
            place = answer.location or ""
            fits = answer.status_code == 303 and place.startswith("/console/signin") and "//" not in place
        if not fits:
            wrong.append((address, answer.status_code, answer.location))
    assert wrong == []


def test_part_of_a_page_sends_a_stranger_to_the_way_in_as_a_whole(console: Console) -> None:
    answer = console.stranger().get("/console/me", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/console/signin?next=/console/me")


def test_no_act_is_done_without_the_token_of_a_form(console: Console) -> None:
    owner = console.sign_in("owner")
    before = contents(console.database)
    wrong = []
    for address in addresses(console):
        if address.method == "POST":
            for browser, token in itertools.product((owner, console.stranger()), ({}, {"csrf_token": "guessed"})):
                answer = browser.client.post(address.url, data=token)
                if answer.status_code not in WITHOUT_TOKEN:
                    wrong.append((address, answer.status_code))
    assert wrong == []
    assert contents(console.database) == before


def test_no_page_changes_anything(console: Console) -> None:
    assert [
        route.rule for section in sections() for route in section.routes if route.method == "GET" and route.writes
    ] == []
    browser = console.sign_in("owner")
    before = contents(console.database)
    for address in addresses(console):
        if address.method == "GET":
            browser.get(address.url)
    assert contents(console.database) == before


def test_a_token_of_one_browser_is_no_good_in_another(console: Console) -> None:
    mine, theirs = console.sign_in("owner"), console.sign_in("owner")
    mine.get("/console/me")
    stolen = mine._token()
    theirs.get("/console/me")
    assert theirs.post("/console/signout", follow=False, csrf_token=stolen).status_code in WITHOUT_TOKEN


def test_no_page_is_kept_by_the_browser_and_none_may_be_framed(console: Console) -> None:
    member = console.sign_in("cashier")
    for browser, urls in ((console.stranger(), ("signin", "welcome/x")), (member, ("me", "staff/roles", "staff"))):
        for url in urls:
            answer = browser.get(f"/console/{url}")
            assert answer.headers["Cache-Control"] == "no-store"
            policy = answer.headers["Content-Security-Policy"]
            assert "frame-ancestors 'none'" in policy
            assert "form-action 'self'" in policy
            assert "unsafe-inline" not in policy


def test_browsers_are_told_to_stay_with_https_where_the_shop_has_it(console: Console) -> None:
    def promise() -> str | None:
        return console.stranger().get("/console/signin").headers.get("Strict-Transport-Security")

    assert promise() is None
    console.app.config["SESSION_COOKIE_SECURE"] = True
    assert promise() == "max-age=15552000"  # 180 days


def test_every_role_and_every_right_has_its_words() -> None:
    assert set(ROLES) == set(Role)
    assert set(RIGHTS) == set(Right)


def contents(database: Database) -> dict[str, list[str]]:
    with database.engine.connect() as connection:
        return rows.contents(connection)
