"""Codes cannot be guessed: not from one chat, not from a thousand."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from loyalty.alerts import raising
from loyalty.staff import binding, guessing
from loyalty.staff.guessing import EVERYWHERE, CodesExhausted, WrongCode
from loyalty.staff.models import AuditEntry, CodeMiss
from tests.builders import NOON
from tests.builders_staff import make_account, make_staff

HOUR = timedelta(hours=1)


def _guess(session: Session, code: str, user_id: str, now: datetime = NOON) -> None:
    binding.bind(session, code, channel_account_id=make_account(session).id, user_id=user_id, now=now)


def _miss(session: Session, user_id: str, times: int = 1, now: datetime = NOON) -> Iterator[int]:
    for _ in range(times):
        with pytest.raises(WrongCode) as refusal:
            _guess(session, "WRONG222", user_id, now)
        yield refusal.value.left


def test_five_misses_make_a_chat_wait_an_hour_even_with_a_right_code(session: Session) -> None:
    member = make_staff(session)
    assert list(_miss(session, "guesser", 5)) == [4, 3, 2, 1, 0]
    code = binding.issue_code(session, member.id, now=NOON + timedelta(minutes=55))

    with pytest.raises(CodesExhausted) as refusal:
        _guess(session, code, "guesser", NOON + timedelta(minutes=59))
    _guess(session, code, "guesser", NOON + HOUR)

    assert refusal.value.until == NOON + HOUR
    assert refusal.value.facts["retry_after"] == 60
    assert binding.bound_to(session, make_account(session).id, "guesser") is member


def test_a_guesser_spends_nobodys_code_and_keeps_nobody_else_waiting(session: Session) -> None:
    member = make_staff(session)
    code = binding.issue_code(session, member.id, now=NOON)
    list(_miss(session, "guesser", 5))
    with pytest.raises(CodesExhausted):
        _guess(session, code, "guesser")

    _guess(session, code, "owner of the code")

    assert binding.bound_to(session, make_account(session).id, "owner of the code") is member


def test_the_hour_is_counted_from_the_fifth_miss_however_old_the_first_is_by_then(session: Session) -> None:
    for minutes in (0, 50, 51, 52):
        list(_miss(session, "guesser", now=NOON + timedelta(minutes=minutes)))
    list(_miss(session, "guesser", now=NOON + timedelta(minutes=59)))

    with pytest.raises(CodesExhausted) as refusal:
        _guess(session, "WRONG222", "guesser", NOON + timedelta(minutes=100))

    assert refusal.value.until == NOON + timedelta(minutes=119)


def test_misses_spread_over_more_than_an_hour_make_nobody_wait(session: Session) -> None:
    for step in range(20):
        list(_miss(session, "forgetful", now=NOON + step * timedelta(minutes=15)))


def test_asking_while_waiting_neither_counts_nor_prolongs(session: Session) -> None:
    list(_miss(session, "guesser", 5))
    for minute in range(60):
        with pytest.raises(CodesExhausted):
            _guess(session, "WRONG222", "guesser", NOON + timedelta(minutes=minute))

    assert session.scalar(select(func.count()).select_from(CodeMiss)) == 5
    assert list(_miss(session, "guesser", now=NOON + HOUR)) == [4]


def test_the_owner_is_told_once_of_a_guessing_chat_and_no_chat_is_named(session: Session) -> None:
    list(_miss(session, "guesser-42", 5))
    list(_miss(session, "guesser-42", 5, NOON + HOUR))
    list(_miss(session, "another", 4))

    [alert] = raising.list_open(session)
    assert (alert.kind, alert.times, alert.detail) == ("code_guessing", 2, "zalo")
    assert "guesser-42" not in alert.subject
    assert all("guesser-42" not in subject for subject in session.scalars(select(AuditEntry.subject)))


def test_every_miss_is_written_down_as_a_strangers(session: Session) -> None:
    list(_miss(session, "guesser", 3))
    entries = session.execute(select(AuditEntry.actor, AuditEntry.action, AuditEntry.source)).all()
    assert entries == [("stranger", "staff_code_missed", "zalo")] * 3


@pytest.mark.parametrize("code", ["", " ", "\x00", "\ud800", "💥" * 1000, "'; DROP TABLE staff_code; --", "²³⁴"])
def test_whatever_is_sent_as_a_code_is_a_miss_and_nothing_worse(session: Session, code: str) -> None:
    with pytest.raises(WrongCode):
        _guess(session, code, "guesser")


def test_a_thousand_guessing_chats_stop_everybody_until_the_hour_is_over(session: Session) -> None:
    member, account = make_staff(session), make_account(session)
    moments = [NOON + timedelta(seconds=number) for number in range(EVERYWHERE - 1)]
    rows = [
        {"channel_account_id": account.id, "user_id": f"chat {number}", "at": moment}
        for number, moment in enumerate(moments)
    ]
    session.execute(insert(CodeMiss), rows)
    late = NOON + timedelta(minutes=55)
    code = binding.issue_code(session, member.id, now=late)

    list(_miss(session, "one more", now=late))
    with pytest.raises(CodesExhausted) as refusal:
        _guess(session, code, "an honest one", late)
    _guess(session, code, "an honest one", NOON + HOUR)  # the first of the thousand is an hour old

    assert refusal.value.until == NOON + HOUR
    assert [alert.subject for alert in raising.list_open(session) if alert.kind == "code_guessing"] == ["everybody"]
    assert binding.bound_to(session, account.id, "an honest one") is member


def test_the_cap_keeps_a_day_of_guessing_below_one_in_a_million() -> None:
    codes_open_day_and_night = 10
    assert 24 * EVERYWHERE * codes_open_day_and_night / 30**8 < 1e-6


def test_old_misses_are_dropped_and_those_that_count_stay(session: Session) -> None:
    list(_miss(session, "guesser", 5))

    guessing.prune(session, now=NOON + 2 * HOUR)
    assert session.scalar(select(func.count()).select_from(CodeMiss)) == 5
    guessing.prune(session, now=NOON + 2 * HOUR + timedelta(seconds=1))
    assert session.scalar(select(func.count()).select_from(CodeMiss)) == 0
