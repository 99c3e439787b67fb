"""A segment whose people bought something, and the worker that looks at it."""

from datetime import timedelta

from sqlalchemy.orm import Session

from jobs import portraits, segments
from jobs.registry import Context
from loyalty.db import Database
from loyalty.purchases.bills import Line
from loyalty.segments import saved
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_customers import make_customer
from tests.builders_points import award


def make_sold_segment(session: Session) -> str:
    """Three people who bought a latte each today, and one of them a bill of 45,000 ₫ a year ago, too; its public id."""
    for number in range(3):
        lan = make_customer(session)
        award(session, lan, 90_000, lines=(Line("Latte đá", 2, 45_000, category="Cà phê"),))
        if not number:
            award(session, lan, 45_000, purchased_at=NOON - timedelta(days=365))
    return saved.create(session, "Mọi người", {"all": []}, now=NOON).public_id


def draw(database: Database, settings: Settings) -> None:
    """What workers do until every segment is settled and has its portrait."""
    context = Context(database, settings, {}, clock=lambda: NOON)
    while segments.follow_segments(context):
        pass
    while portraits.portray_segments(context):
        pass
