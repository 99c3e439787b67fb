"""Today: numbers that lead to their rows, and what waits."""

import re
from datetime import date, timedelta

import pytest

from loyalty.alerts import raising
from loyalty.db import Database
from loyalty.insights.definitions import NUMBERS
from loyalty.purchases.bills import Line
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_console import Browser, Console, make_console
from tests.builders_customers import LAN, MINH, make_customer
from tests.builders_points import award, undo
from tests.builders_staff import make_staff

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
HOSTILE = '<img src=x onerror="alert(1)">{{ 1337*1337 }}'


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    return make_console(database, settings)


@pytest.fixture
def owner(console: Console) -> Browser:
    return console.sign_in("owner")


@pytest.fixture
def sold(database: Database) -> None:
    """Yesterday Lan for 100k; today Lan for 158k with two products, Minh (new) for 60k, and 500k by mistake."""
    with database.transaction() as session:
        thu = make_staff(session, "cashier", "Thu")
        lan = make_customer(session, name="Lan", phone=LAN, now=NOON - 9 * DAY)
        latte, cake = Line("Latte đá", 2, 55_000, discount=10_000), Line("Tiramisu", 1, 58_000)
        award(session, lan, 100_000, lines=(latte,), now=NOON - DAY - HOUR)
        award(session, lan, 158_000, lines=(latte, cake), now=NOON - HOUR, reference="HD1", staff_id=thu.id)
        award(session, MINH, 60_000, actor="staff:thu", now=NOON - 2 * HOUR)
        undo(session, award(session, lan, 500_000, now=NOON - HOUR), now=NOON - HOUR)


def card(browser: Browser, label: str) -> str:
    """The words of one number's card."""
    [found] = [each for each in re.findall(r"<article.*?</article>", browser.html, re.S) if f"<h3>{label}</h3>" in each]
    return " ".join(re.sub(r"<[^>]*>", " ", found).split())


def links(browser: Browser) -> dict[str, str]:
    """Where each card leads, by its label."""
    cards = re.findall(r"<article.*?</article>", browser.html, re.S)
    return {
        re.findall(r"<h3>(.*?)</h3>", each)[0]: re.findall(r'class="number"><a href="([^"]+)"', each)[0].replace(
            "&amp;", "&"
        )
        for each in cards
    }


