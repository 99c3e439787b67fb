"""/campaigns/…/content and /results, as a key holder sees them."""

from typing import Any

import pytest

from loyalty.db import Database
from loyalty.settings import Settings
from tests.builders import Clock
from tests.builders_campaigns import FakeChannel
from tests.loyalty.api.conftest import Caller
from tests.loyalty.api.test_campaigns import crowd, draft, work

OFFER = {"kind": "percent", "value": 10, "minimum_bill": 100_000, "valid_days": 7}


def test_a_campaign_is_given_an_offer_sent_and_followed(
    database: Database, settings: Settings, api: Caller, clock: Clock
) -> None:
    crowd(database)
    campaign = draft(api, "Chào {{ name }}: {{ voucher }}")
    asked = {"texts": {"en": "Hi {{ voucher }}"}, "offer": OFFER, "window_days": 3}
    kept = api.patch(f"/campaigns/{campaign}/content", asked)
    assert kept.status_code == 200, kept.text
    assert kept.json == api.get(f"/campaigns/{campaign}/content").json
    assert kept.json == {
        "texts": {"en": "Hi {{ voucher }}"}, "image_url": None, "picture": None, "picture_url": None, "window_days": 3,
        "offer": {**OFFER, "reward": None}, "vouchers_left": None,
    }  # fmt: skip
    assert api.post(f"/campaigns/{campaign}/schedule", {}).status_code == 200
    assert api.patch(f"/campaigns/{campaign}/content", {"offer": None}).json["code"] == "campaign_state"
    channel = FakeChannel()
    work(database, settings, channel, clock)
    code = channel.sent[0].text.split(": ")[1].split("\n")[0]
    found = api.get(f"/redemptions/{code}").json
    assert (found["state"], found["price"], found["reward_name"]["vi"]) == ("held", 0, "Giảm 10% (đơn từ 100.000đ)")
    assert found["minimum_bill"] == 100_000
    for body, refusal in (({}, "bill_needed"), ({"bill": 99_999}, "bill_too_small")):
        refused = api.post(f"/redemptions/{code}/fulfil", body)
        assert (refused.status_code, refused.json["code"]) == (422, refusal)
    assert api.post(f"/redemptions/{code}/fulfil", {"bill": 100_000}).json["state"] == "fulfilled"
    told = api.get(f"/campaigns/{campaign}/results").json
    assert (told["sent"], told["vouchers"], told["vouchers_used"], told["verdict"]) == (3, 3, 1, "none")
    assert told["meant"] == {"people": 4, "buyers": 0, "orders": 0, "rate": 0.0}
    assert told["orders_by_day"] == [0, 0, 0]
    assert api.post(f"/redemptions/{code}/cancel", {}).json["state"] == "held"  # its use is undone


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"texts": {"fr": "Salut"}}, "validation_failed"),
        ({"texts": {"en": "{{ ten }}"}}, "validation_failed"),
        ({"offer": {"kind": "cash"}}, "validation_failed"),
        ({"offer": {"kind": "percent", "value": 101}}, "validation_failed"),
        ({"offer": {"kind": "reward", "reward": "none"}}, "reward_not_found"),
        ({"image_url": "http://example.com/a.png"}, "validation_failed"),
        ({"window_days": 31}, "validation_failed"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(api: Caller, asked: dict[str, Any], code: str) -> None:
    answer = api.patch(f"/campaigns/{draft(api)}/content", asked)
    assert answer.status_code in (404, 422) and answer.json["code"] == code, answer.text
