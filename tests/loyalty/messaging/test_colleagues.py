"""What happens to somebody's place: told in chat, and their work goes on without them."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.customers import cases, casework
from loyalty.customers.cases import Wanted
from loyalty.customers.models import Case
from loyalty.db import Database
from loyalty.messaging import colleagues, contents
from loyalty.messaging.models import OutboundMessage
from loyalty.staff import accounts, audit, leaving, passwords
from loyalty.staff.accounts import LastOwner, StaffNotFound
from loyalty.staff.models import AuditEntry
from tests.builders import NOON
from tests.builders_customers import make_customer
from tests.builders_staff import make_bound_staff, make_staff, quick_hashing
from tests.loyalty.customers.test_cases import complain, worker
from tests.loyalty.staff.threads import at_once


def told(session: Session) -> list[tuple[str, str]]:
    """Who was written to, and what."""
    rows = session.scalars(sa.select(OutboundMessage).order_by(OutboundMessage.id)).all()
    return [(row.user_id, contents.read(session, row).text) for row in rows]


class TestLinks:
    def test_who_has_a_password_hears_of_a_link_in_their_own_chat(self, session: Session) -> None:
        thu = make_bound_staff(session, user_id="thu")
        colleagues.invite(session, thu, by=audit.CLI, now=NOON)
        assert told(session) == []  # nothing to take over yet

        with quick_hashing():
            passwords.choose(session, thu, "ba con mèo ngủ trưa", by=audit.CLI, now=NOON)
        token = colleagues.invite(session, thu, by=audit.CLI, now=NOON)

        [(user_id, words)] = told(session)
        assert user_id == "thu"
        assert words.startswith("Lúc 12:00 22/11, một đường dẫn đặt lại mật khẩu")
        assert token not in words

    def test_a_closed_window_costs_nothing(self, session: Session) -> None:
        thu, late = make_bound_staff(session), NOON + timedelta(days=3)
        with quick_hashing():
            passwords.choose(session, thu, "ba con mèo ngủ trưa", by=audit.CLI, now=NOON)
        colleagues.invite(session, thu, anew=True, by=audit.CLI, now=late)
        assert told(session) == []


class TestLeaving:
    def test_cases_go_to_the_list_nobody_has_taken_and_it_is_written_down(self, session: Session) -> None:
        make_staff(session, "owner")
        leaver, other = make_staff(session, "manager"), make_staff(session, "manager")
        mine = [complain(session, make_customer(session), owner=leaver, key=f"c{n}") for n in range(3)]
        hers = complain(session, make_customer(session), owner=other, key="other")
        casework.close(session, mine[0], worker())

        member, count = colleagues.dismiss(session, leaver.id, by=audit.CLI, now=NOON)

        assert (member.removed_at, count) == (NOON, 2)
        assert [case.owner_id for case in (*mine, hers)] == [leaver.id, None, None, other.id]
        assert list(cases.list_due(session, Wanted(is_nobodys=True))) == mine[1:]
        step = cases.steps_of(session, mine[1])[-1]
        assert (step.kind, step.actor) == ("assigned", "cli")
        assert step.data == {"from": leaver.public_id, "to": None}
        entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "staff_removed")).one()
        assert entry.detail == {"chats": 0, "sessions": 0, "cases": 2}

    def test_more_cases_than_one_handful_are_all_let_go(
        self, session: Session, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(casework, "AT_ONCE", 2)
        leaver = make_staff(session, "manager")
        for number in range(5):
            complain(session, make_customer(session), owner=leaver, key=f"c{number}")
        assert colleagues.dismiss(session, leaver.id, by=audit.CLI, now=NOON)[1] == 5

    def test_the_only_owner_stays_with_their_cases(self, session: Session) -> None:
        owner = make_staff(session, "owner")
        case = complain(session, make_customer(session), owner=owner)
        with pytest.raises(LastOwner):
            colleagues.dismiss(session, owner.id, by=audit.CLI, now=NOON)
        assert case.owner_id == owner.id

    def test_whoever_comes_back_and_leaves_again_is_dismissed_again(self, session: Session) -> None:
        thu = make_staff(session)
        for minute in range(2):
            case = complain(session, make_customer(session), owner=thu, key=f"c{minute}")
            at = NOON + timedelta(minutes=minute)
            assert colleagues.dismiss(session, thu.id, by=audit.CLI, now=at)[1] == 1
            assert case.owner_id is None
            leaving.take_back(session, thu.id, by=audit.CLI, now=at)
        colleagues.dismiss(session, thu.id, by=audit.CLI, now=at)
        with pytest.raises(StaffNotFound):
            colleagues.dismiss(session, thu.id, by=audit.CLI, now=at)


def test_nobody_is_given_a_case_while_they_leave(database: Database) -> None:
    """Given and gone at one moment: the case is theirs and let go, or was never theirs."""
    for turn in range(5):
        with database.transaction() as session:
            thu = make_staff(session)
            names = [complain(session, make_customer(session), key=f"c{turn}-{n}").id for n in range(3)]

        def act(number: int, names: list[int] = names, staff_id: int = thu.id, turn: int = turn) -> None:
            try:
                with database.transaction() as session:
                    if number == 3:
                        colleagues.dismiss(session, staff_id, by=audit.CLI, now=NOON)
                        return
                    taker = accounts.get(session, staff_id)
                    casework.assign(
                        session, session.get_one(Case, names[number]), taker, worker(key=f"{turn}-{number}")
                    )
            except StaffNotFound:
                return

        at_once(4, act)
        with database.read_only() as session:
            assert session.scalars(sa.select(Case.id).where(Case.owner_id == thu.id)).all() == []
