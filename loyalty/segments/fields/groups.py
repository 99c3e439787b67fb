"""Tags staff gave, lists somebody made, the ready segments, and any other segment."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from loyalty.customers import tags
from loyalty.customers.models import CustomerStats, CustomerTag
from loyalty.segments import advice, five
from loyalty.segments.fields.field import Family, Field, Kind
from loyalty.segments.fields.sources import Ask, Belonging, Marks, Select, Span, Test, Totals
from loyalty.segments.frame import Frame, Named
from loyalty.segments.models import ListMember, Segment
from loyalty.words import Both


def _segment(frame: Frame, public_id: str) -> str | None:
    found = frame.things.segment(public_id)
    return found.name if found else None


class Ready:
    """The ready segments one is in: each is a definition of its own."""

    def test(self, passes: Test, ask: Ask) -> ColumnElement[bool]:
        each = (sa.and_(passes(sa.literal(code)), five.where(code, ask.frame)) for code in five.CODES)
        return sa.or_(*each)

    def within(self, spans: Sequence[Span], ask: Ask) -> ColumnElement[bool]:
        raise NotImplementedError  # texts lie in no span

    def fact(self, person: Totals, ask: Ask) -> list[str]:
        theirs = [five.where(code, ask.frame).label(code) for code in five.CODES]
        query = sa.select(*theirs).select_from(CustomerStats).where(CustomerStats.customer_id == person.customer_id)
        found = person.session.execute(query).one_or_none()
        return [code for code in five.CODES if found is not None and getattr(found, code)]


def _ready(frame: Frame) -> Named:
    return [(code, name.in_(frame.shop.locale)) for code, name in advice.NAMES.items()]


def _lists(ask: Ask) -> Select:
    query = sa.select(Segment.public_id).join(ListMember, ListMember.segment_id == Segment.id)
    return query.where(ListMember.customer_id == CustomerStats.customer_id)


ALL = (
    Field(
        "five",
        Family.GROUPS,
        Kind.MARKS,
        Ready(),
        label=Both("Nhóm có sẵn", "Ready segment"),
        said=Both("thuộc nhóm {}", "among {}"),
        unsaid=Both("không thuộc nhóm {}", "not among {}"),
        help=Both(
            "VIP, tiềm năng, mua nhiều lần … theo ngưỡng của cửa hàng.", "VIP, prospects … by the shop's numbers."
        ),
        example="vip",
        choices=_ready,
    ),
    Field(
        "list",
        Family.GROUPS,
        Kind.MARKS,
        Marks(_lists, Segment.public_id),
        label=Both("Danh sách", "List"),
        said=Both("trong danh sách {}", "on the list {}"),
        unsaid=Both("không trong danh sách {}", "not on the list {}"),
        help=Both("Danh sách bạn tự lập.", "A list of people you made."),
        example="id",
        choices=lambda frame: frame.things.lists(),
        name_of=_segment,
        more=Both("được thêm vào danh sách {}", "be put on the list {}"),
        less=Both("ra khỏi danh sách {}", "be taken off the list {}"),
    ),
    Field(
        "tag",
        Family.GROUPS,
        Kind.MARKS,
        Marks(
            lambda ask: sa.select(CustomerTag.tag).where(CustomerTag.customer_id == CustomerStats.customer_id),
            CustomerTag.tag,
        ),
        label=Both("Nhãn", "Tag"),
        said=Both("có nhãn {}", "tagged {}"),
        unsaid=Both("không có nhãn {}", "not tagged {}"),
        help=Both("Nhãn nhân viên gắn cho khách.", "Tags staff gave."),
        example="khách sỉ",
        clean=tags.tidied,
        more=Both("gắn nhãn {}", "get the tag {}"),
        less=Both("bỏ nhãn {}", "lose the tag {}"),
    ),
    Field(
        "segment",
        Family.GROUPS,
        Kind.SEGMENT,
        Belonging(),
        label=Both("Thuộc nhóm khác", "Belongs to another segment"),
        said=Both("thuộc nhóm {}", "in the segment {}"),
        unsaid=Both("không thuộc nhóm {}", "not in the segment {}"),
        help=Both("Đúng như nhóm đó lúc này.", "As that segment is at this moment."),
        example="id",
        choices=lambda frame: frame.things.segments(),
        name_of=_segment,
    ),
)
