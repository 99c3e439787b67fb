"""A month of the demo shop, worked out again as of each of its days."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import db
from loyalty.customers.models import Customer
from loyalty.points import statements
from tests.builders import NOON
from tests.builders_replay import differences, replayed

TODAY = NOON.date()


def test_the_whole_demo_shop_replays_without_a_difference(shop: Session) -> None:
    assert differences(shop, TODAY) == []


def test_each_of_a_months_days_replayed_gives_that_days_balances(shop: Session) -> None:
    first = int(not db.is_sqlite(shop))  # the engines take the days in turns
    people = shop.execute(select(Customer.id, Customer.public_id)).all()
    for back in range(first, 31, 2):
        day = TODAY - timedelta(days=back)
        found = replayed(shop, day)
        assert [line for each in found.values() for line in each.differences] == []
        balances = {each.public_id: statements.of(shop, each.id, day, day).closing for each in people}
        # no night's job ran in the demo's past: what fell due was written down with the next act
        assert {name: each.balance - each.kept + each.ended for name, each in found.items()} == balances
