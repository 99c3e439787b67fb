"""People come, get codes, bind chats and leave."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.alerts import raising
from loyalty.staff import accounts, audit, stores
from loyalty.staff.accounts import LastOwner, StaffNameTaken, StaffNameUnclear, StaffNotFound
from loyalty.staff.audit import Author
from loyalty.staff.guessing import WrongCode
from loyalty.staff.models import AuditEntry, Role, StaffCode, StaffMember
from loyalty.staff.stores import StoreNotFound
from loyalty.typed.codes import CODE_ALPHABET
from tests.builders import NOON
from tests.builders_staff import make_account, make_bound_staff, make_staff

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


def test_a_name_is_free_again_when_its_person_left(session: Session) -> None:
    first = make_staff(session, name="Thu")
    accounts.remove(session, first.id, now=NOON)

    second = make_staff(session, name="Thu")

    assert second.id != first.id
    assert accounts.get_by_name(session, "thu") is second
    assert accounts.name_of(session, first) == "Thu"


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


def test_a_code_is_eight_unmistakable_characters_and_not_kept(session: Session) -> None:
    code = accounts.issue_code(session, make_staff(session).id, now=NOON)

    assert len(code) == 8
    assert set(code) <= set(CODE_ALPHABET)
    assert code.encode() not in session.scalars(select(StaffCode.code_hash)).one()


def test_a_code_binds_however_it_is_typed(session: Session) -> None:
    member, account = make_staff(session), make_account(session)
    code = accounts.issue_code(session, member.id, now=NOON)

    accounts.bind(session, f" {code[:4].lower()}-{code[4:]} ", channel_account_id=account.id, user_id="7", now=NOON)

    assert accounts.bound_to(session, account.id, "7") is member
    assert accounts.bound_to(session, account.id, "8") is None


@pytest.mark.parametrize("late", [timedelta(minutes=10), timedelta(days=1)])
def test_an_expired_code_binds_nobody(session: Session, late: timedelta) -> None:
    member, account = make_staff(session), make_account(session)
    code = accounts.issue_code(session, member.id, now=NOON)
    with pytest.raises(WrongCode):
        accounts.bind(session, code, channel_account_id=account.id, user_id="7", now=NOON + late)
    assert accounts.bound_to(session, account.id, "7") is None


def test_a_new_code_ends_the_earlier_one(session: Session) -> None:
    member, account = make_staff(session), make_account(session)
    first = accounts.issue_code(session, member.id, now=NOON)
    second = accounts.issue_code(session, member.id, now=NOON)
    with pytest.raises(WrongCode):
        accounts.bind(session, first, channel_account_id=account.id, user_id="7", now=NOON)
    assert accounts.bind(session, second, channel_account_id=account.id, user_id="7", now=NOON) is member


def test_a_used_code_is_wrong_elsewhere_and_harmless_where_it_was_used(session: Session) -> None:
    member, account = make_staff(session), make_account(session)
    code = accounts.issue_code(session, member.id, now=NOON)
    accounts.bind(session, code, channel_account_id=account.id, user_id="7", now=NOON)

    assert accounts.bind(session, code, channel_account_id=account.id, user_id="7", now=NOON) is member
    with pytest.raises(WrongCode):
        accounts.bind(session, code, channel_account_id=account.id, user_id="8", now=NOON)
    assert accounts.bound_to(session, account.id, "7") is member


def test_binding_ends_the_earlier_binding_of_the_chat(session: Session) -> None:
    account = make_account(session)
    thu = make_bound_staff(session, user_id="shared phone")
    minh = make_bound_staff(session, user_id="shared phone")

    assert accounts.bound_to(session, account.id, "shared phone") is minh
    assert accounts.chats_of_member(session, thu.id) == []


def test_binding_ends_the_persons_other_chat_on_the_same_account_only(session: Session) -> None:
    zalo, page = make_account(session), make_account(session, "messenger", "1122")
    thu = make_bound_staff(session, account=zalo, user_id="old phone")
    for account, user in ((page, "psid"), (zalo, "new phone")):
        code = accounts.issue_code(session, thu.id, now=NOON)
        accounts.bind(session, code, channel_account_id=account.id, user_id=user, now=NOON)

    assert accounts.bound_to(session, zalo.id, "old phone") is None
    assert {chat.user_id for chat in accounts.chats_of_member(session, thu.id)} == {"psid", "new phone"}


def test_the_owner_is_to_be_told_of_every_binding(session: Session) -> None:
    thu = make_bound_staff(session, "manager")

    [alert] = raising.untold(session)
    assert (alert.kind, alert.subject, alert.detail) == ("staff_bound", f"staff:{thu.public_id}", "manager zalo")


def test_leaving_ends_chats_and_codes_at_once(session: Session) -> None:
    account, thu = make_account(session), make_bound_staff(session, user_id="7")
    code = accounts.issue_code(session, thu.id, now=NOON)

    accounts.remove(session, thu.id, now=NOON)

    assert accounts.bound_to(session, account.id, "7") is None
    assert accounts.list_all(session) == []
    with pytest.raises(WrongCode):
        accounts.bind(session, code, channel_account_id=account.id, user_id="7", now=NOON)
    with pytest.raises(StaffNotFound):
        accounts.issue_code(session, thu.id, now=NOON)
    with pytest.raises(StaffNotFound):
        accounts.remove(session, thu.id, now=NOON)


def test_going_ends_the_binding_once(session: Session) -> None:
    account, thu = make_account(session), make_bound_staff(session, user_id="7")

    assert accounts.unbind(session, account.id, "7", now=NOON) is thu
    assert accounts.unbind(session, account.id, "7", now=NOON) is None
    assert accounts.bound_to(session, account.id, "7") is None


def test_chats_of_roles_come_newest_interaction_first(session: Session) -> None:
    account = make_account(session)
    make_bound_staff(session, "cashier", user_id="cashier")
    make_bound_staff(session, "owner", user_id="a")
    make_bound_staff(session, "manager", user_id="b", now=NOON + timedelta(minutes=1))
    accounts.touch(session, account.id, "a", now=NOON + timedelta(hours=1))
    accounts.touch(session, account.id, "a", now=NOON)  # an older event that came late

    chats = accounts.chats_of(session, [Role.OWNER, Role.MANAGER])

    assert [(chat.user_id, chat.last_interaction_at) for chat in chats] == [
        ("a", NOON + timedelta(hours=1)),
        ("b", NOON + timedelta(minutes=1)),
    ]
    assert chats[0].account is account
    assert chats[0].member.role == "owner"


def test_whatever_is_done_to_people_is_written_down_with_who_did_it(session: Session) -> None:
    thu = accounts.add(session, "Thu", "cashier", by=BOSS, now=NOON)
    code = accounts.issue_code(session, thu.id, by=BOSS, now=NOON)
    account = make_account(session)
    accounts.bind(session, code, channel_account_id=account.id, user_id="7", now=NOON)
    accounts.unbind(session, account.id, "7", now=NOON)
    accounts.remove(session, thu.id, now=NOON)

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
    accounts.remove(session, thu.id, now=NOON)

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
        accounts.remove(session, mai.id, now=NOON)
    with pytest.raises(LastOwner):
        accounts.change_role(session, mai.id, "manager", by=BOSS, now=NOON)

    second = make_staff(session, "owner")
    accounts.change_role(session, mai.id, "cashier", by=BOSS, now=NOON)

    assert mai.role == "cashier"
    with pytest.raises(LastOwner):
        accounts.remove(session, second.id, now=NOON)


def test_owners_are_told_of_another_owner_but_not_of_the_first(session: Session) -> None:
    make_staff(session, "owner")
    assert raising.list_open(session) == []

    second, thu = make_staff(session, "owner"), make_staff(session, "cashier")
    accounts.change_role(session, thu.id, "owner", by=BOSS, now=NOON)

    told = {(alert.kind, alert.subject) for alert in raising.list_open(session)}
    assert told == {("owner_made", f"staff:{each.public_id}") for each in (second, thu)}


def test_the_last_owner_goes_with_the_demo(session: Session) -> None:
    mai = make_staff(session, "owner")
    accounts.remove(session, mai.id, now=NOON, even_last_owner=True)
    assert accounts.list_all(session) == []


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


def test_who_was_removed_by_mistake_is_taken_back_unless_the_name_is_gone(session: Session) -> None:
    thu = make_bound_staff(session, name="Thu", user_id="7")
    accounts.remove(session, thu.id, now=NOON)

    assert accounts.take_back(session, thu.id, by=BOSS, now=NOON) is thu
    assert accounts.take_back(session, thu.id, by=BOSS, now=NOON) is thu
    assert accounts.get_by_name(session, "thu") is thu
    assert accounts.chats_of_member(session, thu.id) == []

    accounts.remove(session, thu.id, now=NOON)
    make_staff(session, name="Thu")
    with pytest.raises(StaffNameTaken):
        accounts.take_back(session, thu.id, by=BOSS, now=NOON)
    assert accounts.get(session, thu.id).removed_at == NOON


def test_nobody_is_called_by_a_name_in_the_audit(session: Session) -> None:
    make_staff(session, name="Thu Hà")
    for entry in session.scalars(select(AuditEntry)):
        assert "Thu" not in f"{entry.subject} {entry.detail}"
    assert audit.CLI.actor == "cli"
    assert session.scalars(select(StaffMember.demo)).all() == [False]
