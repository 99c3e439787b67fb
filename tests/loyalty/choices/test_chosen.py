"""What the owner chooses holds at once here, within seconds elsewhere, and can be taken back."""

from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from loyalty import db, shop
from loyalty.choices import chosen
from loyalty.choices.chosen import BadChoice, ChangedSince, ChangeNotFound
from loyalty.db import Database
from loyalty.installation import opening
from loyalty.settings import Settings
from tests.builders import NOON

WEEK = [["08:00-21:00"]] * 7


def choose(database: Database, **changes: Any) -> int:
    with database.transaction() as session:
        change = chosen.save(session, changes, by="cli", now=NOON)
        assert change is not None
        return change.id


def test_without_a_choice_the_environment_holds(session: Session) -> None:
    here = chosen.of(session)
    assert (here.name, here.locale, here.quiet_hours) == ("Cà phê Mây", "vi", shop.of(session).quiet_hours)
    assert here.opening is None and here.is_open(NOON) and here.opens_at(NOON) is None


def test_a_choice_wins_over_the_environment_and_none_gives_it_back(database: Database) -> None:
    choose(database, name="Mây Xanh", monthly_budget=500_000, quiet_hours="22:00-07:30", locale="en")
    with database.read_only() as session:
        here = shop.of(session)
        assert (here.name, here.monthly_budget, here.locale) == ("Mây Xanh", 500_000, "en")
        assert here.quiet_hours is not None and here.quiet_hours.end == time(7, 30)
    choose(database, name=None, quiet_hours="")
    with database.read_only() as session:
        assert (shop.of(session).name, shop.of(session).quiet_hours) == ("Cà phê Mây", None)


def test_another_process_sees_a_choice_within_seconds(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("loyalty.db.time.monotonic", lambda: now)
    elsewhere = opening.open_database(settings)
    choose(database, name="Mây Xanh")
    assert elsewhere.shop is not None and elsewhere.shop.name == "Cà phê Mây"
    now += db.FRESH_SECONDS
    assert elsewhere.shop.name == "Mây Xanh"
    elsewhere.close()


def test_a_choice_that_was_rolled_back_was_never_made(database: Database) -> None:
    with pytest.raises(RuntimeError), database.transaction() as session:
        chosen.save(session, {"name": "Mây Xanh"}, by="cli", now=NOON)
        raise RuntimeError
    assert database.shop is not None and database.shop.name == "Cà phê Mây"


def test_choosing_what_is_so_already_changes_nothing(session: Session) -> None:
    chosen.save(session, {"name": "Mây Xanh"}, by="cli", now=NOON)
    assert chosen.save(session, {"name": " Mây  Xanh "}, by="cli", now=NOON) is None
    assert len(chosen.list_changes(session)) == 1


def test_a_change_is_taken_back_and_brought_back(database: Database) -> None:
    first = choose(database, name="Mây Xanh", contact="0912 000 000")
    with database.transaction() as session:
        back = chosen.undo(session, first, by="cli", now=NOON)
        assert back is not None and back.after == {"name": None, "contact": None}
    with database.transaction() as session:
        chosen.undo(session, back.id, by="cli", now=NOON)
        assert chosen.row(session).name == "Mây Xanh"


def test_a_change_chosen_over_since_is_not_taken_back(database: Database) -> None:
    first = choose(database, name="Mây Xanh", locale="en")
    choose(database, name="Mây Hồng")
    with pytest.raises(ChangedSince), database.transaction() as session:
        chosen.undo(session, first, by="cli", now=NOON)
    with pytest.raises(ChangeNotFound), database.transaction() as session:
        chosen.undo(session, 99, by="cli", now=NOON)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", "…"), ("name", "x" * 61), ("name", 5), ("locale", "fr"), ("quiet_hours", "soon"),
        ("quiet_hours", "25:00-08:00"), ("monthly_budget", -1), ("monthly_budget", 10**12), ("monthly_budget", True),
        ("opening", [["08:00-21:00"]]), ("opening", "always"), ("opening", [["8h"]] * 7), ("closed_days", ["Tết"]),
        ("closed_days", 5), ("closed_text", "x" * 301), ("contact", 5),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_refused(session: Session, field: str, value: Any) -> None:
    with pytest.raises(BadChoice):
        chosen.save(session, {field: value}, by="cli", now=NOON)
    assert chosen.list_changes(session) == []


def test_opening_hours_are_the_shops_local_hours(database: Database) -> None:
    choose(database, opening=WEEK, closed_days=["2026-11-23"])
    here = database.shop
    assert here is not None and here.is_open(NOON)  # Sunday, 12:00 at the shop
    night = NOON + timedelta(hours=9)  # 21:00
    assert not here.is_open(night)
    assert here.opens_at(night) == NOON + timedelta(days=2, hours=-4)  # Monday is closed


def test_changes_are_listed_newest_first_in_pages(session: Session) -> None:
    for number in range(5):
        chosen.save(session, {"monthly_budget": number}, by="cli", now=NOON)
    first = chosen.list_changes(session, limit=2)
    assert [change.after["monthly_budget"] for change in first] == [4, 3]
    rest = chosen.list_changes(session, before=first[-1].id)
    assert [change.after["monthly_budget"] for change in rest] == [2, 1, 0]
