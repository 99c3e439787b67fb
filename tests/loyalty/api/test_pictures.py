"""/pictures, and the rewards and campaigns that name one."""

import base64

import pytest

from tests.builders_pictures import file_of
from tests.loyalty.api.conftest import Caller

CROISSANT = {"name": {"vi": "Bánh croissant"}, "price": 100}


def sent(file: bytes) -> dict[str, str]:
    return {"content": base64.b64encode(file).decode()}


def test_a_picture_is_kept_once_and_named_by_a_reward(api: Caller) -> None:
    kept = api.post("/pictures", sent(file_of(size=(64, 32))))
    assert kept.status_code == 201, kept.text
    assert (kept.json["mime"], kept.json["width"], kept.json["height"]) == ("image/png", 64, 32)
    assert api.post("/pictures", sent(file_of(size=(64, 32)))).json == kept.json
    assert api.get(f"/pictures/{kept.json['id']}").json == kept.json

    made = api.post("/rewards", CROISSANT | {"picture": kept.json["id"]}).json
    assert (made["picture"], made["picture_url"]) == (kept.json["id"], kept.json["url"])
    gone = api.patch(f"/rewards/{made['id']}", {"picture": None}).json
    assert (gone["picture"], gone["picture_url"], gone["price"]) == (None, None, 100)
    assert api.patch(f"/rewards/{made['id']}", {"picture": "nobody's"}).status_code == 404


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("äöü", "Must be base64."),
        (sent(b"%PDF-1.7")["content"], "Is neither a JPG nor a PNG."),
        (sent(file_of()[:60])["content"], "Is damaged."),
    ],
)
def test_what_is_no_picture_is_a_fault_of_its_field(api: Caller, content: str, why: str) -> None:
    refused = api.post("/pictures", {"content": content})
    assert (refused.status_code, refused.json["errors"]) == (422, {"content": [why]})


def test_a_picture_may_be_larger_than_other_bodies(api: Caller) -> None:
    assert api.post("/pictures", {"content": "A" * 2_000_000}).status_code == 422
    assert api.post("/rewards", CROISSANT | {"about": {"vi": "A" * 2_000_000}}).status_code == 413
