"""Who leaves loses every way in at once; who comes back begins anew."""

import pytest
from sqlalchemy.orm import Session

from loyalty.staff import accounts, binding, leaving
from loyalty.staff.accounts import StaffNameTaken, StaffNotFound
from loyalty.staff.audit import Author
from loyalty.staff.guessing import WrongCode
from tests.builders import NOON
from tests.builders_staff import make_account, make_bound_staff, make_staff

BOSS = Author("staff:boss", "console")


def test_leaving_ends_chats_and_codes_at_once(session: Session) -> None:
    account, thu = make_account(session), make_bound_staff(session, user_id="7")
    code = binding.issue_code(session, thu.id, now=NOON)

    leaving.remove(session, thu.id, now=NOON)

    assert binding.bound_to(session, account.id, "7") is None
    assert accounts.list_all(session) == []
    with pytest.raises(WrongCode):
        binding.bind(session, code, channel_account_id=account.id, user_id="7", now=NOON)
    with pytest.raises(StaffNotFound):
        binding.issue_code(session, thu.id, now=NOON)
    with pytest.raises(StaffNotFound):
        leaving.remove(session, thu.id, now=NOON)


def test_a_name_is_free_again_when_its_person_left(session: Session) -> None:
    first = make_staff(session, name="Thu")
    leaving.remove(session, first.id, now=NOON)

    second = make_staff(session, name="Thu")

    assert second.id != first.id
    assert accounts.get_by_name(session, "thu") is second
    assert accounts.name_of(session, first) == "Thu"


def test_the_last_owner_goes_with_the_demo(session: Session) -> None:
    mai = make_staff(session, "owner")
    leaving.remove(session, mai.id, now=NOON, even_last_owner=True)
    assert accounts.list_all(session) == []


def test_who_was_removed_by_mistake_is_taken_back_unless_the_name_is_gone(session: Session) -> None:
    thu = make_bound_staff(session, name="Thu", user_id="7")
    leaving.remove(session, thu.id, now=NOON)

    assert leaving.take_back(session, thu.id, by=BOSS, now=NOON) is thu
    assert leaving.take_back(session, thu.id, by=BOSS, now=NOON) is thu
    assert accounts.get_by_name(session, "thu") is thu
    assert binding.chats_of_member(session, thu.id) == []

    leaving.remove(session, thu.id, now=NOON)
    make_staff(session, name="Thu")
    with pytest.raises(StaffNameTaken):
        leaving.take_back(session, thu.id, by=BOSS, now=NOON)
    assert accounts.get(session, thu.id).removed_at == NOON