@pytest.mark.usefixtures("sold")
class TestNumbers:
    def test_a_card_has_its_number_the_change_and_what_it_means(self, owner: Browser) -> None:
        owner.get("/console/")

        assert "218.000đ tăng 118%" in card(owner, "Doanh số")
        assert NUMBERS["sales"].meaning.vi in card(owner, "Doanh số")
        assert "So với cùng giờ hôm qua" in owner.page
        assert card(owner, "Số đơn").endswith("2 tăng 100%")
        assert "50" in card(owner, "Điểm trừ lại") and "1" in card(owner, "Khách mới")

    def test_every_number_leads_to_rows_that_add_up_to_it(self, owner: Browser) -> None:
        owner.get("/console/")
        found = links(owner)
        assert set(found) == {number.label.vi for number in NUMBERS.values()} - {
            *("Thành viên mới", "Hàng trả lại", "Doanh số thực")  # the last two only where something came back
        }

        seen = {}
        for label, url in found.items():
            assert owner.get(url).status_code == 200
            seen[label] = owner.page
        assert "218.000đ · 2 đơn · trung bình 109.000đ" in seen["Doanh số"] and "Đã hủy" in seen["Doanh số"]
        assert "158.000đ · 1 đơn" in seen["Đơn của khách quen"]
        assert "+71 điểm cộng lại" in seen["Điểm đã cộng"]
        assert "−50 điểm cộng lại" in seen["Điểm trừ lại"]
        assert "0987 ••• 321" in seen["Khách mới"] and "0912 ••• 678" not in seen["Khách mới"]
        assert "Lan" in seen["Thành viên có mua"] and "0987 ••• 321" in seen["Thành viên có mua"]

    def test_a_week_is_compared_with_the_one_before_or_with_last_year(self, database: Database, owner: Browser) -> None:
        with database.transaction() as session:
            award(session, LAN, 159_000, now=NOON - 365 * DAY)

        owner.get("/console/?period=week")
        assert "318.000đ trước đó: 0" in card(owner, "Doanh số")
        owner.get("/console/?period=week&against=year")
        assert "318.000đ tăng 100%" in card(owner, "Doanh số") and "So với cùng kỳ năm trước" in owner.page

    def test_products_tiers_and_hours_lead_to_their_bills(self, owner: Browser) -> None:
        owner.get("/console/")
        assert (
            "Latte đá 4 phần · 1 người mua · mua lại 100% 200.000đ" in owner.page
            and "Đông nhất: CN 11:00–12:00, 1 đơn" in owner.page
        )
        addresses = [url.replace("&amp;", "&") for url in re.findall(r'href="(/console/sales\?[^"]+)"', owner.html)]

        for wanted, said in {
            "product=Tiramisu": "158.000đ · 1 đơn",
            "slot=6-11": "158.000đ · 1 đơn",
            "tier=member": "318.000đ",
        }.items():
            owner.get(next(url for url in addresses if wanted in url))
            assert said in owner.page

    @pytest.mark.parametrize("period", ["today", "week", "month", "quarter", "year", "x", "%00"])
    def test_every_period_has_its_page(self, owner: Browser, period: str) -> None:
        assert owner.get(f"/console/?period={period}&against=year&rank=repeat").status_code == 200
        assert "Doanh số theo" in owner.page

    @pytest.mark.parametrize(("period", "days"), [("today", 1), ("quarter", 1), ("year", 31)])
    def test_a_bar_or_a_row_of_the_chart_leads_to_its_bills(self, owner: Browser, period: str, days: int) -> None:
        owner.get(f"/console/?period={period}")
        [chart] = re.findall(r'<figure class="chart">.*?</figure>', owner.html, re.S)
        first, last = re.findall(r"/console/sales\?from=([\d-]+)&amp;to=([\d-]+)", chart)[-1]

        assert last == "2026-11-22" and (date.fromisoformat(last) - date.fromisoformat(first)).days < days
        owner.get(f"/console/sales?from={first}&to={last}")
        assert "158.000đ" in owner.page and "500.000đ" in owner.page

    def test_an_hour_of_the_week_leads_to_its_bills_where_there_are_any(self, owner: Browser) -> None:
        owner.get("/console/")
        cells = re.findall(r'<td class="heat-\d"><a href="([^"]+)"[^>]*>(\d+)</a>', owner.html)

        assert sorted(int(count) for _url, count in cells) == [1, 1, 1]
        for url, _count in cells:
            owner.get(url.replace("&amp;", "&"))
            assert " 1 đơn " in owner.page

    def test_in_english_it_is_all_english(self, owner: Browser) -> None:
        owner.client.set_cookie("kq_lang", "en")
        owner.get("/console/")

        assert "Sales" in owner.page and "218,000₫ up 118%" in owner.page and "Busiest: Sun 11:00" in owner.page


class TestWhoSeesIt:
    def test_a_cashier_is_sent_to_the_counter(self, console: Console) -> None:
        answer = console.sign_in("cashier").get("/console/")

        assert (answer.status_code, answer.location) == (303, "/console/counter")

    def test_a_cashier_may_not_see_the_rows(self, console: Console) -> None:
        cashier = console.sign_in("cashier")
        for url in ("/console/sales", "/console/sales/points", "/console/sales/people/joined"):
            assert cashier.get(url).status_code == 403

    def test_a_marketer_sees_numbers_but_no_button_to_undo(self, console: Console, sold: None) -> None:
        marketer = console.sign_in("marketer")
        marketer.get("/console/sales")

        assert "Lan" in marketer.page and "/counter/undo/" not in marketer.html


