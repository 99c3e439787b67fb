"""Events of other programs, birthdays and referrals through the API."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from bots import voice
from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.staff.models import AuditEntry
from tests.builders import NOON
from tests.builders_chat import said
from tests.builders_customers import LAN, make_customer, make_identity
from tests.builders_points import award, make_programme, problems
from tests.builders_referrals import bring, pay_all, reward_friends
from tests.loyalty.api.conftest import Caller

DAY = timedelta(days=1)
REVIEW = """
[[rules]]
code = "review"
name = { vi = "Đánh giá quán" }
kind = "bonus"
on = "event"
event = "review"
points = 20
"""


@pytest.fixture
def lan(app: Flask, database: Database) -> str:
    """Lan, who writes on Zalo, in a shop that rewards reviews."""
    app.extensions["loyalty_voice"] = voice
    with database.transaction() as session:
        make_programme(session, 2, date(2026, 1, 1), {"[receipts]": f"{REVIEW}\n[receipts]"})
        customer = make_customer(session, name="Lan", phone=LAN)
        make_identity(session, customer, user_id="lan")
        return customer.public_id


def test_an_event_gives_its_points_once_and_is_told(api: Caller, database: Database, lan: str) -> None:
    made = api.post(f"/customers/{lan}/events", {"event": "review", "key": "r1"})
    again = api.post(f"/customers/{lan}/events", {"event": "review", "key": "r1"})

    assert (made.status_code, again.status_code) == (201, 200)
    assert [(entry["kind"], entry["points"]) for entry in made.json["entries"]] == [("bonus", 20)]
    assert made.json["entries"] == again.json["entries"]
    with database.read_only() as session:
        [message] = said(session)
        assert "20 điểm: Đánh giá quán." in message.text
        assert session.scalars(select(AuditEntry).filter_by(action="event_told")).one().source == "api"
        assert problems(session) == []
    undone = api.post(f"/ledger/{made.json['entries'][0]['id']}/reversal")
    assert (undone.status_code, undone.json["balance_after"]) == (201, 0)
    assert api.get(f"/customers/{lan}/statement").json["sums"]["bonus"] == 20


def test_an_event_no_rule_is_about_is_refused_by_name(api: Caller, lan: str) -> None:
    refused = api.post(f"/customers/{lan}/events", {"event": "follow", "key": "f"})

    assert (refused.status_code, refused.json["reason"]) == (422, "event_not_rewarded")
    late = api.post(f"/customers/{lan}/events", {"event": "review", "key": "f", "at": "2020-01-01T00:00:00Z"})
    assert (late.status_code, late.json["reason"]) == (422, "event_time")


def test_a_birthday_is_kept_and_its_year_masked(api: Caller, lan: str) -> None:
    changed = api.patch(f"/customers/{lan}", {"birthday": "1990-11-20"})

    assert (changed.status_code, changed.json["birthday"]) == (200, "--11-20")
    for wrong in ("1990-02-30", "20/11/1990", "3000-01-01"):
        refused = api.patch(f"/customers/{lan}", {"birthday": wrong})
        assert (refused.status_code, list(refused.json["errors"])) == (422, ["birthday"])
    assert api.patch(f"/customers/{lan}", {"birthday": None}).json["birthday"] is None


def test_referrals_are_listed_with_what_became_of_them(api: Caller, database: Database) -> None:
    with database.transaction() as session:
        reward_friends(session)
        people = [make_customer(session) for _ in range(3)]
        bring(session, people[0], people[1], now=NOON - 20 * DAY)
        bring(session, people[0], people[2], now=NOON - 20 * DAY)
        award(session, people[1], 100_000, now=NOON - 10 * DAY)
        pay_all(session, now=NOON)
        ids = [session.get_one(Customer, each.id).public_id for each in people]

    rows = api.get(f"/referrals?referrer={ids[0]}").json["items"]

    assert [(row["state"], row["friend_id"]) for row in rows] == [("open", ids[2]), ("paid", ids[1])]
    assert (rows[1]["referrer_points"], rows[1]["friend_points"], rows[1]["due_on"]) == (50, 30, "2026-11-20")
    [open_row] = api.get("/referrals?state=open").json["items"]
    assert open_row["purchase_id"] is None
    assert api.get("/referrals?limit=1").json["next_cursor"] is not None
