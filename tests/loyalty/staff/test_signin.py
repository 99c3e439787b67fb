"""Names, passwords and the waiting of those who guess."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import argon2
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.alerts import raising
from loyalty.staff import audit, leaving, passwords, signin
from loyalty.staff.models import AuditEntry, SignInTry, StaffMember
from loyalty.staff.passwords import Match
from loyalty.staff.signin import Outcome, SignInWaits
from tests.builders import NOON
from tests.builders_staff import make_staff, quick_hashing

RIGHT = "ba con mèo ngủ trưa"
HOME = "203.0.113.7"
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _quickly() -> Iterator[None]:
    with quick_hashing():
        yield


@pytest.fixture
def verifications(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hashes a password was compared with, in order."""
    seen: list[str] = []
    verify = argon2.PasswordHasher.verify

    def counted(self: argon2.PasswordHasher, hashed: str, password: str | bytes) -> bool:
        seen.append(hashed)
        return bool(verify(self, hashed, password))

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counted)
    return seen


def thu_of(session: Session) -> StaffMember:
    thu = make_staff(session, name="Nguyễn Thu")
    passwords.choose(session, thu, RIGHT, by=audit.CLI, now=NOON)
    return thu


def sign_in(session: Session, name: str, password: str, *, at: datetime = NOON, address: str = HOME) -> Outcome:
    tried = signin.attempt(session, name, address=address, now=at)
    return signin.settle(session, tried, passwords.match(tried.hashed, password), now=at)


def miss(session: Session, name: str = "Thu", *, at: datetime = NOON, address: str = HOME) -> Outcome:
    """A wrong password, without the work of comparing it."""
    tried = signin.attempt(session, name, address=address, now=at)
    return signin.settle(session, tried, Match(False), now=at)


def test_a_name_and_its_password_sign_in_accents_and_case_aside(session: Session) -> None:
    thu = thu_of(session)

    assert sign_in(session, " nguyen THU", RIGHT).member is thu
    assert sign_in(session, "Nguyễn Thu", RIGHT.upper()).member is None


def test_accents_composed_otherwise_are_the_same_password(session: Session) -> None:
    thu = make_staff(session, name="Thu")
    passwords.choose(session, thu, "một hai ba b\u1ed1n", by=audit.CLI, now=NOON)  # ố as one character

    assert sign_in(session, "Thu", "một hai ba bo\u0302\u0301n").member is thu  # ố as o and two marks


@pytest.mark.parametrize("name", ["Thu", "Nobody", "", "\x00", "\ud800", "💥" * 500])
def test_every_name_costs_one_comparison_and_gets_the_same_answer(
    session: Session, verifications: list[str], name: str
) -> None:
    make_staff(session, name="Thu")
    minh = make_staff(session, name="Minh")
    passwords.choose(session, minh, RIGHT, by=audit.CLI, now=NOON)

    assert sign_in(session, name, "not the right one") == sign_in(session, "Minh", "not the right one") == Outcome(None)
    assert len(verifications) == 2
    asked, known = (argon2.extract_parameters(hashed) for hashed in verifications)
    assert asked == known


def test_five_misses_make_an_account_wait_half_an_hour_also_with_the_right_password(
    session: Session, verifications: list[str]
) -> None:
    thu = thu_of(session)
    told = [miss(session, "nguyen thu", at=NOON + n * MINUTE, address=f"203.0.113.{n}") for n in range(5)]

    assert [each.waits_until for each in told] == [None] * 4 + [NOON + 34 * MINUTE]
    with pytest.raises(SignInWaits) as waiting:
        sign_in(session, "Nguyễn Thu", RIGHT, at=NOON + 33 * MINUTE, address="198.51.100.1")
    assert waiting.value.until == NOON + 34 * MINUTE
    assert waiting.value.facts["retry_after"] == 60
    assert verifications == []
    assert sign_in(session, "Nguyễn Thu", RIGHT, at=NOON + 34 * MINUTE).member is thu


