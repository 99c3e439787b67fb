"""Who enters a journey: the right people, each once for an occasion, however often and by whomever it is looked."""

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from jobs.journeys import advance_journeys
from loyalty.activity import timeline
from loyalty.customers import consents
from loyalty.customers.consents import Purpose
from loyalty.customers.models import ChannelIdentity, Customer, CustomerStats
from loyalty.db import Database
from loyalty.journeys import admission, entering, happenings, lifecycle, verify
from loyalty.journeys.models import Journey, JourneyEntry
from loyalty.points.models import LedgerEntry, Lot
from loyalty.purchases.models import PurchaseLine
from loyalty.segments import cycles, saved, thresholds
from loyalty.segments.models import SegmentChange
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_campaigns import FakeChannel
from tests.builders_journeys import context_of, inside, make_fan, make_journey, plan, work
from tests.builders_points import award

DAY = timedelta(days=1)
TODAY = date(2026, 11, 22)


def look(database: Database, settings: Settings, now: datetime = NOON) -> list[tuple[int, str]]:
    work(context_of(database, settings, FakeChannel(), now))
    return inside(database)


def lot(session: Session, customer: Customer, ends: date) -> None:
    """A hundred points that end on a day."""
    award(session, customer, 1_000_000)
    newest = session.scalars(sa.select(Lot).filter_by(customer_id=customer.id).order_by(Lot.entry_id.desc())).first()
    assert newest is not None
    newest.expires_on = ends
    session.flush()


def bought(session: Session, name: str, *days_ago: int, **line: Any) -> Customer:
    """Somebody who bought so many days ago."""
    customer = make_fan(session, name)
    for ago in sorted(days_ago, reverse=True):
        made = award(session, customer, 100_000, now=NOON - ago * DAY)
        if line:
            _line(session, made.entry, **line)
    return customer


def _line(session: Session, entry: LedgerEntry, **line: Any) -> None:
    told = {"name": "Cà phê", "quantity": 1, "unit_price": 100_000, "discount": 0, "position": 0, "sku": None}
    session.add(PurchaseLine(purchase_id=entry.purchase_id, **{**told, "category": None, **line}))
    session.flush()


def of_birthdays(session: Session) -> tuple[dict[str, Any], list[tuple[Customer, str]]]:
    week = make_fan(session, "Lan", birthday=1129)
    for name, birthday in (("Minh", 1122), ("Hoa", 1130), ("Vy", 1128)):
        make_fan(session, name, birthday=birthday)
    make_fan(session, "Nam", birthday=1129, promotion=False)
    make_fan(session, "Mới", birthday=1129, birthday_from=date(2027, 1, 1))
    return {"kind": "birthday", "days_before": 7}, [(week, "2026")]


def of_falling(session: Session) -> tuple[dict[str, Any], list[tuple[Customer, str]]]:
    near = make_fan(session, "Lan", falls_on=TODAY + 10 * DAY)
    make_fan(session, "Minh", falls_on=TODAY + 11 * DAY)
    make_fan(session, "Hoa")
    return {"kind": "tier_falling", "days": 10}, [(near, "falls:2026-12-02")]


def of_expiring(session: Session) -> tuple[dict[str, Any], list[tuple[Customer, str]]]:
    rich = make_fan(session, "Lan")
    lot(session, rich, TODAY + 7 * DAY)
    lot(session, make_fan(session, "Minh"), TODAY + 8 * DAY)
    many = {"kind": "points_expiring", "days": 7, "least": 100}
    return many, [(rich, "ends:2026-11-29")]


def of_away(session: Session) -> tuple[dict[str, Any], list[tuple[Customer, str]]]:
    """Every ten days, so twenty days is two gaps; the shop's is ten days, too."""
    own = bought(session, "Lan", 40, 30, 20)
    shops = bought(session, "Minh", 20)
    bought(session, "Hoa", 60, 40, 20)  # every twenty days: not away yet
    bought(session, "Vy", 39, 29, 19)  # tomorrow
    bought(session, "An", 50, 40, 30)  # ten days ago, before the journey was there
    cycles.keep(session, session.scalars(sa.select(CustomerStats.customer_id)).all())
    thresholds.choose(session, {"gap_days": 10}, by="demo", now=NOON)
    return {"kind": "away", "times": 2}, [(own, "away:2026-11-02"), (shops, "away:2026-11-02")]


def of_purchase(session: Session) -> tuple[dict[str, Any], list[tuple[Customer, str]]]:
    cake = bought(session, "Lan", 3, category="Bánh")
    bought(session, "Minh", 3, category="Cà phê")
    bought(session, "Hoa", 4, category="Bánh")
    return {"kind": "purchase", "days": 3, "category": "Bánh"}, [(cake, "bought:2026-11-19")]


