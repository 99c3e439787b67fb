"""Choosing a password by a link: a link made by somebody else never stands for one's own second factor."""

from collections.abc import Iterator
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.alerts import raising
from loyalty.staff import audit, invitations, leaving, passwords, second_factor, sessions, signin, welcome
from loyalty.staff.accounts import StaffNotFound
from loyalty.staff.audit import Author
from loyalty.staff.invitations import InvitationOver, Kind, OnlyAtTheMachine
from loyalty.staff.models import AuditEntry, StaffMember
from loyalty.staff.passwords import PasswordTooShort
from loyalty.staff.signin import SignInWaits
from tests.builders import NOON
from tests.builders_staff import make_staff, quick_hashing
from tests.loyalty.staff.test_second_factor import switched_on

OLD, NEW = "ba con mèo ngủ trưa", "năm con voi đi dạo"


@pytest.fixture(autouse=True)
def _quickly() -> Iterator[None]:
    with quick_hashing():
        yield


def sworn(session: Session, role: str = "owner", name: str = "Mai") -> tuple[StaffMember, pyotp.TOTP, list[str]]:
    """Somebody with a password and a second factor."""
    member = make_staff(session, role, name)
    passwords.choose(session, member, OLD, by=audit.CLI, now=NOON)
    return member, *switched_on(session, member)


def choose(session: Session, token: str, code: str = "", password: str = NEW) -> StaffMember | None:
    return welcome.choose(session, token, password, code, address="10.0.0.1", now=NOON).member


def is_password(session: Session, member: StaffMember, password: str) -> bool:
    return passwords.match(passwords.kept(session, member), password).is_right


def by(member: StaffMember) -> Author:
    return Author.of(member, "console")


def test_one_owner_cannot_take_over_another_with_a_link(session: Session) -> None:
    mai, totp, _ = sworn(session)
    token = invitations.issue(session, mai.id, Kind.PASSWORD, by=by(make_staff(session, "owner")), now=NOON)

    for wrong in ("", "000000", "AAAAA-AAAAA"):
        assert choose(session, token, wrong) is None
    assert is_password(session, mai, OLD)
    assert second_factor.is_on(session, mai)

    assert choose(session, token, totp.at(NOON)) is mai
    assert is_password(session, mai, NEW)
    assert second_factor.is_on(session, mai)


def test_a_recovery_code_does_beside_a_link(session: Session) -> None:
    mai, _, codes = sworn(session)
    token = invitations.issue(session, mai.id, Kind.PASSWORD, by=audit.CLI, now=NOON)
    assert choose(session, token, codes[0]) is mai


def test_codes_at_links_run_out_and_guesses_at_the_password_shut_no_link(session: Session) -> None:
    mai, totp, _ = sworn(session)
    for _ in range(5):
        signin.second_step(session, mai, "000000", address="10.9.9.9", now=NOON)
    first = invitations.issue(session, mai.id, Kind.PASSWORD, by=audit.CLI, now=NOON)
    for _ in range(4):
        assert choose(session, first, "000000") is None
    again = invitations.issue(session, mai.id, Kind.PASSWORD, by=audit.CLI, now=NOON)  # no new link, no new tries
    assert choose(session, again, "000000") is None
    with pytest.raises(SignInWaits):
        choose(session, again, totp.at(NOON))
    actions = session.scalars(select(AuditEntry.action).where(AuditEntry.actor == "stranger")).all()
    assert actions.count("sign_in_missed") == 10


def test_a_poor_password_takes_no_code(session: Session) -> None:
    mai, totp, _ = sworn(session)
    token = invitations.issue(session, mai.id, Kind.PASSWORD, by=audit.CLI, now=NOON)
    with pytest.raises(PasswordTooShort):
        choose(session, token, totp.at(NOON), "ngắn")
    assert choose(session, token, totp.at(NOON)) is mai


