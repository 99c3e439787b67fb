"""The specification tells what the API does, and the page shows it without fetching anything."""

import re
from pathlib import Path
from typing import Any

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok

from loyalty.settings import ROOT
from tests.loyalty.api.conftest import Caller


def spec_of(app: Flask) -> dict[str, Any]:
    answer: Any = app.test_client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    return dict(answer.json)


def operations(spec: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    verbs = ("get", "post", "patch")
    return [(path, verb, found[verb]) for path, found in spec["paths"].items() for verb in verbs if verb in found]


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
        assert "422" in operation["responses"] or verb == "get" or "default" in operation["responses"]


def test_the_page_shows_every_address_and_fetches_nothing(app: Flask) -> None:
    answer = app.test_client().get("/api/v1/docs")
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    for path, verb, _ in operations(spec_of(app)):
        assert f"{verb.upper()}</span> {path}<" in answer.text
    assert not re.search(r"<script|src=|@import|url\(|https?://", answer.text)


def test_the_guide_names_every_address(app: Flask) -> None:
    guide = Path(ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    for path, verb, _ in operations(spec_of(app)):
        short = re.sub(r"\{[a-z_]+\}", "{}", path.removeprefix("/api/v1"))
        assert f"{verb.upper()} {short}" in re.sub(r"\{[a-z_]+\}", "{}", guide), (verb, path)


def test_whatever_the_specification_allows_is_never_a_fault_of_ours(app: Flask, api: Caller) -> None:
    schema = schemathesis.openapi.from_dict(spec_of(app))
    found: list[Any] = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    assert len(found) == len(operations(spec_of(app)))

    @settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def holds(data: st.DataObject) -> None:
        operation = data.draw(st.sampled_from(found))
        case = data.draw(operation.as_strategy())
        options: dict[str, Any] = {} if case.body.__class__.__name__ == "NotSet" else {"json": case.body}
        path = case.formatted_path.removeprefix("/api/v1")
        answer = api(case.method, path, query_string=dict(case.query or {}), **options)
        assert answer.status_code < 500
        declared = operation.definition.raw["responses"]
        assert answer.status_code >= 400 or str(answer.status_code) in declared
        assert answer.mimetype == ("application/json" if answer.status_code < 400 else "application/problem+json")

    holds()
