"""From demo to real: what is the shop's own stays, a kill in the middle is gone on with, nobody of the demo is left."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import select

from jobs import demo as pump
from jobs.registry import Context
from loyalty.campaigns import lifecycle
from loyalty.campaigns.models import Campaign
from loyalty.choices import chosen
from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.demo import farewell, ground, removing
from loyalty.demo.farewell import NoDemo
from loyalty.exchange.models import ImportBatch
from loyalty.installation import opening
from loyalty.installation.models import DemoFarewell
from loyalty.segments.models import Segment
from loyalty.settings import Settings
from loyalty.staff import accounts, approvals, stores
from loyalty.staff.models import Approval, StaffMember
from tests.builders import NOON, Clock
from tests.builders_customers import make_customer
from tests.loyalty.demo.conftest import Fill, Killed, dying, problems

IMPORTED = {
    "public_id": "batch",
    "kind": "customers",
    "state": "done",
    "actor": "cli",
    "source": "cli",
    "title": b"",
    "digest": b"",
    "options": {},
    "rows": 1,
    "cursor": 1,
    "counts": {},
    "created_at": NOON,
}


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON + timedelta(days=1))


@pytest.fixture
def shop(fill: Fill, settings: Settings) -> Iterator[Database]:
    """A small demo shop whose owner has begun to make it their own."""
    fill()
    database = opening.open_database(settings)
    with database.transaction() as session:
        chosen.save(session, {"name": "Bếp Nhà", "opening": [["08:00-21:00"]] * 7}, by="cli", now=NOON)
        own = accounts.add(session, "Chị Sáu", "owner", now=NOON)
        segment = session.scalars(select(Segment).filter_by(public_id="demo-segment-yes")).one()
        campaign = lifecycle.create(session, "Khai trương", segment.id, "Chào bạn", now=NOON)
        lifecycle.schedule(session, campaign, now=NOON)
        lan = session.scalars(select(Customer).limit(1)).one()
        session.execute(sa.insert(ImportBatch).values(IMPORTED))
        approvals.ask(session, "award", {"customer": lan.id}, key="k", asked_by=own, now=NOON)
    yield database
    database.close()


def context(database: Database, settings: Settings, clock: Clock, owner: str = "w1") -> Context:
    return Context(database, settings, {}, clock, owner=owner)


def ask(database: Database, name: str = "Chị Sáu") -> None:
    with database.transaction() as session:
        farewell.ask(session, accounts.get_by_name(session, name), by="staff:x", now=NOON)


def work(database: Database, settings: Settings, clock: Clock, owner: str = "w1") -> int:
    """Rounds until nothing is due any more, each as soon as it falls due."""
    rounds = 0
    while pump.leave_demo(context(database, settings, clock, owner)):
        rounds += 1
        clock.now += farewell.AGAIN
    return rounds


def state(database: Database) -> DemoFarewell:
    with database.read_only() as session:
        found = farewell.find(session)
        assert found is not None
        return found


def test_the_shops_own_stays_and_everybody_of_the_demo_goes(shop: Database, settings: Settings, clock: Clock) -> None:
    ask(shop)
    assert work(shop, settings, clock) == 2

    with shop.read_only() as session:
        assert session.scalar(select(sa.func.count()).select_from(Customer)) == 0
        assert [accounts.name_of(session, member) for member in accounts.list_all(session)] == ["Chị Sáu"]
        assert [(campaign.name, campaign.state) for campaign in session.scalars(select(Campaign))] == [
            ("Khai trương", "draft")
        ]
        assert "Đồng ý nhận ưu đãi" in session.scalars(select(Segment.name)).all()  # the campaign is for it
        assert session.scalars(select(Approval)).all() == []
        assert session.scalars(select(ImportBatch)).all() == []  # the same file may come again, for real
        here = chosen.of(session)
        assert (here.name, here.demo, here.opening is not None) == ("Bếp Nhà", False, True)
        assert [store.code for store in stores.list_all(session)] == ["MAIN"]
    assert problems(shop) == []
    done = state(shop)
    assert done.finished_at is not None and done.rows_gone == done.rows_found > 100


def test_whoever_asks_goes_on_working_here(shop: Database, settings: Settings, clock: Clock) -> None:
    ask(shop, "Mai")
    work(shop, settings, clock)
    with shop.read_only() as session:
        here = {accounts.name_of(session, member): member.demo for member in accounts.list_all(session)}
    assert here == {"Mai": False, "Chị Sáu": False}


def test_a_real_shop_is_not_taken_away(database: Database) -> None:
    with database.transaction() as session:
        member = accounts.add(session, "Chị Sáu", "owner", now=NOON)
        with pytest.raises(NoDemo):
            farewell.ask(session, member, by="staff:x", now=NOON)


def test_without_being_asked_nothing_is_taken_away(shop: Database, settings: Settings, clock: Clock) -> None:
    assert pump.leave_demo(context(shop, settings, clock)) == 0
    with shop.read_only() as session:
        assert ground.count_people(session, demo=True) > 0


def test_asking_again_while_it_is_under_way_changes_nothing(shop: Database) -> None:
    ask(shop)
    ask(shop, "Mai")
    with shop.read_only() as session:
        assert accounts.get_by_name(session, "Mai").demo


@pytest.mark.parametrize("after", [1, 7])
def test_killed_in_the_middle_another_worker_goes_on(
    shop: Database, settings: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    ask(shop)
    monkeypatch.setattr(removing, "CHUNK", 50)
    steps = farewell._steps

    def killed(*arguments: Any) -> removing.Progress:
        return dying(steps(*arguments), after=after)

    with monkeypatch.context() as patch:
        patch.setattr(farewell, "_steps", killed)
        with pytest.raises(Killed):
            pump.leave_demo(context(shop, settings, clock))
    assert state(shop).finished_at is None
    assert pump.leave_demo(context(shop, settings, clock, "w2")) == 0  # the lease of the dead one still runs
    clock.now += farewell.LEASE
    assert work(shop, settings, clock, "w2") == 2
    assert state(shop).rows_gone == state(shop).rows_found
    with shop.read_only() as session:
        assert session.scalar(select(sa.func.count()).select_from(Customer)) == 0


def test_a_worker_asked_to_end_stops_at_the_next_step(shop: Database, settings: Settings, clock: Clock) -> None:
    ask(shop)
    ending = context(shop, settings, clock)
    ending.stopping.set()
    pump.leave_demo(ending)
    assert (state(shop).rows_gone, state(shop).finished_at) == (0, None)
    with shop.read_only() as session:
        assert chosen.of(session).demo


def test_a_worker_that_was_given_up_does_not_count_on(shop: Database, settings: Settings, clock: Clock) -> None:
    ask(shop)
    gone = farewell._steps("w1", clock, threading.Event())
    with shop.transaction() as session:
        session.execute(sa.update(DemoFarewell).values(owner="w2"))
    with pytest.raises(farewell.Superseded), shop.transaction() as session:
        gone(session, 5)
    assert state(shop).rows_gone == 0


def test_who_comes_as_a_demo_person_while_processes_learn_of_it_is_removed_too(
    shop: Database, settings: Settings, clock: Clock
) -> None:
    ask(shop)
    assert pump.leave_demo(context(shop, settings, clock)) == 1
    with shop.transaction() as session:
        session.info["shop"] = replace(session.info["shop"], demo=True)  # a process that has not looked again yet
        assert make_customer(session).demo
    clock.now += farewell.AGAIN
    work(shop, settings, clock)
    with shop.read_only() as session:
        assert session.scalar(select(sa.func.count()).select_from(Customer)) == 0


def test_staff_the_shop_takes_on_in_the_demo_are_its_own(shop: Database) -> None:
    with shop.read_only() as session:
        demo = {accounts.name_of(session, member): member.demo for member in session.scalars(select(StaffMember))}
    assert demo == {"Thu": True, "Hùng": True, "Mai": True, "Quyên": True, "Chị Sáu": False}
