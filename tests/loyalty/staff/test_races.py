"""Many at once: one is bound, one decides, one chain grows."""

from contextlib import suppress
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import func, select

from loyalty.alerts import raising
from loyalty.alerts.models import Alert
from loyalty.db import Database
from loyalty.errors import LoyaltyError
from loyalty.staff import (
    accounts,
    approvals,
    audit,
    binding,
    held,
    invitations,
    keys,
    leaving,
    second_factor,
    signin,
    verify,
)
from loyalty.staff.accounts import LastOwner, StaffNameTaken, StaffNotFound
from loyalty.staff.approvals import AlreadyDecided
from loyalty.staff.guessing import CodesExhausted, WrongCode
from loyalty.staff.invitations import InvitationOver, Kind
from loyalty.staff.models import AuditEntry, AuditHead, StaffIdentity
from loyalty.staff.passwords import Match
from loyalty.staff.signin import SignInWaits
from tests.builders import NOON
from tests.builders_staff import make_account, make_bound_staff, make_staff
from tests.loyalty.staff.threads import at_once


def test_one_code_used_by_eight_chats_at_once_binds_one(database: Database) -> None:
    with database.transaction() as session:
        account_id, member = make_account(session).id, make_staff(session)
        code = binding.issue_code(session, member.id, now=NOON)

    def bind(number: int) -> bool:
        with database.transaction() as session:
            try:
                binding.bind(session, code, channel_account_id=account_id, user_id=f"chat {number}", now=NOON)
            except WrongCode:
                return False
            return True

    assert sum(at_once(8, bind)) == 1
    with database.read_only() as session:
        assert session.scalar(select(func.count()).select_from(StaffIdentity)) == 1
        assert list(verify.problems(session)) == []


def test_two_people_swapping_chats_again_and_again_end_with_one_each(database: Database) -> None:
    with database.transaction() as session:
        account_id = make_account(session).id
        people = [make_staff(session, name=name).id for name in ("Thu", "Minh")]

    def swap(number: int) -> None:
        for step in range(8):
            with database.transaction() as session:
                code = binding.issue_code(session, people[number % 2], now=NOON)
            with database.transaction() as session, suppress(WrongCode, CodesExhausted):
                chat = f"chat {(number // 2 + step) % 2}"
                binding.bind(session, code, channel_account_id=account_id, user_id=chat, now=NOON)

    at_once(4, swap)
    with database.read_only() as session:
        bound = select(StaffIdentity.staff_id, StaffIdentity.user_id).where(StaffIdentity.unbound_at.is_(None))
        found = session.execute(bound).all()
        assert 1 <= len(found) <= 2
        assert len({row.staff_id for row in found}) == len({row.user_id for row in found}) == len(found)
        assert list(verify.problems(session)) == []


@pytest.mark.parametrize("round_", range(3))
def test_a_person_removed_while_binding_is_not_left_bound(database: Database, round_: int) -> None:
    with database.transaction() as session:
        account_id, member_id = make_account(session).id, make_staff(session).id
        code = binding.issue_code(session, member_id, now=NOON)

    def act(number: int) -> None:
        with database.transaction() as session, suppress(WrongCode):
            if number:
                leaving.remove(session, member_id, now=NOON)
            else:
                binding.bind(session, code, channel_account_id=account_id, user_id="7", now=NOON)

    at_once(2, act)
    with database.read_only() as session:
        assert binding.bound_to(session, account_id, "7") is None
        assert list(verify.problems(session)) == []


def test_one_chat_guessing_in_parallel_gets_five_guesses_not_more(database: Database) -> None:
    with database.transaction() as session:
        account_id = make_account(session).id

    def guess(_number: int) -> type[LoyaltyError]:
        with database.transaction() as session:
            try:
                binding.bind(session, "WRONG222", channel_account_id=account_id, user_id="guesser", now=NOON)
            except (WrongCode, CodesExhausted) as refusal:
                return type(refusal)
        raise AssertionError("a wrong code bound")

    answers = at_once(12, guess)
    assert answers.count(WrongCode) == 5
    with database.read_only() as session:
        assert [alert.times for alert in raising.list_open(session)] == [1]


