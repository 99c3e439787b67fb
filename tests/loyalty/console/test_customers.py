"""The pages about customers: found, filtered, known, added, corrected, with every way back."""

import re
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.activity import timeline
from loyalty.customers import cases, corrections, notes, profiles
from loyalty.customers.cases import CaseKind, Opening
from loyalty.customers.models import Case, Customer, CustomerStats, Note
from loyalty.db import Database
from loyalty.points import ledger
from loyalty.purchases.bills import Line
from loyalty.settings import Settings
from loyalty.staff.audit import CLI
from loyalty.staff.models import AuditEntry
from loyalty.vault.models import CustomerKey
from tests.builders import NOON
from tests.builders_campaigns import make_chat, make_person
from tests.builders_console import Browser, Console, make_console
from tests.builders_customers import LAN, MINH, answer, make_customer, make_identity
from tests.builders_points import award
from tests.hostile import MARK, PAYLOADS


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    return make_console(database, settings)


def made(database: Database, name: str | None = "Nguyễn Thị Lan", phone: str | None = LAN, **more: Any) -> str:
    with database.transaction() as session:
        return make_customer(session, name=name, phone=phone, **more).public_id


def of(database: Database, public_id: str) -> dict[str, Any]:
    with database.read_only() as session:
        customer = profiles.get_public(session, public_id)
        return {field.value: value for field, value in corrections.current(session, customer).items()}


def audited(database: Database) -> list[str]:
    with database.read_only() as session:
        return list(session.scalars(sa.select(AuditEntry.action).where(AuditEntry.source == "console")))


def press_undo(browser: Browser) -> None:
    """Press the toast's «Hoàn tác»."""
    found = re.search(r'class="toast">.*?action="([^"]+)"', browser.html, re.S)
    assert found, "no way back"
    assert browser.post(unescape(found[1])).status_code == 200


def url(public_id: str, *rest: str) -> str:
    return "/".join(("/console/customers", public_id, *rest))


class TestList:
    def test_newest_first_masked_and_page_by_page(self, console: Console, database: Database) -> None:
        for number in range(26):
            made(database, f"Khách {number:02}", f"+849123456{number:02}")
        browser = console.sign_in("cashier")
        browser.get("/console/customers")
        names = re.findall(r"Khách \d\d", browser.page)
        assert (names[0], names[-1], len(names)) == ("Khách 25", "Khách 01", 25)
        assert "0912 ••• 625" in browser.page and "0912345625" not in browser.html
        [more] = re.findall(r'href="([^"]+after=[^"]+)"', browser.html)
        browser.get(unescape(more))
        assert re.findall(r"Khách \d\d", browser.page) == ["Khách 00"]

    @pytest.mark.parametrize(
        "typed", ["0912345678", "84912345678", "%2B84 912 345 678", "0912.345.678", "lan", "THI LAN"]
    )
    def test_a_search_takes_every_form(self, console: Console, database: Database, typed: str) -> None:
        made(database)
        made(database, "Trần Minh", MINH)
        browser = console.sign_in("cashier")
        browser.get(f"/console/customers?q={typed}")
        assert "Nguyễn Thị Lan" in browser.page and "Trần Minh" not in browser.page

    def test_a_search_for_nobody_offers_to_add_them(self, console: Console) -> None:
        browser = console.sign_in("cashier")
        browser.get("/console/customers?q=0912345678")
        assert "Không thấy ai khớp với «0912345678»." in browser.page
        assert 'href="/console/customers/new?q=0912345678"' in browser.html
        browser.get("/console/customers?q=912345678")
        assert "Chưa đọc được số điện thoại" in browser.page
        browser.get("/console/customers?q=0912")
        assert "gõ đủ 10 số" in browser.page and "/console/customers/new?q" not in browser.html

    def test_filters_work_alone_and_together_and_nonsense_filters_nothing(
        self, console: Console, database: Database
    ) -> None:
        with database.transaction() as session:
            gold = make_person(session, "Vàng", tier="gold", joined_at=NOON, last_purchase_at=NOON - timedelta(days=70))
            make_chat(session, gold, "zalo")
            silver = make_person(session, "Bạc", tier="silver", joined_at=NOON, last_purchase_at=NOON)
            gold.joined_at = silver.joined_at = NOON
            make_person(session, "Mới")
            said = Opening(CaseKind.FEEDBACK, "ồn", "test")
            cases.open_case(session, gold.id, said, key="c", now=NOON)
        browser = console.sign_in("marketer")

        def names(query: str) -> list[str]:
            browser.get(f"/console/customers?{query}")
            body = browser.html.partition('id="rows"')[2].partition("</tbody>")[0]
            return re.findall(r">(Vàng|Bạc|Mới)</a>", body)

        assert names("tier=gold") == ["Vàng"]
        assert names("member=no") == ["Mới"]
        assert names("member=yes") == ["Bạc", "Vàng"]
        assert names("channel=zalo&promotion=yes") == ["Vàng"]
        assert names("quiet=60") == ["Vàng"]
        assert names("case=yes") == ["Vàng"]
        assert names("tier=silver&quiet=60") == []
        assert names("tier=x&member=x&channel=%00&quiet=-1&quiet=٣&case=x&after=%00") == ["Mới", "Bạc", "Vàng"]
        assert names("after=" + "A" * 16) == []  # nobody has that id: the page says so


