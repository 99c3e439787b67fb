"""What `loyalty serve` prints about signing in."""

import re
from dataclasses import replace
from datetime import UTC, datetime

from loyalty.cli import way_in
from loyalty.db import Database
from loyalty.demo import ground
from loyalty.settings import Settings
from loyalty.staff import accounts, invitations
from loyalty.staff.invitations import Kind
from tests.builders_staff import make_staff

ADDRESS = "http://127.0.0.1:9000"
LINK = re.compile(r"http://127\.0\.0\.1:9000/console/welcome/([A-Za-z0-9_-]{32})$")


def owned(database: Database, *, demo: bool) -> None:
    with database.transaction() as session:
        make_staff(session, "cashier", "Thu")
        make_staff(session, "owner", "Mai")
        ground.set_demo(session, demo)


def test_a_demo_shop_gets_a_fresh_link_at_every_start(database: Database, settings: Settings) -> None:
    owned(database, demo=True)

    tokens = [found.group(1) for _ in range(2) if (found := LINK.search(way_in.signpost(settings, ADDRESS)))]

    assert len(set(tokens)) == 2
    with database.read_only() as session:
        told = [invitations.find(session, token, now=datetime.now(UTC)) for token in tokens]
        assert told[0] is None
        assert told[1] == (accounts.get_by_name(session, "Mai"), Kind.SIGN_IN)


def test_a_real_shop_is_told_only_where_the_door_is(database: Database, settings: Settings) -> None:
    owned(database, demo=False)
    told = way_in.signpost(settings, ADDRESS)
    assert told.endswith(f"{ADDRESS}/console/")
    assert "welcome" not in told


def test_a_shop_without_an_owner_is_told_how_to_add_one(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        make_staff(session, "manager", "Hùng")
    assert "loyalty staff add 'Tên' --role owner" in way_in.signpost(replace(settings), ADDRESS)
