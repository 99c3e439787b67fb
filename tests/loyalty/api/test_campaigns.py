"""/campaigns: from draft to report, as a key holder sees it."""

from datetime import timedelta
from typing import Any, cast

from bots.channel import Channel
from jobs.campaigns import advance_campaigns
from jobs.outbox import send_outbox
from jobs.registry import Context
from loyalty.campaigns import lifecycle
from loyalty.choices import chosen
from loyalty.db import Database
from loyalty.settings import Settings
from tests.builders import NOON, Clock
from tests.builders_campaigns import FakeChannel, make_chat, make_person
from tests.loyalty.api.conftest import Caller

TEXT = 'Chào {{ name | "bạn" }}, giảm 20% hôm nay.'


def draft(api: Caller, text: str = TEXT, rules: Any = None) -> str:
    segment = api.post("/segments", {"name": "Tất cả", "rules": rules or {"all": []}}).json
    answer = api.post("/campaigns", {"name": "Tháng 11", "segment_id": segment["id"], "text": text})
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


def told(api: Caller, campaign: str) -> dict[str, Any]:
    report = api.get(f"/campaigns/{campaign}/report").json
    parts = ("sent", "failed", "skipped", "held_out", "unknown", "waiting")
    assert report["frozen"] == sum(report[part] for part in parts)
    return dict(report)


def work(database: Database, settings: Settings, channel: FakeChannel, clock: Clock) -> None:
    context = Context(database, settings, {"zalo": cast(Channel, channel)}, clock=clock)
    while advance_campaigns(context) + send_outbox(context):
        pass


def crowd(database: Database, size: int = 3) -> None:
    with database.transaction() as session:
        for number in range(size):
            make_chat(session, make_person(session, f"Lan {number}"))
        make_chat(session, make_person(session, "Minh"), promotion=False)
        make_person(session, "Không chat")


def test_a_campaign_goes_out_now(database: Database, settings: Settings, api: Caller, clock: Clock) -> None:
    crowd(database)
    campaign = draft(api)
    assert told(api, campaign) == {
        "state": "draft",
        **dict.fromkeys(("frozen", "sent", "failed", "skipped", "held_out", "unknown", "waiting"), 0),
        "reasons": {"skipped": {}, "failed": {}},
        "runs": [],
    }
    scheduled = api.post(f"/campaigns/{campaign}/schedule", {})
    assert scheduled.status_code == 200
    assert (scheduled.json["state"], scheduled.json["schedule"]) == ("scheduled", {"at": "2026-11-22T05:00:00+00:00"})
    channel = FakeChannel()
    work(database, settings, channel, clock)
    report = told(api, campaign)
    assert (report["state"], report["frozen"], report["sent"], report["skipped"]) == ("finished", 4, 3, 1)
    assert report["reasons"] == {"skipped": {"consent": 1}, "failed": {}}
    assert [run["sent"] for run in report["runs"]] == [3]
    assert len(channel.sent) == 3
    page = api.get(f"/campaigns/{campaign}/recipients?limit=3").json
    rest = api.get(f"/campaigns/{campaign}/recipients?limit=3&cursor={page['next_cursor']}").json
    outcomes = sorted((row["outcome"], row["reason"]) for row in page["items"] + rest["items"])
    assert outcomes == [("sent", None)] * 3 + [("skipped", "consent")]
    assert api.get(f"/campaigns/{campaign}").json["state"] == "finished"


def test_pause_resume_and_cancel_answer_with_the_campaign(
    database: Database, settings: Settings, api: Caller, clock: Clock
) -> None:
    crowd(database)
    campaign = draft(api)
    later = (NOON + timedelta(hours=1)).isoformat()
    for verb, body, state in (
        ("schedule", {"at": later}, "scheduled"),
        ("pause", {}, "paused"),
        ("resume", None, "scheduled"),
        ("schedule", {"cron": "0 9 * * mon"}, "scheduled"),
        ("cancel", {}, "cancelled"),
    ):
        answer = api.post(f"/campaigns/{campaign}/{verb}", body)
        assert answer.status_code == 200, answer.text
        assert answer.json["state"] == state
    refused = api.post(f"/campaigns/{campaign}/schedule", {})
    assert (refused.status_code, refused.json["code"], refused.json["state"]) == (409, "campaign_state", "cancelled")
    clock.now = NOON + timedelta(days=7)
    work(database, settings, FakeChannel(), clock)
    assert told(api, campaign)["frozen"] == 0


