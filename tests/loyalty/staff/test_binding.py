"""Codes that bind a chat to somebody of the shop, and the chats bound."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.alerts import raising
from loyalty.staff import binding
from loyalty.staff.audit import Author
from loyalty.staff.guessing import WrongCode
from loyalty.staff.models import Role, StaffCode
from loyalty.typed.codes import CODE_ALPHABET
from tests.builders import NOON
from tests.builders_staff import make_account, make_bound_staff, make_staff

BOSS = Author("staff:boss", "console")


def test_a_code_is_eight_unmistakable_characters_and_not_kept(session: Session) -> None:
    code = binding.issue_code(session, make_staff(session).id, now=NOON)

    assert len(code) == 8
    assert set(code) <= set(CODE_ALPHABET)
    assert code.encode() not in session.scalars(select(StaffCode.code_hash)).one()


def test_a_code_binds_however_it_is_typed(session: Session) -> None:
    member, account = make_staff(session), make_account(session)
    code = binding.issue_code(session, member.id, now=NOON)

    binding.bind(session, f" {code[:4].lower()}-{code[4:]} ", channel_account_id=account.id, user_id="7", now=NOON)

    assert binding.bound_to(session, account.id, "7") is member
    assert binding.bound_to(session, account.id, "8") is None


@pytest.mark.parametrize("late", [timedelta(minutes=10), timedelta(days=1)])
def test_an_expired_code_binds_nobody(session: Session, late: timedelta) -> None:
    member, account = make_staff(session), make_account(session)
    code = binding.issue_code(session, member.id, now=NOON)
    with pytest.raises(WrongCode):
        binding.bind(session, code, channel_account_id=account.id, user_id="7", now=NOON + late)
    assert binding.bound_to(session, account.id, "7") is None


def test_a_new_code_ends_the_earlier_one(session: Session) -> None:
    member, account = make_staff(session), make_account(session)
    first = binding.issue_code(session, member.id, now=NOON)
    second = binding.issue_code(session, member.id, now=NOON)
    with pytest.raises(WrongCode):
        binding.bind(session, first, channel_account_id=account.id, user_id="7", now=NOON)
    assert binding.bind(session, second, channel_account_id=account.id, user_id="7", now=NOON) is member


def test_a_used_code_is_wrong_elsewhere_and_harmless_where_it_was_used(session: Session) -> None:
    member, account = make_staff(session), make_account(session)
    code = binding.issue_code(session, member.id, now=NOON)
    binding.bind(session, code, channel_account_id=account.id, user_id="7", now=NOON)

    assert binding.bind(session, code, channel_account_id=account.id, user_id="7", now=NOON) is member
    with pytest.raises(WrongCode):
        binding.bind(session, code, channel_account_id=account.id, user_id="8", now=NOON)
    assert binding.bound_to(session, account.id, "7") is member


def test_binding_ends_the_earlier_binding_of_the_chat(session: Session) -> None:
    account = make_account(session)
    thu = make_bound_staff(session, user_id="shared phone")
    minh = make_bound_staff(session, user_id="shared phone")

    assert binding.bound_to(session, account.id, "shared phone") is minh
    assert binding.chats_of_member(session, thu.id) == []


def test_binding_ends_the_persons_other_chat_on_the_same_account_only(session: Session) -> None:
    zalo, page = make_account(session), make_account(session, "messenger", "1122")
    thu = make_bound_staff(session, account=zalo, user_id="old phone")
    for account, user in ((page, "psid"), (zalo, "new phone")):
        code = binding.issue_code(session, thu.id, now=NOON)
        binding.bind(session, code, channel_account_id=account.id, user_id=user, now=NOON)

    assert binding.bound_to(session, zalo.id, "old phone") is None
    assert {chat.user_id for chat in binding.chats_of_member(session, thu.id)} == {"psid", "new phone"}


def test_the_owner_is_to_be_told_of_every_binding(session: Session) -> None:
    thu = make_bound_staff(session, "manager")

    [alert] = raising.untold(session)
    assert (alert.kind, alert.subject, alert.detail) == ("staff_bound", f"staff:{thu.public_id}", "manager zalo")


def test_going_ends_the_binding_once(session: Session) -> None:
    account, thu = make_account(session), make_bound_staff(session, user_id="7")

    assert binding.unbind(session, account.id, "7", now=NOON) is thu
    assert binding.unbind(session, account.id, "7", now=NOON) is None
    assert binding.bound_to(session, account.id, "7") is None


def test_chats_of_roles_come_newest_interaction_first(session: Session) -> None:
    account = make_account(session)
    make_bound_staff(session, "cashier", user_id="cashier")
    make_bound_staff(session, "owner", user_id="a")
    make_bound_staff(session, "manager", user_id="b", now=NOON + timedelta(minutes=1))
    binding.touch(session, account.id, "a", now=NOON + timedelta(hours=1))
    binding.touch(session, account.id, "a", now=NOON)  # an older event that came late

    chats = binding.chats_of(session, [Role.OWNER, Role.MANAGER])

    assert [(chat.user_id, chat.last_interaction_at) for chat in chats] == [
        ("a", NOON + timedelta(hours=1)),
        ("b", NOON + timedelta(minutes=1)),
    ]
    assert chats[0].account is account
    assert chats[0].member.role == "owner"
