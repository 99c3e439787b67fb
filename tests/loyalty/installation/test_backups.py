"""A backup holds everything, tells nothing, and is made while the shop works."""

import base64
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from loyalty.customers import profiles
from loyalty.db import Database
from loyalty.installation import opening
from loyalty.installation.backups import envelope, making, shelf
from loyalty.installation.backups.envelope import BadBackup
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_backups import PEOPLE, WORDS, back_up, contents, elsewhere, make_shop, restore
from tests.builders_customers import later, make_customer


def test_a_file_bears_the_shops_time_and_its_keys_lie_beside_it(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    made = back_up(database, settings, tmp_path / "out")
    assert made.path.name == "khach-quen-20261122-120000.kqb"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["customer-keys.kqk", made.path.name]
    assert {path.stat().st_mode & 0o777 for path in (made.path, made.keys_path)} == {0o600}


def test_a_backup_counts_every_row_of_every_table(database: Database, settings: Settings, tmp_path: Path) -> None:
    make_shop(database)
    made = back_up(database, settings, tmp_path / "out")

    there = {name: len(rows) for name, rows in contents(settings).items()}
    assert {**made.data.rows, **made.keys.rows} == there
    assert "customer_key" not in made.data.rows
    assert set(made.keys.rows) == {"crypto_key", "customer_key"}


def test_nothing_of_a_person_can_be_read_in_a_backup(database: Database, settings: Settings, tmp_path: Path) -> None:
    ids = make_shop(database)
    made = back_up(database, settings, tmp_path / "out")
    content = made.path.read_bytes() + made.keys_path.read_bytes()

    known = [*PEOPLE, *PEOPLE.values(), *(f"0{phone[3:]}" for phone in PEOPLE.values()), "Chị Thu", "Cà phê", WORDS]
    for text in [*known, *(f"user-{number}" for number in ids), "staff-1", "customer_stats"]:
        for form in _forms(text):
            assert form not in content
    assert settings.data_keys[0] not in content


def _forms(text: str) -> set[bytes]:
    plain = {text.encode(), text.lower().encode(), text.encode("utf-16-le")}
    return (
        plain
        | {base64.b64encode(form)[:-4] for form in plain if len(form) > 6}
        | {form.hex().encode() for form in plain}
    )


def test_the_keys_file_is_replaced_and_data_files_are_not(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    first = back_up(database, settings, tmp_path / "out")
    old_keys = first.keys_path.read_bytes()
    second = back_up(database, settings, tmp_path / "out", now=later(1))

    assert first.path.exists() and second.path != first.path
    assert second.keys_path == first.keys_path
    assert second.keys_path.read_bytes() != old_keys


def test_a_backup_of_the_same_second_is_refused(database: Database, settings: Settings, tmp_path: Path) -> None:
    made = back_up(database, settings, tmp_path / "out")
    before = made.keys_path.read_bytes()
    with pytest.raises(BadBackup) as refused:
        back_up(database, settings, tmp_path / "out")
    assert refused.value.code == "backup_name_taken"
    assert made.keys_path.read_bytes() == before


def test_keys_of_another_database_are_never_replaced(database: Database, settings: Settings, tmp_path: Path) -> None:
    made = back_up(database, settings, tmp_path / "out")
    before = made.keys_path.read_bytes()
    fresh = elsewhere(settings, tmp_path / "fresh.db")
    opening.migrate(fresh)
    other = opening.open_database(fresh)

    with pytest.raises(BadBackup) as refused:
        back_up(other, fresh, tmp_path / "out", now=later(5))
    other.close()

    assert refused.value.code == "backup_keys_of_another"
    assert made.keys_path.read_bytes() == before
    assert len(list((tmp_path / "out").iterdir())) == 2


@pytest.mark.parametrize("content", [b"", b"something else"])
def test_a_strange_keys_file_is_never_replaced(
    database: Database, settings: Settings, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / shelf.KEYS_NAME).write_bytes(content)
    with pytest.raises(BadBackup) as refused:
        back_up(database, settings, tmp_path)
    assert refused.value.code == "backup_keys_unreadable"
    assert (tmp_path / shelf.KEYS_NAME).read_bytes() == content


def test_a_clock_that_went_back_replaces_no_newer_keys(database: Database, settings: Settings, tmp_path: Path) -> None:
    back_up(database, settings, tmp_path / "out", now=later(60))
    with pytest.raises(BadBackup) as refused:
        back_up(database, settings, tmp_path / "out")
    assert refused.value.code == "backup_keys_newer"


def test_people_who_write_meanwhile_do_not_wait_and_are_not_in_it(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    make_shop(database)
    seen: list[str] = []

    def interrupt(line: str) -> None:
        if line == "customer_stats":
            writer = threading.Thread(target=write)
            writer.start()
            writer.join(5)
            assert not writer.is_alive(), "a backup held a writer up"

    def write() -> None:
        with database.transaction() as session:
            seen.append(make_customer(session, phone="+84901112223").public_id)

    made = making.make(database, settings, tmp_path / "out", now=NOON, say=interrupt)

    assert len(seen) == 1
    assert made.data.rows["customer"] == made.data.rows["customer_stats"] == made.keys.rows["customer_key"] == 2


def test_a_failed_backup_leaves_the_folder_as_it_was(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = back_up(database, settings, tmp_path / "out")
    before = {path: path.read_bytes() for path in (tmp_path / "out").iterdir()}

    def fail(_path: object, _roots: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(making, "prove", fail)
    with pytest.raises(OSError, match="no space"):
        back_up(database, settings, tmp_path / "out", now=later(1))

    assert {path: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert made.path in before


def test_a_backup_that_does_not_read_back_gets_no_name(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_shop(database)
    finish = envelope.Writer.finish

    def spoil(self: envelope.Writer) -> None:
        finish(self)
        self._file.seek(-40, 2)
        self._file.write(b"\0")

    monkeypatch.setattr(envelope.Writer, "finish", spoil)
    with pytest.raises(BadBackup) as refused:
        back_up(database, settings, tmp_path / "out")
    assert refused.value.code == "backup_damaged"
    assert list((tmp_path / "out").iterdir()) == []


def test_leavings_of_a_killed_backup_are_swept_away(database: Database, settings: Settings, tmp_path: Path) -> None:
    old = tmp_path / f".old{shelf.DRAFT}"
    old.write_bytes(b"half")
    back_up(database, settings, tmp_path, now=later(60 * 24 * 3650))
    assert not old.exists()


def test_the_newest_are_kept(tmp_path: Path) -> None:
    for day in range(1, 21):
        (tmp_path / f"khach-quen-202611{day:02d}-023000.kqb").touch()
    (tmp_path / shelf.KEYS_NAME).touch()

    assert shelf.prune(tmp_path) == 6
    assert shelf.data_files(tmp_path)[-1].name == "khach-quen-20261107-023000.kqb"
    assert (tmp_path / shelf.KEYS_NAME).exists()


def test_a_backup_under_an_old_root_key_opens_with_it_and_serves_the_new_one(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    make_shop(database)
    made = back_up(database, settings, tmp_path / "out")
    new_root = b"n" * 32
    rotated = replace(elsewhere(settings, tmp_path / "new.db"), data_keys=(new_root, *settings.data_keys))

    restore(rotated, made.path)

    only_new = opening.open_database(replace(rotated, data_keys=(new_root,)))
    with only_new.read_only() as session:
        found = profiles.find_by_phone(session, "+84912345678")
        assert found is not None
        assert profiles.name_of(session, found) == "Nguyễn Thị Lan"
    only_new.close()


def test_a_keys_file_under_a_forgotten_root_key_is_still_replaced(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    """Its database is the same, and only the newest keys count."""
    back_up(database, settings, tmp_path / "out")
    database.close()
    new_root = b"n" * 32
    opening.migrate(replace(settings, data_keys=(new_root, *settings.data_keys)))
    rotated = replace(settings, data_keys=(new_root,))
    reopened = opening.open_database(rotated)

    made = back_up(reopened, rotated, tmp_path / "out", now=later(1))

    assert making.prove(made.keys_path, (new_root,)).rows["crypto_key"] == 2
    reopened.close()


def test_many_rows_travel_through_many_chunks(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(envelope, "CHUNK", 300)
    with database.transaction() as session:
        for number in range(30):
            make_customer(session, name=f"Khách {number}", phone=f"+8490000{number:04d}")
    made = back_up(database, settings, tmp_path / "out")
    there = elsewhere(settings, tmp_path / "new.db")

    restore(there, made.path)

    assert contents(there) == contents(settings)


def test_progress_is_told(database: Database, settings: Settings, tmp_path: Path) -> None:
    lines: list[str] = []
    making.make(database, settings, tmp_path / "out", now=NOON, say=lines.append)
    assert "customer" in lines and "customer_key" in lines


def test_the_row_count_of_a_table_is_checked(database: Database, settings: Settings, tmp_path: Path) -> None:
    """A writer that lost a row would be caught by the proof, although every chunk opens."""
    path = tmp_path / "x.kqb"
    with path.open("wb") as file:
        writer = envelope.Writer(
            file, settings.data_keys[0], kind="data", installation="i", schema="0001", created_at=NOON
        )
        for line in ({"table": "customer", "columns": ["id"]}, [1], {"rows": 2}):
            writer.write(envelope.line(line))
        writer.finish()
    with pytest.raises(BadBackup):
        making.prove(path, settings.data_keys)
