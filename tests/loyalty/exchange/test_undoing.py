"""An import is taken back row by row; whatever was used since stays, and says why."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from loyalty.customers import notes, profiles
from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.exchange import batches
from loyalty.exchange.batches import WrongState
from loyalty.exchange.models import Fate, ImportBatch, Kind, State
from loyalty.points import ledger
from loyalty.staff import audit
from tests.builders import NOON
from tests.builders_customers import LAN, MINH, make_customer, make_identity
from tests.builders_exchange import bring_in, check, make_csv, outcomes, rows_of, undo
from tests.builders_points import award, problems, stats_of

LATER = NOON + timedelta(hours=1)
TWO = make_csv(("Lan", "0912345678", "lan@example.com", "1/1/2024", 10), ("Minh", "0987654321", "", "", 20))


def fates(database: Database, batch: ImportBatch) -> dict[int, tuple[str, str | None]]:
    with database.read_only() as session:
        return {number: (row.fate, row.reason) for number, row in rows_of(session, batch).items()}


def customer_with(database: Database, phone: str) -> Customer | None:
    with database.read_only() as session:
        return profiles.find_by_phone(session, phone)


def test_people_nobody_has_used_are_nobody_again(database: Database) -> None:
    batch = undo(database, bring_in(database, TWO), now=LATER)

    assert (batch.state, batch.counts["undo"], batch.finished_at) == (State.UNDONE, {"undone": 2}, LATER)
    assert customer_with(database, LAN) is None
    assert fates(database, batch) == {2: (Fate.UNDONE, None), 3: (Fate.UNDONE, None)}
    with database.read_only() as session:
        assert session.scalar(sa.text("SELECT count(*) FROM customer_key")) == 0
        assert session.scalar(sa.text("SELECT count(*) FROM name_token")) == 0
        assert session.scalar(sa.text("SELECT sum(points) FROM ledger_entry")) == 0
        assert problems(session) == []


def test_a_person_who_wrote_since_stays_without_the_points(database: Database) -> None:
    batch = bring_in(database, TWO)
    with database.transaction() as session:
        lan = profiles.find_by_phone(session, LAN)
        assert lan is not None
        make_identity(session, lan)

    undo(database, batch, now=LATER)

    assert fates(database, batch) == {2: (Fate.KEPT, "in_use"), 3: (Fate.UNDONE, None)}
    with database.read_only() as session:
        assert ledger.balance(session, lan.id) == 0
        assert profiles.name_of(session, profiles.get(session, lan.id)) == "Lan"


def test_points_somebody_spent_are_kept_and_so_is_their_owner(database: Database) -> None:
    batch = bring_in(database, TWO)
    with database.transaction() as session:
        session.execute(sa.text("UPDATE lot SET remaining = 3 WHERE points = 10"))

    undone = undo(database, batch)

    assert fates(database, batch) == {2: (Fate.KEPT, "points_spent"), 3: (Fate.UNDONE, None)}
    assert undone.counts["undo"] == {"kept": 1, "undone": 1}
    assert customer_with(database, LAN) is not None


def test_a_person_who_bought_since_stays(database: Database) -> None:
    batch = bring_in(database, TWO)
    with database.transaction() as session:
        award(session, LAN, 50_000)
    undo(database, batch)
    assert fates(database, batch)[2] == (Fate.KEPT, "in_use")
    with database.read_only() as session:
        assert problems(session) == []


def test_what_was_filled_is_empty_again_unless_somebody_wrote_into_it(database: Database) -> None:
    with database.transaction() as session:
        lan = make_customer(session, phone=LAN, joined=False)
        minh = make_customer(session, phone=MINH, joined=False)
    batch = bring_in(database, make_csv(
        ("Lan", "0912345678", "lan@example.com", "1/1/2024", ""),
        ("Minh", "0987654321", "minh@example.com", "1/1/2024", ""),
    ))  # fmt: skip
    with database.transaction() as session:
        profiles.set_name(session, profiles.get(session, minh.id), "Trần Minh", now=NOON)

    undo(database, batch)

    assert fates(database, batch) == {2: (Fate.UNDONE, None), 3: (Fate.KEPT, "changed_since")}
    with database.read_only() as session:
        found = [profiles.get(session, each.id) for each in (lan, minh)]
        assert [profiles.name_of(session, each) for each in found] == [None, "Trần Minh"]
        assert [profiles.email_of(session, each) for each in found] == [None, None]
        assert [each.joined_at for each in found] == [None, None]
        assert [stats_of(session, each).joined_at for each in found] == [None, None]


def test_notes_go_with_their_row(database: Database) -> None:
    with database.transaction() as session:
        lan = make_customer(session, phone=LAN)
    heads = ("Tên", "SĐT", "Ghi chú")
    data = make_csv(("Lan", "0912345678", "không đường"), ("Minh", "0987654321", "ngồi góc"), heads=heads)
    batch = undo(database, bring_in(database, data))

    assert batch.counts["undo"] == {"undone": 2}
    with database.read_only() as session:
        assert notes.list_newest(session, lan.id) == []
    assert customer_with(database, MINH) is None


def test_a_customer_two_rows_gave_points_to_goes_wholly(database: Database) -> None:
    data = make_csv(("0912345678", 10, ""), ("0912345678", 5, "31/12/2026"), heads=("SĐT", "Điểm", "Hạn dùng"))
    batch = undo(database, bring_in(database, data, Kind.BALANCES, create_missing=True))
    assert batch.counts["undo"] == {"undone": 2}
    assert customer_with(database, LAN) is None


def test_whoever_was_erased_since_has_nothing_left_to_take_back(database: Database) -> None:
    batch = bring_in(database, make_csv(("Lan", "0912345678"), heads=("Tên", "SĐT")))
    with database.transaction() as session:
        lan = profiles.find_by_phone(session, LAN)
        assert lan is not None
        profiles.release(session, lan.id, now=NOON)
    assert undo(database, batch).counts["undo"] == {"undone": 1}


def test_only_what_was_written_can_be_undone(database: Database) -> None:
    batch = check(database, TWO)
    with database.transaction() as session, pytest.raises(WrongState):
        batches.begin_undo(session, batch.public_id, author=audit.CLI, now=NOON)


def test_a_stopped_import_can_be_undone_as_far_as_it_came(database: Database) -> None:
    batch = check(database, TWO)
    with database.transaction() as session:
        held = batches.confirm(session, batch.public_id, author=audit.CLI, now=NOON)
        batches.stop(session, held)
    assert undo(database, batch).state == State.UNDONE
    assert {fate for fate, _ in fates(database, batch).values()} == {Fate.PLANNED}


def test_a_file_that_was_undone_may_come_again(database: Database) -> None:
    undo(database, bring_in(database, TWO))
    again = bring_in(database, TWO)
    assert [outcome for outcome, _ in outcomes(database, again).values()] == ["new", "new"]
    assert customer_with(database, LAN) is not None
