from datetime import UTC, date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from bots.texts import formats
from loyalty.settings import Settings
from loyalty.shop import Shop

SHOP = Shop.from_settings(Settings(timezone=ZoneInfo("Asia/Ho_Chi_Minh")))
TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 5, tzinfo=UTC)


def test_points_and_money_are_written_as_people_read_them() -> None:
    assert formats.points(1250, "vi") == "1.250 điểm"
    assert (formats.points(1, "en"), formats.points(1250, "en")) == ("1 point", "1,250 points")
    assert formats.money(250_000, "vi") == "250.000đ"
    assert [formats.signed(count, "vi") for count in (25, -1000, 0)] == ["+25", "−1.000", "+0"]


def test_a_multiplier_has_the_comma_of_its_language() -> None:
    assert (formats.multiplier(Fraction(5, 4), "vi"), formats.multiplier(Fraction(5, 4), "en")) == ("1,25", "1.25")
    assert formats.multiplier(Fraction(2), "vi") == "2"


def test_a_day_has_its_year_unless_it_is_this_one() -> None:
    assert formats.day(date(2026, 12, 15), "vi", TODAY) == "15/12"
    assert formats.day(date(2027, 1, 5), "vi", TODAY) == "05/01/2027"
    assert formats.day(date(2027, 12, 15), "en", TODAY) == "15 Dec 2027"
    assert (formats.month(TODAY, "vi"), formats.month(TODAY, "en")) == ("11/2026", "Nov 2026")


def test_a_moment_is_told_in_shop_time() -> None:
    late = datetime(2026, 11, 21, 17, 30, tzinfo=UTC)  # 00:30 of the 22nd at the shop

    assert formats.moment(late, "vi", SHOP, NOON) == "00:30 hôm nay"
    assert formats.moment(datetime(2026, 11, 12, 3, tzinfo=UTC), "vi", SHOP, NOON) == "10:00 ngày 12/11"
    assert formats.moment(datetime(2026, 11, 12, 3, tzinfo=UTC), "en", SHOP, NOON) == "10:00 on 12 Nov"


def test_a_strange_name_stays_on_one_line() -> None:
    assert formats.name("Lan\n\u202eevil\u0000" + "x" * 100).count("\n") == 0
    assert len(formats.name("x" * 500)) == 40
