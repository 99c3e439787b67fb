"""A campaign from its start to its report: frozen once, written to once, never lost, on both engines."""

import threading
from datetime import timedelta
from typing import Any, cast

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bots.channel import Channel
from jobs.campaigns import advance_campaigns
from jobs.outbox import send_outbox
from jobs.registry import Context
from loyalty import shop
from loyalty.campaigns import audience, delivery, lifecycle, preview, queue, report, steps, verify
from loyalty.campaigns.models import Campaign, CampaignRecipient, CampaignRun
from loyalty.campaigns.steps import Step
from loyalty.customers import profiles
from loyalty.customers.models import ChannelIdentity
from loyalty.db import Database
from loyalty.messaging import eligibility, outbox
from loyalty.messaging.models import OutboundMessage, PromotionSlot
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_campaigns import (
    FakeChannel,
    make_account,
    make_campaign,
    make_chat,
    make_person,
    make_segment,
    run_until_idle,
    stats_of,
)

HOUR = timedelta(hours=1)


def start(database: Database, campaign: Campaign) -> list[Step]:
    with database.transaction() as session:
        lifecycle.schedule(session, session.get_one(Campaign, campaign.id), now=NOON)
    return run_until_idle(database, campaign.id)


def counted(database: Database, campaign: Campaign) -> dict[str, int]:
    """The report, checked against the rows themselves."""
    with database.read_only() as session:
        whole, runs = report.of_campaign(session, session.get_one(Campaign, campaign.id))
        frozen = session.scalar(sa.select(sa.func.count()).select_from(CampaignRecipient))
        assert whole.frozen == frozen == sum(run.frozen for run in runs)
        assert list(verify.problems(session)) == []
        return {name: number for name, number in whole.outcomes.items() if number}


def context_of(database: Database, settings: Settings, channel: FakeChannel, now: Any = NOON) -> Context:
    return Context(database, settings, {channel.kind: cast(Channel, channel)}, clock=lambda: now)