class TestProfile:
    def test_it_shows_everything_at_a_glance(self, console: Console, database: Database) -> None:
        lan = made(database, proof="shared")
        with database.transaction() as session:
            customer = profiles.get_public(session, lan)
            chat = make_identity(session, customer, proof="shared")
            answer(session, chat, granted=True)
            for days, source in ((21, "counter"), (14, "counter"), (7, "web")):
                at = NOON - timedelta(days=days)
                lines = (Line(name="Latte đá", quantity=2, unit_price=50_000),)
                award(session, customer, 100_000, purchased_at=at, lines=lines, source=source)
            notes.add(session, customer.id, "Không đường", key="n", by=CLI, now=NOON)
        browser = console.sign_in("cashier")
        browser.get(url(lan))
        for part in (
            *("Nguyễn Thị Lan", "0912 ••• 678", "Thành viên", "30 điểm", "mua thêm 1.700.000đ là lên Bạc"),
            *("10 điểm hết hạn 01/11/2027", "3 đơn", "Zalo", "nền tảng xác nhận", "nhận ưu đãi"),
            *("khoảng 7 ngày một lần", "22/11/2026", "Hay mua", "Latte đá", "Không đường", "nhân viên thêm"),
            *("Mua 100.000đ, +10 điểm", "Đồng ý nhận ưu đãi", "Tham gia tích điểm"),
            *("tại quầy 2 đơn · CN, 12h · trung bình 100.000đ", "web 1 đơn"),
        ):
            assert part in browser.page, part
        assert "0912345678" not in browser.html

    def test_the_timeline_is_filtered_by_kind_and_messages_are_for_those_who_converse(
        self, console: Console, database: Database
    ) -> None:
        lan = made(database)
        with database.transaction() as session:
            customer = profiles.get_public(session, lan)
            data = {"channel": "zalo"}
            timeline.record(session, customer.id, "message_in", at=NOON, data=data, text="gọi em 0987654321 nhé")
            award(session, customer, 100_000)
        cashier, manager = console.sign_in("cashier"), console.sign_in("manager")
        manager.get(url(lan) + "?kind=messages")
        assert "gọi em 0987 ••• 321 nhé" in manager.page and "Mua 100.000đ" not in manager.page
        cashier.get(url(lan))
        assert "Khách nhắn qua Zalo" in cashier.page and "gọi em" not in cashier.page
        assert cashier.get(url(lan) + "?kind=x&before=x").status_code == 200

    def test_a_reveal_shows_the_number_in_that_answer_only_and_is_logged(
        self, console: Console, database: Database
    ) -> None:
        lan = made(database)
        manager = console.sign_in("manager")
        manager.get(url(lan))
        manager.post(url(lan, "reveal"))
        assert 'href="tel:+84912345678"' in manager.html and "0912 345 678" in manager.page
        manager.get(url(lan))
        assert "912345678" not in manager.html and "0912 345 678" not in manager.page
        manager.get(url(lan, "looks"))
        assert "xem số điện thoại đầy đủ" in manager.page and manager.member is not None
        assert audited(database) == ["reveal"]
        cashier = console.sign_in("cashier")
        assert cashier.post(url(lan, "reveal")).status_code == 403
        assert cashier.get(url(lan, "looks")).status_code == 403

    def test_points_are_explained_row_by_row_and_taken_back(self, console: Console, database: Database) -> None:
        lan = made(database)
        with database.transaction() as session:
            customer = profiles.get_public(session, lan)
            session.execute(
                sa.update(CustomerStats).values(tier="silver", tier_since=NOON - timedelta(days=9), carry=5_000)
            )
            given = award(session, customer, 250_000, reference="HD123")
            number = given.entry.id
        manager = console.sign_in("manager")
        manager.get(url(lan, "points"))
        for part in (
            "+31",
            "250.000đ × 1,25 (Bạc) = 312.500đ + 5.000đ lẻ từ trước",
            "lẻ để lại 7.500đ",
            "22/11/2027 (còn 31)",
        ):
            assert part in manager.page, part

        asked = f"/console/counter/undo/{number}?back=points"
        assert f'href="{asked}"' in manager.html
        manager.get(asked)
        assert "Hủy đơn này?" in manager.page and "Lan" in manager.page and f'action="{asked}"' in manager.html
        manager.post(asked)
        assert "Đã hủy +31 điểm của đơn HD123." in manager.page and f"Hủy dòng #{number}" in manager.page
        manager.post(asked)
        assert "đã được hủy trước đó" in manager.page
        with database.read_only() as session:
            assert ledger.balance(session, profiles.get_public(session, lan).id) == 0

    def test_a_newcomer_undone_with_their_bill_leaves_no_page_to_come_back_to(
        self, console: Console, database: Database
    ) -> None:
        with database.transaction() as session:
            number = award(session, MINH, 60_000).entry.id
        manager = console.sign_in("manager")
        assert manager.post(f"/console/counter/undo/{number}?back=purchases").status_code == 200
        assert "Khách mới tạo cùng đơn này cũng đã được xóa." in manager.page

    def test_bills_show_their_lines(self, console: Console, database: Database) -> None:
        lan = made(database)
        with database.transaction() as session:
            lines = (
                Line(name="Latte đá", quantity=2, unit_price=50_000, category="Cà phê"),
                Line(name="Bánh", unit_price=20_000),
            )
            award(session, profiles.get_public(session, lan), 120_000, lines=lines, reference="HD9")
        browser = console.sign_in("cashier")
        browser.get(url(lan, "purchases"))
        for part in ("120.000đ", "HD9", "2 × Latte đá (Cà phê) 100.000đ", "1 × Bánh 20.000đ", "+12"):
            assert part in browser.page, part

    def test_consents_have_their_proof_and_a_broken_chain_is_told(self, console: Console, database: Database) -> None:
        lan = made(database)
        with database.transaction() as session:
            chat = make_identity(session, profiles.get_public(session, lan))
            answer(session, chat, granted=True, words="Đồng ý nhé")
            answer(session, chat, granted=False, words="dừng")
        browser = console.sign_in("marketer")
        browser.get(url(lan, "consents"))
        assert "Chuỗi xác nhận nguyên vẹn: 2 câu trả lời" in browser.page and "Đồng ý nhé" in browser.page
        browser.get(url(lan, "consents", "proof"))
        assert "ask-offers-1 (vi)" in browser.page and "2026-11-22T05:00:00+00:00" in browser.page
        with database.transaction() as session:
            session.execute(sa.update(CustomerStats).values(consent_seq=3))  # as if the last answer were gone
        browser.get(url(lan, "consents"))
        assert "Chuỗi xác nhận không khớp" in browser.page

    @pytest.mark.parametrize("public_id", ["x", "%00", "A" * 16, "%F0%9F%98%80", "..", "' OR 1=1"])
    @pytest.mark.parametrize(
        "rest", ["", "/points", "/purchases", "/care", "/consents", "/consents/proof", "/looks", "/edit"]
    )
    def test_an_unknown_id_is_not_found(self, console: Console, public_id: str, rest: str) -> None:
        assert console.sign_in("owner").get(f"/console/customers/{public_id}{rest}").status_code == 404

    def test_who_was_erased_is_a_tombstone(self, console: Console, database: Database) -> None:
        lan = made(database)
        with database.transaction() as session:
            customer = profiles.get_public(session, lan)
            notes.add(session, customer.id, "Không đường", key="n", by=CLI, now=NOON)
            profiles.forget(session, customer, profiles.lock(session, customer.id), now=NOON)
            session.execute(sa.delete(CustomerKey))
        owner = console.sign_in("owner")
        for rest in ("", "/points", "/purchases", "/care", "/consents", "/consents/proof", "/looks"):
            assert owner.get(url(lan) + rest).status_code == 200, rest
            assert "Không đường" not in owner.page
        owner.get(url(lan))
        assert "đã được xóa" in owner.page
        assert owner.get(url(lan, "edit")).status_code == 404
        assert owner.post(url(lan, "notes"), words="x").status_code == 422
        assert owner.post(url(lan, "cases"), kind="feedback", said="x").status_code == 422


