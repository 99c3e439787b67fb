"""Goods taken back at the console: chosen, seen, done, undone."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from bots import voice
from loyalty.customers import profiles
from loyalty.db import Database
from loyalty.points import spending
from loyalty.points.accrual import Award, Line
from loyalty.purchases import recording
from loyalty.purchases.models import PurchaseReturn
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_console import Browser, Console, make_console
from tests.builders_customers import LAN, make_customer, make_identity
from tests.builders_points import award, problems
from tests.loyalty.console.test_counter import count, told

LATTE, CAKE = Line("Latte đá", 4, 50_000), Line("Tiramisu", 1, 50_000)


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    def with_voice(app: Flask) -> None:
        app.extensions["loyalty_voice"] = voice

    return make_console(database, settings, prepare=with_voice)


@pytest.fixture
def bought(database: Database) -> Iterator[Award]:
    """Lan, who has a Zalo chat, bought for 250,000: four Latte and a cake."""
    with database.transaction() as session:
        lan = make_customer(session, name="Lan", phone=LAN)
        make_identity(session, lan, user_id="lan")
        made = award(session, lan, 250_000, lines=(LATTE, CAKE), reference="HD1")
    yield made


@pytest.fixture
def cashier(console: Console) -> Browser:
    return console.sign_in("cashier", "Thu")


def address(made: Award, act: str = "") -> str:
    return f"/console/counter/return/{made.purchase.public_id}{act}"


def test_the_page_names_the_bill_its_lines_and_what_is_left(cashier: Browser, bought: Award) -> None:
    assert cashier.get(address(bought)).status_code == 200

    assert "Lan" in cashier.page and "250.000đ · HD1" in cashier.page and "+25 điểm" in cashier.page
    assert "Latte đá" in cashier.page and "trong 4 cái" in cashier.page and "Tiramisu" in cashier.page


def test_what_it_would_take_is_shown_before_anything_is_done(
    database: Database, cashier: Browser, bought: Award
) -> None:
    cashier.post(address(bought, "/look"), line_1="2")
    assert "100.000đ · −10 điểm" in cashier.page and "Nhận trả 100.000đ" in cashier.page
    cashier.post(address(bought, "/look"), line_1="2", amount="90k")
    assert "90.000đ · −9 điểm" in cashier.page
    cashier.post(address(bought, "/look"))
    assert "250.000đ · −25 điểm" in cashier.page
    cashier.post(address(bought, "/look"), amount="260k")
    assert "Chỉ còn trả được 250.000đ (đã trả 0đ trên 250.000đ)." in cashier.page

    assert count(database, PurchaseReturn) == 0


def test_points_that_were_used_are_shown_too(database: Database, cashier: Browser, bought: Award) -> None:
    with database.transaction() as session:
        spending.burn(session, bought.purchase.customer_id, 20, key="b", actor="cli", now=NOON)

    cashier.post(address(bought, "/look"), amount="100k")

    assert "100.000đ · −5 điểm" in cashier.page and "Khách đã dùng mất 5 điểm của phần đã trả" in cashier.page


def test_goods_come_back_once_however_often_it_is_pressed_and_can_be_undone(
    database: Database, cashier: Browser, bought: Award
) -> None:
    for _ in range(2):
        cashier.post(address(bought), line_1="2", reason="ly vỡ", form_key="slip")
        assert "Đã nhận trả 100.000đ của đơn HD1, trừ lại 10 điểm. Lan (0912 ••• 678) còn 15 điểm." in cashier.page
    assert count(database, PurchaseReturn) == 1
    assert "Cửa hàng đã nhận trả 100.000đ" in told(database)[0]
    cashier.get(address(bought))
    assert "Đã trả 100.000đ · −10 điểm" in cashier.page and "trong 2 cái" in cashier.page

    with database.read_only() as session:
        [number] = [row.entry_id for row in session.query(PurchaseReturn)]
    cashier.post(f"/console/counter/undo/{number}")

    assert "Đã hủy lần trả 100.000đ của đơn HD1. Lan (0912 ••• 678) có 25 điểm." in cashier.page
    with database.read_only() as session:
        assert problems(session) == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"line_1": "5"}, "Phải từ 0 đến 4."),
        ({"amount": "260k"}, "Chỉ còn trả được 250.000đ"),
        ({"amount": "100"}, "«100» là 100k?"),
        ({"line_1": "<b>"}, "Cần một số nguyên"),
        ({"reason": "x" * 301}, "Dài nhất 300 ký tự."),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    database: Database, cashier: Browser, bought: Award, fields: dict[str, Any], said: str
) -> None:
    assert cashier.post(address(bought), **fields).status_code == 422
    assert said in cashier.page
    assert count(database, PurchaseReturn) == 0


def test_all_of_it_leaves_a_chip_and_no_button(database: Database, console: Console, bought: Award) -> None:
    owner = console.sign_in("owner")
    owner.get("/console/sales")
    assert re.findall(r'href="(/console/counter/return/[^"]+)"', owner.html) == [address(bought) + "?back=sales"]

    answer = owner.post(address(bought) + "?back=sales", follow=False)

    assert answer.location == "/console/sales"
    owner.get("/console/sales")
    assert "Đã trả hết" in owner.page and "/counter/return/" not in owner.html
    assert "250.000đ · trả lại 250.000đ, thực 0đ · 0 đơn" in owner.page
    with database.read_only() as session:
        assert recording.get(session, bought.purchase.id).state == "returned"


def test_it_is_reached_from_the_bills_of_a_customer_and_told_there(
    database: Database, console: Console, bought: Award
) -> None:
    manager = console.sign_in("manager")
    with database.read_only() as session:
        public_id = profiles.get(session, bought.purchase.customer_id).public_id
    manager.get(f"/console/customers/{public_id}/purchases")
    assert "?back=customer" in manager.html

    manager.post(address(bought) + "?back=customer", line_2="1")

    assert "(trả 1)" in manager.page and "trả 50.000đ" in manager.page
    manager.get(f"/console/customers/{public_id}/points")
    assert "Trả hàng của đơn 250.000đ · HD1" in manager.page
    manager.get(f"/console/customers/{public_id}")
    assert "Trả hàng 50.000đ của đơn 250.000đ, -5 điểm" in manager.page


def test_a_marketer_takes_nothing_back(console: Console, bought: Award) -> None:
    assert console.sign_in("marketer").get(address(bought)).status_code == 403


def test_an_unknown_bill_is_not_found(cashier: Browser) -> None:
    assert cashier.get(f"/console/counter/return/{'x' * 16}").status_code == 404