def test_two_owners_who_remove_each_other_leave_one(database: Database) -> None:
    with database.transaction() as session:
        owners = [make_staff(session, "owner").id for _ in range(2)]

    def leave(number: int) -> bool:
        with database.transaction() as session:
            try:
                if number % 2:
                    leaving.remove(session, owners[number % 4 // 2], now=NOON)
                else:
                    accounts.change_role(session, owners[number % 4 // 2], "manager", by=audit.CLI, now=NOON)
            except (LastOwner, StaffNotFound):
                return False
            return True

    at_once(4, leave)
    with database.read_only() as session:
        assert [member.role for member in accounts.list_all(session)].count("owner") == 1


def test_a_link_opened_by_eight_at_once_is_used_once(database: Database) -> None:
    with database.transaction() as session:
        token = invitations.issue(session, make_staff(session).id, Kind.PASSWORD, by=audit.CLI, now=NOON)

    def open_(_number: int) -> bool:
        with database.transaction() as session:
            try:
                invitations.spend(session, token, Kind.PASSWORD, now=NOON)
            except InvitationOver:
                return False
            return True

    assert sum(at_once(8, open_)) == 1


def test_guessing_in_parallel_sees_five_passwords_not_more(database: Database) -> None:
    with database.transaction() as session:
        make_staff(session, name="Thu")

    def guess(number: int) -> bool:
        try:
            with database.transaction() as session:
                tried = signin.attempt(session, "Thu", address=f"203.0.113.{number}", now=NOON)
        except SignInWaits:
            return False
        with database.transaction() as session:
            signin.settle(session, tried, Match(False), now=NOON)
        return True

    assert sum(at_once(12, guess)) == 5


def test_one_code_of_an_authenticator_used_by_eight_at_once_is_taken_once(database: Database) -> None:
    with database.transaction() as session:
        thu = make_staff(session)
        second_factor.prepare(session, thu)
        secret = second_factor.pending(session, thu)
        assert secret is not None
        totp = pyotp.TOTP(secret)
        before = NOON - timedelta(minutes=2)
        second_factor.confirm(session, thu, totp.at(before), by=audit.CLI, now=before)

    def take(_number: int) -> bool:
        with database.transaction() as session:
            return second_factor.take(session, thu, totp.at(NOON), now=NOON)

    assert sum(at_once(8, take)) == 1


def test_fifty_approvals_at_once_decide_once(database: Database) -> None:
    with database.transaction() as session:
        cashier = make_staff(session)
        managers = [make_staff(session, "manager") for _ in range(5)]
        request = approvals.ask(session, "award", {"total": 9_000_000}, key="zalo:1", asked_by=cashier, now=NOON)

    def decide(number: int) -> str | None:
        with database.transaction() as session:
            try:
                by = managers[number % 5]
                return approvals.decide(session, request.id, approve=number % 3 > 0, by=by, now=NOON).state
            except AlreadyDecided as refusal:
                assert refusal.state in ("approved", "rejected")
                return None

    decided = [state for state in at_once(50, decide) if state]
    assert len(decided) == 1
    with database.read_only() as session:
        assert approvals.get(session, request.id).state == decided[0]


def test_one_event_asking_eight_times_at_once_leaves_one_request(database: Database) -> None:
    with database.transaction() as session:
        cashier = make_staff(session)

    def ask(_number: int) -> int:
        with database.transaction() as session:
            return approvals.ask(session, "award", {}, key="zalo:1", asked_by=cashier, now=NOON).id

    assert len(set(at_once(8, ask))) == 1


def test_an_audit_chain_written_by_many_at_once_stays_one_chain(database: Database) -> None:
    def write(number: int) -> None:
        for step in range(5):
            with database.transaction() as session:
                detail = {"number": number, "step": step}
                audit.record(session, f"staff:{number % 2}", "award", "entry:1", source="zalo", detail=detail, now=NOON)

    at_once(8, write)
    with database.read_only() as session:
        assert list(verify.problems(session)) == []
        assert dict(session.execute(select(AuditHead.actor, AuditHead.length)).all()) == {"staff:0": 20, "staff:1": 20}
        assert session.scalar(select(func.max(AuditEntry.seq))) == 20


def test_an_alert_raised_by_many_at_once_is_open_once_and_counted(database: Database) -> None:
    def raise_it(_number: int) -> None:
        with database.transaction() as session:
            raising.raise_alert(session, "token_lost", "zalo:1", "", now=NOON)

    at_once(8, raise_it)
    with database.read_only() as session:
        assert session.scalars(select(Alert.times)).all() == [8]


def test_of_many_told_at_once_one_tells(database: Database) -> None:
    with database.transaction() as session:
        alert = raising.raise_alert(session, "token_lost", "zalo:1", "", now=NOON)

    def tell(_number: int) -> bool:
        with database.transaction() as session:
            return raising.mark_told(session, alert.id, now=NOON)

    assert sum(at_once(8, tell)) == 1


def test_one_name_added_by_many_at_once_is_one_person(database: Database) -> None:
    def add(_number: int) -> bool:
        with database.transaction() as session:
            try:
                make_staff(session, name="Thu")
            except StaffNameTaken:
                return False
            return True

    assert sum(at_once(8, add)) == 1


def test_one_key_revoked_by_many_at_once_is_revoked_once(database: Database) -> None:
    with database.transaction() as session:
        keys.create(session, "pos", ["customers:read"], now=NOON)

    def revoke(_number: int) -> bool:
        with database.transaction() as session:
            try:
                keys.revoke(session, "pos", now=NOON)
            except keys.KeyNotFound:
                return False
            return True

    assert sum(at_once(8, revoke)) == 1


def test_one_held_line_repeated_by_many_at_once_is_one_yes(database: Database) -> None:
    with database.transaction() as session:
        member = make_bound_staff(session)
        assert not held.once_more(session, member.id, "/tich 0912345678 200k", now=NOON)

    def repeat(_number: int) -> bool:
        with database.transaction() as session:
            return held.once_more(session, member.id, "/tich 0912345678 200k", now=NOON)

    answers = at_once(2, repeat)
    assert answers.count(True) == 1


@pytest.mark.parametrize("kind", ["zalo", "messenger"])
def test_a_chat_bound_by_two_codes_at_once_is_one_persons(database: Database, kind: str) -> None:
    with database.transaction() as session:
        account_id = make_account(session, kind).id
        codes = [binding.issue_code(session, make_staff(session).id, now=NOON) for _ in range(6)]

    def bind(number: int) -> None:
        with database.transaction() as session:
            binding.bind(session, codes[number], channel_account_id=account_id, user_id="shared", now=NOON)

    at_once(6, bind)
    with database.read_only() as session:
        bound = select(func.count()).select_from(StaffIdentity).where(StaffIdentity.unbound_at.is_(None))
        assert session.scalar(bound) == 1
