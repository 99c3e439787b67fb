"""People inside a journey: moved on when they are due, written to once and lawfully, let go when they have a reason."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from jobs.campaigns import advance_campaigns
from jobs.journeys import advance_journeys, leave_journeys
from loyalty.alerts.models import Alert
from loyalty.campaigns import lifecycle as campaigns
from loyalty.campaigns import report as campaign_report
from loyalty.campaigns import verify as campaign_verify
from loyalty.campaigns.models import Campaign, CampaignRecipient, CampaignRun
from loyalty.campaigns.split import BUCKETS, Split
from loyalty.choices import chosen
from loyalty.customers import consents
from loyalty.customers.models import Customer, CustomerStats
from loyalty.db import Database
from loyalty.installation.backups import aftermath
from loyalty.installation.backups.survivors import Survivors
from loyalty.journeys import advancing, lifecycle, verify
from loyalty.journeys.lifecycle import Written
from loyalty.journeys.models import Journey, JourneyEntry, JourneyPass
from loyalty.segments import saved
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_campaigns import FakeChannel
from tests.builders_journeys import BIRTHDAY, SEND, context_of, make_fan, make_journey, plan, work, write_again

HOUR = timedelta(hours=1)
DAY = 24 * HOUR
WAIT = {"do": "wait", "days": 2, "at": "10:00"}
SECOND = {"do": "send", "text": "Quà sinh nhật vẫn chờ {{ name }}."}
TUESDAY = datetime(2026, 11, 24, 3, tzinfo=UTC)  # ten in the morning, two days later


@pytest.fixture
def channel() -> FakeChannel:
    return FakeChannel()


def entries(database: Database) -> list[tuple[str, str | None, int]]:
    """(state, reason, step to come) of everybody, in the order of entering."""
    with database.read_only() as session:
        rows = session.scalars(sa.select(JourneyEntry).order_by(JourneyEntry.id)).all()
        return [(row.state, row.reason, row.position) for row in rows]


def passes(database: Database) -> list[tuple[int, str]]:
    with database.read_only() as session:
        query = sa.select(JourneyPass.position, JourneyPass.outcome)
        rows = session.execute(query.order_by(JourneyPass.entry_id, JourneyPass.position))
        return [(row[0], row[1]) for row in rows]


def sound(database: Database) -> None:
    with database.read_only() as session:
        assert [*verify.problems(session), *campaign_verify.problems(session)] == []


def begin(database: Database, *steps: Any, people: int = 1, **more: Any) -> tuple[Journey, list[Customer]]:
    with database.transaction() as session:
        fans = [make_fan(session, f"Lan {number}", birthday=1122) for number in range(people)]
        return make_journey(session, plan(BIRTHDAY, *steps, **more)), fans


def change(database: Database, customer: Customer, **totals: Any) -> None:
    with database.transaction() as session:
        session.execute(sa.update(CustomerStats).filter_by(customer_id=customer.id).values(**totals))


def test_a_series_is_sent_step_by_step_and_reported_like_any_campaign(
    database: Database, settings: Settings, channel: FakeChannel
) -> None:
    journey, (lan,) = begin(database, SEND, WAIT, SECOND)
    work(context_of(database, settings, channel))
    assert [message.text.splitlines()[0] for message in channel.sent] == ["Chào Lan 0, mời bạn ghé quán."]
    assert all("Nhắn DỪNG" in message.text for message in channel.sent)
    assert entries(database) == [("waiting", None, 2)]
    work(context_of(database, settings, channel, TUESDAY - timedelta(minutes=1)))
    assert len(channel.sent) == 1
    with database.transaction() as session:
        write_again(session, lan, TUESDAY - HOUR)
    work(context_of(database, settings, channel, TUESDAY))
    assert channel.sent[1].text.startswith("Quà sinh nhật vẫn chờ Lan 0.")
    assert entries(database) == [("done", "finished", 3)]
    assert passes(database) == [(0, "queued"), (1, "waited"), (2, "queued")]
    with database.read_only() as session:
        hidden = session.scalars(sa.select(Campaign).order_by(Campaign.id)).all()
        assert [campaign_report.of_campaign(session, each)[0].outcomes["sent"] for each in hidden] == [1, 1]
        assert campaigns.list_newest(session) == []  # in no list
        runs = session.scalars(sa.select(CampaignRun).order_by(CampaignRun.id)).all()
        assert [run.state for run in runs] == ["finished", "sending"]  # Sunday's is over, Tuesday's takes in more
        assert journey.number == 1
    sound(database)


def test_a_days_run_takes_in_whoever_comes_and_is_over_with_the_day(
    database: Database, settings: Settings, channel: FakeChannel
) -> None:
    begin(database)
    work(context_of(database, settings, channel))
    with database.transaction() as session:
        late = make_fan(session, "Muộn", birthday=1122)
        session.execute(sa.update(Journey).values(looked_on=NOON.date() - DAY))
        assert late.id
    work(context_of(database, settings, channel, NOON + HOUR))
    with database.read_only() as session:
        run = session.scalars(sa.select(CampaignRun)).one()
        assert (run.state, run.due_at, len(channel.sent)) == ("sending", datetime(2026, 11, 21, 17, tzinfo=UTC), 2)
        assert run.open_until == run.due_at + DAY
    work(context_of(database, settings, channel, NOON + DAY))
    with database.read_only() as session:
        assert session.scalars(sa.select(CampaignRun.state)).one() == "finished"
    sound(database)


@pytest.mark.parametrize(
    ("test", "totals", "outcome"),
    [
        ("bought", {"last_purchase_at": NOON + HOUR}, "yes"),
        ("bought", {"last_purchase_at": NOON - HOUR}, "no"),
        ("answered", {"last_interaction_at": NOON + HOUR}, "yes"),
        ("answered", {"last_interaction_at": NOON - HOUR}, "no"),
        ("segment", {"points": 200}, "yes"),
        ("segment", {"points": 10}, "no"),
    ],
)
def test_a_branch_leads_on_to_a_later_step_or_out(
    test: str, totals: dict[str, Any], outcome: str, database: Database, settings: Settings, channel: FakeChannel
) -> None:
    with database.transaction() as session:
        rules = {"all": [{"field": "points", "op": ">=", "value": 100}]}
        segment = saved.create(session, "Nhiều điểm", rules, now=NOON).public_id
    named = {"segment": segment} if test == "segment" else {}
    branch = {"do": "branch", "if": test, "then": "stop", "else": 4, **named}
    _, (lan,) = begin(database, {"do": "wait", "hours": 2}, branch, SECOND, SEND)
    work(context_of(database, settings, channel))
    change(database, lan, **totals)
    work(context_of(database, settings, channel, NOON + 2 * HOUR))
    if outcome == "yes":
        assert (entries(database), passes(database)[1:]) == ([("done", "stopped", 1)], [(1, "yes")])
    else:
        assert passes(database)[1:] == [(1, "no"), (3, "queued")]  # the third step is passed over
    assert len(channel.sent) == (0 if outcome == "yes" else 1)


def test_who_stops_offers_buys_or_is_erased_leaves(
    database: Database, settings: Settings, channel: FakeChannel
) -> None:
    _, fans = begin(database, WAIT, SEND, people=4, leave_when_bought=True)
    work(context_of(database, settings, channel))
    with database.transaction() as session:
        told: Any = {"text_version": "v1", "locale": "vi", "event_key": "stop", "words": "dừng", "now": NOON + HOUR}
        consents.withdraw_promotion(session, fans[0].id, **told)
    change(database, fans[1], last_purchase_at=NOON + HOUR)
    change(database, fans[2], erased_at=NOON + HOUR)
    leave_journeys(context_of(database, settings, channel, NOON + 2 * HOUR), NOON)
    gone = [("left", "consent", 1), ("left", "bought", 1), ("left", "erased", 1)]
    assert entries(database) == [*gone, ("waiting", None, 1)]
    with database.transaction() as session:
        write_again(session, fans[3], TUESDAY - HOUR)
    change(database, fans[3], last_purchase_at=TUESDAY - HOUR)  # noticed at the step itself
    work(context_of(database, settings, channel, TUESDAY))
    assert entries(database) == [*gone, ("left", "bought", 1)]
    assert channel.sent == []


def test_a_pause_stops_at_once_and_an_end_leaves_people_where_they_are(
    database: Database, settings: Settings, channel: FakeChannel
) -> None:
    journey, _ = begin(database, SEND, WAIT, SECOND, people=3)
    context = context_of(database, settings, channel)
    while advance_journeys(context):
        pass
    advance_campaigns(context)  # the messages are made, none is sent
    with database.transaction() as session:
        lifecycle.pause(session, session.get_one(Journey, journey.id))
    work(context)
    assert (channel.sent, entries(database)) == ([], [("waiting", None, 2)] * 3)
    work(context_of(database, settings, channel, TUESDAY))
    assert channel.sent == []
    with database.transaction() as session:
        lifecycle.resume(session, session.get_one(Journey, journey.id), now=NOON + HOUR)
    work(context_of(database, settings, channel, NOON + HOUR))
    assert len(channel.sent) == 3
    with database.transaction() as session:
        lifecycle.end(session, session.get_one(Journey, journey.id), now=NOON + 2 * HOUR)
    work(context_of(database, settings, channel, TUESDAY))
    assert (len(channel.sent), entries(database)) == (3, [("waiting", None, 2)] * 3)
    sound(database)


def test_an_end_drops_what_was_not_sent_yet(database: Database, settings: Settings, channel: FakeChannel) -> None:
    journey, _ = begin(database, people=2)
    while advance_journeys(context_of(database, settings, channel)):
        pass
    with database.transaction() as session:
        lifecycle.end(session, session.get_one(Journey, journey.id), now=NOON)
    work(context_of(database, settings, channel))
    assert channel.sent == []
    with database.read_only() as session:
        outcomes = session.execute(sa.select(CampaignRecipient.outcome, CampaignRecipient.reason)).all()
        assert [tuple(row) for row in outcomes] == [("skipped", "cancelled")] * 2
        assert session.scalars(sa.select(CampaignRun.state)).one() == "cancelled"


def test_quiet_hours_hold_what_a_step_sends(database: Database, settings: Settings, channel: FakeChannel) -> None:
    night = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)  # 23:30 at the shop
    _, (lan,) = begin(database, {"do": "wait", "days": 0, "at": "23:30"}, SEND)
    work(context_of(database, settings, channel))
    with database.transaction() as session:
        write_again(session, lan, night - HOUR)
    work(context_of(database, settings, channel, night))
    assert (channel.sent, entries(database)) == ([], [("done", "finished", 2)])
    morning = datetime(2026, 11, 23, 3, tzinfo=UTC)
    work(context_of(database, settings, channel, morning))
    assert len(channel.sent) == 1  # the run of the day before stayed open for it
    with database.read_only() as session:
        assert session.scalars(sa.select(CampaignRun.state)).one() == "finished"


def test_those_inside_go_on_by_the_edition_they_entered_with(
    database: Database, settings: Settings, channel: FakeChannel
) -> None:
    journey, (lan,) = begin(database, WAIT, SEND)
    work(context_of(database, settings, channel))
    with database.transaction() as session:
        found = session.get_one(Journey, journey.id)
        other = plan(BIRTHDAY, SECOND)
        assert lifecycle.edit(session, found, Written("Hành trình", other), now=NOON)
        assert not lifecycle.edit(session, found, Written("Hành trình", other), now=NOON)  # nothing is different
        new = make_fan(session, "Mới", birthday=1123)
        write_again(session, new, TUESDAY - 2 * HOUR)
        write_again(session, lan, TUESDAY - 2 * HOUR)
    work(context_of(database, settings, channel, TUESDAY))
    assert sorted(message.text.split()[0] for message in channel.sent) == ["Chào", "Quà"]
    assert entries(database) == [("done", "finished", 2), ("done", "finished", 1)]


def test_killed_and_raced_each_step_is_gone_through_once(
    database: Database, settings: Settings, channel: FakeChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advancing, "BATCH", 3)
    journey, fans = begin(database, SEND, WAIT, SECOND, people=10)
    context = context_of(database, settings, channel)
    advance_journeys(context)
    with pytest.raises(KeyboardInterrupt), database.transaction() as session:
        advancing.advance(session, journey.id, now=NOON)
        raise KeyboardInterrupt  # before it is committed
    faults: list[BaseException] = []

    def turn() -> None:
        try:
            while advance_journeys(context):
                pass
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=turn) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    work(context)
    assert len(channel.sent) == len(fans) == len({message.text for message in channel.sent})
    assert passes(database) == [(0, "queued"), (1, "waited")] * 10
    sound(database)


def test_without_a_chat_one_walks_on_unwritten(database: Database, settings: Settings, channel: FakeChannel) -> None:
    _, (lan,) = begin(database)
    with database.transaction() as session:
        _take_chat(session, lan)
    work(context_of(database, settings, channel))
    assert (passes(database), entries(database)) == ([(0, "no_chat")], [("done", "finished", 1)])


def _take_chat(session: Session, customer: Customer) -> None:
    """Their chat turned out to be somebody else's; the yes stands."""
    other = make_fan(session, "Khác")
    session.execute(
        sa.text("UPDATE channel_identity SET customer_id = :other WHERE customer_id = :this"),
        {"other": other.id, "this": customer.id},
    )


