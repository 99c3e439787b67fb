"""Pictures of messages go up once for each account, ahead of the messages, which none of it puts in doubt."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bots.channel import SLOWED, Action, SendError
from jobs.outbox import send_outbox
from jobs.pictures import upload_pictures
from jobs.registry import Context
from loyalty.campaigns import lifecycle
from loyalty.campaigns.letters import Draft
from loyalty.channels import accounts, outages
from loyalty.channels.calls import Limit, Meter
from loyalty.db import Database
from loyalty.messaging import outbox
from loyalty.messaging.models import OutboundMessage
from loyalty.messaging.outbox import Lane
from loyalty.pictures import uploads
from loyalty.pictures.models import PictureUpload
from loyalty.settings import Settings
from tests.builders import NOON, Clock
from tests.builders_campaigns import make_account, make_campaign, make_chat, make_person, run_until_idle
from tests.builders_pictures import make_picture
from tests.fakes import FakeChannel

SECOND = timedelta(seconds=1)
Put = Callable[..., None]


class Platform(FakeChannel):
    """One that keeps pictures."""

    picture_life = timedelta(days=6)

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[bytes] = []
        self.refusals: list[SendError] = []  # of the next uploads

    def upload(self, content: bytes, mime: str) -> str:
        if self.refusals:
            raise self.refusals.pop(0)
        self.kept.append(content)
        return f"attachment-{len(self.kept)}"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def channel() -> Platform:
    return Platform()


@pytest.fixture
def context(database: Database, settings: Settings, channel: Platform, clock: Clock) -> Context:
    return Context(database, settings, {"zalo": channel}, clock)


@pytest.fixture
def put(database: Database) -> Put:
    """Queue a message with the picture to a chat of staff."""
    with database.transaction() as session:
        account = accounts.ensure(session, "zalo", "oa1", window=timedelta(hours=48), now=NOON).id
        picture = make_picture(session).public_id

    def enqueue(key: str, lane: Lane = Lane.NOTICE, shown: str = picture) -> None:
        with database.transaction() as session:
            outbox.enqueue(
                session,
                dedupe_key=key,
                lane=lane,
                channel_account_id=account,
                user_id=key,
                customer_id=None,
                text=key,
                picture=shown,
                now=NOON,
            )

    return enqueue


def rows(database: Database) -> dict[str, OutboundMessage]:
    with database.read_only() as session:
        return {row.dedupe_key: row for row in session.scalars(sa.select(OutboundMessage))}


def run(context: Context, clock: Clock, seconds: float = 1) -> None:
    """Send, upload, send: as the pumps take turns."""
    for step in (send_outbox, upload_pictures, send_outbox):
        step(context)
        clock.now += seconds * SECOND


def test_one_upload_serves_every_message_until_its_name_ends(
    context: Context, channel: Platform, clock: Clock, put: Put
) -> None:
    put("an")
    put("binh")
    run(context, clock)
    put("chi")
    run(context, clock)

    assert [(sent.text, sent.attachment) for sent in channel.sent] == [
        ("an", "attachment-1"),
        ("binh", "attachment-1"),
        ("chi", "attachment-1"),
    ]
    clock.now += channel.picture_life
    with context.transaction() as session:
        session.execute(sa.update(OutboundMessage).values(created_at=clock.now))
    put("dung")
    with context.transaction() as session:
        session.execute(sa.update(OutboundMessage).values(created_at=clock.now))
    run(context, clock)
    assert (channel.sent[-1].attachment, len(channel.kept)) == ("attachment-2", 2)


def test_a_message_whose_picture_is_on_its_way_is_not_begun(
    context: Context, channel: Platform, clock: Clock, put: Put
) -> None:
    """Whoever dies during the upload leaves a message that certainly did not go."""
    put("an")
    send_outbox(context)
    with context.transaction() as session:
        [due] = uploads.hold_due(session, limit=4, now=clock.now)
        assert uploads.claim(session, due, now=clock.now)  # and its process dies here
    waiting = rows(context.database)["an"]
    assert (waiting.state, waiting.began_at, waiting.attempts, channel.sent) == ("waiting", None, 0, [])

    clock.now += uploads.LEASE
    run(context, clock)
    assert [sent.attachment for sent in channel.sent] == ["attachment-1"]


@pytest.mark.parametrize(
    ("action", "code", "state"),
    [
        (Action.RETRY, "-32", "wanted"),
        (Action.RETRY, SLOWED, "wanted"),
        (Action.UNKNOWN, "timeout", "wanted"),
        (Action.CONTENT, "-201", "refused"),
        (Action.STOP, "-219", "wanted"),
    ],
)
def test_a_failed_upload_is_classed_as_a_failed_send_and_puts_no_message_in_doubt(
    context: Context, channel: Platform, clock: Clock, put: Put, action: Action, code: str, state: str
) -> None:
    channel.refusals = [SendError(action, code)]
    put("an")
    send_outbox(context)
    upload_pictures(context)
    with context.read_only() as session:
        upload = session.scalars(sa.select(PictureUpload)).one()
        account = accounts.find(session, "zalo", "oa1")
        assert account is not None and (account.stopped_at is not None) == (action is Action.STOP)
    assert (upload.state, upload.error) == (state, code)
    assert rows(context.database)["an"].state == "waiting"

    clock.now += 20 * SECOND
    with context.transaction() as session:
        accounts.resume(session, upload.channel_account_id)
    run(context, clock)
    shown = "" if state == "refused" else "attachment-1"
    assert [(sent.text, sent.attachment) for sent in channel.sent] == [("an", shown)]


def test_while_no_upload_can_be_made_its_messages_rest(
    context: Context, channel: Platform, clock: Clock, put: Put
) -> None:
    """Nobody looks every second; what is not answered counts as an outage, and one upload finds out when it is over."""
    channel.refusals = [SendError(Action.RETRY, "-32", retry_after=timedelta(minutes=1))]
    put("an")
    send_outbox(context)
    upload_pictures(context)
    clock.now += SECOND
    send_outbox(context)
    assert rows(context.database)["an"].due_at == NOON + timedelta(minutes=1)

    channel.refusals = [SendError(Action.RETRY, "connect") for _ in range(99)]
    tried = []
    for seconds in range(60, 400, 10):
        clock.now, left = NOON + seconds * SECOND, len(channel.refusals)
        upload_pictures(context)
        tried += [seconds] * (left - len(channel.refusals))
    assert tried == [60, 70, 80, 90, 100, 110, 130, 170, 250]  # four that were calm, then one at each try
    with context.read_only() as session:
        assert outages.find(session, rows(context.database)["an"].channel_account_id)
    channel.refusals = []
    for _ in range(3):
        clock.now += timedelta(minutes=1)
        run(context, clock)
    assert [sent.attachment for sent in channel.sent] == ["attachment-1"]
    with context.read_only() as session:
        assert outages.counted(session) == set()


def test_an_upload_is_a_call_of_the_platforms_limit(
    context: Context, channel: Platform, clock: Clock, put: Put
) -> None:
    """Two a minute: one goes up and its message goes; who had to wait for a picture took no call from them."""
    channel.limit = Limit(2, timedelta(minutes=1))
    with context.transaction() as session:
        red = make_picture(session, "red").public_id
    put("an")
    put("binh", shown=red)
    told = []
    for _ in range(3):
        run(context, clock, seconds=2)
        told.append((len(channel.kept), len(channel.sent)))
        clock.now += 57 * SECOND
    assert told == [(2, 0), (2, 2), (2, 2)]


def test_an_upload_without_a_call_leaves_an_outage_its_try(
    context: Context, channel: Platform, clock: Clock, put: Put
) -> None:
    channel.refusals = [SendError(Action.RETRY, "connect") for _ in range(4)]
    put("an")
    send_outbox(context)
    for _ in range(4):
        upload_pictures(context)
        clock.now += 10 * SECOND
    channel.limit = Limit(1, timedelta(minutes=1))  # of which more are taken
    assert upload_pictures(replace(context, meter=Meter())) == 0
    with context.read_only() as session:
        down = outages.find(session, rows(context.database)["an"].channel_account_id)
    assert down is not None and (down.probes, down.probe_at) == (0, NOON + 35 * SECOND)
    clock.now = NOON + timedelta(minutes=1)
    assert (upload_pictures(context), len(channel.kept)) == (1, 1)


def test_a_refused_token_is_replaced_once(context: Context, channel: Platform, clock: Clock, put: Put) -> None:
    channel.refusals = [SendError(Action.REFRESH, "-216")]
    put("an")
    run(context, clock)
    assert (channel.renewed, len(channel.kept), len(channel.sent)) == (1, 1, 1)


def test_a_picture_the_platform_forgot_goes_up_again_and_the_message_after_it(
    context: Context, channel: Platform, clock: Clock, put: Put
) -> None:
    put("an")
    run(context, clock)
    channel.failures = [SendError(Action.RETRY, "-100", no_attachment=True)]
    put("binh")
    run(context, clock, seconds=3)
    run(context, clock, seconds=3)
    assert [(sent.text, sent.attachment) for sent in channel.sent] == [("an", "attachment-1"), ("binh", "attachment-2")]


def test_a_platform_that_keeps_no_pictures_gets_the_words(
    database: Database, settings: Settings, clock: Clock, put: Put
) -> None:
    plain = FakeChannel()
    put("an")
    send_outbox(Context(database, settings, {"zalo": plain}, clock))
    assert [(sent.text, sent.attachment, sent.image_url) for sent in plain.sent] == [("an", "", "")]


def test_a_campaign_goes_with_its_picture_uploaded_once(
    database: Database, settings: Settings, channel: Platform, clock: Clock
) -> None:
    with database.transaction() as session:
        account = make_account(session)
        for name in ("An", "Bình", "Chi"):
            make_chat(session, make_person(session, name))
        campaign = make_campaign(session)
        lifecycle.furnish(session, campaign, Draft(picture=make_picture(session).public_id), now=NOON)
        lifecycle.schedule(session, campaign, now=NOON)
    run_until_idle(database, campaign.id)
    channel.account = account.external_id
    run(Context(database, settings, {"zalo": channel}, clock), clock)
    assert [sent.attachment for sent in channel.sent] == ["attachment-1"] * 3 and len(channel.kept) == 1
    assert {row.state for row in rows(database).values()} == {"sent"}
