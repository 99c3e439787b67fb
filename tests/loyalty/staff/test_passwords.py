"""Which passwords are taken, and how they are kept."""

import argon2
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.staff import audit, passwords, sessions
from loyalty.staff.models import AuditEntry, StaffCredential
from loyalty.staff.passwords import PasswordGuessable, PasswordTooLong, PasswordTooShort
from tests.builders import NOON
from tests.builders_staff import make_staff


def test_a_password_is_kept_as_a_sealed_argon2id_hash(session: Session) -> None:
    thu = make_staff(session)
    passwords.choose(session, thu, "ba con mèo ngủ", by=audit.CLI, now=NOON)

    hashed = passwords.kept(session, thu)
    assert hashed is not None
    assert hashed.startswith("$argon2id$")
    kept = session.scalars(select(StaffCredential)).one().password
    assert kept is not None
    assert b"argon2" not in kept
    assert passwords.match(hashed, "ba con mèo ngủ").is_right
    assert not passwords.match(hashed, "ba con mèo").is_right


@pytest.mark.parametrize("password", ["", "123456789", "mèo ngủ nè"[:9], "e\u0301" * 9])
def test_under_ten_characters_is_too_short(session: Session, password: str) -> None:
    with pytest.raises(PasswordTooShort):
        passwords.refuse_weak(session, make_staff(session), password)


def test_ten_characters_are_enough_and_two_hundred_the_most(session: Session) -> None:
    thu = make_staff(session)
    passwords.refuse_weak(session, thu, "mèo ngủ nè!"[:10])
    passwords.refuse_weak(session, thu, "mèo ngủ " * 25)
    with pytest.raises(PasswordTooLong):
        passwords.refuse_weak(session, thu, "mèo ngủ " * 25 + "!")


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("nguyễn thị thu", "own_name"),
        ("NguyenThiThu1990", "own_name"),
        ("nguyen.thi.thu!", "own_name"),
        ("Cà phê Mây 2026", "shop_name"),
        ("1234567890", "common"),
        ("Password123", "common"),
        ("mật khẩu 123", "common"),
        ("aaaaaaaaaaaa", "common"),
        ("abababababab", "common"),
        ("đđđđđđđđđđđđ", "common"),
    ],
)
def test_what_is_tried_first_is_refused(session: Session, password: str, reason: str) -> None:
    with pytest.raises(PasswordGuessable) as refusal:
        passwords.refuse_weak(session, make_staff(session, name="Nguyễn Thị Thu"), password)
    assert refusal.value.facts["reason"] == reason


def test_every_listed_password_is_long_enough_to_matter() -> None:
    listed = passwords.COMMON.read_text(encoding="utf-8").split()
    assert len(listed) > 150
    assert [word for word in listed if len(word) < passwords.LEAST or not passwords.is_common(word)] == []


def test_a_new_password_signs_out_everywhere_and_is_written_down(session: Session) -> None:
    thu = make_staff(session)
    token = sessions.begin(session, thu, device="", now=NOON)

    passwords.choose(session, thu, "ba con mèo ngủ", by=audit.CLI, now=NOON)

    assert sessions.find(session, token, now=NOON) is None
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (entry.action, entry.detail) == ("password_set", {"sessions": 1})


def test_a_hash_by_older_parameters_is_renewed_when_its_password_is_known(session: Session) -> None:
    thu = make_staff(session)
    old = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("ba con mèo ngủ")

    found = passwords.match(old, "ba con mèo ngủ")
    passwords.renew(session, thu, found)

    kept = passwords.kept(session, thu)
    assert kept is not None
    assert argon2.extract_parameters(kept).memory_cost == 65536
    assert passwords.match(kept, "ba con mèo ngủ") == passwords.Match(True, None)


def test_a_password_pasted_into_another_row_does_not_open(session: Session) -> None:
    thu, minh = make_staff(session), make_staff(session)
    for member in (thu, minh):
        passwords.choose(session, member, "ba con mèo ngủ", by=audit.CLI, now=NOON)
    rows = {row.staff_id: row for row in session.scalars(select(StaffCredential))}
    rows[minh.id].password = rows[thu.id].password
    session.flush()

    with pytest.raises(Exception, match="staff_credential"):
        passwords.kept(session, minh)
