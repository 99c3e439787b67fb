"""Codes of an authenticator, each taken once, and recovery codes."""

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.staff import audit, second_factor, signin
from loyalty.staff.models import RecoveryCode, StaffCredential, StaffMember
from loyalty.staff.second_factor import SecondFactorNeeded, SecondFactorOn, WrongSecondCode
from loyalty.staff.signin import SignInWaits
from tests.builders import NOON
from tests.builders_staff import make_staff

STEP = timedelta(seconds=30)


def switched_on(session: Session, member: StaffMember) -> tuple[pyotp.TOTP, list[str]]:
    """An authenticator that was set up a minute before noon, and the recovery codes."""
    second_factor.prepare(session, member)
    secret = second_factor.pending(session, member)
    assert secret is not None
    totp, at = pyotp.TOTP(secret), NOON - 2 * STEP
    return totp, second_factor.confirm(session, member, totp.at(at), by=audit.CLI, now=at)


def test_nothing_is_asked_for_until_one_code_was_right(session: Session) -> None:
    thu = make_staff(session, "manager")
    second_factor.prepare(session, thu)
    assert not second_factor.is_on(session, thu)
    with pytest.raises(WrongSecondCode):
        second_factor.confirm(session, thu, "000000", by=audit.CLI, now=NOON)
    assert not second_factor.is_due(session, thu)


def test_the_same_secret_is_shown_until_it_is_confirmed_and_sealed_in_the_database(session: Session) -> None:
    thu = make_staff(session, "manager")
    second_factor.prepare(session, thu)
    first = second_factor.pending(session, thu)
    second_factor.prepare(session, thu)

    assert first is not None
    assert second_factor.pending(session, thu) == first
    sealed = session.scalars(select(StaffCredential.totp_secret)).one()
    assert sealed is not None
    assert first.encode() not in sealed
    assert "secret=" + first in second_factor.address(session, thu, first)


def test_a_code_is_taken_once(session: Session) -> None:
    thu = make_staff(session, "manager")
    totp, _ = switched_on(session, thu)

    assert second_factor.take(session, thu, totp.at(NOON), now=NOON)
    assert not second_factor.take(session, thu, totp.at(NOON), now=NOON)
    assert not second_factor.take(session, thu, totp.at(NOON - STEP), now=NOON)  # an earlier one neither
    assert second_factor.take(session, thu, totp.at(NOON + STEP), now=NOON + STEP)


def test_the_code_that_switched_it_on_does_not_sign_in(session: Session) -> None:
    thu = make_staff(session, "manager")
    totp, _ = switched_on(session, thu)
    assert not second_factor.take(session, thu, totp.at(NOON - 2 * STEP), now=NOON - 2 * STEP)


def test_a_clock_may_be_half_a_minute_off_and_no_more(session: Session) -> None:
    thu = make_staff(session, "manager")
    totp, _ = switched_on(session, thu)
    assert not second_factor.take(session, thu, totp.at(NOON + 2 * STEP), now=NOON)
    assert second_factor.take(session, thu, f" {totp.at(NOON + STEP)[:3]} {totp.at(NOON + STEP)[3:]}", now=NOON)


def test_eight_recovery_codes_work_once_each_and_only_for_their_person(session: Session) -> None:
    thu, minh = make_staff(session, "manager"), make_staff(session, "manager")
    _, codes = switched_on(session, thu)
    switched_on(session, minh)

    assert len(set(codes)) == 8
    assert not second_factor.take(session, minh, codes[0], now=NOON)
    assert second_factor.take(session, thu, codes[0].lower().replace("-", " "), now=NOON)
    assert not second_factor.take(session, thu, codes[0], now=NOON)
    assert second_factor.count_codes(session, thu) == 7
    assert codes[1].replace("-", "").encode() not in b"".join(session.scalars(select(RecoveryCode.code_hash)))


def test_new_recovery_codes_end_the_earlier_ones(session: Session) -> None:
    thu = make_staff(session, "manager")
    _, codes = switched_on(session, thu)
    fresh = second_factor.renew_codes(session, thu, by=audit.CLI, now=NOON)

    assert not second_factor.take(session, thu, codes[0], now=NOON)
    assert second_factor.take(session, thu, fresh[0], now=NOON)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "\ud800", "x" * 10_000])
def test_what_is_no_code_is_refused(session: Session, code: str) -> None:
    thu = make_staff(session, "manager")
    switched_on(session, thu)
    assert not second_factor.take(session, thu, code, now=NOON)


def test_owners_of_a_real_shop_cannot_do_without(session: Session) -> None:
    mai, hung = make_staff(session, "owner"), make_staff(session, "manager")
    for member in (mai, hung):
        switched_on(session, member)

    with pytest.raises(SecondFactorNeeded):
        second_factor.switch_off(session, mai, by=audit.CLI, now=NOON)
    second_factor.switch_off(session, hung, by=audit.CLI, now=NOON)

    assert second_factor.is_due(session, mai)
    assert not second_factor.is_due(session, hung)
    assert second_factor.count_codes(session, hung) == 0
    with pytest.raises(SecondFactorOn):
        second_factor.prepare(session, mai)


def test_wrong_codes_make_one_wait_like_wrong_passwords(session: Session) -> None:
    thu = make_staff(session, "manager")
    totp, codes = switched_on(session, thu)
    told = [signin.second_step(session, thu, "000000", address="203.0.113.7", now=NOON) for _ in range(5)]

    assert [each.waits_until for each in told] == [None] * 4 + [NOON + timedelta(minutes=30)]
    for code in (totp.at(NOON), codes[0]):
        with pytest.raises(SignInWaits):
            signin.second_step(session, thu, code, address="198.51.100.1", now=NOON)
