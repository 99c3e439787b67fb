"""The language of segments as a JSON schema (2020-12), made of the declarations of the fields."""

from typing import Any

from loyalty.segments import fields, rules
from loyalty.segments.fields.field import CHOICE, Field, Kind
from loyalty.segments.frame import Frame

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NODE = {"$ref": "#/$defs/node"}
NUMBER = {"type": "integer", "minimum": -rules.MOST, "maximum": rules.MOST}
TEXT = {"type": "string", "minLength": 1, "maxLength": rules.LONGEST_NAME}


def document(frame: Frame | None = None) -> dict[str, Any]:
    """What rules may be, in the shop of a frame or in any; that at most 6 levels and 100 nodes are, none can say."""
    known = fields.ALL if frame is None else fields.known(frame)
    members = {"type": "array", "items": NODE, "maxItems": rules.MAX_NODES}
    groups = [_object({key: members}) for key in ("all", "any")] + [_object({"not": NODE})]
    return {
        "$schema": DIALECT,
        "title": "Rules of a segment",
        "description": f"At most {rules.MAX_DEPTH} levels and {rules.MAX_NODES} conditions and groups.",
        **NODE,
        "$defs": {
            "node": {"oneOf": [*groups, {"$ref": "#/$defs/condition"}]},
            "condition": {"oneOf": [_condition(field) for field in known.values()]},
        },
    }


def example_of(field: Field) -> dict[str, Any]:
    """A right condition on a field."""
    op = field.example_op or (">=" if ">=" in field.kind.ops else "=")
    more: dict[str, Any] = {}
    if field.of:
        more["of"] = field.of.example
    if field.within:
        more["within_days"] = field.within.example
    return {"field": field.name, "op": op, "value": field.example, **more}


def _condition(field: Field) -> dict[str, Any]:
    """The shapes of its value by the comparisons that take them."""
    single = [op for op in field.kind.ops if op not in (*CHOICE, "between")]
    value = _value(field)
    shapes = [_shape(single, value)]
    if "between" in field.kind.ops:
        shapes.append(_shape(["between"], {"type": "array", "items": value, "minItems": 2, "maxItems": 2}))
    if "in" in field.kind.ops:
        several = {"type": "array", "items": value, "minItems": 1, "maxItems": rules.MAX_CHOICES}
        shapes.append(_shape(list(CHOICE), several))
    known: dict[str, Any] = {"field": {"const": field.name}, "op": {"enum": list(field.kind.ops)}, "value": True}
    needed = list(known)
    if field.of:
        names = {"type": "array", "items": TEXT, "minItems": 1, "maxItems": rules.MAX_OF}
        known["of"] = {"oneOf": [TEXT, names], "description": field.of.label.en}
        needed += ["of"] * field.of.is_needed
    if field.within:
        known["within_days"] = {"type": "integer", "minimum": 1, "maximum": rules.LONGEST_WINDOW}
        needed += ["within_days"] * field.within.is_needed
    about = {"title": field.label.en, "description": field.help.en, "examples": [example_of(field)]}
    return {**about, **_object(known, needed), "anyOf": shapes}


def _value(field: Field) -> dict[str, Any]:
    if field.kind is Kind.FLAG:
        return {"type": "boolean"}
    return NUMBER if field.kind.is_number else TEXT


def _shape(ops: list[str], value: dict[str, Any]) -> dict[str, Any]:
    return {"properties": {"op": {"enum": ops}, "value": value}}


def _object(properties: dict[str, Any], needed: list[str] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties) if needed is None else needed,
        "additionalProperties": False,
    }