class TestAdding:
    def test_a_customer_is_added_and_taken_back(self, console: Console, database: Database) -> None:
        cashier = console.sign_in("cashier")
        cashier.get("/console/customers/new?q=0912345678")
        assert 'value="0912345678"' in cashier.html
        cashier.post(
            "/console/customers/new", name="Nguyễn Thị Lan", phone="0912 345 678", email="lan@example.com", joined="1"
        )
        assert "Đã thêm khách." in cashier.page and "Nguyễn Thị Lan" in cashier.page
        with database.read_only() as session:
            found = profiles.find_by_phone(session, LAN)
            assert found is not None and found.joined_at == NOON

        press_undo(cashier)
        with database.read_only() as session:
            assert profiles.find_by_phone(session, LAN) is None
        assert audited(database) == ["add_customer", "customer_unadded"]

    def test_a_phone_somebody_has_leads_to_them(self, console: Console, database: Database) -> None:
        lan = made(database)
        cashier = console.sign_in("cashier")
        assert cashier.post("/console/customers/new", name="Hoa", phone="84912345678").status_code == 409
        assert f'href="{url(lan)}"' in cashier.html and "Chưa thêm ai." in cashier.page

    def test_a_doubtful_name_is_asked_back_once(self, console: Console, database: Database) -> None:
        cashier = console.sign_in("cashier")
        cashier.get("/console/customers/new")
        assert cashier.post("/console/customers/new", name="Chị Lan 2", phone="").status_code == 422
        assert "cách xưng hô" in cashier.page and "chữ số" in cashier.page
        cashier.post("/console/customers/new", name="Chị Lan 2", phone="", sure="Chị Lan 2")
        assert "Đã thêm khách." in cashier.page

    @pytest.mark.parametrize(
        "fields",
        [{}, {"name": "  "}, {"phone": "123"}, {"name": "x" * 101}, {"name": "Lan", "email": "x"}, {"locale": "fr"}],
    )
    def test_what_is_wrong_adds_nobody(self, console: Console, database: Database, fields: dict[str, Any]) -> None:
        cashier = console.sign_in("cashier")
        cashier.get("/console/customers/new")
        assert cashier.post("/console/customers/new", **fields).status_code == 422
        with database.read_only() as session:
            assert session.scalar(sa.select(Customer.id)) is None

    def test_only_who_added_them_takes_a_customer_back_and_never_one_with_a_history(
        self, console: Console, database: Database
    ) -> None:
        lan = made(database)
        cashier, manager = console.sign_in("cashier"), console.sign_in("manager")
        assert cashier.post(url(lan, "unadd")).status_code == 403
        with database.transaction() as session:
            award(session, LAN, 100_000)
        assert manager.post(url(lan, "unadd")).status_code == 409


