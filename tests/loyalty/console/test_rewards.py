"""Rewards at the console: the catalogue, handing over, codes of one's own."""

import io
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from bots import voice
from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.points import ledger
from loyalty.rewards import codes, redemptions
from loyalty.rewards.models import Kind, Redemption, Reward, State
from loyalty.settings import Settings
from tests.builders_console import Browser, Console, make_console
from tests.builders_customers import LAN
from tests.builders_rewards import fresh, make_reward, make_rich, make_voucher, redeem

NEW: dict[str, Any] = {
    "name_vi": "Bánh croissant",
    "kind": "product",
    "price": "100",
    "valid_days": "30",
    "returns_points": "1",
}


def with_voice(app: Flask) -> None:
    app.extensions["loyalty_voice"] = voice


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    return make_console(database, settings, prepare=with_voice)


@pytest.fixture
def owner(console: Console) -> Browser:
    return console.sign_in("owner")


@pytest.fixture
def cashier(console: Console) -> Browser:
    return console.sign_in("cashier", "Thu")


@pytest.fixture
def lan(database: Database) -> Customer:
    """Lan with 320 points."""
    with database.transaction() as session:
        return make_rich(session, 320, name="Lan", phone=LAN)


def only(database: Database) -> Reward:
    with database.read_only() as session:
        return session.scalars(select(Reward)).one()


def balance(database: Database, customer: Customer) -> int:
    with database.read_only() as session:
        return ledger.balance(session, customer.id)


class TestCatalogue:
    def test_an_empty_catalogue_says_what_to_do(self, owner: Browser) -> None:
        owner.get("/console/rewards")
        assert "Thêm quà đầu tiên" in owner.page

    def test_a_reward_is_made_changed_and_put_away_with_a_way_back(self, database: Database, owner: Browser) -> None:
        owner.post("/console/rewards/new", form_key="r1", **NEW, stock="5", tiers="gold")
        assert "Đã thêm quà số 1." in owner.page
        made = only(database)
        assert (made.price, made.stock, made.tiers, made.returns_points) == (100, 5, ["gold"], True)

        owner.get(f"/console/rewards/{made.public_id}/edit")
        assert "Bánh croissant" in owner.html
        owner.post(f"/console/rewards/{made.public_id}/edit", **(NEW | {"price": "1.200"}), cost="15k")
        assert (only(database).price, only(database).cost, only(database).stock) == (1_200, 15_000, None)

        owner.post(f"/console/rewards/{made.public_id}/archive")
        assert "Đã cất «Bánh croissant»." in owner.page
        owner.get("/console/rewards?which=archived")
        assert "Bánh croissant" in owner.page
        owner.post(f"/console/rewards/{made.public_id}/restore")
        assert only(database).archived_at is None

    def test_the_same_form_twice_makes_one(self, database: Database, owner: Browser) -> None:
        for _ in range(2):
            owner.post("/console/rewards/new", form_key="r1", **NEW)
        assert only(database).number == 1

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [({"hours": "sáng"}, "14:00-17:00"), ({"kind": "amount"}, "₫"), ({"price": "0"}, "Phải từ 1")],
    )
    def test_what_cannot_be_stands_beside_its_field(self, owner: Browser, wrong: dict[str, Any], said: str) -> None:
        answer = owner.post("/console/rewards/new", **(NEW | wrong))
        assert answer.status_code == 422
        assert said in owner.page

    def test_who_redeemed_and_what_it_cost_so_far(self, database: Database, owner: Browser, lan: Customer) -> None:
        with database.transaction() as session:
            croissant = make_reward(session, 100, cost=15_000)
            done = redeem(session, lan, croissant)
            redemptions.fulfil(session, done, actor="cli", key="f", store=None, now=done.requested_at)
            redeem(session, lan, croissant)
        owner.get(f"/console/rewards/{croissant.public_id}")
        assert "15.000đ" in owner.page and "Lan" in owner.page and "chờ nhận" in owner.page
        owner.get("/console/rewards")
        assert "62%" in owner.page  # 200 of 320 points


def test_a_voucher_for_larger_bills_shows_a_field_for_the_bill(
    database: Database, owner: Browser, lan: Customer
) -> None:
    with database.transaction() as session:
        held = make_voucher(session, lan, minimum_bill=100_000)
    page = f"/console/counter/reward/{held.public_id}"
    owner.get(page)
    assert "Mã này dùng cho đơn từ 100.000đ" in owner.page and "None" not in owner.page
    for bill, said in (("", "Nhập số tiền của đơn"), ("99k", "còn thiếu 1.000đ"), ("350", "350k")):
        assert owner.post(f"{page}/fulfil", bill=bill, form_key="f").status_code == 422
        assert said in owner.page
    owner.post(f"{page}/fulfil", bill="100k", form_key="f")
    assert "Đã nhận ưu đãi Giảm 20.000đ" in owner.page


