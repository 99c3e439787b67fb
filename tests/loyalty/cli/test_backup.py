"""`loyalty backup` and `loyalty restore` as the operator meets them."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from loyalty.cli import backup
from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.installation import opening
from loyalty.installation.backups import making
from loyalty.settings import Settings
from tests.builders_backups import make_shop
from tests.loyalty.cli.conftest import Run, document


@pytest.fixture
def folder(database: Database, tmp_path: Path) -> Path:
    make_shop(database)
    database.close()
    return tmp_path / "out"


def test_a_backup_says_where_it_is_and_that_it_was_proven(run: Run, folder: Path) -> None:
    told = document(run("backup", str(folder), "--json"))
    assert Path(told["file"]).parent == folder and Path(told["keys_file"]) == folder / "customer-keys.kqk"
    assert told["proven"] is True and told["rows"] > 20 and len(told["sha256"]) == 64
    assert told["bytes"] == Path(told["file"]).stat().st_size


def test_progress_goes_to_standard_error(run: Run, folder: Path) -> None:
    result = run("backup", str(folder))
    assert "… customer" in result.stderr
    assert result.stdout.startswith("✓ ") and "customer" not in result.stdout.splitlines()[0]


def test_there_and_back_again(run: Run, folder: Path, settings: Settings) -> None:
    file = document(run("backup", str(folder), "--json"))["file"]
    told = document(run("restore", file, "--json"))
    assert (told["paused"], told["held"], told["erased"], told["problems"]) == (["Tháng 11"], 2, 0, [])
    database = opening.open_database(settings)
    with database.read_only() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Customer)) == 2
    database.close()


def test_a_restore_tells_what_it_did(run: Run, folder: Path) -> None:
    file = document(run("backup", str(folder), "--json"))["file"]
    told = run("restore", file, LOYALTY_LOCALE="en")
    assert told.exit_code == 0
    assert "Campaigns paused: Tháng 11" in told.stdout
    assert "2 messages of unknown fate" in told.stdout
    assert "before" in told.stdout and "✗" not in told.stdout


def test_keys_elsewhere_are_named(run: Run, folder: Path, tmp_path: Path) -> None:
    told = document(run("backup", str(folder), "--json"))
    moved = tmp_path / "safe.kqk"
    Path(told["keys_file"]).rename(moved)
    refused = run("restore", told["file"])
    assert refused.exit_code == 1 and "--keys" in refused.stderr
    assert run("restore", told["file"], "--keys", str(moved)).exit_code == 0


def test_a_refusal_is_one_line_with_its_cure(run: Run, folder: Path, tmp_path: Path) -> None:
    strange = tmp_path / "x.kqb"
    strange.write_bytes(b"hello")
    document(run("backup", str(folder), "--json"))
    refused = run("restore", str(strange), "--keys", str(folder / "customer-keys.kqk"))
    assert refused.exit_code == 1
    assert refused.stdout == "" and "khach-quen-….kqb" in refused.stderr.splitlines()[-1]


def test_a_file_that_is_not_there_is_wrong_usage(run: Run, tmp_path: Path) -> None:
    assert run("restore", str(tmp_path / "none.kqb")).exit_code == 2


def test_a_running_shop_is_not_replaced(run: Run, folder: Path, database: Database) -> None:
    file = document(run("backup", str(folder), "--json"))["file"]
    with database.read_only() as session:
        session.execute(sa.text("SELECT 1 FROM customer"))
        refused = run("restore", file)
    database.close()
    assert refused.exit_code == 1 and "loyalty serve" in refused.stderr


def test_every_reason_has_a_sentence_in_both_languages() -> None:
    package = Path(str(making.__file__)).parent
    source = "".join(path.read_text(encoding="utf-8") for path in package.glob("*.py"))
    raised = {part.split('"')[0] for part in source.split('BadBackup("')[1:]}
    assert {f"backup_{why}" for why in raised} == set(backup.WHY)
    assert all(each.vi != each.en for each in backup.WHY.values())
