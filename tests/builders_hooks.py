"""Receivers of events, as a test begins with them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from loyalty.activity import timeline
from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.hooks import subscriptions
from loyalty.hooks.models import Webhook
from tests.builders import NOON

OUTSIDE = "https://pos.example.com/hooks/9f3c"


def as_demo(database: Database) -> Database:
    """The same database as a demo shop's: receivers on this machine are allowed."""
    assert database.shop is not None
    return Database(
        database.url.render_as_string(hide_password=False), database.keyring, replace(database.shop, demo=True)
    )


def make_webhook(
    session: Session, url: str = OUTSIDE, wanted: Sequence[str] = ("*",), *, name: str = "POS", now: datetime = NOON
) -> Webhook:
    return subscriptions.create(session, name, url, wanted, now=now)[0]


def happen(session: Session, customer: Customer, *kinds: str, at: datetime = NOON, **data: Any) -> None:
    """Rows of the timeline, in this order."""
    for kind in kinds:
        timeline.record(session, customer.id, kind, at=at, data=data)