def test_a_campaign_paused_under_way_sends_nothing_more(
    database: Database, settings: Settings, api: Caller, clock: Clock
) -> None:
    crowd(database)
    campaign, channel = draft(api), FakeChannel()
    api.post(f"/campaigns/{campaign}/schedule", {})
    context = Context(database, settings, {"zalo": cast(Channel, channel)}, clock=clock)
    while advance_campaigns(context):
        pass
    assert api.post(f"/campaigns/{campaign}/pause").status_code == 200
    work(database, settings, channel, clock)
    report = told(api, campaign)
    assert (report["state"], report["waiting"], channel.sent) == ("paused", 4, [])
    assert api.post(f"/campaigns/{campaign}/resume").status_code == 200
    work(database, settings, channel, clock)
    assert (told(api, campaign)["sent"], len(channel.sent)) == (3, 3)


def test_a_preview_shows_real_people_and_who_gets_nothing(database: Database, api: Caller) -> None:
    crowd(database)
    seen = api.post(f"/campaigns/{draft(api)}/preview").json
    assert (seen["count"], seen["would_receive"], seen["no_chat"], seen["reasons"]) == (4, 3, 1, {"consent": 1})
    first = seen["samples"][0]
    assert (first["case"], first["text"].splitlines()[0]) == ("first", "Chào Lan 2, giảm 20% hôm nay.")


DAMAGED = ["Chào {{ ten }}", "Chào {{ name", "Chào {name}", "{% if %}"]


def test_a_damaged_text_makes_no_campaign(api: Caller) -> None:
    for text in DAMAGED:
        segment = api.post("/segments", {"name": "a", "rules": {"all": []}}).json
        answer = api.post("/campaigns", {"name": "a", "segment_id": segment["id"], "text": text})
        assert answer.status_code == 422
        assert list(answer.json["errors"]) == ["text"]
        assert api.get("/campaigns").json == {"items": [], "next_cursor": None}


STARTS: list[tuple[dict[str, Any], str]] = [
    ({"at": "2026-11-21T09:00:00+07:00"}, "at"),
    ({"at": "2026-11-22T09:00:00"}, "at"),
    ({"cron": "soon"}, "cron"),
    ({"cron": "0 0 31 2 *"}, "cron"),
    ({"cron": 5}, "cron"),
    ({"at": "2026-11-23T09:00:00+07:00", "cron": "0 9 * * *"}, "cron"),
    ({"when": "now"}, "when"),
]


def test_a_start_that_cannot_be_is_refused(api: Caller) -> None:
    for choice, field in STARTS:
        campaign = draft(api)
        answer = api.post(f"/campaigns/{campaign}/schedule", choice)
        assert answer.status_code == 422
        assert list(answer.json["errors"]) == [field]
        assert api.get(f"/campaigns/{campaign}").json["state"] == "draft"


def test_starting_needs_a_body_that_says_so(api: Caller) -> None:
    assert api.post(f"/campaigns/{draft(api)}/schedule").status_code == 415


def test_a_campaign_needs_its_segment(api: Caller) -> None:
    answer = api.post("/campaigns", {"name": "a", "segment_id": "unknown", "text": "Giảm 20%"})
    assert (answer.status_code, answer.json["code"]) == (404, "segment_not_found")


def test_a_draft_is_changed_and_nothing_else_is(api: Caller) -> None:
    campaign = draft(api)
    other = api.post("/segments", {"name": "Không ai", "rules": {"any": []}}).json["id"]
    changed = api.patch(f"/campaigns/{campaign}", {"name": "Tháng 12", "segment_id": other, "text": "Mừng lễ"}).json
    assert (changed["name"], changed["segment_id"], changed["text"]) == ("Tháng 12", other, "Mừng lễ")
    assert list(api.patch(f"/campaigns/{campaign}", {"text": "Chào {ten}"}).json["errors"]) == ["text"]
    api.post(f"/campaigns/{campaign}/schedule", {"at": (NOON + timedelta(hours=1)).isoformat()})
    refused = api.patch(f"/campaigns/{campaign}", {"text": "Khác"})
    assert (refused.status_code, refused.json["code"]) == (409, "campaign_state")
    taken_back = api.post(f"/campaigns/{campaign}/unschedule").json
    assert (taken_back["state"], taken_back["schedule"], taken_back["text"]) == ("draft", None, "Mừng lễ")


