"""The fields a shop defined for itself, as rules ask for them: `custom.<key>`.

Of a personal one only whether it is there.
"""

from collections.abc import Sequence

from loyalty.customers.traits import typing
from loyalty.customers.traits.fields import PREFIX
from loyalty.customers.traits.models import CustomField, CustomValue
from loyalty.segments.fields.field import NOTHING, Family, Field
from loyalty.segments.fields.field import Kind as Asked
from loyalty.segments.fields.sources import Beside, Expr
from loyalty.segments.frame import Frame
from loyalty.words import Both

KINDS = {
    typing.Kind.TEXT: Asked.WORD,
    typing.Kind.CHOICE: Asked.WORD,
    typing.Kind.NUMBER: Asked.NUMBER,
    typing.Kind.MONEY: Asked.NUMBER,
    typing.Kind.DATE: Asked.AHEAD,
    typing.Kind.FLAG: Asked.FLAG,
}
HAS = Both("Có hay không; nội dung được mã hóa.", "Whether there is one; what stands in it is encrypted.")
DAY_HELP = Both(
    "0 là hôm nay, số âm là đã qua. Ai chưa có thì không tính.",
    "0 is today, below it is past. Who has none is left out.",
)
FLAG_HELP = Both("Ai chưa có thì tính là không.", "Who has none counts as no.")


def find(name: str, frame: Frame) -> Field | None:
    """The field a rule calls by that name."""
    row = frame.things.custom_fields().get(name.removeprefix(PREFIX)) if name.startswith(PREFIX) else None
    return None if row is None else of(row)


def list_all(frame: Frame) -> Sequence[Field]:
    """Those in use, in the order they were made."""
    return [of(row) for row in frame.things.custom_fields().values()]


def of(row: CustomField) -> Field:
    """What rules make of a definition."""
    kind = Asked.FLAG if row.personal else KINDS[typing.Kind(row.kind)]
    value = _value(row)
    name, is_date = Both(row.name_vi, row.name_en), kind is Asked.AHEAD
    offered = [(str(choice), str(choice)) for choice in row.choices]
    has_choices = kind is Asked.WORD and bool(offered)
    return Field(
        f"{PREFIX}{row.key}",
        Family.CUSTOM,
        kind,
        Beside(CustomValue.customer_id, lambda ask: value, CustomValue.field_id == row.id, is_indexed=True),
        label=name,
        said=_said(row, kind),
        unsaid=_unsaid(row, kind),
        help=HAS if row.personal else DAY_HELP if is_date else FLAG_HELP if kind is Asked.FLAG else NOTHING,
        unit=Both("ngày nữa", "days from now") if is_date else NOTHING,
        example=True if kind is Asked.FLAG else 30 if is_date else typing.example(row),
        example_op="<=" if is_date else "",
        choices=(lambda frame: offered) if has_choices else None,
        is_money=row.kind == typing.Kind.MONEY and kind is Asked.NUMBER,
    )


def _value(row: CustomField) -> Expr:
    if row.personal:
        return CustomValue.cell.is_not(None)
    column: Expr = getattr(CustomValue, typing.SORTS[typing.Kind(row.kind)].column)
    return column == 1 if row.kind == typing.Kind.FLAG else column


def _said(row: CustomField, kind: Asked) -> Both:
    if row.personal:
        return Both(f"đã có {row.name_vi}", f"with {row.name_en} known")
    if kind is Asked.FLAG:
        return Both(f"{row.name_vi}: có", f"{row.name_en}: yes")
    if kind is Asked.AHEAD:
        return Both(f"{row.name_vi} còn {{}}", f"{row.name_en} in {{}}")
    return Both(f"{row.name_vi} {{}}", f"{row.name_en} {{}}")


def _unsaid(row: CustomField, kind: Asked) -> Both:
    if row.personal:
        return Both(f"chưa có {row.name_vi}", f"with {row.name_en} unknown")
    return Both(f"{row.name_vi}: không", f"{row.name_en}: no") if kind is Asked.FLAG else NOTHING
