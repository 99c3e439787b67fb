"""`loyalty verify`: silent progress, a list and exit 1 when something differs."""

import json

import sqlalchemy as sa

from loyalty.cli import verify
from loyalty.db import Database
from tests.builders import NOON
from tests.builders_staff import make_bound_staff
from tests.loyalty.cli.conftest import Run, document


def _spoil(database: Database) -> str:
    """Somebody left, and their chat stayed bound."""
    with database.transaction() as session:
        member = make_bound_staff(session)
        member.removed_at = NOON
        return member.public_id


def test_a_sound_shop_is_told_with_counts(run: Run, database: Database) -> None:
    with database.transaction() as session:
        make_bound_staff(session)

    result = run("verify")

    assert result.exit_code == 0, result.stdout
    assert result.stdout.startswith("✓ Tất cả đều khớp: 0 khách, ")
    assert "3 dòng nhật ký" in result.stdout
    assert "staff" in result.stderr
    told = document(run("verify", "--json"))
    assert (told["ok"], told["problems"], told["counts"]["audit_entry"]) == (True, [], 3)


def test_every_difference_is_listed_and_the_exit_says_so(run: Run, database: Database) -> None:
    somebody = _spoil(database)

    result = run("verify")

    assert result.exit_code == 1
    assert result.stdout == f"✗ staff {somebody}: left, and a chat is still bound\n"
    assert result.stderr.splitlines()[-1].startswith("1 chỗ không khớp.")


def test_differences_as_json_are_one_document(run: Run, database: Database) -> None:
    somebody = _spoil(database)
    result = run("--json", "verify")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert (told["ok"], told["problems"]) == (False, [f"staff {somebody}: left, and a chat is still bound"])


def test_looking_changes_nothing(run: Run, database: Database) -> None:
    _spoil(database)
    run("verify")
    with database.read_only() as session:
        assert session.scalar(sa.text("SELECT count(*) FROM audit_entry")) == 3


def test_every_subject_with_promises_is_looked_at() -> None:
    assert "staff" in dict(verify.subjects())
    assert "cli" not in dict(verify.subjects())
