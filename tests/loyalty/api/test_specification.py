"""The specification tells what the API does, and its pages show it without fetching anything."""

import html
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import jsonschema_rs
import pytest
from flask import Flask
from schemathesis.specs.openapi.definitions import OPENAPI_31

from loyalty.api import blueprints, docs, examples, refusals, resources
from loyalty.api.blueprints import Blueprint
from loyalty.app import create_app
from loyalty.db import Database
from loyalty.settings import ROOT, Settings
from tests.builders import Clock

HEAVIEST = 200_000  # bytes of one page with everything it loads


def spec_of(app: Flask) -> dict[str, Any]:
    answer: Any = app.test_client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    return dict(answer.json)


def operations(spec: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, verb, found[verb]) for path, found in spec["paths"].items() for verb in docs.VERBS if verb in found]


def page_of(tag: str | None) -> str:
    return f"/api/v1/docs/{tag}" if tag else "/api/v1/docs"


def pages_of(app: Flask) -> list[str]:
    return [page_of(tag) for tag in [None, *(tag["name"] for tag in spec_of(app)["tags"])]]


def links(page: str) -> list[str]:
    return [html.unescape(link) for link in re.findall(r'(?:src|href)="([^"]*)"', page)]


def weight(app: Flask, address: str) -> int:
    """Bytes of a page with its styles, scripts and every letter form these name."""
    page = read(app, address)
    loaded = {urlsplit(link).path for link in links(page.decode()) if link.startswith("/static/")}
    for style in [link for link in loaded if link.endswith(".css")]:
        loaded |= {urljoin(style, named) for named in re.findall(r'url\("([^"]+)"\)', read(app, style).decode())}
    assert any(link.endswith(".woff2") for link in loaded)
    return len(page) + sum(len(read(app, link)) for link in loaded)


def read(app: Flask, address: str) -> bytes:
    answer = app.test_client().get(address, buffered=True)  # a file is closed
    assert answer.status_code == 200, address
    return bytes(answer.data)


def make_resource(name: str) -> Blueprint:
    """One more, with a call that answers with nothing."""
    made = blueprints.resource(name, "What one more resource says of itself, in a line as long as these are.")

    @made.get(f"/{name}")
    @made.response(204)
    def show() -> None:
        """Show nothing."""

    return made


def test_the_specification_is_open_and_lists_every_operation(app: Flask) -> None:
    spec = spec_of(app)
    assert spec["openapi"] == "3.1.0"
    listed = operations(spec)
    routes = [
        rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.partition(".")[0] in {t["name"] for t in spec["tags"]}
    ]
    assert len(listed) == len(routes) > 25
    for _, verb, operation in listed:
        assert operation["summary"]
        assert operation["security"] == [{"key": []}]
        names = {parameter["name"] for parameter in operation.get("parameters", ())}
        assert ("Idempotency-Key" in names) == (verb != "get" and operation["x-scope"].endswith(":write"))


def test_the_specification_is_valid(app: Flask) -> None:
    assert list(jsonschema_rs.validator_for(OPENAPI_31).iter_errors(spec_of(app))) == []


def test_every_operation_says_what_it_may_refuse(app: Flask) -> None:
    for path, verb, operation in operations(spec_of(app)):
        declared = set(operation["responses"])
        assert {"401", "403", "429"} <= declared
        assert ("404" in declared) >= ("{" in path), path
        assert {"400", "413", "415", "422"} <= declared or "requestBody" not in operation
        assert {"409", "422"} <= declared or verb == "get"


def test_every_refusal_of_an_operation_is_a_problem_document(app: Flask) -> None:
    spec = spec_of(app)
    for _, _, operation in operations(spec):
        for status, answer in operation["responses"].items():
            if not status.startswith("2"):
                assert list(examples.resolve(answer, spec)["content"]) == ["application/problem+json"]


