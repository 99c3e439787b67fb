"""One line more under an answer: an offer not used yet, or the question for a birthday."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bots.channel import InboundKind
from bots.commands import extras
from loyalty.activity.models import Activity
from loyalty.choices import chosen
from loyalty.customers import birthdays
from loyalty.customers.models import CustomerStats
from tests.builders import NOON
from tests.builders_chat import Person, hire
from tests.builders_points import add_terms, award
from tests.builders_rewards import make_reward

BIRTHDAY = """
[[rules]]
code = "cake"
name = { vi = "Quà sinh nhật", en = "Birthday gift" }
kind = "bonus"
on = "birthday"
points = 100
"""


def shown(session: Session) -> int:
    return len(session.scalars(select(Activity.id).filter_by(kind="offer_shown")).all())


@pytest.fixture
def buyer(known_lan: Person) -> Person:
    """Lan with 50 points, who agreed to offers, in a shop with a reward of 40."""
    make_reward(known_lan.session, price=40)
    known_lan.say("đồng ý")
    award(known_lan.session, known_lan.customer, 500_000)
    return known_lan


class TestOffers:
    def test_what_the_points_are_enough_for_stands_under_the_balance_once_a_day(self, buyer: Person) -> None:
        answer = buyer.does(InboundKind.MESSAGE, text="điểm")

        assert "Điểm của bạn đổi được" in answer.text.splitlines()[-1]
        assert answer.payloads[0].startswith("đổi ")
        assert "đổi được" not in buyer.say("điểm")
        buyer.wait(days=1)
        assert "đổi được" in buyer.say("lịch sử")
        assert shown(buyer.session) == 2

    def test_an_unused_code_comes_before(self, buyer: Person) -> None:
        buyer.say(buyer.does(InboundKind.MESSAGE, text="quà").payloads[0])

        answer = buyer.does(InboundKind.MESSAGE, text="điểm")

        assert "Bạn còn mã" in answer.text and answer.payloads[0] == "ưu đãi"

    def test_never_without_a_yes_to_offers(self, buyer: Person) -> None:
        buyer.say("dừng")
        assert "đổi được" not in buyer.say("điểm")

    def test_never_while_a_complaint_is_open_or_a_person_is_wanted(self, buyer: Person) -> None:
        buyer.say("nhân viên")
        assert "đổi được" not in buyer.say("điểm")
        buyer.wait(days=1)
        buyer.say("khiếu nại tính nhầm tiền")
        assert "đổi được" not in buyer.say("điểm")

    def test_who_is_not_to_be_chosen_for_still_hears_of_their_own_code(self, buyer: Person) -> None:
        buyer.say("tắt chọn riêng")
        assert "đổi được" not in buyer.say("điểm")
        buyer.say(buyer.does(InboundKind.MESSAGE, text="quà").payloads[0])
        assert "Bạn còn mã" in buyer.say("điểm")

    def test_never_to_staff(self, session: Session, kind: str) -> None:
        make_reward(session, price=40)
        thu = hire(session, "cashier", "Thu", kind)
        thu.does(InboundKind.CONTACT, phone="0912345678")
        thu.say("đồng ý")
        award(session, thu.customer, 500_000)

        assert "đổi được" not in thu.say("điểm")

    def test_the_owner_may_switch_it_off(self, buyer: Person) -> None:
        chosen.save(buyer.session, {"offers_in_replies": False}, by="cli", now=NOON)
        buyer.session.info["shop"] = chosen.of(buyer.session)

        assert "đổi được" not in buyer.say("điểm")


class TestBirthday:
    @pytest.fixture
    def regular(self, known_lan: Person) -> Person:
        """Lan after two bills, in a shop that gives points on birthdays."""
        add_terms(known_lan.session, BIRTHDAY)
        known_lan.say("không")
        for _ in range(2):
            award(known_lan.session, known_lan.customer, 50_000)
        return known_lan

    def test_it_is_asked_after_the_second_bill_and_a_bare_day_answers(self, regular: Person) -> None:
        assert "Sinh nhật bạn ngày nào?" in regular.say("điểm")
        assert regular.say("20/11").startswith("Mình nhớ rồi: sinh nhật bạn ngày 20/11")

        born = birthdays.find(regular.session, regular.customer)
        assert born is not None and (born.month, born.day) == (11, 20)

    def test_a_no_lets_it_be_for_90_days(self, regular: Person) -> None:
        assert "Sinh nhật bạn" in regular.say("điểm")
        assert regular.say("không").startswith("Không sao, mình không hỏi nữa")
        regular.wait(days=89)
        assert "Sinh nhật bạn" not in regular.say("điểm")
        regular.wait(days=1)
        assert "Sinh nhật bạn" in regular.say("điểm")

    def test_a_day_that_is_none_is_asked_back(self, regular: Person) -> None:
        regular.say("điểm")
        assert "không có trong lịch" in regular.say("30/2")
        assert regular.say("20/11").startswith("Mình nhớ rồi")

    def test_nobody_is_asked_for_nothing(self, known_lan: Person) -> None:
        for _ in range(2):
            award(known_lan.session, known_lan.customer, 50_000)
        known_lan.say("không")

        assert "Sinh nhật bạn" not in known_lan.say("điểm")

    def test_who_refused_reminders_is_not_asked(self, regular: Person) -> None:
        regular.say("tắt nhắc điểm")
        assert "Sinh nhật bạn" not in regular.say("điểm")

    def test_a_day_nobody_asked_for_is_ordinary_text(self, known_lan: Person) -> None:
        known_lan.say("không")
        assert known_lan.say("20/11").startswith("Câu này mình chưa trả lời được.")

    def test_the_day_it_was_asked_is_kept(self, regular: Person) -> None:
        regular.say("điểm")
        stats = regular.session.get_one(CustomerStats, regular.customer.id, populate_existing=True)
        assert stats.birthday_asked_on == date(2026, 11, 22)
        assert timedelta(days=90) == extras.ASK_AGAIN