def test_owners_hear_of_a_link_for_somebody_who_has_a_password_and_of_no_other(session: Session) -> None:
    newcomer, (mai, _, _) = make_staff(session), sworn(session)
    invitations.issue(session, newcomer.id, Kind.PASSWORD, by=audit.CLI, now=NOON)
    invitations.issue(session, mai.id, Kind.SECOND_FACTOR, by=audit.CLI, now=NOON)
    assert raising.list_open(session) == []

    invitations.issue(session, mai.id, Kind.PASSWORD, by=audit.CLI, now=NOON)

    [alert] = raising.list_open(session)
    assert (alert.kind, alert.subject, alert.detail) == ("password_link", f"staff:{mai.public_id}", "owner")


class TestALostPhone:
    def test_ends_every_way_in_until_the_link_is_used(self, session: Session) -> None:
        nga, _, _ = sworn(session, "manager", "Nga")
        cookie = sessions.begin(session, nga, device="", now=NOON)

        token = invitations.begin_anew(session, nga.id, by=by(make_staff(session, "owner")), now=NOON)

        assert sessions.find(session, cookie, now=NOON) is None
        assert not is_password(session, nga, OLD)
        assert [alert.kind for alert in raising.list_open(session)] == ["password_link"]
        assert choose(session, token) is nga
        assert not second_factor.is_on(session, nga)

    def test_of_an_owner_is_seen_to_at_the_machine_only(self, session: Session) -> None:
        mai, _, _ = sworn(session)
        with pytest.raises(OnlyAtTheMachine):
            invitations.begin_anew(session, mai.id, by=by(make_staff(session, "owner")), now=NOON)
        assert is_password(session, mai, OLD)

        assert choose(session, invitations.begin_anew(session, mai.id, by=audit.CLI, now=NOON)) is mai
        assert not second_factor.is_on(session, mai)


class TestAnew:
    def test_another_password_ends_links_and_second_steps_that_began_before(self, session: Session) -> None:
        mai, _, _ = sworn(session)
        tokens = [
            invitations.issue(session, mai.id, kind, by=audit.CLI, now=NOON)
            for kind in (Kind.PASSWORD, Kind.SECOND_FACTOR)
        ]
        passwords.choose(session, mai, NEW, by=by(mai), now=NOON)
        assert [invitations.find(session, token, now=NOON) for token in tokens] == [None, None]

    def test_whoever_comes_back_has_neither_password_nor_session_nor_second_factor(self, session: Session) -> None:
        nga, _, codes = sworn(session, "manager", "Nga")
        cookie = sessions.begin(session, nga, device="", now=NOON)
        leaving.remove(session, nga.id, now=NOON)
        leaving.take_back(session, nga.id, by=audit.CLI, now=NOON)

        assert sessions.find(session, cookie, now=NOON) is None
        assert passwords.kept(session, nga) is None
        assert not second_factor.take(session, nga, codes[0], now=NOON)

    def test_a_request_that_outlives_its_person_leaves_them_no_way_in(self, session: Session) -> None:
        nga, _, _ = sworn(session, "manager", "Nga")
        leaving.remove(session, nga.id, now=NOON)
        later = NOON + timedelta(seconds=1)

        with pytest.raises(StaffNotFound):
            signin.come_in(session, nga, device="", by="password", now=later)
        with pytest.raises(StaffNotFound):
            passwords.choose(session, nga, NEW, by=by(nga), now=later)
        leaving.take_back(session, nga.id, by=audit.CLI, now=later)
        assert passwords.kept(session, nga) is None
        assert sessions.list_open(session, nga.id, now=later) == []

    def test_what_was_left_open_by_an_older_version_ends_when_they_come_back(self, session: Session) -> None:
        nga = make_staff(session, "manager", "Nga")
        leaving.remove(session, nga.id, now=NOON)
        cookie = sessions.begin(session, nga, device="", now=NOON)
        leaving.take_back(session, nga.id, by=audit.CLI, now=NOON)
        assert sessions.find(session, cookie, now=NOON) is None


@pytest.mark.parametrize("code", ["", "123456"])
def test_a_link_that_is_over_is_over(session: Session, code: str) -> None:
    with pytest.raises(InvitationOver):
        choose(session, "x" * 32, code)
