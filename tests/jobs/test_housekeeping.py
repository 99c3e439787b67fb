"""What is old goes and what is needed stays; a night that ended early is gone on with."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from jobs import backups, housekeeping
from jobs.models import JobRun
from jobs.registry import JOBS, Context
from loyalty.alerts import raising
from loyalty.api.models import IdempotencyRecord
from loyalty.campaigns import lifecycle, queue, report
from loyalty.campaigns import verify as campaigns
from loyalty.campaigns.models import Campaign, CampaignRecipient, CampaignRun
from loyalty.customers.models import MemberCode
from loyalty.db import Base, Database, new_public_id
from loyalty.installation import opening
from loyalty.installation.backups import shelf
from loyalty.messaging.models import InboundEvent, OutboundMessage, PromotionSlot, SeenEvent
from loyalty.settings import Settings
from loyalty.staff import keys
from loyalty.staff.models import CodeMiss, HeldLine, StaffCode
from tests.builders import NOON
from tests.builders_campaigns import make_campaign, make_chat, make_person, run_until_idle
from tests.builders_points import award, stats_of
from tests.builders_staff import make_account, make_staff

DAY = timedelta(days=1)
Make = Callable[[Session, datetime], object]


@pytest.fixture
def context(database: Database, settings: Settings) -> Context:
    return Context(database, settings, {}, lambda: NOON)


def clean_up(context: Context) -> None:
    housekeeping.clean_up(context, NOON)


def count(database: Database, model: type[Base]) -> int:
    with database.read_only() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def make_seen(session: Session, at: datetime) -> object:
    return SeenEvent(channel="zalo", account="1", event_id=at.isoformat(), seen_on=at.date())


def make_member_code(session: Session, at: datetime) -> object:
    customer = make_person(session)
    return MemberCode(customer_id=customer.id, code_hash=at.isoformat().encode(), expires_at=at)


def make_staff_code(session: Session, at: datetime) -> object:
    return StaffCode(staff_id=make_staff(session).id, code_hash=at.isoformat().encode(), expires_at=at)


def make_held(session: Session, at: datetime) -> object:
    return HeldLine(staff_id=make_staff(session).id, line_hash=b"x", asked_at=at)


def make_miss(session: Session, at: datetime) -> object:
    return CodeMiss(channel_account_id=make_account(session).id, user_id="u", at=at)


def make_answer(session: Session, at: datetime) -> object:
    key, _plain = keys.create(session, at.isoformat(), ["customers:read"], now=NOON)
    return IdempotencyRecord(
        public_id="x",
        api_key_id=key.id,
        key="k",
        request_hash=b"",
        status=201,
        headers={},
        body=b"",
        expires_at=at + DAY,
    )


def make_run(session: Session, at: datetime) -> object:
    return JobRun(job="x", due_at=at, owner="o", attempts=1, started_at=at, heartbeat_at=at, finished_at=at)


def make_message(session: Session, at: datetime, **values: Any) -> OutboundMessage:
    customer = make_person(session)
    given = {"state": "sent", "lane": 1, "settled_at": at, **values}
    message = OutboundMessage(
        public_id=new_public_id(),
        dedupe_key=new_public_id(),
        channel_account_id=make_account(session).id,
        user_id="u",
        thread="t",
        customer_id=customer.id,
        due_at=at,
        attempts=1,
        created_at=at,
        **given,
    )
    session.add(message)
    session.flush()
    return message


def make_slot(session: Session, at: datetime) -> object:
    message = make_message(session, NOON)
    assert message.customer_id is not None
    return PromotionSlot(customer_id=message.customer_id, shop_day=at.date(), n=1, message_id=message.id)


@pytest.mark.parametrize(
    ("make", "model", "kept"),
    [
        (make_seen, SeenEvent, 200 * DAY),
        (make_member_code, MemberCode, DAY),
        (make_staff_code, StaffCode, DAY),
        (make_held, HeldLine, DAY),
        (make_miss, CodeMiss, DAY),
        (make_answer, IdempotencyRecord, DAY),
        (make_message, OutboundMessage, 60 * DAY),
        (make_run, JobRun, 60 * DAY),
    ],
)
def test_rows_stay_for_their_time_and_go_after_it(
    database: Database, context: Context, make: Make, model: type[Base], kept: timedelta
) -> None:
    edge = NOON - kept
    with database.transaction() as session:
        session.add(make(session, edge + timedelta(minutes=1)))
        session.flush()
        session.add(make(session, edge - timedelta(minutes=1) - (DAY if model is SeenEvent else timedelta())))

    clean_up(context)
    assert count(database, model) == 1
    clean_up(context)
    assert count(database, model) == 1


def test_a_message_waits_until_no_day_counts_it(database: Database, context: Context) -> None:
    with database.transaction() as session:
        message = make_message(session, NOON - 90 * DAY, lane=2)
        assert message.customer_id is not None
        day = (NOON - 39 * DAY).date()
        session.add(PromotionSlot(customer_id=message.customer_id, shop_day=day, n=1, message_id=message.id))
        session.add(make_slot(session, NOON - 41 * DAY))

    clean_up(context)

    assert (count(database, PromotionSlot), count(database, OutboundMessage)) == (1, 2)
    housekeeping.clean_up(Context(database, context.settings, {}, lambda: NOON + 2 * DAY), NOON)
    assert (count(database, PromotionSlot), count(database, OutboundMessage)) == (0, 1)


@pytest.mark.parametrize("state", ["waiting", "sending", "unknown"])
def test_a_message_that_is_not_final_stays_however_old(database: Database, context: Context, state: str) -> None:
    with database.transaction() as session:
        make_message(session, NOON - 400 * DAY, state=state)
    clean_up(context)
    assert count(database, OutboundMessage) == 1


def test_what_became_of_a_campaigns_message_outlives_it(database: Database, context: Context) -> None:
    with database.transaction() as session:
        for _ in range(3):
            make_chat(session, make_person(session))
        campaign = make_campaign(session)
        lifecycle.schedule(session, campaign, now=NOON)
    run_until_idle(database, campaign.id)
    with database.transaction() as session:
        messages = session.scalars(sa.select(OutboundMessage).order_by(OutboundMessage.id)).all()
        for message, (state, why) in zip(
            messages, [("sent", None), ("skipped", "window"), ("unknown", "unknown")], strict=True
        ):
            message.state, message.reason, message.settled_at = state, why, NOON - 61 * DAY

    clean_up(context)

    assert count(database, OutboundMessage) == 1
    with database.transaction() as session:
        kept = sa.select(CampaignRecipient.outcome, CampaignRecipient.reason).order_by(CampaignRecipient.id)
        assert [tuple(row) for row in session.execute(kept)] == [("sent", None), ("skipped", "window"), (None, None)]
        told, _runs = report.of_campaign(session, session.get_one(Campaign, campaign.id))
        assert {name: number for name, number in told.outcomes.items() if number} == {
            "sent": 1,
            "skipped": 1,
            "unknown": 1,
        }
        assert list(campaigns.problems(session)) == []
        assert session.scalar(sa.select(sa.func.count()).select_from(CampaignRun)) == 1
    assert queue.FINAL == housekeeping.FINAL


def make_event(session: Session, at: datetime, state: str = "processed") -> None:
    session.add(
        InboundEvent(
            public_id=new_public_id(),
            channel="zalo",
            account="1",
            event_id=new_public_id(),
            sender="s",
            name="n",
            state=state,
            received_at=at,
            due_at=at,
            attempts=1,
        )
    )


def test_events_go_in_two_nights_and_are_remembered(database: Database, context: Context) -> None:
    with database.transaction() as session:
        make_event(session, NOON - 8 * DAY)
        make_event(session, NOON - 8 * DAY, "parked")
        make_event(session, NOON - 6 * DAY)

    clean_up(context)
    assert (count(database, InboundEvent), count(database, SeenEvent)) == (3, 1)
    tomorrow = Context(database, context.settings, {}, lambda: NOON + timedelta(hours=20))
    clean_up(tomorrow)
    assert (count(database, InboundEvent), count(database, SeenEvent)) == (2, 1)


def test_a_chunk_is_bounded_and_the_next_one_follows(
    database: Database, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "CHUNK", 3)
    with database.transaction() as session:
        for number in range(10):
            session.add(make_run(session, NOON - 61 * DAY - timedelta(seconds=number)))
            session.add(make_seen(session, NOON - 300 * DAY - timedelta(days=number)))
    sweep = next(each for each in housekeeping.SWEEPS if each.model is JobRun)
    assert sweep.run(context, NOON, NOON.date()) == 3
    assert count(database, JobRun) == 7

    clean_up(context)

    assert (count(database, JobRun), count(database, SeenEvent)) == (0, 0)


def test_it_stops_when_the_process_ends_and_goes_on_later(
    database: Database, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as session:
        session.add(make_run(session, NOON - 61 * DAY))
    context.stopping.set()
    clean_up(context)
    assert count(database, JobRun) == 1
    context.stopping.clear()
    clean_up(context)
    assert count(database, JobRun) == 0


def test_purchases_leave_the_twelve_months(database: Database, context: Context) -> None:
    with database.transaction() as session:
        customer = make_person(session)
        award(session, customer, 300_000, now=NOON - 366 * DAY)
        award(session, customer, 200_000, now=NOON - 10 * DAY)
        quiet = make_person(session)
        award(session, quiet, 100_000, now=NOON - 400 * DAY)

    housekeeping.roll_off_purchases(context, NOON)
    housekeeping.roll_off_purchases(context, NOON)

    with database.read_only() as session:
        assert stats_of(session, customer).spent_12m == 200_000
        assert stats_of(session, quiet).spent_12m == 0
        assert stats_of(session, customer).spent == 500_000


def test_every_night_has_its_backup_and_a_fortnight_is_kept(database: Database, settings: Settings) -> None:
    for night in range(16):
        at = NOON + night * DAY
        backups.back_up(Context(database, settings, {}, lambda at=at: at), at)  # type: ignore[misc]
    assert database.keyring is not None
    folder = shelf.nightly(settings, database.keyring)
    found = shelf.data_files(folder)
    assert len(found) == 14
    assert found[0].name == "khach-quen-20261207-120000.kqb"
    assert (folder / shelf.KEYS_NAME).exists()


def test_a_failed_backup_is_told_and_the_next_good_one_closes_it(
    database: Database, context: Context, settings: Settings
) -> None:
    assert database.keyring is not None
    folder = shelf.nightly(settings, database.keyring)
    folder.mkdir(parents=True)
    (folder / shelf.KEYS_NAME).write_bytes(b"?")
    with pytest.raises(Exception, match="keys_unreadable"):
        backups.back_up(context, NOON)
    with database.read_only() as session:
        alert = raising.list_open(session)[0]
        assert (alert.kind, alert.detail) == ("backup_failed", "backup_keys_unreadable")

    (folder / shelf.KEYS_NAME).unlink()
    backups.back_up(context, NOON)

    with database.read_only() as session:
        assert raising.list_open(session) == []


def test_two_databases_of_one_machine_have_their_backups_apart(
    database: Database, settings: Settings, context: Context, tmp_path: Path
) -> None:
    other = replace(settings, database_url=f"sqlite:///{tmp_path / 'other.db'}")
    opening.migrate(other)
    opened = opening.open_database(other)
    backups.back_up(context, NOON)
    backups.back_up(Context(opened, other, {}, lambda: NOON), NOON)
    opened.close()
    folders = list((settings.var / "backups").iterdir())
    assert len(folders) == 2
    assert all(len(shelf.data_files(folder)) == 1 for folder in folders)


def test_the_nights_work_is_on_the_calendar() -> None:
    assert {"roll_off_purchases": "10 0 * * *", "back_up": "30 2 * * *", "clean_up": "15 3 * * *"}.items() <= {
        name: job.cron for name, job in JOBS.items()
    }.items()
