"""A restore verifies before it replaces, replaces all or nothing, and repeats nothing of its own."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from loyalty.campaigns.models import Campaign
from loyalty.channels import tokens
from loyalty.channels.tokens import Pair
from loyalty.cli import verify
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.installation import opening
from loyalty.installation.backups.envelope import BadBackup
from loyalty.messaging.models import OutboundMessage
from loyalty.messaging.outbox import Lane
from loyalty.settings import Settings
from loyalty.staff import accounts, audit, keys, leaving, passwords
from loyalty.vault.models import CustomerKey
from tests.builders import NOON
from tests.builders_backups import back_up, contents, elsewhere, make_message, make_shop, restore
from tests.builders_customers import later, make_account, make_customer, make_identity
from tests.builders_points import award
from tests.builders_staff import make_staff, quick_hashing

SETTLED = {"campaign", "outbound_message"}  # what a restore changes on purpose


def differences(one: Settings, other: Settings) -> set[str]:
    first, second = contents(one), contents(other)
    assert first.keys() == second.keys()
    return {name for name in first if first[name] != second[name]}


@contextmanager
def opened(settings: Settings) -> Iterator[Session]:
    database = opening.open_database(settings)
    try:
        with database.transaction() as session:
            yield session
    finally:
        database.close()


def test_a_database_comes_back_over_itself(database: Database, settings: Settings, tmp_path: Path) -> None:
    make_shop(database)
    before = contents(settings)
    made = back_up(database, settings, tmp_path / "out")
    with database.transaction() as session:
        award(session, session.scalars(sa.select(Customer)).all()[0], 90_000, now=later(1))
        make_customer(session, name="Người đến sau")
    database.close()

    restored = restore(settings, made.path, now=later(2))

    after = contents(settings)
    assert {name for name in before if before[name] != after[name]} == SETTLED
    assert restored.created_at == NOON
    assert dict(restored.rows) == {name: len(rows) for name, rows in before.items()}


def test_any_backup_fits_an_embedded_database(database: Database, settings: Settings, tmp_path: Path) -> None:
    make_shop(database)
    made = back_up(database, settings, tmp_path / "out")
    there = elsewhere(settings, tmp_path / "new" / "loyalty.db")

    assert restore(there, made.path).kept is None

    assert differences(settings, there) == SETTLED
    assert (tmp_path / "new" / "loyalty.db").stat().st_mode & 0o777 == 0o600


def test_any_backup_fits_postgresql(
    database: Database, settings: Settings, on_postgresql: Settings, tmp_path: Path
) -> None:
    make_shop(database)
    made = back_up(database, settings, tmp_path / "out")

    assert restore(on_postgresql, made.path).kept is None

    assert differences(settings, on_postgresql) == SETTLED


def test_the_restored_shop_works_on(
    database: Database, settings: Settings, on_postgresql: Settings, tmp_path: Path
) -> None:
    make_shop(database)
    made = back_up(database, settings, tmp_path / "out")
    for there in (elsewhere(settings, tmp_path / "new.db"), on_postgresql):
        restore(there, made.path)
        with opened(there) as session:
            lan = profiles.find_by_phone(session, "+84912345678")
            assert lan is not None and profiles.name_of(session, lan) == "Nguyễn Thị Lan"
            award(session, lan, 100_000, now=later(5))
            make_customer(session, name="Khách mới", phone="+84909998887")
        with opened(there) as session:
            assert [problem for _name, problems in verify.subjects() for problem in problems(session)] == []


def test_guards_stand_after_a_restore(
    database: Database, settings: Settings, on_postgresql: Settings, tmp_path: Path
) -> None:
    make_shop(database)
    made = back_up(database, settings, tmp_path / "out")
    for there in (elsewhere(settings, tmp_path / "new.db"), on_postgresql):
        restore(there, made.path)
        for statement in ("UPDATE ledger_entry SET points = 9", "DELETE FROM audit_entry"):
            with pytest.raises(DBAPIError, match="append-only"), opened(there) as session:
                session.execute(sa.text(statement))


def test_what_is_replaced_is_kept_aside(database: Database, settings: Settings, tmp_path: Path) -> None:
    made = back_up(database, settings, tmp_path / "out")
    with database.transaction() as session:
        make_customer(session, name="Người đến sau")
    database.close()

    kept = restore(settings, made.path, now=later(3)).kept

    assert kept is not None
    if settings.database_url.startswith("sqlite"):
        path = Path(kept)
        assert path.name == "loyalty.db.before-restore-20261122-120300"
        with sqlite3.connect(path) as connection:
            assert connection.execute("SELECT count(*) FROM customer").fetchone() == (1,)
        connection.close()
    else:
        assert kept == "schema before_restore_20261122_120300"
        with opened(settings) as session:
            assert session.scalar(sa.text("SELECT count(*) FROM before_restore_20261122_120300.customer")) == 1


def test_restoring_twice_keeps_both(database: Database, settings: Settings, tmp_path: Path) -> None:
    made = back_up(database, settings, tmp_path / "out")
    database.close()
    kept = {restore(settings, made.path, now=later(minute)).kept for minute in (1, 2)}
    assert len(kept) == 2 and None not in kept


def test_campaigns_are_paused_and_nothing_on_its_way_is_sent_again(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    ids = make_shop(database)
    with database.transaction() as session:
        chat = make_identity(session, session.get_one(Customer, ids[0]), "messenger")
        make_message(session, ids[0], chat.channel_account_id, chat.user_id, Lane.NOTICE)
    made = back_up(database, settings, tmp_path / "out")
    database.close()

    settled = restore(settings, made.path, now=later(9)).settled

    assert (settled.paused, settled.held, settled.erased) == (["Tháng 11"], 3, 0)
    with opened(settings) as session:
        assert session.scalars(sa.select(Campaign.state)).all() == ["paused"]
        held = session.execute(sa.select(OutboundMessage.state, OutboundMessage.reason)).all()
        assert [tuple(row) for row in held] == [("unknown", "restored")] * 3


def erase(session: Session, customer_id: int) -> None:
    customer = profiles.get(session, customer_id)
    profiles.forget(session, customer, profiles.lock(session, customer_id), now=later(1))
    session.execute(sa.delete(CustomerKey).where(CustomerKey.customer_id == customer_id))


def assert_gone(settings: Settings, customer_id: int) -> None:
    with opened(settings) as session:
        customer = profiles.get(session, customer_id)
        assert profiles.find_by_phone(session, "+84912345678") is None
        assert (customer.name, customer.phone, customer.phone_key) == (None, None, None)
        assert customer.erased_at is not None
        assert session.get(CustomerKey, customer_id) is None
        assert session.scalar(sa.select(OutboundMessage.body).filter_by(customer_id=customer_id)) is None
        assert [problem for _name, problems in verify.subjects() for problem in problems(session)] == []


def test_whoever_was_erased_since_stays_unreadable(database: Database, settings: Settings, tmp_path: Path) -> None:
    lan, _minh = make_shop(database)
    made = back_up(database, settings, tmp_path / "out")
    with database.transaction() as session:
        erase(session, lan)
    back_up(database, settings, tmp_path / "out", now=later(2))  # replaces the keys
    there = elsewhere(settings, tmp_path / "new.db")

    assert restore(there, made.path, now=later(3)).settled.erased == 1

    assert_gone(there, lan)


def test_whoever_the_replaced_database_knew_to_be_erased_stays_erased(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    lan, _minh = make_shop(database)
    made = back_up(database, settings, tmp_path / "out")
    with database.transaction() as session:
        erase(session, lan)
    database.close()

    assert restore(settings, made.path, now=later(3)).settled.erased == 1

    assert_gone(settings, lan)


def test_who_left_and_what_was_revoked_since_stays_out(database: Database, settings: Settings, tmp_path: Path) -> None:
    make_shop(database)
    with database.transaction() as session, quick_hashing():
        people = [make_staff(session, role) for role in ("owner", "manager", "cashier")]
        for each in people:
            passwords.choose(session, each, "ba con mèo ngủ trưa", by=audit.CLI, now=NOON)
        plain = [keys.create(session, name, ["customers:read"], now=NOON)[1] for name in ("pos", "crm")]
    made = back_up(database, settings, tmp_path / "out")
    with database.transaction() as session:
        earlier = [each for each in accounts.list_all(session) if each.role == "owner"]
        make_staff(session, "owner")  # so that the earlier ones may go
        for gone in (*earlier, people[1]):
            leaving.remove(session, gone.id, now=later(1))
        keys.revoke(session, "pos", now=later(1))
    database.close()

    settled = restore(settings, made.path, now=later(3)).settled

    assert (settled.left, settled.revoked) == (len(earlier) + 1, 1)
    with opened(settings) as session:
        assert [keys.find(session, each) is None for each in plain] == [True, False]
        owner, manager, cashier = (accounts.get(session, each.id) for each in people)
        assert [each.removed_at for each in (owner, manager, cashier)] == [None, later(3), None]  # an owner stays
        assert [passwords.kept(session, each) is None for each in (owner, manager, cashier)] == [True, True, False]


def test_a_token_renewed_since_is_kept(database: Database, settings: Settings, tmp_path: Path) -> None:
    first, second = (Pair(f"access-{n}", f"refresh-{n}", NOON + timedelta(hours=25)) for n in (1, 2))
    with database.transaction() as session:
        account = make_account(session)
        tokens.grant(session, account.id, first, now=NOON)
    made = back_up(database, settings, tmp_path / "out")
    with database.transaction() as session:
        tokens.replace(session, account.id, second, now=later(1))
    database.close()

    assert restore(settings, made.path, now=later(2)).tokens == 1

    with opened(settings) as session:
        assert tokens.find(session, account.id) == (second, "ok")


def test_a_token_of_the_backup_serves_where_there_is_no_newer_one(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    pair = Pair("access", "refresh", NOON + timedelta(hours=25))
    with database.transaction() as session:
        account = make_account(session)
        tokens.grant(session, account.id, pair, now=NOON)
    made = back_up(database, settings, tmp_path / "out")
    there = elsewhere(settings, tmp_path / "new.db")

    assert restore(there, made.path).tokens == 0

    with opened(there) as session:
        assert tokens.find(session, account.id) == (pair, "ok")


def test_customer_numbers_given_anew_do_not_mix_keys(database: Database, settings: Settings, tmp_path: Path) -> None:
    """Restored to an earlier hour, the shop gives a number again; the newest keys hold another person's under it."""
    made = back_up(database, settings, tmp_path / "out")
    with database.transaction() as session:
        first = make_customer(session, name="Người thứ nhất").id
    later_backup = back_up(database, settings, tmp_path / "out", now=later(1))
    database.close()
    restore(settings, made.path, now=later(2))
    with opened(settings) as session:
        assert make_customer(session, name="Người thứ hai").id == first
    reopened = opening.open_database(settings)
    back_up(reopened, settings, tmp_path / "out", now=later(3))
    reopened.close()

    there = elsewhere(settings, tmp_path / "new.db")
    assert restore(there, later_backup.path, now=later(4)).settled.erased == 1