class TestCorrecting:
    def test_before_and_after_are_shown_then_kept_then_undone(self, console: Console, database: Database) -> None:
        lan = made(database, "Lna")
        cashier = console.sign_in("cashier")
        cashier.get(url(lan, "edit"))
        assert "Điện thoại mới" not in cashier.page
        cashier.post(url(lan, "name"), name="Nguyễn Lan", locale="vi")
        assert "Sửa như thế này?" in cashier.page and "Lna" in cashier.page and "Nguyễn Lan" in cashier.page
        assert of(database, lan)["name"] == "Lna"
        cashier.post(url(lan, "name"), name="Nguyễn Lan", locale="vi", confirmed="1")
        assert "Đã sửa." in cashier.page
        assert (of(database, lan)["name"], of(database, lan)["locale"]) == ("Nguyễn Lan", "vi")

        press_undo(cashier)
        assert (of(database, lan)["name"], of(database, lan)["locale"]) == ("Lna", None)
        with database.read_only() as session:
            rows = session.scalars(sa.select(AuditEntry).where(AuditEntry.source == "console")).all()
            assert [(row.action, row.detail["fields"]) for row in rows] == [
                ("customer_corrected", ["name", "locale"]),
                ("customer_correction_undone", ["name", "locale"]),
            ]
            assert "Lna" not in str([row.detail for row in rows])

    def test_a_correction_is_told_before_and_after_and_taken_back_for_a_day(
        self, console: Console, database: Database
    ) -> None:
        lan = made(database)
        manager = console.sign_in("manager", "Hùng")
        manager.post(url(lan, "name"), name="Lan Anh", confirmed="1")
        manager.post(url(lan, "contact"), phone="0987654321", confirmed="1")

        manager.get(url(lan, "looks"))
        assert "tên: Nguyễn Thị Lan → Lan Anh" in manager.page
        assert "điện thoại: 0912 ••• 678 → 0987 ••• 321" in manager.page
        manager.get("/console/audit")
        assert "sửa hồ sơ khách" in manager.page and "sealed" not in manager.page
        manager.get(url(lan, "looks"))
        _phone, name = [unescape(found) for found in re.findall(r'action="([^"]+go_back[^"]+)"', manager.html)]
        manager.post(name)
        assert (of(database, lan)["name"], of(database, lan)["phone"]) == ("Nguyễn Thị Lan", MINH)

        manager.get(url(lan, "looks"))
        assert manager.html.count("go_back") == 1  # what was taken back has no button any more
        console.clock.now += timedelta(days=1, minutes=1)
        later = console.sign_in("manager")
        later.get(url(lan, "looks"))
        assert "→ Lan Anh" in later.page and "go_back" not in later.html

    def test_contacts_are_for_managers_and_stay_masked(self, console: Console, database: Database) -> None:
        lan = made(database)
        cashier, manager = console.sign_in("cashier"), console.sign_in("manager")
        assert cashier.post(url(lan, "contact"), phone="0987654321", confirmed="1").status_code == 403
        manager.get(url(lan, "edit"))
        assert "0912345678" not in manager.html
        manager.post(url(lan, "contact"), phone="0987 654 321", email="Lan@Example.com")
        assert "0912 ••• 678" in manager.page and "0987 654 321" in manager.page and "Lan@example.com" in manager.page
        manager.post(url(lan, "contact"), phone="0987654321", email="Lan@Example.com", confirmed="1")
        assert (of(database, lan)["phone"], of(database, lan)["email"]) == (MINH, "Lan@example.com")
        back = unescape(re.findall(r'action="([^"]+go_back[^"]+)"', manager.html)[0])
        assert cashier.post(back).status_code == 403
        press_undo(manager)
        assert (of(database, lan)["phone"], of(database, lan)["email"]) == (LAN, None)
        manager.post(url(lan, "contact"), drop_phone="1", confirmed="1")
        assert of(database, lan)["phone"] is None

    def test_somebody_elses_phone_is_refused_before_and_while_keeping(
        self, console: Console, database: Database
    ) -> None:
        lan, minh = made(database), made(database, "Minh", MINH)
        manager = console.sign_in("manager")
        manager.get(url(lan, "edit"))
        manager.post(url(lan, "contact"), phone="0987654321")
        assert "Số này đang là của Minh" in manager.page and "Lưu thay đổi" not in manager.page
        assert manager.post(url(lan, "contact"), phone="0987654321", confirmed="1").status_code == 422
        assert "đã là của một khách khác" in manager.page
        assert of(database, minh)["phone"] == MINH

    def test_nothing_different_says_so_and_nonsense_stands_beside_its_field(
        self, console: Console, database: Database
    ) -> None:
        lan = made(database)
        manager = console.sign_in("manager")
        manager.get(url(lan, "edit"))
        manager.post(url(lan, "name"), name="Nguyễn Thị Lan", locale="", confirmed="1")
        assert "Không có gì khác" in manager.page
        assert manager.post(url(lan, "contact"), email="x").status_code == 422
        assert "Chưa đọc được e-mail «x»" in manager.page and 'value="Nguyễn Thị Lan"' in manager.html
        assert manager.post(url(lan, "go_back") + "?way=x").status_code == 404
        assert manager.post(url(lan, "go_back") + "?way=%00").status_code == 404


