"""Segments in chat: the list, one portrait with its picture, and who may see them."""

import pytest
from sqlalchemy.orm import Session

from bots import media, segment_picture
from bots.channel import InboundKind
from loyalty.db import keyring
from loyalty.insights.portraits import keeping
from loyalty.segments import saved
from loyalty.segments.models import Segment, SegmentMember
from tests.builders import NOON
from tests.builders_chat import hire
from tests.builders_customers import make_customer
from tests.builders_points import award


def make_segment(session: Session, name: str, *, bought: int = 0) -> Segment:
    """A segment of so many people who bought 200,000 ₫ each, its portrait taken."""
    segment = saved.create(session, name, {"all": []}, now=NOON)
    for _ in range(bought):
        customer = make_customer(session)
        award(session, customer, 200_000)
        session.add(SegmentMember(segment_id=segment.id, customer_id=customer.id, since_at=NOON))
    saved.recount(session, segment, now=NOON)
    session.flush()
    keeping.keep(session, segment.id, keeping.take(session, segment.id, now=NOON), now=NOON)
    return segment


def test_the_list_then_one_by_name_number_or_a_part_of_it(session: Session, kind: str) -> None:
    owner = hire(session, "owner", "Mai", kind)
    assert owner.say("/nhom").startswith("Chưa có nhóm nào")
    make_segment(session, "Khách sỉ quận 1")
    make_segment(session, "Khách trung thành", bought=2)

    assert owner.say("/nhom").splitlines() == [
        "Các nhóm khách:",
        "1. Khách trung thành · 2 người · mỗi người 200.000đ trong 12 tháng",
        "2. Khách sỉ quận 1 · 0 người",
        "Xem chân dung một nhóm: /nhom Khách trung thành",
    ]
    told = owner.say("/nhom trung thanh")
    assert told.splitlines()[:4] == [
        "Khách trung thành: 2 người (số liệu 22/11)",
        "• Mỗi người 12 tháng: 200.000đ",
        "• Gửi ưu đãi được: 0 trên 2 người",
        "• Quay lại trong 90 ngày: chưa có ai để tính",
    ]
    assert owner.say("/nhom 1") == told == owner.say("/nhóm Khách Trung Thành")
    assert owner.say("/segments 2").startswith("Khách sỉ quận 1: 0 people")
    for unclear in ("kh", "không có", "9"):
        assert f"Mình không rõ nhóm «{unclear}»" in owner.say(f"/nhom {unclear}")


@pytest.mark.parametrize(("role", "may"), [("cashier", False), ("marketer", True), ("manager", True)])
def test_who_may(session: Session, kind: str, role: str, may: bool) -> None:
    assert hire(session, role, "Thu", kind).say("/nhom").startswith("Chưa có nhóm nào") == may


def test_the_picture_shows_sums_of_the_kept_portrait(session: Session, kind: str) -> None:
    segment = make_segment(session, "Khách sỉ", bought=3)
    seen = keeping.find(session, segment).portrait
    assert seen is not None
    owner = hire(session, "owner", "Mai", kind)

    chart = segment_picture.chart(session, segment.name, seen, NOON, "vi")

    assert [(tile.label, tile.value) for tile in chart.tiles][:2] == [
        ("Mỗi người 12 tháng", "200.000đ"),
        ("Gửi ưu đãi được", "0 trên 3 người"),
    ]
    assert (list(chart.labels), list(chart.now), chart.top) == (["11/26"], [600_000], "600.000đ")
    assert owner.does(InboundKind.MESSAGE, text="/nhom 1").image == ""  # no public address yet
    signed = media.sign(
        keyring(session),
        f"{segment.public_id}.vi",
        until=NOON + media.HELD,
        purpose="segment",
    )
    drawn = segment_picture.png(session, signed, now=NOON)
    assert drawn is not None and drawn.startswith(b"\x89PNG")
    assert segment_picture.png(session, signed, now=NOON + media.HELD) is None
