"""A shop worth backing up, and short ways to back it up and restore it."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.db import Database
from loyalty.installation.backups import making, restoring, tables
from loyalty.installation.backups.making import Made
from loyalty.installation.backups.restoring import Restored
from loyalty.messaging import outbox
from loyalty.messaging.outbox import Lane
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_campaigns import make_campaign
from tests.builders_customers import make_customer, make_identity
from tests.builders_points import award
from tests.builders_staff import make_bound_staff

PEOPLE = {"Nguyễn Thị Lan": "+84912345678", "Trần Minh Quân": "+84987654321"}
WORDS = "Em dị ứng sữa nhé"


def quiet(_line: str) -> None:
    """Progress nobody reads."""


def make_shop(database: Database) -> list[int]:
    """Two customers with phone, chat and points, staff, a running campaign, a promotion on its way; their ids."""
    with database.transaction() as session:
        found = []
        for name, phone in PEOPLE.items():
            customer = make_customer(session, name=name, phone=phone)
            chat = make_identity(session, customer, user_id=f"user-{customer.id}", promotion=True)
            award(session, customer, 250_000)
            make_message(session, customer.id, chat.channel_account_id, chat.user_id, Lane.PROMOTION)
            found.append(customer.id)
        make_bound_staff(session, "owner", "Chị Thu")
        campaign = make_campaign(session)
        campaign.state, campaign.next_at = "scheduled", NOON
        return found


def make_message(session: Session, customer_id: int, account_id: int, user_id: str, lane: Lane) -> int:
    """A message that waits to be sent."""
    queued = outbox.enqueue(
        session,
        dedupe_key=f"test:{lane}:{customer_id}",
        lane=lane,
        channel_account_id=account_id,
        user_id=user_id,
        customer_id=customer_id,
        text=WORDS,
        now=NOON,
    )
    assert queued is not None
    return queued


def back_up(database: Database, settings: Settings, folder: Path, *, now: datetime = NOON) -> Made:
    return making.make(database, settings, folder, now=now, say=quiet)


def restore(settings: Settings, path: Path, *, keys_path: Path | None = None, now: datetime = NOON) -> Restored:
    return restoring.restore(settings, path, keys_path=keys_path, now=now, say=quiet)


def elsewhere(settings: Settings, path: Path) -> Settings:
    """The same keys, an embedded database that is not there yet."""
    return replace(settings, database_url=f"sqlite:///{path}")


def contents(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table in its portable form."""
    database = Database(settings.database_url)
    try:
        with database.read_only() as session:
            connection = session.connection()
            return {name: _rows(connection, name) for name in tables.names(connection)}
    finally:
        database.close()


def _rows(connection: sa.Connection, table: str) -> list[tuple[Any, ...]]:
    _columns, query = tables.select(connection, table)
    return sorted((tuple(row) for row in connection.exec_driver_sql(query)), key=repr)