class TestNotes:
    def test_a_note_is_written_once_taken_back_and_put_back(self, console: Console, database: Database) -> None:
        lan = made(database)
        cashier = console.sign_in("cashier")
        cashier.get(url(lan, "care"))
        for _ in range(2):
            cashier.post(url(lan, "notes"), words="Không đường", form_key="one")
        assert cashier.page.count("Không đường") == 1
        press_undo(cashier)
        assert "Không đường" not in cashier.page
        press_undo(cashier)
        assert "Không đường" in cashier.page
        assert console.sign_in("marketer").post(url(lan, "notes"), words="x").status_code == 403

    def test_a_colleague_may_not_take_it_back(self, console: Console, database: Database) -> None:
        lan, minh = made(database), made(database, "Minh", MINH)
        console.sign_in("cashier").post(url(lan, "notes"), words="Không đường")
        with database.read_only() as session:
            note = session.scalars(sa.select(Note.public_id)).one()
        other, manager = console.sign_in("cashier"), console.sign_in("manager")
        other.get(url(lan, "care"))
        assert "Không đường" in other.page and "take_back" not in other.html
        assert other.post(url(lan, "notes", note, "take_back")).status_code == 403
        assert manager.post(url(minh, "notes", note, "take_back")).status_code == 404
        assert manager.post(url(minh, "notes", note, "put_back")).status_code == 404
        assert manager.post(url(lan, "notes", note, "take_back")).status_code == 200

    def test_a_case_is_taken_down_with_its_owner_and_day(self, console: Console, database: Database) -> None:
        lan = made(database)
        cashier = console.sign_in("cashier", "Thu")
        cashier.get(url(lan, "care"))
        cashier.post(url(lan, "cases"), kind="complaint", said="Nước nguội", due_on="2026-12-01")
        assert "khiếu nại" in cashier.page and "Nước nguội" in cashier.page and "01/12/2026" in cashier.page
        with database.read_only() as session:
            case = session.scalars(sa.select(Case)).one()
            assert cashier.member is not None and case.owner_id == cashier.member.id
        cashier.get(url(lan))
        assert "Có khiếu nại chưa xong" in cashier.page
        for kind, said, owner in (("x", "x", ""), ("complaint", " ", ""), ("request", "x", "x")):
            assert cashier.post(url(lan, "cases"), kind=kind, said=said, owner=owner).status_code == 422
        assert cashier.post(url(lan, "cases"), kind="request", said="x", due_on="2026-11-21").status_code == 422


