"""Scores against the shop's quintiles: the same definition in both engines and in a sorted list, fair to equals."""

from datetime import timedelta
from math import ceil
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.customers.models import CustomerStats
from loyalty.segments import rfm
from tests.builders import NOON
from tests.builders_campaigns import make_person, stats_of

TODAY = NOON.date()


def reference(values: list[int], value: int) -> int:
    """One more than the number of fifths' values it is above, by sorting."""
    ordered = sorted(values)
    return 1 + sum(value > ordered[ceil(len(ordered) * fifth / 5) - 1] for fifth in (1, 2, 3, 4))


def test_scores_are_those_of_a_sorted_list_and_equals_score_alike(session: Session) -> None:
    chance = Random(5)
    for _ in range(57):
        bought = NOON - timedelta(hours=chance.randrange(24 * 20))
        make_person(
            session,
            orders=chance.choice([1, 1, 1, 2, 3, 9]),
            spent_12m=chance.randrange(9) * 50_000,
            last_purchase_at=bought,
        )
    never = make_person(session)
    kept = rfm.take_bounds(session, TODAY)
    assert rfm.rescore(session, kept, rfm.list_differing(session, kept)) == 57
    session.expire_all()
    people = session.scalars(select(CustomerStats).where(CustomerStats.orders > 0)).all()
    place = shop.of(session)
    days = [place.day(each.last_purchase_at).toordinal() for each in people if each.last_purchase_at]
    orders, spent = [each.orders for each in people], [each.spent_12m for each in people]
    for each, day in zip(people, days, strict=True):
        wanted = (reference(days, day), reference(orders, each.orders), reference(spent, each.spent_12m))
        assert (each.rfm_r, each.rfm_f, each.rfm_m) == wanted
        assert wanted == tuple(map(rfm.score, [kept] * 3, "rfm", (day, each.orders, each.spent_12m)))
    assert stats_of(session, never).rfm_r is None
    assert rfm.bounds(session) == kept


def test_only_changed_scores_are_written_and_who_buys_no_more_has_none(session: Session) -> None:
    people = [
        make_person(session, orders=number, spent_12m=number, last_purchase_at=NOON - timedelta(days=number))
        for number in range(1, 11)
    ]
    kept = rfm.take_bounds(session, TODAY)
    assert rfm.rescore(session, kept, rfm.list_differing(session, kept)) == 10
    assert rfm.rescore(session, kept, rfm.list_differing(session, kept)) == 0
    last = stats_of(session, people[0])
    last.orders, last.spent_12m, last.last_purchase_at = 0, 0, None
    session.flush()
    assert rfm.rescore(session, kept, [last.customer_id]) == 1
    session.expire_all()
    assert (last.rfm_r, last.rfm_f, last.rfm_m) == (None, None, None)


def test_a_shop_nobody_bought_at_has_no_quintiles(session: Session) -> None:
    make_person(session)
    assert rfm.take_bounds(session, TODAY) == {} == rfm.bounds(session)
    assert rfm.list_differing(session, {}) == [] and rfm.rescore(session, {}, [1]) == 0
