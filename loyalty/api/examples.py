"""Examples of what a schema of the specification allows, made from the schema itself: they run as they stand."""

from collections.abc import Mapping
from typing import Any

Spec = Mapping[str, Any]
DEEPEST = 6
INSTANT = "2026-11-22T09:00:00+07:00"


def of(schema: Spec, spec: Spec, name: str = "", depth: int = 0) -> Any:
    """A value: what the schema shows as its example, else the plainest that fits.

    A reference to something else is `{customer_id}`: whoever runs the example puts an id there.
    """
    found = resolve(schema, spec)
    if "example" in found:
        return found["example"]
    if "enum" in found:
        return found["enum"][0]
    if alternatives := [each for each in found.get("anyOf", found.get("allOf", ())) if each.get("type") != "null"]:
        return of(alternatives[0], spec, name, depth + 1)
    match kind(found):
        case "object":
            return _object(found, spec, depth)
        case "array":
            return [of(found["items"], spec, name.removesuffix("s"), depth + 1)]
        case "integer" | "number":
            return found.get("minimum", 1)
        case "boolean":
            return True
    return _text(found, name)


def kind(schema: Spec) -> str:
    """Its type; of several the first that is not null."""
    kinds = schema.get("type", "string")
    return str(next((each for each in kinds if each != "null"), "null") if isinstance(kinds, list) else kinds)


def resolve(schema: Spec, spec: Spec) -> Spec:
    """What a reference within the document stands for; what is said beside the reference counts more."""
    if "$ref" not in schema:
        return schema
    found: Any = spec
    for step in schema["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return {**found, **{name: value for name, value in schema.items() if name != "$ref"}}


def _object(schema: Spec, spec: Spec, depth: int) -> dict[str, Any]:
    needed = schema.get("required", ())
    return {
        name: of(member, spec, name, depth + 1)
        for name, member in schema.get("properties", {}).items()
        if name in needed or _has_example(member, spec, depth + 1)
    }


def _has_example(schema: Spec, spec: Spec, depth: int) -> bool:
    found = resolve(schema, spec)
    if depth > DEEPEST:
        return False
    inner = [*found.get("properties", {}).values(), *([found["items"]] if "items" in found else [])]
    return "example" in found or any(_has_example(each, spec, depth + 1) for each in inner)


def _text(schema: Spec, name: str) -> str:
    if schema.get("format") == "date-time":
        return INSTANT
    if schema.get("format") == "date":
        return INSTANT[:10]
    return f"{{{name}}}" if name.endswith("_id") else name or "text"
