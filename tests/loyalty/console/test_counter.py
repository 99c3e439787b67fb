"""The counter: find, award, undo; twice pressed is once done."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from bots import voice
from loyalty.customers import codes, profiles
from loyalty.db import Base, Database
from loyalty.messaging import contents
from loyalty.messaging.models import OutboundMessage
from loyalty.points.models import LedgerEntry
from loyalty.purchases.models import Purchase
from loyalty.settings import Settings
from loyalty.staff.models import Approval, AuditEntry
from tests.builders import NOON
from tests.builders_console import Browser, Console, make_console
from tests.builders_customers import LAN, MINH, make_customer, make_identity
from tests.builders_points import add_terms, award, problems, set_totals


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    return make_console(database, settings, prepare=with_voice)


def with_voice(app: Flask) -> None:
    """As wsgi.py puts the two together."""
    app.extensions["loyalty_voice"] = voice


@pytest.fixture
def lan(database: Database) -> Iterator[int]:
    """A member called Lan with a Zalo chat that is open."""
    with database.transaction() as session:
        customer = make_customer(session, name="Nguyễn Thị Lan", phone=LAN)
        make_identity(session, customer, user_id="lan")
        found = customer.id
    yield found


@pytest.fixture
def cashier(console: Console) -> Browser:
    return console.sign_in("cashier", "Thu")


def count(database: Database, model: type[Base]) -> int:
    with database.read_only() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def told(database: Database) -> list[str]:
    with database.read_only() as session:
        rows = session.scalars(select(OutboundMessage).order_by(OutboundMessage.id)).all()
        return [contents.read(session, row).text for row in rows]


def give(browser: Browser, who: str = "0912 345 678", amount: str = "250k", key: str = "slip-1", **fields: Any) -> int:
    return browser.post("/console/counter/award", who=who, amount=amount, form_key=key, **fields).status_code


def first(database: Database, read: Callable[[LedgerEntry], Any] = lambda entry: entry.id) -> Any:
    with database.read_only() as session:
        return read(session.scalars(select(LedgerEntry).order_by(LedgerEntry.id)).first())  # type: ignore[arg-type]  # there is one


class TestLooking:
    @pytest.mark.parametrize("typed", ["0912 345 678", "+84912345678", "nguyen lan", "Lan Nguyễn"])
    def test_a_phone_or_a_name_without_tones_finds_the_person(self, cashier: Browser, lan: int, typed: str) -> None:
        answer = cashier.post("/console/counter/look", who=typed, amount="")

        assert answer.status_code == 200
        assert "Nguyễn Thị Lan" in cashier.page and "0912 ••• 678" in cashier.page

    def test_a_member_code_finds_its_customer(self, database: Database, cashier: Browser, lan: int) -> None:
        with database.transaction() as session:
            code = codes.issue_member_code(session, lan, None, now=NOON)

        cashier.post("/console/counter/look", who=code, amount="250k")

        assert "Nguyễn Thị Lan" in cashier.page and "Tích 25 điểm" in cashier.page

    def test_what_would_be_given_is_told_with_its_reason(self, database: Database, cashier: Browser, lan: int) -> None:
        with database.transaction() as session:
            set_totals(session, profiles.get(session, lan), tier="silver", carry=5_000)

        cashier.post("/console/counter/look", who="0912345678", amount="250k")

        assert "250.000đ × 1,25 (Bạc) = 312.500đ + 5.000đ phần lẻ lần trước" in cashier.page
        assert "Tích 31 điểm" in cashier.page
        assert count(database, LedgerEntry) == 0

    def test_a_carry_to_make_up_is_not_shown_as_a_debt(self, database: Database, cashier: Browser, lan: int) -> None:
        with database.transaction() as session:
            set_totals(session, profiles.get(session, lan), carry=-5_000)

        cashier.post("/console/counter/look", who="0912345678", amount="250k")

        assert "Tích 24 điểm" in cashier.page and "phần lẻ" not in cashier.page

    def test_a_phone_nobody_has_is_a_new_customer(self, cashier: Browser) -> None:
        cashier.post("/console/counter/look", who="0987654321", amount="100k")

        assert "Khách mới 0987 ••• 321" in cashier.page and "Tích 10 điểm" in cashier.page

    def test_of_several_people_with_a_name_one_is_chosen(self, database: Database, cashier: Browser, lan: int) -> None:
        with database.transaction() as session:
            make_customer(session, name="Lan Anh", phone=MINH)

        cashier.post("/console/counter/look", who="lan", amount="100k")

        assert "Ai trong số này?" in cashier.page
        assert "Nguyễn Thị Lan" in cashier.page and "Lan Anh" in cashier.page

    @pytest.mark.parametrize(("typed", "said"), [("0912", "«0912» chưa đủ số"), ("lann", "Không có ai tên như vậy")])
    def test_a_phone_half_typed_is_no_name(self, cashier: Browser, lan: int, typed: str, said: str) -> None:
        cashier.post("/console/counter/look", who=typed)
        assert said in cashier.page

    @pytest.mark.parametrize(
        ("amount", "said"), [("250", "«250» là 250k? Gõ lại cho rõ."), ("1.250", "«1.250» là 1tr25 hay 1.250đ?")]
    )
    def test_an_amount_with_two_readings_is_asked_back(self, cashier: Browser, amount: str, said: str) -> None:
        cashier.post("/console/counter/look", who="0912345678", amount=amount)

        assert said in cashier.page

    @pytest.mark.parametrize("typed", ["<script>alert(1)</script>", "\x00", "'; --", "9" * 500, "\u202e", "a" * 200])
    def test_anything_may_be_typed(self, cashier: Browser, typed: str) -> None:
        fields: dict[str, Any] = {"who": typed, "amount": typed, "receipt": typed, "chosen": typed, "chosen_for": typed}
        assert cashier.post("/console/counter/look", **fields).status_code in (200, 404)
        assert "<script>alert" not in cashier.html
        assert cashier.post("/console/counter/award", **fields).status_code == 422

    def test_a_part_of_the_page_is_answered_without_its_frame(self, cashier: Browser, lan: int) -> None:
        cashier.get("/console/counter")
        token = cashier._token()
        answer = cashier.client.post(
            "/console/counter/look",
            data={"who": "0912345678", "amount": "250k", "csrf_token": token},
            headers={"HX-Request": "true"},
        )

        assert "Tích 25 điểm" in answer.text and "<html" not in answer.text


class TestAwarding:
    def test_an_award_is_said_with_its_way_back_and_the_customer_is_told(
        self, database: Database, cashier: Browser, lan: int
    ) -> None:
        assert give(cashier, receipt="hd123") == 200

        assert "Đã cộng 25 điểm cho Nguyễn Thị Lan (0912 ••• 678) · đơn 250.000đ. Giờ có 25 điểm." in cashier.page
        number = first(database)
        assert f"/console/counter/undo/{number}" in cashier.html
        assert told(database)[0].startswith("Bạn được cộng 25 điểm cho đơn 250.000đ")
        with database.read_only() as session:
            purchase = session.scalars(select(Purchase)).one()
            entry = session.scalars(select(AuditEntry).filter_by(action="award")).one()
        assert (purchase.reference, purchase.source) == ("HD123", "counter")
        assert (entry.source, entry.subject) == ("console", f"entry:{number}")

    def test_a_double_click_awards_once(self, database: Database, cashier: Browser, lan: int) -> None:
        give(cashier, key="same")
        give(cashier, key="same")

        assert count(database, Purchase) == 1 and len(told(database)) == 1
        assert "Đã cộng 25 điểm" in cashier.page

    @pytest.mark.parametrize("key", ["\x00", "\u202e", "x" * 5_000, "'; --"])
    def test_any_name_of_a_form_will_do(self, database: Database, cashier: Browser, lan: int, key: str) -> None:
        assert give(cashier, key=key) == 200 and count(database, Purchase) == 1

    def test_a_form_used_for_another_bill_is_refused(self, database: Database, cashier: Browser, lan: int) -> None:
        give(cashier, key="same")

        assert give(cashier, amount="300k", key="same") == 422
        assert "Phiếu này đã được dùng cho một đơn khác" in cashier.page and count(database, Purchase) == 1

    def test_the_same_bill_within_a_minute_is_asked_on_the_page_and_a_press_there_is_the_yes(
        self, console: Console, database: Database, cashier: Browser, lan: int
    ) -> None:
        give(cashier, key="one")

        assert give(cashier, key="two") == 409
        assert give(cashier, key="two") == 409, "a double click answers no question nobody has read"
        assert "một đơn y hệt" in cashier.page and count(database, Purchase) == 1

        assert give(cashier, key="two", again="1") == 200
        assert give(cashier, key="two", again="1") == 200
        assert count(database, Purchase) == 2

    def test_a_minute_later_it_is_another_bill(
        self, console: Console, database: Database, cashier: Browser, lan: int
    ) -> None:
        give(cashier, key="one")
        console.clock.now += timedelta(seconds=61)

        assert give(cashier, key="two") == 200 and count(database, Purchase) == 2

    def test_a_receipt_counted_before_names_both_bills_and_both_customers(
        self, database: Database, cashier: Browser, lan: int
    ) -> None:
        give(cashier, receipt="HD9", key="one")

        assert give(cashier, who="0987654321", amount="300k", receipt="#hd9", key="two") == 422
        for part in ("HD9", "Nguyễn Thị Lan (0912 ••• 678)", "250.000đ", "0987 ••• 321", "300.000đ"):
            assert part in cashier.page
        assert count(database, Purchase) == 1

    def test_the_same_receipt_for_the_same_bill_adds_nothing(
        self, database: Database, cashier: Browser, lan: int
    ) -> None:
        give(cashier, receipt="HD9", key="one")
        give(cashier, receipt="HD9", key="two")

        assert "HD9 đã được tính lúc 12:00 22/11 (+25 điểm, Thu). Không cộng thêm." in cashier.page
        assert count(database, Purchase) == 1

    def test_a_name_alone_awards_nobody_until_somebody_is_chosen(
        self, database: Database, cashier: Browser, lan: int
    ) -> None:
        assert give(cashier, who="Lan") == 422
        assert "Chọn một người" in cashier.page and count(database, Purchase) == 0

        with database.read_only() as session:
            public_id = profiles.get(session, lan).public_id
        assert give(cashier, who="Lan", chosen=public_id, chosen_for="Lan") == 200
        assert count(database, Purchase) == 1

    def test_somebody_chosen_for_other_words_is_not_awarded(
        self, database: Database, cashier: Browser, lan: int
    ) -> None:
        with database.read_only() as session:
            public_id = profiles.get(session, lan).public_id

        give(cashier, who="0987654321", chosen=public_id, chosen_for="0912345678")

        with database.read_only() as session:
            assert session.scalars(select(Purchase.customer_id)).one() != lan

    def test_a_large_bill_of_a_cashier_waits_and_a_double_click_asks_once(
        self, database: Database, cashier: Browser, lan: int
    ) -> None:
        cashier.post("/console/counter/look", who="0912345678", amount="9tr")
        assert "Gửi duyệt đơn 9.000.000đ" in cashier.page

        for _ in range(2):
            assert give(cashier, amount="9tr", key="big") == 200

        assert "chờ quản lý duyệt" in cashier.page
        assert count(database, Approval) == 1 and count(database, Purchase) == 0

    def test_a_large_bill_is_taken_back_by_whoever_sent_it_while_it_waits(
        self, console: Console, database: Database, cashier: Browser, lan: int
    ) -> None:
        give(cashier, amount="9tr", receipt="HD9")
        with database.read_only() as session:
            number = session.scalars(select(Approval.id)).one()
        url = f"/console/counter/withdraw/{number}"
        assert f"Chờ duyệt #{number}" in cashier.page and cashier.html.count(f'action="{url}"') == 2  # toast and list
        assert console.sign_in("cashier", "Minh").post(url).status_code == 404

        for _ in range(2):
            assert cashier.post(url).status_code == 200
            assert "Đã rút lại 9.000.000đ" in cashier.page

        manager = console.sign_in("manager")
        assert manager.post(f"/console/approvals/{number}/approve").status_code == 409
        manager.get("/console/approvals")
        assert "Không có gì chờ bạn duyệt." in manager.page and "Người gửi rút lại" in manager.page
        assert count(database, Purchase) == 0

    def test_a_no_is_seen_where_the_bill_was_sent(self, console: Console, database: Database, cashier: Browser) -> None:
        give(cashier, amount="9tr")
        with database.read_only() as session:
            number = session.scalars(select(Approval.id)).one()
        console.sign_in("manager").post(f"/console/approvals/{number}/reject")

        cashier.get("/console/counter")
        assert "0912 ••• 678 9.000.000đ · 12:00 Không được duyệt" in cashier.page
        assert cashier.post(f"/console/counter/withdraw/{number}").status_code == 409

    def test_another_language_after_a_refusal_leads_to_the_page_it_was_sent_from(
        self, cashier: Browser, lan: int
    ) -> None:
        token = cashier._token()
        sent = {"csrf_token": token, "who": "0912345678", "amount": "x"}
        page = cashier.client.post(
            "/console/counter/award", data=sent, headers={"Referer": "http://localhost/console/counter"}
        ).text
        assert '<input type="hidden" name="next" value="/console/counter">' in page

    def test_a_manager_has_no_limit(self, console: Console, database: Database, lan: int) -> None:
        assert give(console.sign_in("manager"), amount="9tr") == 200
        assert count(database, Approval) == 0 and count(database, Purchase) == 1

    def test_a_marketer_may_not_award(self, console: Console, database: Database, lan: int) -> None:
        assert give(console.sign_in("marketer")) == 403 and count(database, Purchase) == 0

    def test_a_customer_of_a_profile_stands_there_already(self, database: Database, cashier: Browser, lan: int) -> None:
        with database.read_only() as session:
            public_id = profiles.get(session, lan).public_id

        cashier.get(f"/console/counter?customer={public_id}")

        assert "Nguyễn Thị Lan" in cashier.page

    def test_without_a_voice_the_award_is_made_all_the_same(
        self, database: Database, settings: Settings, lan: int
    ) -> None:
        assert give(make_console(database, settings).sign_in("cashier")) == 200
        assert count(database, Purchase) == 1 and told(database) == []


class TestUndoing:
    def test_an_award_is_undone_once_however_often_it_is_pressed(
        self, database: Database, cashier: Browser, lan: int
    ) -> None:
        give(cashier)
        url = f"/console/counter/undo/{first(database)}"

        cashier.post(url, form_key="back")
        assert "Đã hủy +25 điểm của đơn 250.000đ. Nguyễn Thị Lan (0912 ••• 678) còn 0 điểm." in cashier.page
        for key in ("back", "again"):
            assert cashier.post(url, form_key=key).status_code == 200

        assert "Không trừ thêm." in cashier.page
        assert count(database, LedgerEntry) == 2 and len(told(database)) == 2
        with database.read_only() as session:
            assert problems(session) == []

    def test_a_newcomer_is_undone_with_the_award(self, database: Database, cashier: Browser) -> None:
        give(cashier, who="0987654321")
        cashier.post(f"/console/counter/undo/{first(database)}")

        assert "Khách mới tạo cùng đơn này cũng đã được xóa." in cashier.page

    def test_another_cashiers_award_is_not_theirs_to_undo(
        self, console: Console, database: Database, cashier: Browser, lan: int
    ) -> None:
        give(cashier)
        url = f"/console/counter/undo/{first(database)}"

        assert console.sign_in("cashier").post(url).status_code == 403
        assert console.sign_in("manager").post(url).status_code == 200
        assert count(database, LedgerEntry) == 2

    @pytest.mark.parametrize("number", ["999", "9" * 40])
    def test_a_number_there_is_not(self, cashier: Browser, number: str) -> None:
        assert cashier.post(f"/console/counter/undo/{number}").status_code == 404


class TestDay:
    def test_a_cashier_sees_their_own_day_with_its_totals(
        self, console: Console, database: Database, cashier: Browser, lan: int
    ) -> None:
        give(cashier, amount="250k", key="one")
        give(cashier, amount="60k", key="two")
        give(cashier, amount="90k", key="three")
        cashier.post(f"/console/counter/undo/{first(database)}")
        give(console.sign_in("cashier", "Quân"), amount="70k", key="four")

        cashier.get("/console/counter/day")

        assert "150.000đ · 2 đơn · +15 điểm" in cashier.page
        assert "Đã hủy" in cashier.page and "70.000đ" not in cashier.page

    def test_a_manager_sees_everybodys_and_may_choose_one(
        self, console: Console, database: Database, cashier: Browser, lan: int
    ) -> None:
        give(cashier, amount="250k")
        manager = console.sign_in("manager")
        give(manager, amount="90k")

        manager.get("/console/counter/day")
        assert "340.000đ · 2 đơn" in manager.page and "Thu" in manager.page
        assert cashier.member is not None
        manager.get(f"/console/counter/day?staff={cashier.member.public_id}")
        assert "250.000đ · 1 đơn" in manager.page

    def test_a_cashier_may_not_choose_a_colleague(
        self, console: Console, database: Database, cashier: Browser, lan: int
    ) -> None:
        give(cashier)
        other = console.sign_in("cashier")
        assert cashier.member is not None

        other.get(f"/console/counter/day?staff={cashier.member.public_id}")

        assert "0đ · 0 đơn" in other.page

    @pytest.mark.parametrize(
        "query", ["day=0001-01-01", "day=9999-12-31", "day=x", "after=%00", "staff=%00", "day=%00"]
    )
    def test_any_address_is_answered(self, console: Console, query: str) -> None:
        assert console.sign_in("manager").get(f"/console/counter/day?{query}").status_code == 200

    def test_yesterdays_list_is_a_step_away(self, database: Database, cashier: Browser, lan: int) -> None:
        with database.transaction() as session:
            assert cashier.member is not None
            award(session, LAN, 40_000, now=NOON - timedelta(days=1), staff_id=cashier.member.id)

        cashier.get("/console/counter/day?day=2026-11-21")

        assert "40.000đ · 1 đơn" in cashier.page


class TestTerms:
    def test_how_many_points_may_pay_is_shown_and_they_pay(
        self, database: Database, cashier: Browser, lan: int
    ) -> None:
        with database.transaction() as session:
            add_terms(session, "[redemption]\npoint_value = 1000\nmax_share = 40")
            award(session, profiles.get(session, lan), 1_000_000)
        cashier.post("/console/counter/look", who="0912345678", amount="250k", pay="")
        assert "Trả được tối đa 100 điểm" in cashier.page and "Trả bằng điểm" in cashier.page
        cashier.post("/console/counter/look", who="0912345678", amount="250k", pay="80")
        assert "còn thu 170.000đ" in cashier.page and "Tích 17 điểm" in cashier.page

        assert give(cashier, pay="80") == 200
        assert "Đã dùng 80 điểm trả 80.000đ" in cashier.page

    def test_what_cannot_pay_is_said_beside_its_field(self, database: Database, cashier: Browser, lan: int) -> None:
        with database.transaction() as session:
            add_terms(session, "[redemption]\npoint_value = 1000\nmax_share = 40")
            award(session, profiles.get(session, lan), 1_000_000)
        assert give(cashier, amount="100k", pay="41") == 422 and "tối đa 40 điểm" in cashier.page
        assert give(cashier, pay="nhiều") == 422 and "Ghi số điểm" in cashier.page

    def test_points_that_wait_are_shown_and_released_once(self, database: Database, cashier: Browser, lan: int) -> None:
        with database.transaction() as session:
            add_terms(session, '[pending]\nrelease = "on_delivery"')
        give(cashier)
        assert "Khách dùng được khi cửa hàng xác nhận" in cashier.page
        with database.read_only() as session:
            bill, person = session.scalars(select(Purchase)).one(), profiles.get(session, lan).public_id
        cashier.get(f"/console/customers/{person}/purchases")
        assert "Cho dùng điểm" in cashier.page
        cashier.post(f"/console/counter/release/{bill.public_id}?back=purchases", form_key="r1")
        assert "25 điểm của" in cashier.page and "Cho dùng điểm" not in cashier.page
        with database.read_only() as session:
            assert problems(session) == []
            assert session.scalars(select(AuditEntry.action).order_by(AuditEntry.id.desc())).first() == "release"

    def test_a_limit_of_the_day_is_said_and_stands_on_the_page_of_roles(
        self, database: Database, cashier: Browser, lan: int
    ) -> None:
        with database.transaction() as session:
            add_terms(session, "[limits.cashier]\npoints_per_day = 20")
        assert give(cashier) == 422 and "Hôm nay bạn đã tặng 0/20 điểm" in cashier.page
        cashier.get("/console/staff/roles")
        assert "Mỗi thu ngân tặng mỗi ngày tối đa 20 điểm" in cashier.page
