"""The API keeps to its specification: no fault of ours, nothing undocumented, no wrong type taken (schemathesis)."""

from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.result import Ok

from tests.builders_journeys import plan
from tests.loyalty.api.conftest import Caller

load_all_checks()
ALWAYS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
    "response_headers_conformance",
)  # fmt: skip
FOLLOWED = {"customer": "/customers", "segment": "/segments", "campaign": "/campaigns", "webhook": "/webhooks"}
SETTINGS = settings(
    max_examples=3,  # of a kind for each operation
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def shop(api: Caller) -> dict[str, str]:
    """One thing of each kind, by the name an address calls it."""
    bill = {"source": "web", "reference": "1", "total": 250_000, "customer": {"phone": "0912345678"}}
    bought = api.post("/purchases", bill).json
    segment = api.post("/segments", {"name": "Tất cả", "rules": {"all": []}}).json
    campaign = api.post("/campaigns", {"name": "Tết", "segment_id": segment["id"], "text": "Chào bạn"}).json
    journey = api.post("/journeys", {"name": "Sinh nhật", **plan()}).json
    webhook = api.post("/webhooks", {"url": "https://example.com/hooks"}).json
    return {
        "customer": bought["customer_id"],
        "purchase": bought["id"],
        "entry": bought["entry_id"],
        "segment": segment["id"],
        "campaign": campaign["id"],
        "journey": journey["id"],
        "webhook": webhook["id"],
    }


def operations(app: Flask) -> list[Any]:
    schema: Any = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    found = list(schema.get_all_operations())
    readable: list[Any] = [result.ok() for result in found if isinstance(result, Ok)]
    assert len(readable) == len(found) > 40
    return readable


def try_out(app: Flask, api: Caller, shop: dict[str, str], mode: GenerationMode, extra: tuple[str, ...]) -> None:
    """A few cases of this kind for each operation, the same ones every time."""
    checks = [CHECKS.get_one(name) for name in (*ALWAYS, *extra)]

    @SETTINGS
    def answers_as_declared(case: Any) -> None:
        if mode is GenerationMode.POSITIVE:
            follow(case, shop)
        case.call_and_validate(headers={"Authorization": f"Bearer {api.key}"}, checks=checks)

    for operation in operations(app):
        with_cases: Any = given(operation.as_strategy(generation_mode=mode))
        with_cases(answers_as_declared)()


def follow(case: Any, shop: dict[str, str]) -> None:
    """Let a case mean things that are there."""
    for name in case.path_parameters or {}:
        case.path_parameters[name] = shop.get(name, case.path_parameters[name])
    if isinstance(case.body, dict):
        for name in case.body:
            if name.endswith("_id"):
                case.body[name] = shop.get(name.removesuffix("_id"), case.body[name])
        if "customer" in case.body:
            case.body["customer"] = {"id": shop["customer"]}


def test_whatever_the_specification_allows_is_answered_as_it_says(
    app: Flask, api: Caller, shop: dict[str, str]
) -> None:
    try_out(app, api, shop, GenerationMode.POSITIVE, ())


def test_whatever_the_specification_forbids_is_refused(app: Flask, api: Caller, shop: dict[str, str]) -> None:
    try_out(app, api, shop, GenerationMode.NEGATIVE, ("negative_data_rejection",))
