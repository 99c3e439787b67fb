"""The specification tells what the API does, and the page shows it without fetching anything."""

import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from flask import Flask
from schemathesis.specs.openapi.definitions import OPENAPI_31

from loyalty.api import docs, examples, refusals
from loyalty.settings import ROOT


def spec_of(app: Flask) -> dict[str, Any]:
    answer: Any = app.test_client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    return dict(answer.json)


def operations(spec: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, verb, found[verb]) for path, found in spec["paths"].items() for verb in docs.VERBS if verb in found]


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
def test_the_page_shows_every_call_with_an_example_and_runs_only_what_is_ours(app: Flask, language: str) -> None:
    answer = app.test_client().get(f"/api/v1/docs?lang={language}")
    assert (answer.status_code, f'<html lang="{language}">' in answer.text) == (200, True)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    spec = spec_of(app)
    for path, verb, operation in operations(spec):
        assert f'data-verb="{verb.upper()}" data-path="{path}"' in answer.text
        assert f"<code>{operation['x-scope']}</code>" in answer.text
    assert len(re.findall(r'<pre class="curl"', answer.text)) == len(operations(spec))
    assert not re.search(r"<script>|style=|onclick|@import", answer.text)
    assert {link for link in re.findall(r'(?:src|href)="([^"]*)"', answer.text) if "://" in link} == set()
    assert len(answer.data) < 300_000


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
