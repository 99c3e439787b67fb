"""Notes of staff, and what customers have to say."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bots.commands.feedback import read_words
from loyalty.alerts import raising
from loyalty.customers import cases, casework, notes
from loyalty.customers.casework import Worker
from loyalty.customers.models import Case, Note
from loyalty.points import accrual
from tests.builders_chat import Person, actions, hire, meet, member_of
from tests.builders_points import make_bill


def notes_of(person: Person) -> list[str]:
    found = notes.list_newest(person.session, person.customer.id)
    return [notes.words_of(person.session, note) for note in found]


def case_of(person: Person) -> Case:
    return person.session.scalars(select(Case).filter_by(customer_id=person.customer.id)).one()


class TestNotes:
    @pytest.mark.parametrize("line", ["0912345678 không đường", "không đường 0912 345 678", "#0912345678: không đường"])
    def test_a_note_is_written_and_shown_where_one_looks(
        self, session: Session, cashier: Person, known_lan: Person, line: str
    ) -> None:
        answer = cashier.say(f"/ghichu {line}")

        assert notes_of(known_lan) == ["không đường"]
        number = session.scalars(select(Note.id)).one()
        assert answer.startswith("Đã ghi chú cho Lan (0912 ••• 678")
        assert answer.endswith(f": không đường\nNhầm thì nhắn: /boghichu {number}")
        assert cashier.say("/tra 0912345678").splitlines()[-1] == "Ghi chú: không đường"
        assert actions(session)[-2:] == ["note", "find"]

    def test_a_member_code_names_the_customer_too(self, cashier: Person, known_lan: Person) -> None:
        code = known_lan.say("mã").split()[3]
        cashier.say(f"/note {code} thích ngồi cửa sổ")
        assert notes_of(known_lan) == ["thích ngồi cửa sổ"]

    def test_an_event_delivered_again_writes_nothing(self, cashier: Person, known_lan: Person) -> None:
        cashier.say("/ghichu 0912345678 không đường")
        cashier.again()
        assert notes_of(known_lan) == ["không đường"]

    def test_the_newest_three_are_shown_each_of_bearable_length(self, cashier: Person, known_lan: Person) -> None:
        for words in ("một", "hai", "ba", "b" * 200):
            cashier.say(f"/ghichu 0912345678 {words}")
        assert cashier.say("/tra 0912345678").splitlines()[-1] == f"Ghi chú: {'b' * 79}… · ba · hai"

    @pytest.mark.parametrize(
        ("line", "part"),
        [
            ("0912345678", "Còn thiếu lời ghi chú, ví dụ: /ghichu 0912345678 không đường"),
            ("0912345678 !!!", "Còn thiếu lời ghi chú"),
            ("M7K2QD", "Còn thiếu lời ghi chú"),
            ("M7K2QD dị ứng sữa", "không đúng hoặc đã quá 5 phút"),
            ("0987654321 dị ứng sữa", "Chưa có khách nào với số 0987 ••• 321"),
            ("không đường", "số điện thoại"),
            ("", "số điện thoại"),
        ],
    )
    def test_what_is_missing_is_named(
        self, session: Session, cashier: Person, known_lan: Person, line: str, part: str
    ) -> None:
        assert part in cashier.say(f"/ghichu {line}")
        assert session.scalar(select(Note.id)) is None

    def test_its_author_takes_it_back_within_a_day(self, session: Session, cashier: Person, known_lan: Person) -> None:
        cashier.say("/ghichu 0912345678 nhầm khách")
        number = session.scalars(select(Note.id)).one()
        assert cashier.say(f"/boghichu {number}").startswith(f"Đã bỏ ghi chú số {number} của Lan")
        assert notes_of(known_lan) == []
        assert cashier.say(f"/boghichu {number}").startswith("Không có ghi chú nào mang số này")
        assert actions(session)[-1] == "note_taken_back"

    def test_after_a_day_or_by_a_colleague_a_manager_is_needed(
        self, session: Session, kind: str, cashier: Person, known_lan: Person
    ) -> None:
        cashier.say("/ghichu 0912345678 khách khó tính")
        number = session.scalars(select(Note.id)).one()
        colleague, manager = hire(session, "cashier", "Nga", kind), hire(session, "manager", "Hùng", kind)
        assert colleague.say(f"/boghichu {number}").startswith("Ghi chú này của nhân viên khác.")
        cashier.wait(hours=24, seconds=1)
        assert cashier.say(f"/boghichu {number}").startswith("Ghi chú này đã quá 24 giờ")
        assert manager.say(f"/boghichu {number}").startswith("Đã bỏ ghi chú")

    def test_marketing_writes_none(self, session: Session, kind: str, known_lan: Person) -> None:
        marketer = hire(session, "marketer", "Vy", kind)
        assert "không dùng lệnh này" in marketer.say("/ghichu 0912345678 x")
        assert session.scalar(select(Note.id)) is None


class TestFeedback:
    def test_words_after_the_name_are_kept_and_answered_with_a_day(self, kind: str, lan: Person) -> None:
        answer = lan.say("Góp ý: nước hơi ngọt, quán hơi ồn")
        case = case_of(lan)
        assert answer == (
            "Cảm ơn bạn đã góp ý! Mình đã chuyển đến người của Cà phê Mây, trả lời bạn chậm nhất ngày 24/11."
        )
        assert (case.kind, case.source, case.opened_by, case.identity_id) == (
            "feedback",
            kind,
            "customer",
            lan.identity.id if lan.identity else None,
        )
        assert cases.words_of(lan.session, case) == "nước hơi ngọt, quán hơi ồn"

    def test_more_words_belong_to_the_same_case_and_a_repeat_to_none(self, lan: Person) -> None:
        lan.say("góp ý nước hơi ngọt")
        assert lan.say("góp ý với lại quán ồn") == "Mình đã ghi thêm điều này cho người của Cà phê Mây."
        lan.again()
        assert [step.kind for step in cases.steps_of(lan.session, case_of(lan))] == ["opened", "added"]

    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("với cửa hàng: nhạc to quá", "nhạc to quá"),
            ("món nem: mặn quá", "món nem: mặn quá"),
            ("nhân viên nói với em: chờ đi", "nhân viên nói với em: chờ đi"),
        ],
    )
    def test_to_whom_it_is_said_is_left_out_where_it_begins(self, typed: str, kept: str) -> None:
        assert read_words(typed) == kept

    def test_without_words_an_example_is_shown(self, session: Session, lan: Person) -> None:
        assert lan.say("góp ý").startswith("Bạn nhắn kèm điều muốn nói giúp mình nhé, ví dụ: góp ý")
        assert lan.say("góp ý !!!").startswith("Bạn nhắn kèm điều muốn nói")
        assert lan.say("góp ý cho shop:").startswith("Bạn nhắn kèm điều muốn nói")
        assert session.scalar(select(Case.id)) is None

    def test_somebody_new_is_welcomed_and_heard(self, session: Session, kind: str) -> None:
        stranger = meet(session, kind)
        answer = stranger.say("feedback the coffee was cold")
        assert answer.startswith("Hi there") and "Thank you for telling us!" in answer
        assert cases.words_of(session, case_of(stranger)) == "the coffee was cold"

    def test_a_complaint_tells_the_owner_and_the_counter(
        self, session: Session, cashier: Person, known_lan: Person
    ) -> None:
        answer = known_lan.say("khiếu nại hôm qua tính nhầm tiền của em")
        case = case_of(known_lan)
        assert answer.startswith("Mình rất tiếc về chuyện này.")
        assert [alert.kind for alert in raising.list_open(session) if alert.kind == "complaint"] == ["complaint"]
        last = cashier.say("/tra 0912345678").splitlines()[-1]
        assert last == f"Đang có khiếu nại số {case.id}, cần trả lời trước hết ngày 24/11."

        casework.close(session, case, Worker("cli", "w", known_lan.now))
        assert "khiếu nại" not in cashier.say("/tra 0912345678")

    def test_praise_may_quote_a_command(self, session: Session, lan: Person) -> None:
        lan.say("góp ý dừng nhạc giúp em")
        assert cases.words_of(session, case_of(lan)) == "dừng nhạc giúp em"

    def test_points_that_look_wrong_lead_here(self, session: Session, known_lan: Person) -> None:
        bill = make_bill(session, 200_000)
        accrual.record_purchase(
            session, known_lan.customer.id, bill, actor="cli", key="k", now=known_lan.now - timedelta(days=2)
        )
        assert known_lan.say("sao điểm của em ít vậy").splitlines()[-1] == (
            "Có gì chưa đúng, nhắn «góp ý …», sẽ có người xem lại cho bạn."
        )

    def test_staff_who_write_it_are_customers_then(self, session: Session, cashier: Person) -> None:
        cashier.say("góp ý máy xay ồn")
        assert case_of(cashier).opened_by == "customer"
        assert member_of(cashier) is not None
