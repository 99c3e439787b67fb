"""/templates: read, chosen for a purpose, released."""

from collections.abc import Callable

import pytest

from loyalty.db import Database
from loyalty.messaging import templates
from tests.builders import NOON
from tests.builders_campaigns import make_account
from tests.loyalty.api.conftest import Caller
from tests.loyalty.messaging.test_templates import MAPPING, TOLD, only


@pytest.fixture
def template(database: Database) -> str:
    with database.transaction() as session:
        templates.sync(session, make_account(session).id, [TOLD], now=NOON)
        return only(session).public_id


def test_a_template_is_chosen_shown_and_released(call_with: Callable[..., Caller], template: str) -> None:
    api = call_with("templates:read", "templates:write")
    chosen = api("PUT", f"/templates/{template}/uses/awarded", {"mapping": MAPPING})
    assert (chosen.status_code, chosen.json["uses"]) == (200, [{"purpose": "awarded", "mapping": MAPPING}])
    [listed] = api.get("/templates").json["items"]
    assert listed == chosen.json
    assert (listed["channel"], listed["price_user"], listed["price_phone"]) == ("zalo", 560, 800)
    for _ in range(2):
        assert api("DELETE", f"/templates/{template}/uses/awarded").status_code == 204
    assert api.get("/templates").json["items"][0]["uses"] == []


@pytest.mark.parametrize(
    ("purpose", "body", "status", "code"),
    [
        ("greeting", {"mapping": MAPPING}, 422, "template_unfit"),
        ("promotion", {"mapping": MAPPING}, 422, "template_unfit"),
        ("awarded", {"mapping": {"customer_name": "name"}}, 422, "template_unfit"),
        ("awarded", {"mapping": MAPPING | {"points": "password"}}, 422, "template_unfit"),
        ("awarded", {"mapping": {"points": 5}}, 422, "validation_failed"),
        ("awarded", {}, 422, "validation_failed"),
        ("%00", {"mapping": MAPPING}, 422, "template_unfit"),
    ],
)
def test_what_cannot_serve_is_refused(
    call_with: Callable[..., Caller], template: str, purpose: str, body: object, status: int, code: str
) -> None:
    api = call_with("templates:read", "templates:write")
    refused = api("PUT", f"/templates/{template}/uses/{purpose}", body)
    assert (refused.status_code, refused.json["code"]) == (status, code)
    assert api.get("/templates").json["items"][0]["uses"] == []


def test_a_template_nobody_knows_is_not_there(call_with: Callable[..., Caller], template: str) -> None:
    api = call_with("templates:write")
    assert api("PUT", "/templates/AAAAAAAAAAAAAAAA/uses/awarded", {"mapping": MAPPING}).status_code == 404
    assert api("DELETE", "/templates/AAAAAAAAAAAAAAAA/uses/awarded").status_code == 404


def test_reading_is_not_choosing(call_with: Callable[..., Caller], template: str) -> None:
    answer = call_with("templates:read")("PUT", f"/templates/{template}/uses/awarded", {"mapping": MAPPING})
    assert answer.status_code == 403