def of_first(session: Session) -> tuple[dict[str, Any], list[tuple[Customer, str]]]:
    first = bought(session, "Lan", 3)
    bought(session, "Minh", 10, 3)
    return {"kind": "purchase", "days": 3, "first": True}, [(first, "bought:2026-11-19")]


BY_CALENDAR = (
    of_birthdays,
    of_falling,
    of_expiring,
    of_away,
    of_purchase,
    of_first,
)
Scene = Callable[[Session], tuple[dict[str, Any], list[tuple[Customer, str]]]]


@pytest.mark.parametrize("scene", BY_CALENDAR, ids=lambda scene: scene.__name__)
def test_each_trigger_of_the_calendar_lets_the_right_people_in_once(
    scene: Scene, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "CHUNK", 1)  # each person is a chunk of their own
    with database.transaction() as session:
        trigger, expected = scene(session)
        make_journey(session, plan(trigger, again=200))
    found = look(database, settings)
    assert sorted(found) == sorted((customer.id, occasion) for customer, occasion in expected)
    with database.transaction() as session:  # the same day once more, from the beginning
        journey = session.scalars(sa.select(Journey)).one()
        assert journey.looked_on == TODAY
        journey.looked_on = TODAY - DAY
    assert look(database, settings) == found
    with database.read_only() as session:
        assert list(verify.problems(session)) == []


def agree(session: Session, customer: Customer, *, granted: bool = True, at: datetime = NOON) -> None:
    chat = session.scalars(sa.select(ChannelIdentity).filter_by(customer_id=customer.id)).one()
    key = f"test:{customer.id}:{granted}:{at}"
    told = {"text_version": "v1", "locale": "vi", "event_key": key, "words": None, "now": at}
    consents.record(session, chat, Purpose.PROMOTION, granted, **told)  # type: ignore[arg-type]


def test_the_timeline_lets_in_who_agreed_for_the_first_time_and_who_rose(
    database: Database, settings: Settings
) -> None:
    with database.transaction() as session:
        before = make_fan(session, "Trước", promotion=False)
        agree(session, before)
        again = make_fan(session, "Lại", promotion=False)
        agree(session, again, at=NOON - 90 * DAY)
        agree(session, again, granted=False, at=NOON - 60 * DAY)
        welcome = make_journey(session, plan({"kind": "welcome"}))
        rising = make_journey(session, plan({"kind": "tier_up", "tier": "silver"}, again=30))
        new, old = make_fan(session, "Mới", promotion=False), make_fan(session, "Cũ", promotion=False)
        agree(session, new)
        agree(session, again)
        agree(session, old, at=NOON - 3 * DAY)  # what an import brings along is no news
        rose, fell = make_fan(session, "Lên"), make_fan(session, "Xuống")
        higher = make_fan(session, "Cao")
        for customer, step in ((rose, ("member", "silver")), (fell, ("gold", "silver")), (higher, ("member", "gold"))):
            timeline.record(session, customer.id, "tier", at=NOON, data={"from": step[0], "to": step[1]})
    found = look(database, settings)
    assert found == [(new.id, "once"), (rose.id, "tier:silver:2026-11-22")]
    with database.transaction() as session:
        session.execute(sa.update(Journey).values(cursor=0))  # read from the very beginning
    assert look(database, settings)[:2] == found
    assert {customer for customer, _ in inside(database)} == {new.id, rose.id, before.id}  # the one before it, too
    assert welcome.id != rising.id


def test_who_comes_into_a_segment_enters_not_who_belongs_since_it_was_made(
    database: Database, settings: Settings
) -> None:
    with database.transaction() as session:
        rules = {"all": [{"field": "points", "op": ">=", "value": 100}]}
        segment = saved.create(session, "Nhiều điểm", rules, now=NOON)
        fans = [make_fan(session, name, points=150) for name in ("Trước", "Vào", "Lập", "Ra", "Không nhận")]
        before, came, began, left, unwilling = fans
        _changed(session, segment.id, before, "purchase")
        make_journey(session, plan({"kind": "segment", "segment": segment.public_id}, again=30))
        for customer, cause in ((came, "purchase"), (began, "rules"), (unwilling, "nightly")):
            _changed(session, segment.id, customer, cause)
        _changed(session, segment.id, left, "nightly", entered=False)
        session.execute(sa.update(CustomerStats).filter_by(customer_id=unwilling.id).values(consent_promotion=False))
    found = look(database, settings)
    assert [customer for customer, _ in found] == [came.id]
    assert look(database, settings) == found


def _changed(session: Session, segment_id: int, customer: Customer, cause: str, *, entered: bool = True) -> None:
    session.add(SegmentChange(segment_id=segment_id, customer_id=customer.id, entered=entered, at=NOON, cause=cause))
    session.flush()


