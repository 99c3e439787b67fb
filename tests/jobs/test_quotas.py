"""What may still be sent is asked every hour and kept; receipts that came early find their message."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial

from bots.channel import Action, Quota, SendError
from jobs.quotas import read_quotas
from jobs.receipts import match_receipts
from jobs.registry import Context
from loyalty.channels import accounts, figures
from loyalty.db import Database
from loyalty.messaging import outbox, receipts
from loyalty.messaging.models import OutboundMessage
from loyalty.messaging.outbox import Lane
from loyalty.messaging.receipts import Receipt
from loyalty.settings import Settings
from tests.builders import NOON
from tests.fakes import FakeChannel

HOUR = timedelta(hours=1)


class Telling(FakeChannel):
    """Tells what may still be sent, or does not."""

    told: Sequence[Quota] | None = (Quota("cs_sub_quota", 1500, 2000, date(2026, 12, 31)), Quota("billed"))

    def quotas(self) -> Sequence[Quota]:
        if self.told is None:
            raise SendError(Action.RETRY, "connect")
        return self.told


def _after(hours: int) -> datetime:
    return NOON + hours * HOUR


def kept(database: Database) -> dict[str, object]:
    with database.read_only() as session:
        account = accounts.find(session, "zalo", "oa1")
        assert account is not None
        return {each.name: each.value for each in figures.list_of(session, account.id, figures.QUOTA)}


def test_quotas_are_kept_and_survive_a_silent_platform(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        accounts.ensure(session, "zalo", "oa1", window=timedelta(hours=48), now=NOON)
    channel = Telling()
    for hour in range(3):
        read_quotas(Context(database, settings, {"zalo": channel}, partial(_after, hour)), NOON)
        channel.told = None if hour else (Quota("cs_sub_quota", 1490, 2000),)
    assert kept(database) == {"quota:cs_sub_quota": {"left": 1490, "total": 2000}, "quota:billed": {}}


def test_a_channel_that_tells_nothing_is_not_asked(database: Database, settings: Settings) -> None:
    read_quotas(Context(database, settings, {"zalo": FakeChannel()}, lambda: NOON), NOON)


def test_early_receipts_find_their_message_within_a_minute(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        account = accounts.ensure(session, "zalo", "oa1", window=timedelta(hours=48), now=NOON)
        receipts.arrive(session, Receipt(account.id, "u", ("p1",), None, "", is_seen=False, at=NOON), now=NOON)
        message_id = outbox.enqueue(
            session,
            dedupe_key="m",
            lane=Lane.REPLY,
            channel_account_id=account.id,
            user_id="u",
            customer_id=None,
            text="a",
            now=NOON,
        )
        message = session.get_one(OutboundMessage, message_id)
        message.state, message.provider_id = "sent", "p1"
    match_receipts(Context(database, settings, {}, lambda: NOON), NOON)
    with database.read_only() as session:
        assert session.get_one(OutboundMessage, message_id).delivered_at == NOON
