"""Customers looked up, added and linked by staff."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.points import accrual
from loyalty.points.accrual import Line
from tests.builders_chat import Person, actions, meet, told
from tests.builders_customers import make_customer
from tests.builders_points import award, make_bill

LAN, MINH = "+84912345678", "+84987654321"


class TestFinding:
    def test_who_it_is_at_a_glance(self, session: Session, kind: str, cashier: Person, known_lan: Person) -> None:
        for days in (21, 14, 7):
            award(session, known_lan.customer, 200_000, now=known_lan.now - timedelta(days=days))
        line = Line(name="Latte đá", quantity=3, unit_price=50_000)
        bill = make_bill(session, 200_000, lines=(line, Line(name="Croissant", quantity=1, unit_price=50_000)))
        accrual.record_purchase(
            session, known_lan.customer.id, bill, actor="cli", key="k", now=known_lan.now - timedelta(days=2)
        )
        channel = {"zalo": "Zalo", "messenger": "Messenger"}[kind]

        assert cashier.say("/tra 0912345678").splitlines() == [
            f"Lan (0912 ••• 678, khách {channel}) · Thành viên · 80 điểm · khách từ 11/2026",
            "Đến 4 lần, gần nhất 20/11 (2 ngày trước, thường cách 7 ngày), đã mua 800.000đ",
            "Hay mua: Latte đá, Croissant",
        ]
        assert actions(session)[-1] == "find"

    def test_by_member_code(self, cashier: Person, known_lan: Person) -> None:
        assert cashier.say(f"/tra {known_lan.say('mã').split()[3]}").startswith("Lan (0912 ••• 678")

    def test_nobody_has_it(self, cashier: Person) -> None:
        assert cashier.say("/tra 0912345678") == (
            "Chưa có khách nào với số 0912 ••• 678. Thêm khách: /them 0912345678 Nguyễn Văn A"
        )

    def test_without_a_purchase(self, cashier: Person, known_lan: Person) -> None:
        assert cashier.say("/tra 0912345678").endswith("Chưa có đơn nào.")


class TestAddingAndLinking:
    @pytest.mark.parametrize("line", ["0912345678 Nguyễn Văn A", "Nguyễn Văn A 0912 345 678"])
    def test_a_customer_is_added(self, session: Session, cashier: Person, line: str) -> None:
        assert cashier.say(f"/them {line}").startswith("Đã thêm Nguyễn Văn A (0912 ••• 678).")
        customer = profiles.find_by_phone(session, LAN)
        assert customer is not None and customer.joined_at is not None

    def test_somebody_known_is_named(self, session: Session, cashier: Person, known_lan: Person) -> None:
        assert "đã là của Lan (0912 ••• 678" in cashier.say("/them 0912345678 Người Khác")
        assert profiles.name_of(session, known_lan.customer) == "Lan"

    def test_the_name_is_missing(self, session: Session, cashier: Person) -> None:
        assert cashier.say("/them 0912345678").endswith("/them 0912345678 Nguyễn Văn A")
        assert session.scalar(select(Customer.id)) is None

    def test_a_chat_is_proven_by_its_code(self, session: Session, kind: str, cashier: Person) -> None:
        owner = make_customer(session, phone=LAN, name="Chị Lan")
        award(session, owner, 250_000)
        person = meet(session, kind)
        person.say("0912345678")
        code = person.say("mã").split()[3]

        answer = cashier.say(f"/gan {code} 0912345678")

        assert answer.startswith("Xong, chat đó giờ là của Chị Lan (0912 ••• 678")
        assert person.customer.id == owner.id
        assert "Bạn có 25 điểm" in person.say("điểm")
        assert "vừa được nhân viên xác nhận" in told(person)[-1]
        assert "link" in actions(session)

    @pytest.mark.parametrize(
        ("line", "part"),
        [
            ("0912345678 M7K2QD", "không đúng hoặc đã quá 5 phút"),
            ("0912345678", "Cần số điện thoại và mã khách"),
            ("", "Cần số điện thoại và mã khách"),
            ("M7K2QD", "Còn thiếu số điện thoại"),
        ],
    )
    def test_phone_and_living_code_are_needed(self, session: Session, cashier: Person, line: str, part: str) -> None:
        assert part in cashier.say(f"/gan {line}")
        assert session.scalar(select(Customer.id)) is None
