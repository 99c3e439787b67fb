"""Tags staff gave, and other segments."""

import sqlalchemy as sa

from loyalty.customers.models import CustomerStats, CustomerTag
from loyalty.segments.fields.field import Family, Field, Kind
from loyalty.segments.fields.sources import Belonging, Marks
from loyalty.segments.frame import Frame
from loyalty.words import Both


def _segment(frame: Frame, public_id: str) -> str | None:
    found = frame.things.segment(public_id)
    return found.name if found else None


ALL = (
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
