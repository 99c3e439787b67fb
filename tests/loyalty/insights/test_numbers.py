"""The numbers of a period, each recomputable by hand from the bills above it."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from loyalty.insights import products, reports, rows, sales
from loyalty.insights.definitions import NUMBERS
from loyalty.insights.periods import BadPeriod, Period
from loyalty.insights.rows import Choice
from loyalty.points import adjusting
from loyalty.points.models import EntryKind
from loyalty.points.returns import returning, reversal
from loyalty.purchases.bills import Line
from loyalty.purchases.returns import Goods
from loyalty.shop import Shop
from loyalty.shop import of as shop_of
from tests.builders import NOON
from tests.builders_customers import LAN, MINH, make_customer
from tests.builders_points import award, undo

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TODAY = date(2026, 11, 22)  # a Sunday


@pytest.fixture
def here(session: Session) -> Shop:
    return shop_of(session)


def values(report: reports.Report) -> dict[str, tuple[int, int]]:
    return {code: (figure.value, figure.before) for code, figure in report.figures.items()}


class TestPeriods:
    def test_a_week_is_today_and_the_six_days_before_it(self, here: Shop) -> None:
        week = Period.ending("week", TODAY)

        assert (week.first, week.last, len(week.days)) == (TODAY - 6 * DAY, TODAY, 7)

    def test_the_days_before_end_at_the_same_time_of_day(self, here: Shop) -> None:
        before = Period.ending("week", TODAY).before(here, NOON)

        assert (before.first, before.last) == (TODAY - 13 * DAY, TODAY - 7 * DAY)
        assert before.until == NOON - 7 * DAY

    def test_a_year_before_has_the_same_dates(self, here: Shop) -> None:
        before = Period.ending("month", TODAY).year_before(here, NOON)

        assert (before.first, before.last) == (date(2025, 10, 24), date(2025, 11, 22))
        assert before.until == datetime(2025, 11, 22, 12, tzinfo=here.timezone)

    @pytest.mark.parametrize("days", [-1, 366])
    def test_days_in_the_wrong_order_and_more_than_366_are_refused(self, days: int) -> None:
        with pytest.raises(BadPeriod):
            Period.of(TODAY, TODAY + days * DAY)

    def test_a_leap_year_is_one_period(self) -> None:
        assert len(Period.of(date(2024, 1, 1), date(2024, 12, 31)).days) == 366


class TestReports:
    def test_every_number_of_a_day_and_of_the_day_before(self, session: Session, here: Shop) -> None:
        lan = make_customer(session, phone=LAN, now=NOON - DAY)  # joins yesterday
        award(session, lan, 100_000, now=NOON - DAY - HOUR)  # 10 points
        award(session, lan, 250_000, now=NOON - HOUR)  # 25 points
        award(session, MINH, 60_000, actor="staff:thu", now=NOON - HOUR)  # 6 points, and a new customer
        mistake = award(session, lan, 500_000, now=NOON - HOUR)  # 50 points, taken back
        undo(session, mistake, now=NOON)
        slip = adjusting.adjust(session, lan.id, 500, "nhầm", actor="cli", key="slip", now=NOON)
        reversal.undo(session, slip.entry.id, actor="cli", key="slip back", now=NOON)  # not points of a bill

        report = reports.make(session, Period.ending("today", TODAY), now=NOON + HOUR)

        assert values(report) == {
            "sales": (310_000, 100_000),
            "returned": (0, 0),
            "net_sales": (310_000, 100_000),
            "orders": (2, 1),
            "known_orders": (1, 1),
            "average": (155_000, 100_000),
            "given": (81, 10),
            "taken_back": (50, 0),
            "new_customers": (1, 1),
            "joined": (1, 1),
            "active": (2, 1),
        }
        assert report.figures["sales"].percent == 210
        assert report.figures["taken_back"].percent is None

    def test_goods_that_came_back_are_counted_with_their_bills(self, session: Session, here: Shop) -> None:
        lan = make_customer(session, phone=LAN, now=NOON - 3 * DAY)
        part = award(session, lan, 250_000, now=NOON - DAY, lines=(Line("Latte", 5, 50_000),))
        whole = award(session, lan, 100_000, now=NOON - DAY, lines=(Line("Bánh", 1, 100_000),))
        for made, lines in ((part, {1: 2}), (whole, {})):
            goods = Goods(lines=lines)
            returning.take_back(session, made.purchase.id, goods, actor="cli", key=made.purchase.key, now=NOON)

        made_of = reports.make(session, Period.ending("week", TODAY), now=NOON + HOUR)

        found = {code: value for code, (value, _before) in values(made_of).items()}
        assert (found["sales"], found["returned"], found["net_sales"]) == (350_000, 200_000, 150_000)
        assert (found["orders"], found["average"], found["taken_back"], found["given"]) == (1, 150_000, 20, 35)
        assert [(each.name, each.sales, each.pieces) for each in products.best(session, made_of.period)] == [
            ("Latte", 150_000, 3)
        ]
        [member] = sales.by_tier(session, made_of.period)
        assert member.sales == 150_000
        choice = Choice(made_of.period)
        assert (rows.sold(session, choice).net, rows.given(session, choice)) == (150_000, 15)

    def test_a_day_half_gone_is_compared_with_the_same_half_of_the_day_before(
        self, session: Session, here: Shop
    ) -> None:
        lan = make_customer(session, phone=LAN, now=NOON - 9 * DAY)
        award(session, lan, 100_000, now=NOON - DAY - HOUR)
        award(session, lan, 900_000, now=NOON - DAY + 2 * HOUR)  # later than now, yesterday
        award(session, lan, 150_000, now=NOON - HOUR)

        report = reports.make(session, Period.ending("today", TODAY), now=NOON + HOUR)

        assert values(report)["sales"] == (150_000, 100_000)
        assert values(report)["given"] == (15, 10)

    def test_the_days_of_a_week_add_up_to_it(self, session: Session, here: Shop) -> None:
        lan = make_customer(session, phone=LAN, now=NOON - 9 * DAY)
        for days in (0, 2, 2, 6, 7):
            award(session, lan, 10_000 * (days + 1), now=NOON - days * DAY)

        sold = reports.make(session, Period.ending("week", TODAY), now=NOON + HOUR).figures["sales"]

        assert list(sold.by_day) == [70_000, 0, 0, 0, 60_000, 0, 10_000]
        assert (sold.value, sold.before) == (140_000, 80_000)

    def test_a_bill_after_midnight_in_vietnam_is_of_that_day(self, session: Session, here: Shop) -> None:
        lan = make_customer(session, phone=LAN, now=NOON - 9 * DAY)
        award(session, lan, 100_000, now=datetime(2026, 11, 21, 17, 1, tzinfo=NOON.tzinfo))  # 00:01 on the 22nd

        assert values(reports.make(session, Period.ending("today", TODAY), now=NOON + HOUR))["orders"] == (1, 0)

    def test_the_same_dates_of_last_year(self, session: Session, here: Shop) -> None:
        lan = make_customer(session, phone=LAN, now=NOON - 500 * DAY)
        award(session, lan, 300_000, now=NOON - 365 * DAY - HOUR)
        award(session, lan, 450_000, now=NOON - HOUR)

        report = reports.make(session, Period.ending("week", TODAY), now=NOON + HOUR, against="year")

        assert report.figures["sales"].percent == 50

    def test_imported_and_undone_people_are_nobody_new(self, session: Session, here: Shop) -> None:
        make_customer(session, phone=LAN, source="import", now=NOON - HOUR)
        made = award(session, MINH, 60_000, actor="staff:thu", now=NOON - HOUR)
        undo(session, made, now=NOON - HOUR)
        make_customer(session, name="Hoa", joined=False, now=NOON - HOUR)

        found = values(reports.make(session, Period.ending("today", TODAY), now=NOON + HOUR))

        assert (found["new_customers"], found["joined"]) == ((1, 0), (0, 0))

    def test_a_shop_without_a_bill_has_zeroes(self, session: Session, here: Shop) -> None:
        assert set(values(reports.make(session, Period.ending("year", TODAY), now=NOON + HOUR)).values()) == {(0, 0)}

    def test_every_number_says_what_it_means_in_both_languages(self) -> None:
        said = [text for number in NUMBERS.values() for text in (number.meaning.vi, number.meaning.en)]

        assert all(text.endswith(".") for text in said) and len(set(said)) == 2 * len(NUMBERS)


class TestTiers:
    def test_tiers_are_ranked_by_what_one_of_their_people_spends(self, session: Session, here: Shop) -> None:
        lan = make_customer(session, phone=LAN, now=NOON - 9 * DAY)
        minh = make_customer(session, phone=MINH, now=NOON - 9 * DAY)
        award(session, lan, 2_000_000, now=NOON - 8 * DAY)  # silver from here on
        award(session, lan, 500_000, now=NOON - HOUR)
        award(session, lan, 100_000, now=NOON - HOUR)
        award(session, minh, 90_000, now=NOON - HOUR)

        found = sales.by_tier(session, Period.ending("week", TODAY))

        assert [(each.tier, each.sales, each.buyers, each.per_buyer) for each in found] == [
            ("silver", 600_000, 1, 600_000),
            ("member", 90_000, 1, 90_000),
        ]


class TestHours:
    def test_bills_lie_in_the_hour_and_weekday_of_the_shop(self, session: Session, here: Shop) -> None:
        lan = make_customer(session, phone=LAN, now=NOON - 9 * DAY)
        award(session, lan, 100_000, now=NOON)  # Sunday 12:00
        award(session, lan, 50_000, now=NOON - 7 * DAY + timedelta(minutes=59))  # Sunday 12:59
        award(session, lan, 70_000, now=NOON - DAY - 6 * HOUR)  # Saturday 06:00, 23:00 of Friday in UTC

        matrix = sales.by_hour(session, Period.of(TODAY - 29 * DAY, TODAY))

        assert (matrix[6][12].sales, matrix[6][12].orders) == (150_000, 2)
        assert (matrix[5][6].sales, matrix[5][6].orders) == (70_000, 1)
        assert sum(cell.orders for row in matrix for cell in row) == 3

    def test_a_shop_half_an_hour_off_is_read_by_the_minute(self, session: Session) -> None:
        session.info["shop"] = _moved(shop_of(session), "Asia/Kolkata")  # UTC+5:30
        lan = make_customer(session, phone=LAN, now=NOON - 9 * DAY)
        award(session, lan, 100_000, now=NOON + timedelta(minutes=29))  # 10:59
        award(session, lan, 50_000, now=NOON + timedelta(minutes=30))  # 11:00

        matrix = sales.by_hour(session, Period.of(TODAY, TODAY))

        assert (matrix[6][10].sales, matrix[6][11].sales) == (100_000, 50_000)

    def test_a_cell_leads_to_its_bills(self, session: Session, here: Shop) -> None:
        lan = make_customer(session, phone=LAN, now=NOON - 9 * DAY)
        inside = award(session, lan, 100_000, now=NOON - 7 * DAY + timedelta(minutes=59))
        award(session, lan, 50_000, now=NOON + HOUR)

        found = rows.bills(session, Choice(Period.of(TODAY - 29 * DAY, TODAY), slot=(6, 12)))

        assert [row.purchase.id for row in found] == [inside.purchase.id]


class TestProducts:
    @pytest.fixture
    def sold(self, session: Session) -> Iterator[Period]:
        lan = make_customer(session, phone=LAN, now=NOON - 9 * DAY)
        minh = make_customer(session, phone=MINH, now=NOON - 9 * DAY)
        latte, cake = Line("Latte đá", 2, 55_000, discount=10_000), Line("Tiramisu", 1, 58_000)
        award(session, lan, 100_000, lines=(latte,), now=NOON - 3 * DAY)
        award(session, lan, 158_000, lines=(latte, cake), now=NOON - 2 * DAY)
        award(session, minh, 58_000, lines=(cake,), now=NOON - DAY)
        undone = award(session, minh, 580_000, lines=(Line("Tiramisu", 10, 58_000),), now=NOON - DAY)
        undo(session, undone, now=NOON - DAY)
        yield Period.of(TODAY - 6 * DAY, TODAY)

    def test_products_rank_by_sales_buyers_and_return(self, session: Session, sold: Period) -> None:
        latte, cake = products.best(session, sold)

        assert (latte.name, latte.sales, latte.pieces, latte.buyers, latte.repeat_percent) == (
            "Latte đá",
            200_000,
            4,
            1,
            100,
        )
        assert (cake.name, cake.sales, cake.pieces, cake.buyers, cake.repeat_percent) == ("Tiramisu", 116_000, 2, 2, 0)
        assert [each.name for each in products.best(session, sold, order="buyers")] == ["Tiramisu", "Latte đá"]
        assert [each.name for each in products.best(session, sold, order="repeat")] == ["Latte đá", "Tiramisu"]

    def test_a_product_leads_to_its_bills(self, session: Session, sold: Period) -> None:
        found = rows.bills(session, Choice(sold, product="Tiramisu"))

        assert [row.purchase.state for row in found] == ["undone", "recorded", "recorded"]
        assert rows.sold(session, Choice(sold, product="Tiramisu")).orders == 2


class TestRows:
    def test_pages_of_bills_follow_each_other_newest_first(self, session: Session) -> None:
        lan = make_customer(session, phone=LAN, now=NOON - 9 * DAY)
        made = [award(session, lan, 20_000, now=NOON - (number % 3) * DAY).purchase for number in range(7)]
        choice = Choice(Period.of(TODAY - 6 * DAY, TODAY))

        seen, after = list[str](), ""
        while page := rows.bills(session, choice, after=after, limit=2):
            after = page[-1].purchase.public_id
            seen += [row.purchase.public_id for row in page]

        wanted = sorted(made, key=lambda purchase: (purchase.purchased_on, purchase.id), reverse=True)
        assert seen == [purchase.public_id for purchase in wanted]

    def test_a_cursor_nobody_gave_is_the_first_page(self, session: Session) -> None:
        award(session, LAN, 20_000, now=NOON)

        assert len(rows.bills(session, Choice(Period.of(TODAY, TODAY)), after="'; --")) == 1

    def test_first_bills_of_newcomers_are_told_from_those_of_known_customers(self, session: Session) -> None:
        newcomer = award(session, LAN, 20_000, now=NOON).purchase
        known = award(session, LAN, 30_000, now=NOON).purchase
        period = Period.of(TODAY, TODAY)

        for wanted, asked in ((newcomer, False), (known, True)):
            [row] = rows.bills(session, Choice(period, known=asked))
            assert row.purchase.id == wanted.id

    def test_movements_of_a_kind_add_up_to_its_number(self, session: Session) -> None:
        made = award(session, LAN, 250_000, now=NOON)
        award(session, LAN, 60_000, now=NOON)
        undo(session, made, now=NOON)
        period = Period.of(TODAY, TODAY)

        assert rows.moved(session, period, kinds=[EntryKind.EARN]) == 31
        assert rows.moved(session, period, kinds=[EntryKind.REVERSE]) == -25
        newest, *older = rows.movements(session, period)
        assert newest.kind == "reverse"
        assert [entry.points for entry in rows.movements(session, period, before=newest.id)] == [6, 25]
        assert [entry.id for entry in older] == [
            entry.id for entry in rows.movements(session, period, before=newest.id)
        ]


def _moved(shop: Shop, timezone: str) -> Shop:
    from dataclasses import replace

    return replace(shop, timezone=ZoneInfo(timezone))
