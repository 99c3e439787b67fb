"""Journeys through the API: written, let go, looked at, with each refusal saying where."""

from loyalty.db import Database
from tests.builders_journeys import SEND, inside, make_fan, plan
from tests.loyalty.api.conftest import Caller

BIRTHDAY = plan(again="yearly")


def test_a_journey_is_written_changed_and_moved_through_its_states(api: Caller) -> None:
    made = api.post("/journeys", {"name": "Sinh nhật", **BIRTHDAY})
    assert made.status_code == 201
    told = made.json
    assert (told["state"], told["edition"], told["again"]) == ("draft", 1, "yearly")
    at = f"/journeys/{told['id']}"
    assert api.patch(at, {"leave_when_bought": True}).json["edition"] == 2
    for act, state in (("activate", "active"), ("pause", "paused"), ("resume", "active"), ("end", "ended")):
        assert api.post(f"{at}/{act}").json["state"] == state
    refused = api.post(f"{at}/pause")
    assert (refused.status_code, refused.json["code"]) == (409, "journey_state")
    assert [each["id"] for each in api.get("/journeys").json["items"]] == [told["id"]]
    assert api.get(f"{at}/report").json["steps"][0]["step"] == dict(SEND)
    assert api.get(f"{at}/entries").json["items"] == []


def test_a_plan_that_cannot_be_is_refused_with_its_place(api: Caller) -> None:
    steps = [SEND, {"do": "branch", "if": "bought", "then": 1}]
    refused = api.post("/journeys", {"name": "Sinh nhật", **BIRTHDAY, "steps": steps})
    assert (refused.status_code, refused.json["path"]) == (422, "steps.1.then")
    gone = api.post("/journeys", {"name": "Sinh nhật", **BIRTHDAY, "segment_id": "no-such-segment"})
    assert (gone.status_code, gone.json["code"]) == (404, "segment_not_found")
    unknown = api.get("/journeys/no-such-journey")
    assert (unknown.status_code, unknown.json["code"]) == (404, "journey_not_found")


def test_the_preview_foretells_who_enters(api: Caller, database: Database) -> None:
    with database.transaction() as session:
        make_fan(session, "Lan", birthday=1122)
        make_fan(session, "Minh", birthday=1121)
        make_fan(session, "Hoa", birthday=1121)
    told = api.post("/journeys", {"name": "Sinh nhật", **BIRTHDAY}).json
    seen = api.post(f"/journeys/{told['id']}/preview").json
    assert seen["today"] == 1
    assert len(seen["days"]) == 30
    assert seen["days"][-1] == {"day": "2026-11-21", "people": 2}
    assert inside(database) == []  # it only looks
