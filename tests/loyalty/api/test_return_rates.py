"""/segments/…/returns: the campaigns of a segment, newest first, page by page."""

from loyalty.db import Database
from loyalty.settings import Settings
from tests.builders import Clock
from tests.builders_campaigns import FakeChannel
from tests.loyalty.api.conftest import Caller
from tests.loyalty.api.test_campaigns import crowd, draft, work


def test_who_came_back_after_each_campaign_of_a_segment(
    database: Database, settings: Settings, api: Caller, clock: Clock
) -> None:
    crowd(database)
    first = draft(api)
    segment = api.get(f"/campaigns/{first}").json["segment_id"]
    second = api.post("/campaigns", {"name": "Có quà", "segment_id": segment, "text": "{{ voucher }}"}).json["id"]
    offer = {"kind": "amount", "value": 20_000, "minimum_bill": 0, "valid_days": 7}
    assert api.patch(f"/campaigns/{second}/content", {"offer": offer}).status_code == 200
    assert api.get(f"/segments/{segment}/returns").json == {"items": [], "next_cursor": None}  # nothing was sent
    for campaign in (first, second):
        assert api.post(f"/campaigns/{campaign}/schedule", {}).status_code == 200
    work(database, settings, FakeChannel(), clock)

    page = api.get(f"/segments/{segment}/returns?limit=1").json
    rest = api.get(f"/segments/{segment}/returns?limit=1&cursor={page['next_cursor']}").json
    [newer], [older] = page["items"], rest["items"]
    assert (newer["campaign_id"], newer["offer"]) == (second, {**offer, "reward": None})
    assert (older["campaign_id"], older["offer"], older["name"]) == (first, None, "Tháng 11")
    assert older["first_at"] == "2026-11-22T05:00:00+00:00"
    assert older["results"] == api.get(f"/campaigns/{first}/results").json
    assert older["results"]["meant"]["people"] == 4
    assert rest["next_cursor"] is None
    assert api.get(f"/segments/{'x' * 16}/returns").status_code == 404
