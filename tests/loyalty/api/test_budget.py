"""/budget: the month's money for messages, by channel, and how long it lasts."""

from loyalty.choices import chosen
from loyalty.db import Database
from tests.builders import NOON
from tests.loyalty.api.conftest import Caller
from tests.loyalty.messaging.test_pace import spend


def test_the_month_its_channels_and_when_it_ends(database: Database, api: Caller) -> None:
    outlook = {"state": "nothing", "days": 7, "per_day": None, "ends_on": None}
    nothing = {"month": "2026-11", "ceiling": 0, "spent": 0, "left": 0, "channels": [], "outlook": outlook}
    assert api.get("/budget").json == nothing
    with database.transaction() as session:
        chosen.save(session, {"monthly_budget": 2_100}, by="cli", now=NOON)
        spend(session, 2, 1)
    assert api.get("/budget").json == {
        "month": "2026-11",
        "ceiling": 2_100,
        "spent": 600,
        "left": 1_500,
        "channels": [{"channel": "zalo", "account": "oa1", "spent": 600, "messages": 2}],
        "outlook": {"state": "ends", "days": 7, "per_day": 300, "ends_on": "2026-11-27"},
    }
