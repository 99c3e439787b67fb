"""`loyalty campaign`: from a look to the end, for people and for programs."""

from datetime import UTC, datetime, timedelta
from typing import cast

from bots.channel import Channel
from jobs.campaigns import advance_campaigns
from jobs.outbox import send_outbox
from jobs.registry import Context
from loyalty.campaigns import lifecycle
from loyalty.choices import chosen
from loyalty.db import Database
from loyalty.settings import Settings
from tests.builders_campaigns import FakeChannel, make_campaign, make_chat, make_person
from tests.loyalty.cli.conftest import Run, document


def test_a_campaign_is_looked_at_let_go_held_and_ended(database: Database, settings: Settings, run: Run) -> None:
    now = datetime.now(UTC)
    with database.transaction() as session:
        chosen.save(session, {"quiet_hours": ""}, by="cli", now=now)
        for name in ("Lan", "Minh"):
            make_chat(session, make_person(session, name), last=now - timedelta(hours=1))
        make_chat(session, make_person(session, "Hoa"), promotion=False)
        public_id = make_campaign(session).public_id
        other = make_campaign(session).public_id
    seen = document(run("campaign", "preview", public_id, "--json"))
    assert (seen["would_receive"], seen["reasons"], seen["cost"]) == (2, {"consent": 1}, 0)
    assert [each["name"] for each in seen["people"]["consent"]] == ["Hoa"]
    told = run("campaign", "preview", public_id, LOYALTY_LOCALE="en").stdout
    assert "2 people would get it, of 3 in the segment" in told and "did not agree to offers" in told

    start = ("campaign", "start", public_id)
    gone = ("--at", "2020-01-01T09:00+07:00")
    wrong = [run(*start, *given) for given in (gone, ("--cron", "soon"), (*gone, "--cron", "0 9 * * mon"))]
    assert [each.exit_code for each in wrong] == [1, 1, 2]
    assert all("Ví dụ: --cron '0 9 * * mon'" in each.stderr for each in wrong[:2])

    assert document(run("campaign", "start", public_id, "--json"))["state"] == "scheduled"
    assert document(run("campaign", "pause", public_id, "--json"))["state"] == "paused"
    refused = run("campaign", "start", public_id)
    assert refused.exit_code == 1 and "Tạm dừng" in refused.stderr
    assert document(run("campaign", "resume", public_id, "--json"))["state"] == "scheduled"
    channel = FakeChannel()
    context = Context(database, settings, {"zalo": cast(Channel, channel)})
    while advance_campaigns(context) + send_outbox(context):
        pass
    over = document(run("campaign", "watch", public_id, "--json"))
    assert (over["state"], over["frozen"], over["sent"], over["skipped"]) == ("finished", 3, 2, 1)
    assert "3/3 · sent 2, skipped 1" in run("campaign", "watch", public_id, LOYALTY_LOCALE="en").stdout

    assert document(run("campaign", "cancel", other, "--json"))["state"] == "cancelled"
    assert [each["id"] for each in document(run("campaign", "list", "--json"))] == [other, public_id]
    assert "loyalty campaign list" in run("campaign", "watch", "nowhere").stderr


def test_above_the_limit_the_command_line_asks_like_everybody(database: Database, run: Run) -> None:
    with database.transaction() as session:
        make_chat(session, make_person(session, "Lan"))
        chosen.save(session, {"approval_people": 0}, by="cli", now=datetime.now(UTC))
        public_id = make_campaign(session).public_id
    assert "somebody else has to approve it" in run("campaign", "start", public_id, LOYALTY_LOCALE="en").stdout
    with database.read_only() as session:
        assert lifecycle.get_public(session, public_id).state == "waiting_approval"