def test_a_restored_database_pauses_its_journeys(database: Database, settings: Settings, channel: FakeChannel) -> None:
    begin(database, SEND, WAIT, SECOND)
    work(context_of(database, settings, channel))
    with database.transaction() as session:
        settled = aftermath.settle(session, Survivors((), (), ()), now=NOON + HOUR)
        assert settled.paused == ["Hành trình"]
        assert session.scalars(sa.select(Journey.state)).one() == "paused"


def test_a_journey_whose_segment_holds_no_more_pauses_and_holds_up_no_other(
    database: Database, settings: Settings, channel: FakeChannel
) -> None:
    with database.transaction() as session:
        segment = saved.create(session, "Hạng cũ", {"all": []}, now=NOON)
        broken = make_journey(session, plan(), segment=segment.public_id)
        segment.rules = {"all": [{"field": "tier", "op": "=", "value": "diamond"}]}
    sound_one, _ = begin(database)
    work(context_of(database, settings, channel))
    with database.read_only() as session:
        assert session.get_one(Journey, broken.id).state == "paused"
        assert session.get_one(Journey, sound_one.id).state == "active"
        alert = session.scalars(sa.select(Alert)).one()
        assert (alert.kind, alert.subject) == ("journey_stopped", f"journey:{broken.public_id}")
    assert len(channel.sent) == 1


def test_the_shops_holdout_holds_for_what_steps_send(
    database: Database, settings: Settings, channel: FakeChannel
) -> None:
    with database.transaction() as session:
        chosen.save(session, {"shop_holdout": 50}, by="cli", now=NOON)
        held = make_fan(session, "Giữ lại", birthday=1122)
        written = make_fan(session, "Được nhắn", birthday=1122)
        held.bucket, written.bucket = (
            next(bucket for bucket in range(BUCKETS) if bool(Split(shop_holdout=50).held(bucket)) is wanted)
            for wanted in (True, False)
        )
        make_journey(session)
    work(context_of(database, settings, channel))
    assert [message.text.split(",")[0] for message in channel.sent] == ["Chào Được nhắn"]
    with database.read_only() as session:
        outcomes = session.execute(sa.select(CampaignRecipient.outcome, CampaignRecipient.reason)).all()
        assert sorted(tuple(row) for row in outcomes) == [("held_out", "global_holdout"), ("sent", None)]
    sound(database)
