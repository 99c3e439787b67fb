"""A line asked back is held for a minute; the same again is the yes, once."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty.staff import held
from loyalty.staff.models import HeldLine
from tests.builders import NOON
from tests.builders_staff import make_staff

LINE = "/tich 0912345678 200k"


def _once_more(session: Session, staff_id: int, line: str = LINE, seconds: int = 0) -> bool:
    return held.once_more(session, staff_id, line, now=NOON + timedelta(seconds=seconds))


def test_the_same_line_again_is_the_yes_and_a_third_is_asked_again(session: Session) -> None:
    thu = make_staff(session).id
    assert [_once_more(session, thu) for _ in range(4)] == [False, True, False, True]


@pytest.mark.parametrize("line", ["/TICH  0912345678 200K", " /tích 0912345678 200k"])
def test_case_accents_and_spaces_make_no_other_line(session: Session, line: str) -> None:
    thu = make_staff(session).id
    _once_more(session, thu)
    assert _once_more(session, thu, line)


@pytest.mark.parametrize("line", ["/tich 0912345678 201k", "/tich 0912345679 200k", "", "\ud800"])
def test_another_line_is_asked_by_itself(session: Session, line: str) -> None:
    thu = make_staff(session).id
    _once_more(session, thu)
    assert not _once_more(session, thu, line)


def test_another_person_is_asked_by_themselves(session: Session) -> None:
    thu, minh = make_staff(session).id, make_staff(session).id
    _once_more(session, thu)
    assert not _once_more(session, minh)


@pytest.mark.parametrize(("seconds", "is_yes"), [(60, True), (61, False)])
def test_a_line_is_held_for_a_minute(session: Session, seconds: int, is_yes: bool) -> None:
    thu = make_staff(session).id
    _once_more(session, thu)
    assert _once_more(session, thu, seconds=seconds) is is_yes


def test_a_late_repetition_holds_the_line_anew(session: Session) -> None:
    thu = make_staff(session).id
    answers = [_once_more(session, thu, seconds=seconds) for seconds in (0, 61, 121)]
    assert answers == [False, False, True]


def test_what_was_typed_is_not_kept_and_forgotten_lines_go(session: Session) -> None:
    thu = make_staff(session).id
    _once_more(session, thu)
    assert b"0912345678" not in session.scalars(select(HeldLine.line_hash)).one()

    held.prune(session, before=NOON + timedelta(seconds=1))
    assert session.scalar(select(func.count()).select_from(HeldLine)) == 0
