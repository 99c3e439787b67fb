"""The demo shop has a few people to ring up, with words that are true."""

from loyalty import shop
from loyalty.db import Database
from loyalty.messaging import phoning
from loyalty.points import lots
from tests.builders import NOON


def test_three_people_whose_points_end_next_are_on_the_list(whole: Database) -> None:
    with whole.read_only() as session:
        rows = phoning.list_open(session, now=NOON, limit=10)
        assert len(rows) == 3
        for call, customer in rows:
            end = lots.next_expiring(session, customer.id, shop.of(session).day(NOON))
            assert end is not None and f"{end.on:%d/%m/%Y}" in phoning.words_of(session, call)