def test_the_dictionary_tells_what_is_kept_and_what_words_mean(console: Console) -> None:
    browser = console.sign_in("cashier")
    browser.get("/console/customers/dictionary")
    assert "Số điện thoại" in browser.page and "customer.phone_key" in browser.page and "Doanh số" in browser.page


def every_page(session: Session, customer: Customer) -> list[str]:
    here = url(customer.public_id)
    found = ["/console/customers", "/console/customers?q=img", here]
    found += [
        f"{here}/{rest}" for rest in ("points", "purchases", "care", "consents", "consents/proof", "looks", "edit")
    ]
    return [
        *found,
        "/console/cases",
        *(f"/console/cases/{case}" for case in session.scalars(sa.select(Case.public_id))),
    ]


def marked(html: str) -> list[str]:
    """Elements that a payload made."""
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.extend(tag for name, _ in attrs if name == MARK)

    Reader().feed(html)
    return found


@pytest.mark.parametrize("language", ["vi", "en"])
def test_hostile_words_are_words_on_every_page(console: Console, database: Database, language: str) -> None:
    with database.transaction() as session:
        for number, hostile in enumerate(PAYLOADS[::6]):
            customer = profiles.create(session, source="staff", source_ref=hostile, name=hostile, now=NOON)
            notes.add(session, customer.id, f"x{hostile}", key=f"n{number}", by=CLI, now=NOON)
            said = Opening(CaseKind.COMPLAINT, f"x{hostile}", "test")
            cases.open_case(session, customer.id, said, key=f"c{number}", now=NOON)
            award(
                session,
                customer,
                100_000,
                lines=(Line(name=f"x{hostile}", category=f"x{hostile}", unit_price=100_000),),
            )
        pages = {page for one in session.scalars(sa.select(Customer)) for page in every_page(session, one)}
    browser = console.sign_in("owner")
    browser.client.set_cookie("kq_lang", language, path="/console")
    for page in sorted(pages):
        assert browser.get(page).status_code == 200, page
        assert marked(browser.html) == [], page