def work(context: Context) -> None:
    """Everything there is to do now."""
    while advance_campaigns(context) + send_outbox(context):
        pass


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few people are many chunks."""
    monkeypatch.setattr(audience, "CHUNK", 5)
    monkeypatch.setattr(queue, "BATCH", 4)
    monkeypatch.setattr(queue, "DROPPED", 5)
    monkeypatch.setattr(queue, "AHEAD", 8)


def test_a_campaign_reaches_everybody_it_may_and_says_why_not_the_others(
    database: Database, settings: Settings
) -> None:
    channel = FakeChannel()
    with database.transaction() as session:
        for number in range(12):
            make_chat(session, make_person(session, f"Lan {number}"))
        make_chat(session, make_person(session, "Minh"), promotion=False)
        make_chat(session, make_person(session, "Hoa"), last=NOON - timedelta(hours=49))
        make_chat(session, make_person(session, "An"), unreachable=True)
        make_chat(session, make_person(session))  # without a name
        make_person(session, "Không chat")
        campaign = make_campaign(session, "Chào {{ name }}, giảm 20%.")
        lifecycle.schedule(session, campaign, now=NOON)
    work(context_of(database, settings, channel))
    assert counted(database, campaign) == {"sent": 12, "skipped": 4}
    assert {message.text.splitlines()[0] for message in channel.sent} == {f"Chào Lan {n}, giảm 20%." for n in range(12)}
    assert all(message.text.endswith("Cà phê Mây · Nhắn DỪNG nếu không muốn nhận") for message in channel.sent)
    with database.read_only() as session:
        found = session.get_one(Campaign, campaign.id)
        whole, _ = report.of_campaign(session, found)
        assert whole.state == "finished"
        assert whole.reasons == {"skipped": {"consent": 1, "missing:name": 1, "person": 1, "window": 1}, "failed": {}}
        outcomes = [row.outcome for row in report.list_recipients(session, found, limit=3)]
        assert len(outcomes) == 3
        kept = session.scalars(sa.select(CampaignRecipient.outcome)).all()
        assert None not in kept  # old messages may go now


def test_the_preview_foretells_what_sending_does(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        for name in ("Lan", "Nguyễn Thị Bích Phượng", "Vy", None):
            make_chat(session, make_person(session, name))
        make_chat(session, make_person(session, "A"), promotion=False, last=None)
        make_chat(session, make_person(session, "B"), last=None)
        make_chat(session, make_person(session, "C"), "messenger", last=NOON - 25 * HOUR)
        make_chat(session, make_person(session, "D"), unreachable=True)
        served = make_chat(session, make_person(session, "E"))
        _take_slots(session, served, [0])
        often = make_chat(session, make_person(session, "F"))
        _take_slots(session, often, [3, 9, 20, 29])
        seldom = make_chat(session, make_person(session, "G"))
        _take_slots(session, seldom, [1, 2, 30, 60])
        make_person(session, "Không chat")
        campaign = make_campaign(session, "Chào {{ name }}, giảm 20%.")
    with database.read_only() as session:
        seen = preview.of_campaign(session, campaign, now=NOON)
        asked: dict[str, int] = {}
        for chat in session.scalars(sa.select(ChannelIdentity)):
            named = profiles.get(session, chat.customer_id).name is not None
            why = eligibility.why_not(session, chat, now=NOON) if named else "missing:name"
            asked[why or "none"] = asked.get(why or "none", 0) + 1
    assert asked.pop("none") == seen.would_receive == 4
    assert seen.reasons == asked == {"consent": 1, "frequency": 2, "missing:name": 1, "person": 1, "window": 2}
    assert (seen.count, seen.no_chat) == (11, 1)
    assert {sample.case: sample.text.splitlines()[0] for sample in seen.samples} == {
        "first": "Chào G, giảm 20%.",
        "longest": "Chào Nguyễn Thị Bích Phượng, giảm 20%.",
    }  # the shortest is the first as well, and shown once
    channel = FakeChannel()
    start(database, campaign)
    work(context_of(database, settings, channel))
    with database.read_only() as session:
        whole, _ = report.of_campaign(session, session.get_one(Campaign, campaign.id))
    assert whole.outcomes["sent"] == seen.would_receive


def _take_slots(session: Session, chat: ChannelIdentity, days_ago: list[int]) -> None:
    """Promotions this person got on those days."""
    today = shop.of(session).day(NOON)
    for ago in days_ago:
        message_id = outbox.enqueue(
            session,
            dedupe_key=f"earlier:{chat.id}:{ago}",
            lane=outbox.Lane.PROMOTION,
            channel_account_id=chat.channel_account_id,
            user_id=chat.user_id,
            customer_id=chat.customer_id,
            text="Cũ",
            now=NOON - timedelta(days=ago),
        )
        message = session.get_one(OutboundMessage, message_id)
        outbox.close(message, "sent", now=NOON - timedelta(days=ago))
        session.add(
            PromotionSlot(
                customer_id=chat.customer_id, shop_day=today - timedelta(days=ago), n=1, message_id=message.id
            )
        )
    session.flush()


def test_each_customer_is_frozen_once_by_the_best_of_their_chats(database: Database) -> None:
    with database.transaction() as session:
        lan = make_person(session, "Lan")
        make_chat(session, lan, "zalo", last=NOON - 40 * HOUR)  # open for 8 hours more
        longest = make_chat(session, lan, "messenger", last=NOON - 2 * HOUR)  # for 22
        agreed = make_person(session, "Agreed")
        make_chat(session, agreed, "messenger", promotion=False, last=NOON - HOUR)
        consenting = make_chat(session, agreed, "zalo", last=NOON - 40 * HOUR)
        closed = make_person(session, "Closed")
        make_chat(session, closed, "zalo", last=NOON - timedelta(days=9))
        newest = make_chat(session, closed, "messenger", last=NOON - timedelta(days=3))
        silent = make_person(session, "Silent")
        only = make_chat(session, silent, "zalo", last=None)
        gone = make_person(session, "Gone")
        make_chat(session, gone)
        profiles.forget(session, gone, stats_of(session, gone), now=NOON)
        campaign = make_campaign(session)
    start(database, campaign)
    with database.read_only() as session:
        chosen = session.scalars(sa.select(CampaignRecipient.identity_id)).all()
    assert set(chosen) == {chat.id for chat in (longest, consenting, newest, only)}
    assert len(chosen) == 4


def test_freezing_goes_on_from_its_cursor_and_takes_nobody_twice(database: Database) -> None:
    with database.transaction() as session:
        for _ in range(23):
            make_chat(session, make_person(session))
        campaign = make_campaign(session)
        lifecycle.schedule(session, campaign, now=NOON)
    for _ in range(3):  # killed inside a step: it is undone, and the next worker does it again
        with database.transaction() as session:
            steps.advance(session, campaign.id, now=NOON)
        with pytest.raises(KeyboardInterrupt), database.transaction() as session:
            steps.advance(session, campaign.id, now=NOON)
            raise KeyboardInterrupt
    with database.transaction() as session:
        make_chat(session, make_person(session))  # came after the freeze began
    run_until_idle(database, campaign.id)
    assert counted(database, campaign) == {"waiting": 23}


def test_messages_are_made_only_so_far_ahead(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        for number in range(30):
            make_chat(session, make_person(session, f"Lan {number}"))
        campaign = make_campaign(session)
    start(database, campaign)
    with database.read_only() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(OutboundMessage)) == queue.AHEAD
    channel = FakeChannel()
    work(context_of(database, settings, channel))
    assert len({message.user for message in channel.sent}) == len(channel.sent) == 30
    assert counted(database, campaign) == {"sent": 30}


def test_a_pause_is_instant_and_a_resume_loses_and_repeats_nobody(database: Database, settings: Settings) -> None:
    channel = FakeChannel()
    context = context_of(database, settings, channel)
    with database.transaction() as session:
        for _ in range(20):
            make_chat(session, make_person(session))
        campaign = make_campaign(session)
    start(database, campaign)
    with database.transaction() as session:
        claimed = outbox.claim(session, limit=2, now=NOON)
    with database.transaction() as session:
        lifecycle.pause(session, session.get_one(Campaign, campaign.id))
    with database.transaction() as session:  # claimed before the pause, begun after it
        message = outbox.begin(session, claimed[0], now=NOON)
        assert message is not None
        held = delivery.prepare(session, message, now=NOON)
        assert held == eligibility.Hold(queue.NEVER)
        outbox.hold(message, queue.NEVER)
    work(context)
    assert channel.sent == []
    assert counted(database, campaign) == {"waiting": 20}
    with database.transaction() as session:
        lifecycle.resume(session, session.get_one(Campaign, campaign.id), now=NOON)
    work(context)
    assert len(channel.sent) == 20
    assert counted(database, campaign) == {"sent": 20}


def test_cancelling_skips_whoever_was_not_written_to(database: Database, settings: Settings) -> None:
    channel = FakeChannel()
    context = context_of(database, settings, channel)
    with database.transaction() as session:
        for _ in range(20):
            make_chat(session, make_person(session))
        campaign = make_campaign(session)
    start(database, campaign)
    send_outbox(context)
    sent = len(channel.sent)
    assert 0 < sent < 20
    with database.transaction() as session:
        lifecycle.cancel(session, session.get_one(Campaign, campaign.id), now=NOON)
    assert counted(database, campaign) == {"sent": sent, "skipped": 20 - sent}
    work(context)
    assert len(channel.sent) == sent
    assert counted(database, campaign) == {"sent": sent, "skipped": 20 - sent}
    with database.read_only() as session:
        whole, _ = report.of_campaign(session, session.get_one(Campaign, campaign.id))
        assert (whole.state, whole.reasons["skipped"]) == ("cancelled", {"cancelled": 20 - sent})
        assert lifecycle.list_active(session, now=NOON) == []
        assert None not in session.scalars(sa.select(CampaignRecipient.outcome)).all()


def test_a_campaign_cancelled_while_freezing_freezes_no_more(database: Database) -> None:
    with database.transaction() as session:
        for _ in range(12):
            make_chat(session, make_person(session))
        campaign = make_campaign(session)
        lifecycle.schedule(session, campaign, now=NOON)
    for _ in range(2):
        with database.transaction() as session:
            steps.advance(session, campaign.id, now=NOON)
    with database.transaction() as session:
        lifecycle.cancel(session, session.get_one(Campaign, campaign.id), now=NOON)
    assert set(run_until_idle(database, campaign.id)) == {Step.DROP, Step.FINISH}
    assert counted(database, campaign) == {"skipped": 5}


def test_a_message_of_unknown_fate_is_shown_and_does_not_keep_the_run_open(
    database: Database, settings: Settings
) -> None:
    channel = FakeChannel()
    with database.transaction() as session:
        make_chat(session, make_person(session))
        make_chat(session, make_person(session))
        campaign = make_campaign(session)
    start(database, campaign)
    with database.transaction() as session:  # a worker died after its intent was committed
        claimed = outbox.claim(session, limit=1, now=NOON)[0]
        message = outbox.begin(session, claimed, now=NOON)
        assert message is not None
        outbox.commit_to(message, now=NOON)
    later = context_of(database, settings, channel, NOON + HOUR / 2)
    work(later)
    assert counted(database, campaign) == {"sent": 1, "unknown": 1}
    with database.transaction() as session:
        assert session.get_one(Campaign, campaign.id).state == "finished"
        outbox.settle_by_hand(session, message.public_id, "resend", now=NOON)
    assert counted(database, campaign) == {"sent": 1, "waiting": 1}
    work(later)
    assert counted(database, campaign) == {"sent": 2}
    assert len(channel.sent) == 2


def test_a_refusal_committed_before_sending_begins_is_respected(database: Database, settings: Settings) -> None:
    channel = FakeChannel()
    with database.transaction() as session:
        chat = make_chat(session, make_person(session))
        campaign = make_campaign(session)
    start(database, campaign)
    with database.transaction() as session:
        session.get_one(ChannelIdentity, chat.id).promotion = False
    work(context_of(database, settings, channel))
    assert channel.sent == []
    assert counted(database, campaign) == {"skipped": 1}


def test_quiet_hours_hold_and_then_let_go(database: Database, settings: Settings) -> None:
    channel = FakeChannel()
    night, morning = NOON + 10 * HOUR, NOON + 20 * HOUR  # 22:00 and 08:00 at the shop
    with database.transaction() as session:
        make_chat(session, make_person(session))
        campaign = make_campaign(session)
    start(database, campaign)
    work(context_of(database, settings, channel, night))
    assert counted(database, campaign) == {"waiting": 1}
    work(context_of(database, settings, channel, morning))
    assert counted(database, campaign) == {"sent": 1}


def test_a_recurring_campaign_sums_its_runs(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        chat = make_chat(session, make_person(session))
        campaign = make_campaign(session)
        lifecycle.schedule(session, campaign, cron_rule="0 14 * * *", now=NOON)
    for day in range(2):
        now = NOON + timedelta(days=day, hours=3)
        with database.transaction() as session:
            session.get_one(ChannelIdentity, chat.id).last_interaction_at = now - HOUR
        work(context_of(database, settings, FakeChannel(), now))
    assert counted(database, campaign) == {"sent": 2}
    with database.read_only() as session:
        whole, runs = report.of_campaign(session, session.get_one(Campaign, campaign.id))
        assert whole.state == "scheduled"
        assert [run.outcomes["sent"] for run in runs] == [1, 1]


def test_the_erased_get_nothing(database: Database, settings: Settings) -> None:
    channel = FakeChannel()
    with database.transaction() as session:
        lan = make_person(session, "Lan")
        make_chat(session, lan)
        campaign = make_campaign(session)
    start(database, campaign)
    with database.transaction() as session:
        profiles.forget(session, profiles.get(session, lan.id), stats_of(session, lan), now=NOON)
    work(context_of(database, settings, channel))
    assert channel.sent == []
    with database.read_only() as session:
        whole, _ = report.of_campaign(session, session.get_one(Campaign, campaign.id))
        assert whole.reasons["skipped"] == {"erased": 1}


def test_english_speakers_read_english_stop_lines(database: Database, settings: Settings) -> None:
    channel = FakeChannel()
    with database.transaction() as session:
        ann = make_person(session, "Ann")
        profiles.set_locale(session, ann, "en")
        make_chat(session, ann)
        campaign = make_campaign(session, "Hi {{ name }}, 20% off.")
    start(database, campaign)
    work(context_of(database, settings, channel))
    assert channel.sent[0].text == "Hi Ann, 20% off.\n\nCà phê Mây · Reply STOP if you would rather not get these"


def test_many_workers_write_to_everybody_once(database: Database, settings: Settings) -> None:
    channel = FakeChannel()
    with database.transaction() as session:
        for _ in range(40):
            make_chat(session, make_person(session))
        campaign = make_campaign(session, segment=make_segment(session))
        lifecycle.schedule(session, campaign, now=NOON)
    failures: list[BaseException] = []

    def toil() -> None:
        context = context_of(database, settings, channel)
        idle = 0
        try:
            while idle < 5:
                idle = 0 if advance_campaigns(context) + send_outbox(context) else idle + 1
        except BaseException as error:
            failures.append(error)

    workers = [threading.Thread(target=toil) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    work(context_of(database, settings, channel))
    assert failures == []
    assert len({message.user for message in channel.sent}) == len(channel.sent) == 40
    assert counted(database, campaign) == {"sent": 40}


def test_looking_after_a_run_reads_only_its_open_recipients(database: Database) -> None:
    """Cost must not grow with those already done: both engines find them by the partial indexes."""
    with database.transaction() as session:
        make_chat(session, make_person(session))
        campaign = make_campaign(session)
    start(database, campaign)
    asked: list[tuple[str, Any]] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
    with database.transaction() as session:
        run = session.scalars(sa.select(CampaignRun)).one()
        if not database.is_sqlite:
            session.execute(sa.text("SET LOCAL enable_seqscan = off"))  # a table this small is read whole otherwise
        for index, look in (("queued", queue.counts), ("waiting", queue.has_more), ("queued", queue.settle)):
            asked.clear()
            look(session, run)
            explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
            plan = session.connection().exec_driver_sql(explain + asked[0][0], asked[0][1]).all()
            assert f"ix_campaign_recipient_{index}" in str(plan)


def test_verify_names_what_must_not_be(database: Database) -> None:
    with database.transaction() as session:
        make_account(session)
        make_chat(session, make_person(session))
        campaign = make_campaign(session)
    start(database, campaign)
    with database.transaction() as session:
        first = session.scalars(sa.select(OutboundMessage)).one()
        session.execute(sa.update(OutboundMessage).values(recipient_id=None))
        run = session.scalars(sa.select(CampaignRun)).one()
        assert [line.split(":")[0] for line in verify.problems(session)] == [f"campaign run {run.id}"]
        recipient = session.scalars(sa.select(CampaignRecipient)).one()
        for copy in (first, _copy(session, first)):
            copy.recipient_id = recipient.id
        session.flush()
        assert list(verify.problems(session)) == [
            f"campaign run {run.id}: 2 messages to customer {recipient.customer_id}"
        ]
        recipient.queued, run.finished_at = False, NOON
        session.flush()
        assert any("no message" in line for line in verify.problems(session))


def _copy(session: Session, message: OutboundMessage) -> OutboundMessage:
    copied = OutboundMessage(
        public_id="copied",
        dedupe_key="copied",
        lane=message.lane,
        channel_account_id=message.channel_account_id,
        user_id=message.user_id,
        thread=message.thread,
        customer_id=message.customer_id,
        state="waiting",
        due_at=NOON,
        attempts=0,
        created_at=NOON,
    )
    session.add(copied)
    return copied
