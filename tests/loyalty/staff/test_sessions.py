"""Browsers that are signed in: found by their cookie, until they end."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.staff import accounts, audit, leaving, passwords, sessions, verify
from loyalty.staff.models import StaffSession
from loyalty.staff.sessions import SessionNotFound
from tests.builders import NOON
from tests.builders_staff import make_staff

MINUTE = timedelta(minutes=1)


def test_the_cookie_finds_its_person_and_is_kept_nowhere(session: Session) -> None:
    thu = make_staff(session)
    token = sessions.begin(session, thu, device="Chrome", now=NOON)

    seat = sessions.find(session, token, now=NOON)

    assert seat is not None
    assert seat.member is thu
    assert token.encode() not in seat.row.token_hash
    assert len(token) == 43  # 256 bits in base64


@pytest.mark.parametrize("token", ["", "x", "\ud800", "💥", "A" * 43, "A" * 100_000, "' OR 1=1 --"])
def test_any_other_text_finds_nobody(session: Session, token: str) -> None:
    sessions.begin(session, make_staff(session), device="", now=NOON)
    assert sessions.find(session, token, now=NOON) is None


def test_a_session_ends_after_thirty_minutes_without_a_sign_of_life(session: Session) -> None:
    token = sessions.begin(session, make_staff(session), device="", now=NOON)

    assert sessions.find(session, token, now=NOON + 29 * MINUTE) is not None
    assert sessions.find(session, token, now=NOON + 30 * MINUTE) is None


def test_a_sign_of_life_carries_on_and_is_written_once_a_minute(session: Session) -> None:
    token = sessions.begin(session, make_staff(session), device="", now=NOON)
    seat = sessions.find(session, token, now=NOON)
    assert seat is not None

    sessions.touch(session, seat.row, now=NOON + timedelta(seconds=59))
    session.refresh(seat.row)
    assert seat.row.last_seen_at == NOON
    sessions.touch(session, seat.row, now=NOON + 20 * MINUTE)

    assert sessions.find(session, token, now=NOON + 49 * MINUTE) is not None


def test_a_session_ends_after_twelve_hours_whatever_is_done(session: Session) -> None:
    token = sessions.begin(session, make_staff(session), device="", now=NOON)
    row = session.scalars(select(StaffSession)).one()
    row.last_seen_at = NOON + timedelta(hours=12) - MINUTE
    session.flush()

    assert sessions.find(session, token, now=NOON + timedelta(hours=12) - MINUTE) is not None
    assert sessions.find(session, token, now=NOON + timedelta(hours=12)) is None


def test_signing_out_ends_one_browser_and_everywhere_the_others(session: Session) -> None:
    thu, minh = make_staff(session), make_staff(session)
    phone, till, home = (sessions.begin(session, thu, device=device, now=NOON) for device in "abc")
    other = sessions.begin(session, minh, device="", now=NOON)
    first, second = sessions.find(session, phone, now=NOON), sessions.find(session, till, now=NOON)
    assert first is not None
    assert second is not None

    sessions.end(session, first.row, now=NOON)
    assert sessions.find(session, phone, now=NOON) is None
    assert sessions.end_all(session, thu.id, but=second.row.id, now=NOON) == 1

    assert sessions.find(session, home, now=NOON) is None
    assert sessions.find(session, till, now=NOON) is not None
    assert sessions.find(session, other, now=NOON) is not None


def test_nobody_ends_somebody_elses_browser(session: Session) -> None:
    thu, minh = make_staff(session), make_staff(session)
    token = sessions.begin(session, minh, device="", now=NOON)
    [row] = sessions.list_open(session, minh.id, now=NOON)

    with pytest.raises(SessionNotFound):
        sessions.end_public(session, thu.id, row.public_id, now=NOON)
    assert sessions.find(session, token, now=NOON) is not None
    sessions.end_public(session, minh.id, row.public_id, now=NOON)
    assert sessions.list_open(session, minh.id, now=NOON) == []


def test_who_leaves_is_signed_out_with_it(session: Session) -> None:
    thu = make_staff(session)
    token = sessions.begin(session, thu, device="", now=NOON)

    leaving.remove(session, thu.id, now=NOON)

    assert sessions.find(session, token, now=NOON) is None


def test_another_role_needs_another_session(session: Session) -> None:
    thu = make_staff(session)
    token = sessions.begin(session, thu, device="", now=NOON)

    accounts.change_role(session, thu.id, "manager", by=audit.CLI, now=NOON)

    assert sessions.find(session, token, now=NOON) is None


def test_a_proof_is_fresh_for_ten_minutes(session: Session) -> None:
    token = sessions.begin(session, make_staff(session), device="", now=NOON)
    seat = sessions.find(session, token, now=NOON)
    assert seat is not None
    assert sessions.is_fresh(seat.row, NOON + 10 * MINUTE)
    assert not sessions.is_fresh(seat.row, NOON + 10 * MINUTE + timedelta(seconds=1))

    sessions.prove(session, seat.row, now=NOON + 20 * MINUTE)
    session.refresh(seat.row)
    assert sessions.is_fresh(seat.row, NOON + 25 * MINUTE)


def test_sessions_do_not_pile_up(session: Session) -> None:
    thu = make_staff(session)
    for day in range(5):
        sessions.begin(session, thu, device="", now=NOON + timedelta(days=day))
    assert len(session.scalars(select(StaffSession)).all()) == 1


def test_verify_finds_whoever_left_and_may_still_come_in(session: Session) -> None:
    thu = make_staff(session)
    passwords.choose(session, thu, "ba con mèo ngủ", by=audit.CLI, now=NOON)
    sessions.begin(session, thu, device="", now=NOON)
    assert list(verify.problems(session)) == []

    thu.removed_at = NOON
    session.flush()

    assert {problem.split("still has ")[1] for problem in verify.problems(session)} == {"a password", "a session"}
