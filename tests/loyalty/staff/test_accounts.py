"""People come, get codes, bind chats and leave."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.alerts import raising
from loyalty.staff import accounts, audit, binding, leaving, stores
from loyalty.staff.accounts import LastOwner, StaffNameTaken, StaffNameUnclear, StaffNotFound
from loyalty.staff.audit import Author
from loyalty.staff.models import AuditEntry, StaffMember
from loyalty.staff.stores import StoreNotFound
from tests.builders import NOON
from tests.builders_staff import make_account, make_staff

BOSS = Author("staff:boss", "console")


def test_a_name_is_sealed_and_read_back(session: Session) -> None:
    member = accounts.add(session, "Nguyễn  Thị Thu", "cashier", now=NOON)

    assert b"Thu" not in member.name
    assert accounts.name_of(session, member) == "Nguyễn Thị Thu"


def test_a_name_pasted_into_another_row_does_not_open(session: Session) -> None:
    thu, minh = make_staff(session, name="Thu"), make_staff(session, name="Minh")
    minh.name = thu.name
    with pytest.raises(Exception, match="staff_member"):
        accounts.name_of(session, minh)


def test_two_people_of_the_same_folded_name_are_refused(session: Session) -> None:
    make_staff(session, name="Nguyễn Thu")
    with pytest.raises(StaffNameTaken):
        make_staff(session, name="nguyen  THU")


@pytest.mark.parametrize("name", ["", "   ", "—", "\u200b\u202e", "A" * 81])
def test_a_name_that_says_nothing_or_too_much_is_refused(session: Session, name: str) -> None:
    with pytest.raises(StaffNameUnclear):
        make_staff(session, name=name or " ")


def test_what_a_terminal_would_obey_is_left_out_of_a_name(session: Session) -> None:
    assert accounts.name_of(session, make_staff(session, name="Thu\x1b[31m\udcff\n")) == "Thu[31m"


@pytest.mark.parametrize("name", ["Nobody", "", "\x00", "\ud800", "💥" * 500])
def test_an_unknown_name_finds_nobody(session: Session, name: str) -> None:
    assert accounts.find_by_name(session, name) is None
    with pytest.raises(StaffNotFound):
        accounts.get_by_name(session, name)


def test_people_work_at_the_first_store_unless_told(session: Session) -> None:
    assert accounts.add(session, "Thu", "cashier", store_code="main", now=NOON).store_id == 1
    with pytest.raises(StoreNotFound) as refusal:
        accounts.add(session, "Minh", "cashier", store_code="Q9\ud800", now=NOON)
    assert refusal.value.facts["known"] == ["MAIN"]


def test_whatever_is_done_to_people_is_written_down_with_who_did_it(session: Session) -> None:
    thu = accounts.add(session, "Thu", "cashier", by=BOSS, now=NOON)
    code = binding.issue_code(session, thu.id, by=BOSS, now=NOON)
    account = make_account(session)
    binding.bind(session, code, channel_account_id=account.id, user_id="7", now=NOON)
    binding.unbind(session, account.id, "7", now=NOON)
    leaving.remove(session, thu.id, now=NOON)

    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    subject = f"staff:{thu.public_id}"
    assert [(entry.actor, entry.action, entry.source) for entry in entries] == [
        ("staff:boss", "staff_added", "console"),
        ("staff:boss", "staff_code_issued", "console"),
        (subject, "staff_bound", "zalo"),
        (subject, "staff_unbound", "zalo"),
        ("cli", "staff_removed", "cli"),
    ]
    assert {entry.subject for entry in entries} == {subject}


def test_people_are_found_by_id_after_they_left(session: Session) -> None:
    thu = make_staff(session)
    leaving.remove(session, thu.id, now=NOON)

    assert accounts.get(session, thu.id) is thu
    assert accounts.get_public(session, thu.public_id) is thu
    with pytest.raises(StaffNotFound):
        accounts.get_public(session, "nobody")
    with pytest.raises(StaffNotFound):
        accounts.get(session, 999)


def test_the_last_owner_can_be_neither_removed_nor_given_another_role(session: Session) -> None:
    mai = make_staff(session, "owner")
    make_staff(session, "manager")
    with pytest.raises(LastOwner):
        leaving.remove(session, mai.id, now=NOON)
    with pytest.raises(LastOwner):
        accounts.change_role(session, mai.id, "manager", by=BOSS, now=NOON)

    second = make_staff(session, "owner")
    accounts.change_role(session, mai.id, "cashier", by=BOSS, now=NOON)

    assert mai.role == "cashier"
    with pytest.raises(LastOwner):
        leaving.remove(session, second.id, now=NOON)


def test_owners_are_told_of_another_owner_but_not_of_the_first(session: Session) -> None:
    make_staff(session, "owner")
    assert raising.list_open(session) == []

    second, thu = make_staff(session, "owner"), make_staff(session, "cashier")
    accounts.change_role(session, thu.id, "owner", by=BOSS, now=NOON)

    told = {(alert.kind, alert.subject) for alert in raising.list_open(session)}
    assert told == {("owner_made", f"staff:{each.public_id}") for each in (second, thu)}


def test_role_and_store_change_with_before_and_after_written_down(session: Session) -> None:
    stores.add(session, "leloi", "Mây Lê Lợi", now=NOON)
    thu = make_staff(session)

    accounts.change_role(session, thu.id, "manager", by=BOSS, now=NOON)
    accounts.move(session, thu.id, "LeLoi", by=BOSS, now=NOON)
    accounts.change_role(session, thu.id, "manager", by=BOSS, now=NOON)  # what is so already is not written down
    accounts.move(session, thu.id, "LELOI", by=BOSS, now=NOON)

    rows = session.scalars(select(AuditEntry).where(AuditEntry.actor == BOSS.actor).order_by(AuditEntry.id)).all()
    assert [(row.action, row.detail) for row in rows] == [
        ("staff_role_changed", {"before": "cashier", "after": "manager"}),
        ("staff_moved", {"before": "MAIN", "after": "LELOI"}),
    ]
    with pytest.raises(StoreNotFound):
        accounts.move(session, thu.id, "Q9", by=BOSS, now=NOON)


def test_nobody_is_called_by_a_name_in_the_audit(session: Session) -> None:
    make_staff(session, name="Thu Hà")
    for entry in session.scalars(select(AuditEntry)):
        assert "Thu" not in f"{entry.subject} {entry.detail}"
    assert audit.CLI.actor == "cli"
    assert session.scalars(select(StaffMember.demo)).all() == [False]