def test_the_type_of_every_refusal_leads_to_its_line_on_the_page(app: Flask) -> None:
    page = app.test_client().get("/api/v1/docs").text
    known = {code.code for code in refusals.codes()}
    assert {"validation_failed", "receipt_taken", "webhook_not_found", "too_many_calls", "malformed"} <= known
    assert [code for code in known if f'<tr id="{code}">' not in page] == []
    refused: Any = app.test_client().get("/api/v1/nowhere").json
    assert refused["type"] == "/api/v1/docs#not_found"


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_pages_show_every_call_with_an_example_and_run_only_what_is_ours(app: Flask, language: str) -> None:
    spec = spec_of(app)
    for tag in [None, *(tag["name"] for tag in spec["tags"])]:
        answer = app.test_client().get(f"{page_of(tag)}?lang={language}")
        assert (answer.status_code, f'<html lang="{language}">' in answer.text) == (200, True)
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        shown = [each for each in operations(spec) if tag in each[2]["tags"]]
        for path, verb, operation in shown:
            assert f'data-verb="{verb.upper()}" data-path="{path}"' in answer.text
            assert f"<code>{operation['x-scope']}</code>" in answer.text
        assert len(re.findall(r'<form class="try"', answer.text)) == len(shown)
        assert len(re.findall(r'<pre class="curl"', answer.text)) == (len(shown) if tag else 1)
        assert not re.search(r"<script>|style=|onclick|@import", answer.text)
        assert {link for link in links(answer.text) if "://" in link} == set()


def test_every_operation_is_on_one_page(app: Flask) -> None:
    tags = {tag["name"] for tag in spec_of(app)["tags"]}
    assert {len(tags & set(operation["tags"])) for _, _, operation in operations(spec_of(app))} == {1}


def test_every_link_of_the_pages_leads_somewhere_in_the_same_language(app: Flask) -> None:
    pages = {page: read(app, f"{page}?lang=en").decode() for page in pages_of(app)}
    for page, text in pages.items():
        within = [urlsplit(link) for link in links(text) if link.startswith(("#", page_of(None)))]
        for link in within:
            assert link.query == ("lang=en" if link.path else ""), (page, link)
            assert not link.fragment or f'id="{link.fragment}"' in pages[link.path or page], (page, link)
        assert {link.path for link in within} >= set(pages)  # from each to all of them


@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_page_is_heavy_with_all_that_it_loads(app: Flask, language: str) -> None:
    weights = {page: weight(app, f"{page}?lang={language}") for page in pages_of(app)}
    assert {page: weighed for page, weighed in weights.items() if weighed > HEAVIEST} == {}


def test_a_new_resource_is_a_page_of_its_own_and_a_line_on_the_others(
    app: Flask, settings: Settings, database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {page: weight(app, page) for page in pages_of(app)}
    more = [make_resource(f"things{number}") for number in range(100)]
    found = [*resources.blueprints(), *more]
    monkeypatch.setattr(resources, "blueprints", lambda: found)

    grown = create_app(replace(settings, api_rate=0), database, clock=clock)

    assert len(pages_of(grown)) == len(before) + len(more)
    for page, earlier in before.items():
        assert weight(grown, page) <= min(earlier + 400 * len(more), HEAVIEST), page
    assert 'data-path="/api/v1/things99"' in read(grown, page_of("things99")).decode()


def test_a_page_for_no_resource_is_not_there(app: Flask) -> None:
    answer: Any = app.test_client().get(page_of("nothing"))
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_examples_are_what_their_schemas_allow(app: Flask) -> None:
    spec = spec_of(app)
    for path, verb, operation in operations(spec):
        if "requestBody" in operation:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            whole = {**schema, "components": spec["components"]}
            faults = jsonschema_rs.validator_for(whole).iter_errors(examples.of(schema, spec))
            assert [fault.message for fault in faults] == [], (verb, path)


def test_the_guide_names_every_address(app: Flask) -> None:
    guide = Path(ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    for path, verb, _ in operations(spec_of(app)):
        short = re.sub(r"\{[a-z_]+\}", "{}", path.removeprefix("/api/v1"))
        assert f"{verb.upper()} {short}" in re.sub(r"\{[a-z_]+\}", "{}", guide), (verb, path)
