"""Complaints, feedback and requests, and what is done about them."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.alerts import raising
from loyalty.customers import cases, casework, linking
from loyalty.customers.cases import (
    CaseEmpty,
    CaseKind,
    CaseNotFound,
    CaseState,
    DueTooEarly,
    Opening,
    Wanted,
)
from loyalty.customers.casework import CaseIsClosed, CaseNotYours, Worker
from loyalty.customers.models import Case, ChannelIdentity, Customer
from loyalty.db import Database
from loyalty.messaging import eligibility, outbox
from loyalty.messaging.eligibility import Go, Skip
from loyalty.messaging.models import OutboundMessage
from loyalty.messaging.outbox import Lane
from loyalty.staff import leaving
from loyalty.staff.accounts import StaffNotFound
from loyalty.staff.models import StaffMember
from tests.builders import NOON
from tests.builders_customers import LAN, kinds, later, make_chat, make_customer, make_identity, together
from tests.builders_points import award
from tests.builders_staff import make_staff

SUNDAY = date(2026, 11, 22)  # the day of NOON
TUESDAY = date(2026, 11, 24)


def complain(
    session: Session, customer: Customer, words: str = "Nước nguội", *, key: str = "c1", **said: object
) -> Case:
    opening = Opening(**({"kind": CaseKind.COMPLAINT, "words": words, "source": "test"} | said))  # type: ignore[arg-type]  # any field may be given
    return cases.open_case(session, customer.id, opening, key=key, now=NOON)


def worker(member: StaffMember | None = None, key: str = "w1", minutes: int = 0) -> Worker:
    actor = f"staff:{member.public_id}" if member else "cli"
    return Worker(actor, key, later(minutes), member)


def steps(session: Session, case: Case) -> list[str]:
    return [step.kind for step in cases.steps_of(session, case)]


@pytest.mark.parametrize(
    ("today", "due"),
    [
        (date(2026, 11, 20), date(2026, 11, 24)),  # a Friday
        (SUNDAY, TUESDAY),
        (date(2026, 11, 23), date(2026, 11, 25)),
        (date(2026, 11, 26), date(2026, 11, 30)),  # a Thursday: Friday and Monday
    ],
)
def test_a_case_is_due_in_two_working_days(today: date, due: date) -> None:
    assert cases.due_day(today) == due


class TestOpening:
    def test_it_is_open_due_and_sealed(self, session: Session) -> None:
        customer = make_customer(session, name="Lan")
        case = complain(session, customer, "Nước nguội,\nnhân viên  cáu")

        assert (case.state, case.kind, case.due_on, case.owner_id) == ("open", "complaint", TUESDAY, None)
        assert cases.words_of(session, case) == "Nước nguội, nhân viên cáu"
        assert "nguội".encode() not in session.scalars(sa.select(Case.words)).one()
        assert steps(session, case) == ["opened"]
        assert kinds(session, customer.id)[-1] == "case_opened"

    def test_the_same_key_opens_one(self, session: Session) -> None:
        customer = make_customer(session)
        assert complain(session, customer) is complain(session, customer)

    def test_at_once_one_key_opens_one(self, database: Database) -> None:
        with database.transaction() as session:
            customer = make_customer(session)
        found = together(database, [lambda session: complain(session, customer).id] * 5)
        assert len(set(found)) == 1

    @pytest.mark.parametrize("words", ["", "  \n", "\u200b", "\u0301"])
    def test_it_needs_words(self, session: Session, words: str) -> None:
        with pytest.raises(CaseEmpty):
            complain(session, make_customer(session), words)

    def test_the_owner_hears_of_a_customers_own_complaint_until_it_is_answered(self, session: Session) -> None:
        case = complain(session, make_customer(session))
        complain(session, make_customer(session), kind=CaseKind.FEEDBACK, key="c2")
        complain(session, make_customer(session), by="staff:x", key="c3")
        subject = f"case:{case.public_id}"
        assert [alert.subject for alert in raising.list_open(session)] == [subject]

        casework.answer(session, case, "Đã xin lỗi khách", worker())
        assert raising.list_open(session) == []


class TestHearing:
    def hear(
        self, session: Session, chat: ChannelIdentity, words: str, key: str, hours: float = 0
    ) -> tuple[Case, bool]:
        said = Opening(CaseKind.FEEDBACK, words, "zalo", chat=chat)
        return cases.hear(session, chat, said, key=key, now=NOON + timedelta(hours=hours))

    def test_what_is_added_within_a_day_belongs_to_the_open_case(self, session: Session) -> None:
        chat = make_chat(session)
        case, is_new = self.hear(session, chat, "Quán ồn quá", "e1")
        assert is_new

        assert self.hear(session, chat, "và hơi nóng", "e2", hours=23) == (case, False)
        assert [cases.said_in(session, case, step) for step in cases.steps_of(session, case)] == [None, "và hơi nóng"]
        assert self.hear(session, chat, "hôm nay lại ồn", "e3", hours=25)[1]

    def test_an_event_delivered_again_adds_nothing(self, session: Session) -> None:
        chat = make_chat(session)
        for _ in range(2):
            case, _ = self.hear(session, chat, "Quán ồn quá", "e1")
            self.hear(session, chat, "và hơi nóng", "e2")
        assert steps(session, case) == ["opened", "added"]

    def test_a_complaint_is_not_lost_among_feedback(self, session: Session) -> None:
        chat = make_chat(session)
        feedback, _ = self.hear(session, chat, "Nhạc hay", "e1")
        said = Opening(CaseKind.COMPLAINT, "Tính tiền sai", "zalo", chat=chat)
        complaint, is_new = cases.hear(session, chat, said, key="e2", now=NOON)
        assert is_new and complaint.id != feedback.id

    def test_after_closing_words_begin_a_new_case(self, session: Session) -> None:
        chat = make_chat(session)
        case, _ = self.hear(session, chat, "Quán ồn quá", "e1")
        casework.close(session, case, worker())
        assert self.hear(session, chat, "vẫn ồn", "e2")[1]


class TestWork:
    def test_answering_and_closing_leave_their_steps(self, session: Session) -> None:
        customer, manager = make_customer(session), make_staff(session, "manager")
        case = complain(session, customer)

        casework.assign(session, case, manager, worker(manager, "a"))
        casework.answer(session, case, "Đã gọi xin lỗi, tặng một ly", worker(manager, "b"))
        assert case.state == "answered"
        assert casework.close(session, case, worker(manager, "c"), "Khách vui vẻ")
        assert not casework.close(session, case, worker(manager, "d"))

        found = cases.steps_of(session, case)
        assert [step.kind for step in found] == ["opened", "assigned", "answered", "closed"]
        assert cases.said_in(session, case, found[2]) == "Đã gọi xin lỗi, tặng một ly"
        assert cases.said_in(session, case, found[3]) == "Khách vui vẻ"
        assert found[1].data == {"from": None, "to": manager.public_id}
        assert kinds(session, customer.id)[-3:] == ["case_opened", "case_answered", "case_closed"]
        assert case.closed_at == NOON

    def test_a_form_sent_twice_answers_once(self, session: Session) -> None:
        case = complain(session, make_customer(session))
        for _ in range(2):
            casework.answer(session, case, "Đã xin lỗi", worker(key="form"))
        assert steps(session, case) == ["opened", "answered"]

    def test_one_form_may_answer_and_close(self, session: Session) -> None:
        case = complain(session, make_customer(session))
        casework.answer(session, case, "Đã xin lỗi", worker(key="form"))
        casework.close(session, case, worker(key="form"))
        assert steps(session, case) == ["opened", "answered", "closed"]

    def test_a_closed_case_is_opened_again_before_anything_else(self, session: Session) -> None:
        case, manager = complain(session, make_customer(session)), make_staff(session, "manager")
        casework.close(session, case, worker(key="a"))
        with pytest.raises(CaseIsClosed):
            casework.answer(session, case, "x", worker())
        with pytest.raises(CaseIsClosed):
            casework.assign(session, case, manager, worker())
        with pytest.raises(CaseIsClosed):
            casework.move(session, case, TUESDAY, worker())
        with pytest.raises(CaseIsClosed):
            casework.reclassify(session, case, CaseKind.REQUEST, worker())

        assert casework.reopen(session, case, worker(key="b"))
        assert (case.state, case.closed_at, case.due_on) == ("open", None, TUESDAY)
        assert not casework.reopen(session, case, worker(key="c"))
        assert steps(session, case) == ["opened", "closed", "reopened"]

    def test_reopening_later_gives_time_to_answer(self, session: Session) -> None:
        case = complain(session, make_customer(session))
        casework.close(session, case, worker(key="a"))
        casework.reopen(session, case, Worker("cli", "b", NOON + timedelta(days=30)))
        assert case.due_on == cases.due_day(SUNDAY + timedelta(days=30))

    def test_it_is_never_due_in_the_past(self, session: Session) -> None:
        case = complain(session, make_customer(session))
        with pytest.raises(DueTooEarly):
            casework.move(session, case, SUNDAY - timedelta(days=1), worker())
        casework.move(session, case, SUNDAY, worker())
        assert case.due_on == SUNDAY

    def test_nobody_who_left_is_given_a_case(self, session: Session) -> None:
        case, gone = complain(session, make_customer(session)), make_staff(session, "manager")
        leaving.remove(session, gone.id, now=NOON)
        with pytest.raises(StaffNotFound):
            casework.assign(session, case, gone, worker())

    def test_the_open_cases_of_a_leaver_are_handed_over(self, session: Session) -> None:
        leaver, taker = make_staff(session, "manager"), make_staff(session, "owner")
        made = [complain(session, make_customer(session), owner=leaver, key=f"c{n}") for n in range(3)]
        casework.close(session, made[0], worker())
        leaving.remove(session, leaver.id, now=NOON)
        left = cases.list_due(session, Wanted(is_of_leavers=True))
        assert list(left) == made[1:]

        assert casework.hand_over(session, leaver, taker, worker(taker, "h")) == 2
        assert casework.hand_over(session, leaver, taker, worker(taker, "h")) == 0
        assert [case.owner_id for case in made] == [leaver.id, taker.id, taker.id]
        assert list(cases.list_due(session, Wanted(is_of_leavers=True))) == []


class TestRights:
    def test_who_talks_with_customers_sees_to_every_case(self, session: Session) -> None:
        case = complain(session, make_customer(session))
        for role in ("marketer", "manager", "owner"):
            member = make_staff(session, role)
            assert cases.get_public(session, case.public_id, for_=member) is case
            casework.answer(session, case, "x", worker(member, role))

    def test_a_cashier_sees_their_own_and_handles_what_they_own(self, session: Session) -> None:
        cashier, other = make_staff(session), make_staff(session)
        opened = complain(session, make_customer(session), by=f"staff:{cashier.public_id}")
        owned = complain(session, make_customer(session), owner=cashier, key="c2")

        assert cases.get_public(session, opened.public_id, for_=cashier) is opened
        with pytest.raises(CaseNotYours):
            casework.close(session, opened, worker(cashier))
        assert casework.close(session, owned, worker(cashier))
        for case in (opened, owned):
            with pytest.raises(CaseNotFound):
                cases.get_public(session, case.public_id, for_=other)
        assert list(cases.list_due(session, Wanted(), seen_by=cashier)) == []
        assert list(cases.list_due(session, Wanted(CaseState.CLOSED), seen_by=cashier)) == [owned]

    @pytest.mark.parametrize("public_id", ["", "x", "\x00", "é" * 16])
    def test_any_text_may_be_asked_for(self, session: Session, public_id: str) -> None:
        with pytest.raises(CaseNotFound):
            cases.get_public(session, public_id)


def test_cases_are_listed_by_what_is_due_first_and_counted_up_to_a_limit(session: Session) -> None:
    days = [TUESDAY, SUNDAY, TUESDAY, date(2026, 12, 1)]
    made = [complain(session, make_customer(session), due_on=day, key=f"c{n}") for n, day in enumerate(days)]
    wanted = [made[1], made[0], made[2], made[3]]

    assert list(cases.list_due(session, Wanted())) == wanted
    pages, after = [], None
    while page := cases.list_due(session, Wanted(), after=after, limit=3):
        pages += list(page)
        after = page[-1]
    assert pages == wanted
    assert list(cases.list_due(session, Wanted(overdue_on=TUESDAY))) == [made[1]]
    assert list(cases.list_due(session, Wanted(is_nobodys=True), limit=1)) == [made[1]]
    assert cases.count_due(session, Wanted()) == 4
    assert cases.count_due(session, Wanted(), most=2) == 2
    for case in made:
        casework.close(session, case, worker(key=f"w{case.id}"))
    assert list(cases.list_due(session, Wanted(CaseState.CLOSED))) == wanted[::-1]


class TestPromotions:
    def ask(self, session: Session, chat: ChannelIdentity) -> eligibility.Decision:
        queued = outbox.enqueue(
            session,
            dedupe_key="promotion",
            lane=Lane.PROMOTION,
            channel_account_id=chat.channel_account_id,
            user_id=chat.user_id,
            customer_id=chat.customer_id,
            text="Giảm 20%",
            now=NOON,
        )
        message = session.get_one(OutboundMessage, queued)
        return eligibility.decide(session, message, now=NOON)

    def test_nobody_with_an_open_complaint_gets_one(self, session: Session) -> None:
        customer = make_customer(session)
        chat = make_identity(session, customer, promotion=True)
        case = complain(session, customer)

        assert eligibility.why_not(session, chat, now=NOON) == "complaint"
        assert self.ask(session, chat) == Skip("complaint")
        casework.close(session, case, worker())
        assert eligibility.why_not(session, chat, now=NOON) is None
        assert isinstance(self.ask_again(session, chat), Go)

    def ask_again(self, session: Session, chat: ChannelIdentity) -> eligibility.Decision:
        message = session.scalars(sa.select(OutboundMessage).filter_by(dedupe_key="promotion")).one()
        return eligibility.decide(session, message, now=NOON)

    @pytest.mark.parametrize("kind", [CaseKind.FEEDBACK, CaseKind.REQUEST])
    def test_other_cases_hold_nothing_back(self, session: Session, kind: CaseKind) -> None:
        customer = make_customer(session)
        chat = make_identity(session, customer, promotion=True)
        complain(session, customer, kind=kind)
        complain(session, make_customer(session), key="somebody else's")
        assert isinstance(self.ask(session, chat), Go)


class TestFollowing:
    def test_a_chat_that_proves_its_phone_brings_its_cases_along(self, session: Session) -> None:
        owner = make_customer(session, phone=LAN, name="Lan")
        award(session, owner, 250_000)
        chat = make_chat(session)
        said = Opening(CaseKind.COMPLAINT, "Nước nguội", "zalo", chat=chat)
        case, _ = cases.hear(session, chat, said, key="e1", now=NOON)
        cases.hear(session, chat, Opening(CaseKind.COMPLAINT, "và chờ lâu", "zalo", chat=chat), key="e2", now=NOON)

        linking.prove_phone(session, chat, LAN, proof="shared", now=NOON)

        assert chat.customer_id == owner.id
        assert list(cases.of_customer(session, owner.id)) == [case]
        assert cases.words_of(session, case) == "Nước nguội"
        assert cases.said_in(session, case, cases.steps_of(session, case)[1]) == "và chờ lâu"

    def test_a_chat_that_loses_its_phone_takes_only_its_own(self, session: Session) -> None:
        claimer = make_chat(session)
        linking.claim_phone(session, claimer, LAN, now=NOON)
        holder = claimer.customer_id
        award(session, LAN, 250_000)
        theirs, _ = cases.hear(
            session, claimer, Opening(CaseKind.FEEDBACK, "của chat", "zalo", chat=claimer), key="e1", now=NOON
        )
        counter = cases.open_case(session, holder, Opening(CaseKind.FEEDBACK, "tại quầy", "test"), key="e2", now=NOON)

        linking.prove_phone(session, make_chat(session), LAN, proof="shared", now=NOON)

        assert theirs.customer_id == claimer.customer_id != holder
        assert counter.customer_id == holder
        assert (cases.words_of(session, theirs), cases.words_of(session, counter)) == ("của chat", "tại quầy")
