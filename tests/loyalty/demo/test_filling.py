"""Filling: once, again, after a kill, and never beside real people."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty import demo
from loyalty.alerts import raising
from loyalty.channels import accounts as channels
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.demo import acts, crowd, filling, history, menu
from loyalty.demo.ground import CHANNELS, RealPeople
from loyalty.demo.history import Calendar, Moment, Visit
from loyalty.demo.people import STAFF
from loyalty.errors import Conflict
from loyalty.installation import opening
from loyalty.installation.models import Installation
from loyalty.purchases.models import Purchase
from loyalty.settings import Settings
from loyalty.shop import Shop
from loyalty.staff import accounts, binding
from loyalty.staff.models import StaffIdentity, StaffMember
from tests.builders import NOON
from tests.builders_backups import contents, quiet
from tests.builders_customers import make_customer
from tests.builders_points import award
from tests.loyalty.demo.conftest import Fill, Killed, dying, problems

DAY = timedelta(days=1)


def is_demo(database: Database) -> bool:
    with database.read_only() as session:
        return bool(session.scalar(select(Installation.demo)))


def test_filling_twice_is_filling_once(fill: Fill, settings: Settings) -> None:
    fill()
    once = contents(settings)
    fill(NOON + timedelta(hours=9))

    assert contents(settings) == once


def test_another_day_nothing_is_added_and_nobody_is_younger(fill: Fill, settings: Settings) -> None:
    fill()
    once = contents(settings)
    fill(NOON + 40 * DAY)
    again = contents(settings)

    assert {table for table in once if once[table] != again[table]} <= {"customer_stats"}  # as after 40 nights
    assert len(once["customer_stats"]) == len(again["customer_stats"])


def test_a_filling_that_was_killed_is_gone_on_with_as_of_its_first_day(
    fill: Fill, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as killed:
        killed.setattr(acts, "perform", dying(acts.perform, after=20))
        with pytest.raises(Killed):
            fill()
    fill(NOON + 3 * DAY)

    shop = Shop.from_settings(settings, demo=True)
    planned = history.moments(Calendar(shop.day(NOON), shop, NOON))
    with database.read_only() as session:
        kept = {row.key: (row.total, row.purchased_at) for row in session.scalars(select(Purchase))}
    visits = [moment for moment in planned if isinstance(moment, Visit)]
    assert kept == {visit.key: (menu.worth(visit.lines) - visit.discount, visit.at) for visit in visits}
    assert problems(database) == []


def test_todays_bills_are_those_before_the_first_fill_however_late_it_is_gone_on_with(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    regular, vy = crowd.guests()[8], replace(crowd.guests()[4], habit=None)
    assert regular.is_regular
    lan = replace(crowd.guests()[0], habit=replace(crowd.HABITS["lan"], visits=4))
    rare = replace(regular, habit=None)
    monkeypatch.setattr(crowd, "guests", lambda: (lan, rare, vy))
    demo.fill(settings, say=quiet, now=NOON)
    once = contents(settings)["purchase"]
    demo.fill(settings, say=quiet, now=NOON + timedelta(hours=9))

    assert contents(settings)["purchase"] == once
    assert len(once) == 4 + 1 + crowd.LATELY * len(crowd.SERVED) - 5  # Lan's, the mistake, and five are still to come


def test_no_batch_is_lost_or_doubled_at_its_edges(fill: Fill, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def noted(_session: object, moment: Moment, _stage: object) -> None:
        seen.append(moment.key)

    monkeypatch.setattr(acts, "perform", noted)
    monkeypatch.setattr(filling, "BATCH", 7)
    fill()

    assert len(seen) == len(set(seen)) > 7


def test_a_database_with_real_people_is_refused_and_stays_as_it_is(
    settings: Settings, database: Database, few: None
) -> None:
    with database.transaction() as session:
        make_customer(session, name="Chị Sáu")
    before = contents(settings)

    with pytest.raises(RealPeople) as refused:
        demo.fill(settings, say=quiet, now=NOON)

    assert contents(settings) == before
    assert refused.value.facts == {"customers": 1}
    assert "LOYALTY_DATABASE_URL" in str(refused.value)


def test_one_who_was_erased_was_a_real_person_too(settings: Settings, database: Database, few: None) -> None:
    with database.transaction() as session:
        made = award(session, "+84912345678")
        made_by = session.get_one(Customer, made.purchase.customer_id)
        profiles.forget(session, made_by, profiles.lock(session, made_by.id), now=NOON)

    with pytest.raises(RealPeople):
        demo.fill(settings, say=quiet, now=NOON)
    assert not is_demo(database)


def test_whoever_comes_to_a_filled_shop_is_a_demo_person(fill: Fill, settings: Settings) -> None:
    fill()
    database = opening.open_database(settings)
    with database.transaction() as session:
        assert make_customer(session).demo
    database.close()


def test_filling_goes_on_beside_people_who_came_by_playing(fill: Fill, settings: Settings) -> None:
    fill()
    database = opening.open_database(settings)
    with database.transaction() as session:
        award(session, "+84912345678", now=NOON)
    fill()
    with database.read_only() as session:
        assert session.scalar(select(func.count()).where(Purchase.key.startswith("test:"))) == 1
    database.close()


def test_a_real_member_of_staff_of_the_same_name_stays_alone(fill: Fill, database: Database) -> None:
    with database.transaction() as session:
        real = accounts.add(session, "Thu", "cashier", now=NOON)
    fill()

    with database.read_only() as session:
        assert not binding.chats_of_member(session, real.id)
        assert accounts.get_by_name(session, "Thu (mẫu)").demo
        assert not session.get_one(StaffMember, real.id).demo


def test_staff_who_left_their_chat_are_not_bound_again(fill: Fill, database: Database) -> None:
    fill()
    with database.transaction() as session:
        account = channels.find(session, "zalo", CHANNELS["zalo"][0])
        assert account is not None
        assert STAFF[0].zalo is not None
        binding.unbind(session, account.id, STAFF[0].zalo, now=NOON)
    fill()

    with database.read_only() as session:
        assert session.scalar(select(func.count()).where(StaffIdentity.unbound_at.is_(None))) == len(STAFF) - 1
        assert raising.list_open(session) == []


def test_filling_stops_when_the_demo_is_removed_meanwhile(
    fill: Fill, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(session: Session) -> set[str]:
        with database.transaction() as other:
            other.get_one(Installation, 1).demo = False
        return done(session)

    done = acts.done
    monkeypatch.setattr(acts, "done", ended)
    with pytest.raises(Conflict, match="loyalty seed"):
        fill()
    with database.read_only() as session:
        assert session.scalar(select(func.count()).select_from(Customer)) == 0


def test_it_speaks_the_language_of_the_shop(settings: Settings, few: None) -> None:
    said: list[str] = []
    demo.fill(replace(settings, locale="en"), say=said.append, now=NOON)

    assert said[0].startswith("Filling the demo shop")
    assert said[-1].endswith("purchases")
    bills = said[-1].split()[0].split("/")
    assert bills[0] == bills[1]