def test_a_name_nobody_has_waits_just_the_same(session: Session) -> None:
    told = [miss(session, "Nobody") for _ in range(5)]

    assert [each.waits_until for each in told] == [None] * 4 + [NOON + 30 * MINUTE]
    with pytest.raises(SignInWaits):
        miss(session, "nobody", at=NOON + 29 * MINUTE)


def test_misses_spread_over_more_than_half_an_hour_do_not_lock(session: Session) -> None:
    thu = thu_of(session)
    for n in range(8):
        assert miss(session, "Nguyễn Thu", at=NOON + n * 10 * MINUTE).waits_until is None
    assert sign_in(session, "Nguyễn Thu", RIGHT, at=NOON + 80 * MINUTE).member is thu


def test_twenty_misses_make_an_address_wait_whatever_the_names(session: Session) -> None:
    thu = thu_of(session)
    for n in range(20):
        miss(session, f"Name {n}", address=f"2001:db8:1:2::{n:x}")  # one household

    with pytest.raises(SignInWaits):
        sign_in(session, "Nguyễn Thu", RIGHT, address="2001:db8:1:2:ffff::1")
    assert sign_in(session, "Nguyễn Thu", RIGHT, address="2001:db8:1:3::1").member is thu
    assert sign_in(session, "Nguyễn Thu", RIGHT, address=HOME).member is thu


def test_the_same_address_in_both_its_forms_is_one(session: Session) -> None:
    assert signin.place_of(session, "203.0.113.7") == signin.place_of(session, "::ffff:203.0.113.7")
    assert signin.place_of(session, "203.0.113.7") != signin.place_of(session, "203.0.113.8")
    assert signin.place_of(session, "") == signin.place_of(session, "not an address")


def test_a_day_of_guessing_sees_at_most_forty_passwords(session: Session) -> None:
    looked_at, at = 0, NOON
    while at < NOON + timedelta(days=1):
        try:
            miss(session, at=at, address=f"198.51.100.{looked_at}")
            looked_at += 1
            at += timedelta(seconds=1)
        except SignInWaits as waiting:
            at = waiting.until
    assert looked_at <= 40


def test_who_comes_in_begins_to_count_anew_but_their_address_does_not(session: Session) -> None:
    thu = thu_of(session)
    for _ in range(4):
        miss(session, "Nguyễn Thu")
    member = sign_in(session, "Nguyễn Thu", RIGHT).member
    assert member is thu
    signin.come_in(session, thu, device="Chrome", by="password", now=NOON)

    for _ in range(4):
        assert miss(session, "Nguyễn Thu").waits_until is None
    assert len(session.scalars(select(SignInTry).where(SignInTry.address == signin.place_of(session, HOME))).all()) == 8


def test_every_miss_and_lock_is_written_down_and_the_owner_told_without_a_name_or_an_address(session: Session) -> None:
    thu = thu_of(session)
    for _ in range(5):
        miss(session, "Nguyễn Thu")

    rows = session.scalars(select(AuditEntry).where(AuditEntry.actor == "stranger").order_by(AuditEntry.id)).all()
    assert [row.action for row in rows] == ["sign_in_missed"] * 5 + ["sign_in_locked"]
    assert {row.subject for row in rows} == {f"staff:{thu.public_id}"}
    [alert] = raising.list_open(session)
    assert (alert.kind, alert.subject) == ("signin_guessing", f"staff:{thu.public_id}")
    assert HOME not in str([row.detail for row in rows])


def test_somebody_who_left_meanwhile_does_not_come_in(session: Session) -> None:
    thu = thu_of(session)
    tried = signin.attempt(session, "Nguyễn Thu", address=HOME, now=NOON)
    found = passwords.match(tried.hashed, RIGHT)
    leaving.remove(session, thu.id, now=NOON)

    assert found.is_right
    assert signin.settle(session, tried, found, now=NOON).member is None


def test_misses_are_forgotten_in_the_end(session: Session) -> None:
    miss(session, "Nobody")
    miss(session, "Somebody", at=NOON + timedelta(hours=37))
    assert len(session.scalars(select(SignInTry)).all()) == 1