class TestWaiting:
    def test_nothing_waits_in_a_quiet_shop(self, owner: Browser) -> None:
        owner.get("/console/")

        assert "Không có gì đang chờ." in owner.page

    def test_what_waits_is_named_with_the_page_to_go_to(
        self, console: Console, database: Database, owner: Browser
    ) -> None:
        console.sign_in("cashier").post("/console/counter/award", who="0912345678", amount="9tr")
        with database.transaction() as session:
            raising.raise_alert(session, "backup_failed", "nightly", "disk full", now=NOON)

        owner.get("/console/")

        assert "Đơn 9.000.000đ chờ duyệt" in owner.page and 'href="/console/approvals"' in owner.html
        assert "Sao lưu hằng đêm không thành (disk full)" in owner.page

    def test_a_marketer_is_not_asked_to_approve(self, console: Console) -> None:
        console.sign_in("cashier").post("/console/counter/award", who="0912345678", amount="9tr")
        marketer = console.sign_in("marketer")

        marketer.get("/console/")

        assert "chờ duyệt" not in marketer.page


class TestRows:
    def test_bills_are_filtered_by_who_recorded_them(self, database: Database, owner: Browser, sold: None) -> None:
        owner.get("/console/sales")
        thu = re.findall(r'<option value="([^"]+)">Thu</option>', owner.html)[0]

        owner.get(f"/console/sales?staff={thu}")

        assert "158.000đ · 1 đơn" in owner.page and "HD1" in owner.page

    def test_pages_follow_each_other(self, database: Database, owner: Browser) -> None:
        with database.transaction() as session:
            lan = make_customer(session, phone=LAN, now=NOON - DAY)
            for number in range(53):
                award(session, lan, 20_000 + number, now=NOON - HOUR)

        owner.get("/console/sales?from=2026-11-22&to=2026-11-22")
        first = set(re.findall(r"/counter/undo/(\d+)", owner.html))
        more = re.findall(r'id="more"><a[^>]*href="([^"]+)"', owner.html)[0].replace("&amp;", "&")
        owner.get(more)
        second = set(re.findall(r"/counter/undo/(\d+)", owner.html))

        assert (len(first), len(second), first & second) == (50, 3, set())

    def test_an_undoing_from_the_list_comes_back_to_it(self, database: Database, owner: Browser, sold: None) -> None:
        owner.get("/console/sales?staff=")
        owner.get(re.findall(r'href="(/console/counter/undo/[^"]+)"', owner.html)[0])
        assert "Hủy đơn này?" in owner.page
        url = re.findall(r'action="(/console/counter/undo/[^"]+)"', owner.html)[0]

        answer = owner.post(url, follow=False)

        assert answer.location == "/console/sales"

    def test_a_hostile_name_is_only_words(self, database: Database, owner: Browser) -> None:
        with database.transaction() as session:
            lan = make_customer(session, name=HOSTILE, phone=LAN, now=NOON)
            award(session, lan, 58_000, lines=(Line(HOSTILE, 1, 58_000),), now=NOON)

        for url in ("/console/", "/console/sales", "/console/sales/points", "/console/sales/people/active"):
            owner.get(url)
            assert (
                "<img src=x" not in owner.html
                and "&lt;img" in owner.html
                and "1787569" not in owner.page.split("{{")[0]
            )

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ("from=2026-11-22&to=2026-11-01", 422),
            ("from=2020-01-01&to=2026-11-22", 422),
            ("from=x&to=y", 200),
            ("from=0001-01-01&to=9999-12-31", 200),
            ("store=NOPE", 404),
            ("staff=%00&tier=%00&product=%00&slot=9-99&known=%00&after=%00&kind=%00&before=" + "9" * 60, 200),
            ("slot=" + "1" * 400, 200),
        ],
    )
    def test_any_address_is_answered(self, owner: Browser, query: str, status: int) -> None:
        assert owner.get(f"/console/sales?{query}").status_code == status
        assert owner.get(f"/console/sales/points?{query}").status_code in (200, 422)
        assert owner.get(f"/console/sales/people/active?{query}").status_code in (200, 422)

    def test_a_list_nobody_has_is_not_found(self, owner: Browser) -> None:
        assert owner.get("/console/sales/people/nobody").status_code == 404
