"""The report as a picture: what it shows, and whom it is shown to."""

import io
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy.orm import Session

from bots import drawing, media, pages, report_picture
from bots.drawing import Chart, Tile
from loyalty.app import create_app
from loyalty.crypto import Keyring
from loyalty.db import Database, keyring
from loyalty.settings import Settings
from loyalty.shop import of as shop_of
from tests.builders import NOON
from tests.builders_customers import LAN, make_customer
from tests.builders_points import award

AT = int(NOON.timestamp())
WEEK = f"week.{AT}.vi"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PLAIN = Chart("Mây", "22/11", [Tile("Doanh số", "0đ")], "giờ", ["8h", "9h"], [0, 0], [0, 0], "0", ("nay", "trước"))


def _sold(session: Session) -> None:
    lan = make_customer(session, name="Lan", phone=LAN, now=NOON - 9 * DAY)
    award(session, lan, 100_000, now=NOON - DAY - HOUR)
    award(session, lan, 900_000, now=NOON - DAY + 2 * HOUR)
    award(session, lan, 250_000, now=NOON - HOUR)


def test_today_is_drawn_by_hour_beside_the_same_hours_of_yesterday(session: Session) -> None:
    _sold(session)

    chart = report_picture.chart(session, "today", "vi", now=NOON)

    assert (chart.labels[0], chart.labels[-1]) == ("8h", "21h")
    at_eleven = chart.labels.index("11h")
    assert (chart.now[at_eleven], chart.before[at_eleven]) == (250_000, 100_000)
    assert sum(chart.before) == 100_000  # what yesterday brought after noon is left out
    assert [(tile.label, tile.value, tile.change) for tile in chart.tiles] == [
        ("Doanh số", "250.000đ", "+150%"),
        ("Điểm đã cộng", "25", "+150%"),
        ("Khách mới", "0", ""),
    ]
    assert chart.top == "250k" and chart.span == "22/11, đến 12:00"


def test_a_week_is_drawn_by_day_beside_the_week_before(session: Session) -> None:
    _sold(session)

    chart = report_picture.chart(session, "week", "en", now=NOON)

    assert list(chart.labels) == [f"{day} Nov" for day in range(16, 23)]
    assert list(chart.now) == [0, 0, 0, 0, 0, 1_000_000, 250_000] and list(chart.before) == [0] * 7
    assert chart.top == "1M" and chart.legend == ("this period", "the 7 days before")


def test_nobodys_name_or_phone_is_on_it(session: Session) -> None:
    _sold(session)

    assert "Lan" not in str(report_picture.chart(session, "month", "vi", now=NOON))


def test_the_picture_is_square_small_and_has_bars_where_something_was_sold() -> None:
    bars = Chart("Mây", "", [Tile("Doanh số", "2đ")], "giờ", ["8h", "9h"], [1, 2], [2, 0], "2", ("nay", "trước"))

    drawn, empty = (drawing.png(chart) for chart in (bars, PLAIN))
    picture = Image.open(io.BytesIO(drawn)).convert("RGB")

    assert picture.size == (1080, 1080) and len(drawn) < 100_000
    leaf = (0x1E, 0x6B, 0x52)
    count = sum(1 for pixel in picture.get_flattened_data() if pixel == leaf)
    plain = Image.open(io.BytesIO(empty)).convert("RGB")
    assert count > 40_000 > sum(1 for pixel in plain.get_flattened_data() if pixel == leaf)


@pytest.mark.parametrize("name", ["x" * 200, "", "Tiệm bánh Đường Ngọt Ngào ₫ 🧁"])
def test_any_name_of_a_shop_can_be_written(name: str) -> None:
    chart = Chart(name, "", [Tile("Doanh số", "0đ")], "giờ", [], [], [], "0", ("nay", "trước"))

    assert drawing.png(chart).startswith(b"\x89PNG")


class TestAddress:
    def test_the_signed_address_is_a_picture_until_its_day_has_passed(self, session: Session) -> None:
        signed = _signed(session, WEEK)

        assert (report_picture.png(session, signed, now=NOON) or b"").startswith(b"\x89PNG")
        assert report_picture.png(session, signed, now=NOON + DAY) is None

    def test_whatever_we_did_not_sign_for_a_report_is_nothing(self, session: Session) -> None:
        signed = _signed(session, WEEK)
        changed = [
            signed[:place] + ("A" if sign != "A" else "B") + signed[place + 1 :] for place, sign in enumerate(signed)
        ]

        assert {report_picture.png(session, address, now=NOON) for address in changed} == {None}
        qr = media.sign(keyring(session), WEEK, until=NOON + DAY)
        assert report_picture.png(session, qr, now=NOON) is None
        assert media.png(keyring(session), signed, now=NOON) is None
        foreign = media.sign(Keyring.fresh(), WEEK, until=NOON + DAY, purpose="report")
        assert report_picture.png(session, foreign, now=NOON) is None

    @pytest.mark.parametrize("what", ["", f"year.{AT}.vi", "week.x.vi", f"week.{AT}.fr", "week"])
    def test_what_is_no_report_is_nothing(self, session: Session, what: str) -> None:
        assert report_picture.png(session, _signed(session, what), now=NOON) is None

    def test_without_a_public_address_there_is_none(self, session: Session) -> None:
        assert not media.is_public(shop_of(session).base_url)
        assert report_picture.address(session, "week", "vi", now=NOON) == ""


def test_it_is_served_while_it_is_signed(database: Database, settings: Settings) -> None:
    app = create_app(settings, database, [pages.blueprint(settings, database, lambda: NOON)], clock=lambda: NOON)
    with database.transaction() as session:
        signed = _signed(session, WEEK)

    answer = app.test_client().get(f"/media/{signed}.png")

    assert answer.status_code == 200 and answer.data.startswith(b"\x89PNG") and answer.mimetype == "image/png"
    assert answer.headers["Cache-Control"].startswith("private")
    assert app.test_client().get(f"/media/{signed[:-1]}.png").status_code == 404


def _signed(session: Session, what: str) -> str:
    return media.sign(keyring(session), what, until=NOON + DAY, purpose=report_picture.PURPOSE)
