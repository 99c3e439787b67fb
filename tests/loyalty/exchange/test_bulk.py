"""Many rows at once are the same rows as one by one."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import many, shop
from loyalty.activity.models import Activity
from loyalty.customers import bulk, emails, profiles, searching
from loyalty.customers.bulk import Newcomer
from loyalty.customers.models import Customer, CustomerStats, NameToken
from loyalty.db import keyring
from loyalty.points import accounts, opening
from loyalty.points.opening import Opening
from loyalty.points.returns.reversal import AlreadyUndone, NotUndoable
from loyalty.points.spending import PointsSpent
from loyalty.vault.models import CustomerKey
from tests.builders import NOON
from tests.builders_customers import LAN, MINH, kinds, make_customer
from tests.builders_points import award, problems, stats_of

TODAY = date(2026, 11, 22)
OWN = {
    "id",
    "customer_id",
    "public_id",
    "bucket",
    "name",
    "phone",
    "phone_key",
    "token",
    "ledger_chain",
    "consent_chain",
}


def columns(row: Any) -> dict[str, Any]:
    """What two customers may have in common; of what is sealed only whether it is there."""
    values = {column.name: getattr(row, column.name) for column in row.__table__.columns}
    return {name: value is None if name in OWN else value for name, value in values.items()}


def _tokens(session: Session, customer: Customer) -> int:
    """By how many words of the name they are found."""
    return len(session.scalars(sa.select(NameToken).filter_by(customer_id=customer.id)).all())


def make_many(session: Session, *newcomers: Newcomer) -> list[Customer]:
    sealed = [bulk.seal(each, keyring(session), shop.of(session), source="import", now=NOON) for each in newcomers]
    ids = bulk.create_many(session, sealed)
    return [profiles.get(session, ids[each.public_id]) for each in sealed if each.public_id in ids]


@pytest.mark.parametrize("joined", [True, False])
def test_a_customer_made_among_many_has_the_rows_of_one_made_alone(session: Session, joined: bool) -> None:
    alone = profiles.create(session, source="import", now=NOON, name="Nguyễn Thị Lan", phone=LAN, joined=joined)
    [other] = make_many(session, Newcomer(MINH, "Nguyễn Thị Lan", joined_at=NOON if joined else None))

    assert columns(other) == columns(alone)
    assert columns(stats_of(session, other)) == columns(stats_of(session, alone))
    assert kinds(session, other.id) == kinds(session, alone.id)
    assert [_tokens(session, each) for each in (alone, other)] == [3, 3]
    assert profiles.name_of(session, other) == "Nguyễn Thị Lan"
    assert profiles.phone_of(session, other) == MINH
    assert {each.id for each in searching.by_name(session, "lan nguyen", limit=9)} == {alone.id, other.id}
    assert session.get(CustomerKey, other.id) is not None


def test_whoever_has_the_phone_or_the_address_stays_the_only_one(session: Session) -> None:
    lan = make_customer(session, phone=LAN)
    profiles.set_email(session, lan, "lan@example.com")

    made = make_many(
        session,
        Newcomer(LAN, "Kẻ khác"),
        Newcomer("+84903000001", email=emails.parse("LAN@example.com")),
        Newcomer(MINH, "Minh"),
    )

    assert [profiles.name_of(session, each) for each in made] == ["Minh"]
    for model in (CustomerStats, CustomerKey):
        assert session.scalar(sa.select(sa.func.count()).select_from(model)) == 2


def test_nobody_is_made_of_nothing(session: Session) -> None:
    assert bulk.create_many(session, []) == {}


def test_rows_go_to_the_driver_as_sqlalchemy_would_write_them(session: Session) -> None:
    customer = make_customer(session)
    table = Activity.metadata.tables[Activity.__tablename__]
    row = {
        "public_id": "a", "customer_id": customer.id, "kind": "x", "at": datetime(2026, 1, 2, 3, tzinfo=UTC),
        "on": TODAY, "data": {"số": [1, None]}, "body": b"\0\xff",
    }  # fmt: skip
    session.execute(sa.insert(table), [row])
    many.execute(session.connection(), sa.insert(table), [{**row, "public_id": "b"}, {**row, "public_id": "c"}])

    written = session.scalars(sa.select(Activity).where(Activity.kind == "x").order_by(Activity.public_id)).all()
    assert [each.public_id for each in written] == ["a", "b", "c"]
    assert {(each.at, each.on, str(each.data), each.body) for each in written} == {
        (row["at"], TODAY, "{'số': [1, None]}", b"\0\xff")
    }


def give(session: Session, *openings: Opening) -> dict[str, int]:
    return dict(opening.give_many(session, openings, actor="cli", now=NOON))


def test_an_opening_balance_is_a_dated_lot_and_changes_nothing_else(session: Session) -> None:
    lan = make_customer(session, phone=LAN)
    award(session, lan, 15_000)  # 1 point, 5,000 ₫ carried
    before = accounts.lock(session, lan.id, TODAY)[0]

    give(session, Opening(lan.id, 120, "import:b:2", date(2027, 3, 31)), Opening(lan.id, 30, "import:b:3"))

    after = accounts.lock(session, lan.id, TODAY)[0]
    assert after.points == before.points + 150
    assert (after.carry, after.tier, after.tier_since, after.totals) == (
        5_000,
        before.tier,
        before.tier_since,
        before.totals,
    )
    days = session.execute(sa.text("SELECT points, expires_on FROM lot ORDER BY entry_id")).all()
    assert [(points, str(on)) for points, on in days] == [(1, "2027-11-22"), (120, "2027-03-31"), (30, "2027-11-22")]
    assert kinds(session, lan.id)[-2:] == ["points_opened", "points_opened"]
    assert problems(session) == []


def test_the_same_key_gives_once(session: Session) -> None:
    lan = make_customer(session)
    first = give(session, Opening(lan.id, 120, "import:b:2"))
    assert (
        give(session, Opening(lan.id, 120, "import:b:2"), Opening(lan.id, 5, "import:b:3"))["import:b:2"]
        == first["import:b:2"]
    )
    assert stats_of(session, lan).points == 125
    assert problems(session) == []


def test_an_erased_customer_is_given_nothing(session: Session) -> None:
    lan = make_customer(session)
    profiles.release(session, lan.id, now=NOON)
    assert give(session, Opening(lan.id, 120, "import:b:2")) == {}


def take_back(session: Session, entry_id: int, key: str = "undo-import:b:2") -> int:
    return opening.take_back(session, entry_id, actor="cli", key=key, now=NOON).id


def test_an_opening_balance_is_taken_back_once(session: Session) -> None:
    lan = make_customer(session)
    [entry] = give(session, Opening(lan.id, 120, "import:b:2")).values()

    undone = take_back(session, entry)

    assert take_back(session, entry) == undone
    with pytest.raises(AlreadyUndone):
        take_back(session, entry, "another")
    assert stats_of(session, lan).points == 0
    assert problems(session) == []


def test_points_that_were_used_are_not_taken_back(session: Session) -> None:
    lan = make_customer(session)
    [entry] = give(session, Opening(lan.id, 120, "import:b:2")).values()
    session.execute(sa.text("UPDATE lot SET remaining = 100"))

    with pytest.raises(PointsSpent) as refused:
        take_back(session, entry)
    assert (refused.value.facts["points"], refused.value.facts["left"]) == (120, 100)


def test_a_purchase_is_not_taken_back_as_an_opening(session: Session) -> None:
    made = award(session, make_customer(session))
    with pytest.raises(NotUndoable):
        take_back(session, made.entry.id)


def test_a_joining_is_taken_back_unless_they_came_since(session: Session) -> None:
    lan, minh = make_customer(session, phone=LAN), make_customer(session, phone=MINH)
    award(session, minh, 50_000)
    assert profiles.unjoin(session, lan, joined_at=NOON, now=NOON)
    assert not profiles.unjoin(session, minh, joined_at=NOON, now=NOON)
    assert (lan.joined_at, stats_of(session, lan).joined_at, minh.joined_at) == (None, None, NOON)
    assert not profiles.unjoin(session, lan, joined_at=NOON, now=NOON)
