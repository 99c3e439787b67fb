"""The hour of day each person is best written to, against the formula in plain fractions."""

import random
from collections import Counter
from datetime import timedelta
from fractions import Fraction
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobs import hours as jobs
from jobs.registry import Context
from loyalty.activity import timeline
from loyalty.customers import consents
from loyalty.customers.consents import Purpose
from loyalty.customers.models import CustomerStats
from loyalty.customers.traits.models import CustomerHour
from loyalty.db import Database
from loyalty.privacy import erasing
from loyalty.purchases import hours
from loyalty.settings import Settings
from loyalty.shop import of as shop_of
from tests.builders import NOON
from tests.builders_customers import make_customer
from tests.builders_points import award, undo

FREE = range(8, 21)  # quiet from 21:00 to 08:00
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def reference(own: Counter[int], everybody: Counter[int]) -> int:
    """Half of an event in its hour, a quarter beside it; twelve more as everybody's are; the earliest of the best."""

    def spread(counts: Counter[int], hour: int) -> Fraction:
        beside = counts[(hour - 1) % 24] + counts[(hour + 1) % 24]
        return Fraction(counts[hour], 2) + Fraction(beside, 4)

    whole = sum(everybody.values())
    weights = {hour: spread(own, hour) + 12 * spread(everybody, hour) / whole for hour in FREE}
    return max(FREE, key=lambda hour: (weights[hour], -hour))


def test_everybodys_hour_is_what_the_formula_says(database: Database, settings: Settings) -> None:
    rng, told = random.Random(103), {}
    with database.transaction() as session:
        zone = shop_of(session).timezone
        for number in range(14):
            person, seen = make_customer(session), set[tuple[int, int]]()
            for _ in range(number * 2):
                at = NOON - rng.randrange(380) * DAY - rng.choice((0, 0, 3, 4, 8, 14)) * HOUR
                if rng.random() < 0.4:
                    timeline.record(session, person.id, "message_in", at=at)
                else:
                    made = award(session, person, purchased_at=at)
                    if rng.random() < 0.2:
                        undo(session, made)
                        continue
                if at >= NOON - 365 * DAY:
                    local = at.astimezone(zone)
                    seen.add((local.toordinal(), local.hour))
            told[person.id] = Counter(hour for _, hour in seen)
        refuser = make_customer(session)
        award(session, refuser, purchased_at=NOON - 9 * HOUR)
        session.get_one(CustomerStats, refuser.id).refused = ",personalisation,"
    everybody = sum(told.values(), Counter([3]))

    jobs.learn_hours(Context(database, settings, {}, clock=lambda: NOON), NOON)

    with database.read_only() as session:
        kept = {row.customer_id: (row.hour, row.events) for row in session.scalars(select(CustomerHour))}
        assert hours.shop_hour(session) == reference(Counter(), everybody)
    assert kept == {each: (reference(own, everybody), sum(own.values())) for each, own in told.items() if own}
    assert len({hour for hour, _ in kept.values()}) > 1


@pytest.mark.parametrize(
    ("own", "everybody", "hour"),
    [
        ({}, {}, 10),  # nothing known of anybody
        ({}, {18: 5, 9: 4}, 18),
        ({19: 1}, {9: 100}, 9),  # one evening does not outweigh twelve imagined mornings
        ({19: 30}, {9: 100}, 19),
        ({23: 50}, {9: 1}, 9),  # their night is quiet
        ({22: 50}, {9: 1}, 9),
        ({21: 50}, {9: 1}, 20),  # the hour beside it is not
    ],
)
def test_few_events_are_shrunk_to_the_shop(own: hours.Hours, everybody: hours.Hours, hour: int) -> None:
    assert hours.best(own, everybody, FREE) == hour


def test_a_second_night_writes_nothing(session: Session) -> None:
    lan = make_customer(session)
    award(session, lan)
    found, last = hours.tally(session, after_id=0, limit=10, now=NOON)
    assert last is not None
    hours.keep_shop(session, found[lan.id])

    first = hours.compare(session, found, after_id=0, until_id=last)
    hours.keep(session, first)

    assert list(first.put) == [lan.id] and not hours.compare(session, found, after_id=0, until_id=last)
    assert hours.compare(session, {}, after_id=0, until_id=last).gone == [lan.id]  # nothing of theirs is left


@pytest.mark.parametrize("leaves", ["refuses", "is_erased"])
def test_of_who_refuses_or_is_erased_no_hour_stays_nor_comes_back(session: Session, leaves: str) -> None:
    """Not even by a night that had looked at them before."""
    lan = make_customer(session)
    award(session, lan)
    found, last = hours.tally(session, after_id=0, limit=10, now=NOON)
    assert last is not None
    late = hours.compare(session, found, after_id=0, until_id=last)
    hours.keep(session, late)
    assert session.get(CustomerHour, lan.id) is not None

    if leaves == "refuses":
        no = partial(consents.switch, session, lan.id, Purpose.PERSONALISATION, False, channel_account_id=None)
        no(text_version="t", locale="vi", event_key="k", words=None, now=NOON)
    else:
        erasing.erase(session, lan.id, by="customer", now=NOON)

    for _ in range(2):
        session.expire_all()
        assert session.scalars(select(CustomerHour)).all() == []
        hours.keep(session, late)