class TestCodes:
    @pytest.fixture
    def film(self, database: Database) -> Reward:
        with database.transaction() as session:
            return make_reward(session, 100, kind=Kind.CODE, name={"vi": "Vé phim"})

    def test_a_file_is_looked_at_before_anything_is_written(
        self, database: Database, owner: Browser, film: Reward
    ) -> None:
        file = (io.BytesIO("Mã;Ghi chú\nCGV-1;a\nCGV-2;b\nCGV-1;c\n".encode()), "ma.csv")
        owner.post(f"/console/rewards/{film.public_id}/codes/look", file=file)
        assert "Mã mới 2" in owner.page and "Đã có hoặc trùng 1" in owner.page
        assert only(database).stock == 0
        listed = re.search(r'name="codes" value="([^"]+)"', owner.html)
        assert listed is not None
        for _ in range(2):
            owner.post(f"/console/rewards/{film.public_id}/codes", codes=listed[1])
        assert only(database).stock == 2

    def test_codes_are_made(self, database: Database, owner: Browser, film: Reward) -> None:
        owner.post(f"/console/rewards/{film.public_id}/codes/make", count="25")
        assert "Đã thêm 25 mã." in owner.page
        assert only(database).stock == 25


class TestCounter:
    @pytest.fixture
    def held(self, database: Database, lan: Customer) -> Redemption:
        with database.transaction() as session:
            return redeem(session, lan, make_reward(session, 100, stock=5))

    def code(self, database: Database, held: Redemption) -> str:
        with database.read_only() as session:
            return codes.write(redemptions.code_of(session, held))

    def state(self, database: Database, held: Redemption) -> str:
        with database.read_only() as session:
            return session.get_one(Redemption, held.id).state

    def test_a_code_is_looked_up_handed_over_and_taken_back(
        self, database: Database, cashier: Browser, lan: Customer, held: Redemption
    ) -> None:
        cashier.post("/console/counter/reward", code=self.code(database, held).lower())
        assert "Bánh croissant" in cashier.page and "Giao quà" in cashier.page

        cashier.post(f"/console/counter/reward/{held.public_id}/fulfil", form_key="f1")
        assert "Đã giao Bánh croissant cho Lan (0912 ••• 678). Khách còn 220 điểm." in cashier.page
        assert "Hoàn tác" in cashier.page
        assert self.state(database, held) == State.FULFILLED

        cashier.post(f"/console/counter/reward/{held.public_id}/undo")
        assert "Khách có 320 điểm." in cashier.page
        assert (balance(database, lan), self.state(database, held)) == (320, State.CANCELLED)
        with database.read_only() as session:
            assert fresh(session, only(database)).stock == 5

    def test_misses_are_counted_though_the_page_is_refused(self, cashier: Browser) -> None:
        for left in (4, 3, 2, 1):
            assert cashier.post("/console/counter/reward", code="K7P4-M2QX").status_code == 404
            assert f"Còn {left} lần thử" in cashier.page
        cashier.post("/console/counter/reward", code="K7P4-M2QX")
        cashier.post("/console/counter/reward", code="K7P4-M2QX")
        assert "Chờ 60 giây" in cashier.page

    def test_somebody_without_a_chat_gets_one_at_once(
        self, database: Database, cashier: Browser, lan: Customer
    ) -> None:
        with database.transaction() as session:
            croissant = make_reward(session, 100)
            make_reward(session, 500, name={"vi": "Áo thun"})
        cashier.get(f"/console/counter/rewards/{lan.public_id}")
        assert "Cần 500 điểm, khách có 320." in cashier.page
        for _ in range(2):
            address = f"/console/counter/rewards/{lan.public_id}/{croissant.public_id}"
            cashier.post(address, form_key="s1")
        assert balance(database, lan) == 220

    def test_the_profile_shows_what_is_held(self, cashier: Browser, lan: Customer, held: Redemption) -> None:
        cashier.get(f"/console/customers/{lan.public_id}")
        assert "Mã quà đang giữ" in cashier.page and "Bánh croissant" in cashier.page
        assert "Đổi Bánh croissant, -100 điểm" in cashier.page
