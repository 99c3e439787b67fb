"""One-time links into the console."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.staff import access, audit, invitations, leaving, sessions
from loyalty.staff.accounts import StaffNotFound
from loyalty.staff.invitations import InvitationOver, Kind
from loyalty.staff.models import AuditEntry, Invitation
from tests.builders import NOON
from tests.builders_staff import make_staff


def test_a_link_is_used_once_and_looking_does_not_use_it(session: Session) -> None:
    thu = make_staff(session)
    token = invitations.issue(session, thu.id, Kind.PASSWORD, by=audit.CLI, now=NOON)

    assert len(token) >= 22  # 128 bits and more
    assert token.encode() not in session.scalars(select(Invitation.token_hash)).one()
    for _ in range(3):
        assert invitations.find(session, token, now=NOON) == (thu, Kind.PASSWORD)
    assert invitations.spend(session, token, Kind.PASSWORD, now=NOON) is thu
    with pytest.raises(InvitationOver):
        invitations.spend(session, token, Kind.PASSWORD, now=NOON)
    assert invitations.find(session, token, now=NOON) is None


@pytest.mark.parametrize(
    ("kind", "lives"),
    [
        (Kind.PASSWORD, timedelta(days=7)),
        (Kind.SECOND_FACTOR, timedelta(minutes=15)),
        (Kind.SIGN_IN, timedelta(hours=1)),
    ],
)
def test_a_link_ends_by_itself(session: Session, kind: Kind, lives: timedelta) -> None:
    token = invitations.issue(session, make_staff(session).id, kind, by=audit.CLI, now=NOON)

    assert invitations.find(session, token, now=NOON + lives - timedelta(seconds=1)) is not None
    assert invitations.find(session, token, now=NOON + lives) is None


def test_a_new_link_ends_the_earlier_one_of_its_kind_only(session: Session) -> None:
    thu = make_staff(session)
    first, other, second = (
        invitations.issue(session, thu.id, kind, by=audit.CLI, now=NOON)
        for kind in (Kind.PASSWORD, Kind.SECOND_FACTOR, Kind.PASSWORD)
    )

    assert invitations.find(session, first, now=NOON) is None
    assert invitations.find(session, other, now=NOON) is not None
    assert invitations.find(session, second, now=NOON) is not None


def test_a_link_is_good_for_its_own_purpose_only(session: Session) -> None:
    token = invitations.issue(session, make_staff(session).id, Kind.SECOND_FACTOR, by=audit.CLI, now=NOON)
    with pytest.raises(InvitationOver):
        invitations.spend(session, token, Kind.PASSWORD, now=NOON)
    assert invitations.find(session, token, now=NOON) is not None


def test_links_of_somebody_who_leaves_end(session: Session) -> None:
    thu = make_staff(session)
    token = invitations.issue(session, thu.id, Kind.PASSWORD, by=audit.CLI, now=NOON)

    leaving.remove(session, thu.id, now=NOON)

    assert invitations.find(session, token, now=NOON) is None
    with pytest.raises(StaffNotFound):
        invitations.issue(session, thu.id, Kind.PASSWORD, by=audit.CLI, now=NOON)


@pytest.mark.parametrize("token", ["", "x", "\ud800", "A" * 32, "A" * 100_000])
def test_any_other_text_is_no_link(session: Session, token: str) -> None:
    assert invitations.find(session, token, now=NOON) is None


def test_links_are_written_down_without_their_token(session: Session) -> None:
    thu = make_staff(session)
    token = invitations.issue(session, thu.id, Kind.PASSWORD, by=audit.CLI, now=NOON)

    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (entry.action, entry.subject) == ("invitation_issued", f"staff:{thu.public_id}")
    assert token not in str(entry.detail)
    assert invitations.address("https://may.example", token) == f"https://may.example/console/welcome/{token}"


def test_after_a_restore_nobody_is_signed_in_and_no_link_opens(session: Session) -> None:
    thu = make_staff(session)
    link = invitations.issue(session, thu.id, Kind.PASSWORD, by=audit.CLI, now=NOON)
    cookie = sessions.begin(session, thu, device="", now=NOON)

    access.sign_everybody_out(session, now=NOON)

    assert invitations.find(session, link, now=NOON) is None
    assert sessions.find(session, cookie, now=NOON) is None
