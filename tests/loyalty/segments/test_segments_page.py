"""docs/segments.md lists every field as it is declared: a new field shows the line that is missing."""

import json

import pytest

from loyalty.segments import fields, schema
from loyalty.segments.fields.field import FAMILIES, Field, Kind
from loyalty.settings import ROOT

ALL = "all"


def line(field: Field) -> str:
    """The row of a field."""
    ops = ALL if field.kind.is_number or field.kind is Kind.TIER else f"`{' '.join(field.kind.ops)}`"
    more = [f"`{key}`" + ("" if _is_needed(field, key) else "?") for key in field.takes]
    example = json.dumps(schema.example_of(field), ensure_ascii=False)
    words = f"{field.label.vi} · {field.label.en}" + (f". {field.help.en}" if field.help.en else "")
    return f"| `{field.name}` | {words} | {ops} | {' '.join(more)} | `{example}` |"


def table() -> str:
    """All of them by family, as the page has them."""
    head = "| field | what it is | ops | takes | example |\n| --- | --- | --- | --- | --- |"
    return "\n\n".join(
        "\n".join([f"### {FAMILIES[family].en}", "", head, *map(line, found)]) for family, found in fields.by_family()
    )


def _is_needed(field: Field, key: str) -> bool:
    declared = field.of if key == "of" else field.within
    return declared is not None and declared.is_needed


@pytest.mark.parametrize("field", fields.ALL.values(), ids=lambda field: field.name)
def test_the_page_has_the_line_of_each_field(field: Field) -> None:
    assert line(field) in (ROOT / "docs/segments.md").read_text(encoding="utf-8").splitlines()