# What is refused is refused before anything is touched.


@pytest.fixture
def shop(database: Database, settings: Settings, tmp_path: Path) -> Path:
    """A data file with its keys; the database has gone on since, and nobody works with it."""
    make_shop(database)
    made = back_up(database, settings, tmp_path / "out")
    with database.transaction() as session:
        make_customer(session, name="Người đến sau")
    database.close()
    return made.path


def assert_refused(settings: Settings, path: Path, code: str) -> None:
    before = contents(settings)
    with pytest.raises(BadBackup) as refused:
        restore(settings, path)
    assert refused.value.code == f"backup_{code}"
    assert contents(settings) == before


def test_a_damaged_data_file_changes_nothing(shop: Path, settings: Settings) -> None:
    content = bytearray(shop.read_bytes())
    content[len(content) // 2] ^= 1
    shop.write_bytes(bytes(content))
    assert_refused(settings, shop, "damaged")


def test_a_cut_off_keys_file_changes_nothing(shop: Path, settings: Settings) -> None:
    keys = shop.with_name("customer-keys.kqk")
    keys.write_bytes(keys.read_bytes()[:-30])
    assert_refused(settings, shop, "damaged")


def test_without_the_keys_file_nothing_is_restored(shop: Path, settings: Settings) -> None:
    shop.with_name("customer-keys.kqk").unlink()
    assert_refused(settings, shop, "keys_missing")


def test_the_keys_file_itself_is_no_data(shop: Path, settings: Settings) -> None:
    assert_refused(settings, shop.with_name("customer-keys.kqk"), "not_data")


def test_keys_older_than_the_data_are_refused(shop: Path, settings: Settings, tmp_path: Path) -> None:
    reopened = opening.open_database(settings)
    newer = back_up(reopened, settings, tmp_path / "newer", now=later(10))
    reopened.close()
    shutil.copy(shop.with_name("customer-keys.kqk"), newer.keys_path)
    assert_refused(settings, newer.path, "keys_older")


def test_keys_of_another_database_are_refused(shop: Path, settings: Settings, tmp_path: Path) -> None:
    fresh = elsewhere(settings, tmp_path / "fresh.db")
    opening.migrate(fresh)
    other = opening.open_database(fresh)
    strange = back_up(other, fresh, tmp_path / "strange", now=later(10))
    other.close()
    shutil.copy(strange.keys_path, shop.with_name("customer-keys.kqk"))
    assert_refused(settings, shop, "keys_of_another")


def test_without_its_root_key_a_backup_is_refused(shop: Path, settings: Settings) -> None:
    before = contents(settings)
    with pytest.raises(BadBackup) as refused:
        restore(replace(settings, data_keys=(b"?" * 32,)), shop)
    assert refused.value.code == "backup_root_missing"
    assert contents(settings) == before


def test_a_database_somebody_works_with_is_not_replaced(shop: Path, database: Database, settings: Settings) -> None:
    with database.read_only() as session:
        session.execute(sa.text("SELECT 1 FROM customer"))
    assert_refused(settings, shop, "in_use")  # the pool still holds that connection
    with database.transaction() as session:
        make_customer(session, name="Vẫn ghi được")
    database.close()


def test_a_failure_half_way_changes_nothing(shop: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("half way")

    monkeypatch.setattr("loyalty.installation.backups.aftermath.settle", fail)
    before = contents(settings)
    with pytest.raises(RuntimeError, match="half way"):
        restore(settings, shop)
    assert contents(settings) == before


def test_an_unreadable_embedded_database_can_be_replaced(shop: Path, settings: Settings, tmp_path: Path) -> None:
    there = elsewhere(settings, tmp_path / "broken.db")
    for ending in ("", "-wal", "-shm"):
        Path(f"{tmp_path / 'broken.db'}{ending}").write_bytes(b"not a database" * 500)

    kept = restore(there, shop).kept

    assert kept is not None and Path(kept).read_bytes().startswith(b"not a database")
    assert "Nguyễn Thị Lan" in names(there)


def names(settings: Settings) -> list[str | None]:
    with opened(settings) as session:
        return [profiles.name_of(session, each) for each in session.scalars(sa.select(Customer))]