def test_a_campaign_is_copied_and_put_away(api: Caller) -> None:
    campaign = draft(api)
    copy = api.post(f"/campaigns/{campaign}/duplicate", {"name": "Lần hai"})
    assert (copy.status_code, copy.json["name"], copy.json["text"], copy.json["state"]) == (
        201,
        "Lần hai",
        TEXT,
        "draft",
    )
    assert api.post(f"/campaigns/{campaign}/archive").json["archived_at"] is not None
    assert api.post(f"/campaigns/{campaign}/unarchive").json["archived_at"] is None


def test_recipients_of_one_outcome_are_listed(
    database: Database, settings: Settings, api: Caller, clock: Clock
) -> None:
    crowd(database)
    campaign = draft(api)
    api.post(f"/campaigns/{campaign}/schedule", {})
    work(database, settings, FakeChannel(), clock)
    recipients = f"/campaigns/{campaign}/recipients"
    assert len(api.get(f"{recipients}?outcome=sent").json["items"]) == 3
    assert len(api.get(f"{recipients}?outcome=skipped&reason=consent").json["items"]) == 1
    assert api.get(f"{recipients}?outcome=skipped&reason=window").json["items"] == []
    assert api.get(f"{recipients}?outcome=lost").status_code == 422


def test_variants_terms_and_the_preview_before_it_goes(database: Database, api: Caller) -> None:
    crowd(database)
    campaign = draft(api)
    two = [{"text": "Chào A.", "share": 60}, {"text": "Chào B.", "share": 40}]
    stated = {"variants": two, "holdout": 0, "priority": 3, "budget": 50_000, "late_hours": 0, "stops": {"failed": 30}}
    changed = api.patch(f"/campaigns/{campaign}", stated).json
    assert (changed["text"], changed["variants"], changed["budget"]) == ("Chào A.", two, 50_000)
    assert changed["stops"] == {"least": 50, "failed": 30, "blocked": 10, "objections": 2, "content": 3}
    wrong = api.patch(f"/campaigns/{campaign}", {"variants": [two[0], two[0]]})
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["variants"])
    seen = api.post(f"/campaigns/{campaign}/preview", {}).json
    assert (seen["count"], seen["would_receive"], seen["reasons"]) == (4, 3, {"consent": 1})
    assert [each["name"] for each in seen["people"]["consent"]] == ["Minh"]
    assert [each["name"] for each in seen["people"][""]] == ["Lan 2", "Lan 1", "Lan 0"]
    assert seen["routes"] == [
        {"route": "free", "channel": "zalo", "people": 3, "price": 0, "cost": 0, "quota_left": None}
    ]
    page = api.get(f"/campaigns/{campaign}/preview/people?limit=2").json
    rest = api.get(f"/campaigns/{campaign}/preview/people?limit=2&cursor={page['next_cursor']}").json
    assert [each["name"] for each in page["items"] + rest["items"]] == ["Lan 2", "Lan 1", "Lan 0"]
    nobody = api.get(f"/campaigns/{campaign}/preview/people?reason=no_chat").json["items"]
    assert [each["name"] for each in nobody] == ["Không chat"]


def test_whoever_asked_does_not_approve_and_the_run_gets_a_certificate(
    database: Database, settings: Settings, api: Caller, clock: Clock
) -> None:
    crowd(database)
    with database.transaction() as session:
        chosen.save(session, {"approval_people": 2}, by="cli", now=NOON)
    campaign = draft(api)
    waiting = api.post(f"/campaigns/{campaign}/schedule", {}).json
    assert (waiting["state"], waiting["approval"]["state"], waiting["approval"]["people"]) == (
        "waiting_approval",
        "waiting",
        4,
    )
    refused = api.post(f"/campaigns/{campaign}/approve", {})
    assert (refused.status_code, refused.json["code"]) == (403, "own_campaign")
    with database.transaction() as session:
        lifecycle.approve(session, lifecycle.get_public(session, campaign), by="staff:thu", now=NOON)
    work(database, settings, FakeChannel(), clock)
    [run] = told(api, campaign)["runs"]
    stated = api.get(f"/campaigns/{campaign}/runs/{run['id']}/certificate").json
    assert (stated["frozen"], stated["sent"], stated["skipped"], stated["waiting"]) == (4, 3, 1, 0)
    assert api.get(f"/campaigns/{campaign}/runs/{campaign}/certificate").status_code == 404