def test_joining_needs_the_yes_to_offers_as_well(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        make_journey(session, plan({"kind": "welcome", "on": "joined"}))
        quick = make_fan(session, "Lan", promotion=False, joined_at=NOON)
        timeline.record(session, quick.id, "joined", at=NOON)
        silent = make_fan(session, "Minh", promotion=False, joined_at=NOON)
        timeline.record(session, silent.id, "joined", at=NOON)
        old = make_fan(session, "Hoa", promotion=False, joined_at=NOON - 300 * DAY)
        agree(session, old)
    assert look(database, settings) == []
    with database.transaction() as session:
        agree(session, quick)
    assert look(database, settings) == [(quick.id, "once")]


def test_how_often_one_may_enter(database: Database, settings: Settings) -> None:
    """A birthday by each rule, over two years; 29 February as the programme keeps it."""
    with database.transaction() as session:
        leap = make_fan(session, "Lan", birthday=229)
        make_journey(session, plan(again="never"), now=datetime(2027, 2, 1, tzinfo=NOON.tzinfo))
        make_journey(session, plan(again="yearly"), now=datetime(2027, 2, 1, tzinfo=NOON.tzinfo))
        make_journey(session, plan(again=400), now=datetime(2027, 2, 1, tzinfo=NOON.tzinfo))
    for day in (date(2027, 2, 28), date(2028, 2, 28), date(2028, 2, 29)):
        look(database, settings, datetime.combine(day, NOON.timetz()))
    expected = [(leap.id, "once"), (leap.id, "2027"), (leap.id, "2027"), (leap.id, "2028")]
    assert inside(database) == expected  # by days: 366 after the first is too soon


def test_a_segment_narrows_who_may_enter_and_a_refusal_to_be_chosen_holds(
    database: Database, settings: Settings
) -> None:
    with database.transaction() as session:
        rules = {"all": [{"field": "points", "op": ">=", "value": 100}]}
        segment = saved.create(session, "Nhiều điểm", rules, now=NOON)
        rich = make_fan(session, "Lan", points=150, birthday=1122)
        make_fan(session, "Minh", points=10, birthday=1122)
        make_fan(session, "Hoa", points=150, birthday=1122, refused=",personalisation,")
        make_journey(session, segment=segment.public_id)
    assert look(database, settings) == [(rich.id, "once")]


def test_nobody_enters_before_nine_nor_what_a_paused_journey_misses(database: Database, settings: Settings) -> None:
    early = datetime(2026, 11, 23, 1, 59, tzinfo=NOON.tzinfo)  # 08:59 at the shop
    with database.transaction() as session:
        monday = make_fan(session, "Lan", birthday=1123)
        journey = make_journey(session)
    assert look(database, settings, early) == []
    assert look(database, settings, early + timedelta(minutes=1)) == [(monday.id, "once")]
    with database.transaction() as session:
        tuesday = make_fan(session, "Minh", birthday=1124)
        lifecycle.pause(session, session.get_one(Journey, journey.id))
    assert len(look(database, settings, early + DAY + timedelta(hours=2))) == 1
    with database.transaction() as session:
        lifecycle.resume(session, session.get_one(Journey, journey.id), now=early + 2 * DAY)
    assert look(database, settings, early + 2 * DAY + timedelta(hours=2))[1:] == [(tuesday.id, "once")]


def test_raced_by_three_and_killed_in_the_middle_everybody_enters_once(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "CHUNK", 3)
    with database.transaction() as session:
        people = sorted(make_fan(session, f"Lan {number}", birthday=1122).id for number in range(20))
        journey = make_journey(session)
    context = context_of(database, settings, FakeChannel())
    with pytest.raises(KeyboardInterrupt), database.transaction() as session:
        chunk = entering.next_chunk(session, session.get_one(Journey, journey.id), now=NOON)
        assert chunk is not None
        entering.take(session, journey.id, chunk, now=NOON)
        raise KeyboardInterrupt  # before it is committed
    assert inside(database) == []
    faults: list[BaseException] = []

    def schedule() -> None:
        try:
            while advance_journeys(context):
                pass
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=schedule) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    while advance_journeys(context):
        pass
    assert sorted(customer for customer, _ in inside(database)) == people
    with database.read_only() as session:
        stale = entering.next_chunk(session, session.get_one(Journey, journey.id), now=NOON)
    assert stale is None


def test_the_timeline_is_read_in_stretches(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(happenings, "BATCH", 2)
    with database.transaction() as session:
        make_journey(session, plan({"kind": "welcome"}))
        fans = [make_fan(session, f"Lan {number}", promotion=False) for number in range(5)]
        for fan in fans:
            agree(session, fan)
    assert [customer for customer, _ in look(database, settings)] == [fan.id for fan in fans]
    with database.read_only() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(JourneyEntry)) == 5
