"""/api/v1/docs: the specification as one plain page, with nothing fetched from anywhere."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2430;background:#fff}
h2{margin-top:3rem}h3{margin:2rem 0 .25rem}code,pre{font:14px/1.5 ui-monospace,monospace}
table{border-collapse:collapse;width:100%;margin:.5rem 0}td,th{border-bottom:1px solid #d8dee6;
padding:.3rem .6rem .3rem 0;text-align:left;vertical-align:top}.verb{font-weight:700}.scope{color:#5a6675}
@media(prefers-color-scheme:dark){body{color:#e6eaf0;background:#14181e}td,th{border-color:#323a45}.scope{color:#9aa5b4}}
"""
POLICY = (
    "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
    f"style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"
)
VERBS = ("get", "post", "patch", "put", "delete")


def render(spec: Mapping[str, Any]) -> str:
    """The page for an OpenAPI document."""
    body = "".join(_sections(spec))
    title = escape(spec["info"]["title"])
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{STYLE}</style></head>'
        f"<body><h1>{title}</h1>{_paragraphs(spec['info'].get('description', ''))}"
        f'<p><a href="openapi.json">openapi.json</a></p>{body}</body></html>'
    )


def _sections(spec: Mapping[str, Any]) -> Iterator[str]:
    for tag in spec["tags"]:
        yield f"<h2>{escape(tag['name'])}</h2><p>{escape(tag.get('description', ''))}</p>"
        for path, operations in spec["paths"].items():
            for verb in VERBS:
                operation = operations.get(verb)
                if operation and tag["name"] in operation["tags"]:
                    yield from _operation(path, verb, operation, operations.get("parameters", []), spec)


def _operation(
    path: str, verb: str, operation: Mapping[str, Any], shared: list[Any], spec: Mapping[str, Any]
) -> Iterator[str]:
    yield f'<h3><code><span class="verb">{verb.upper()}</span> {escape(path)}</code></h3>'
    said = " ".join(part for part in (operation.get("summary"), operation.get("description")) if part)
    yield f'<p>{escape(said)} <span class="scope">{escape(operation.get("x-scope", ""))}</span></p>'
    parameters = [_resolve(parameter, spec) for parameter in [*shared, *operation.get("parameters", [])]]
    rows = [(f"{found['name']} ({found['in']})", found["schema"], found.get("required", False)) for found in parameters]
    yield _table("Parameters", rows, spec)
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    yield _table("Body", _members(body, spec), spec)
    for status, response in operation["responses"].items():
        schema = _resolve(response, spec).get("content", {}).get("application/json", {}).get("schema")
        if str(status).startswith("2"):
            yield _table(f"Answer {status}", _members(schema, spec), spec)


def _members(schema: Mapping[str, Any] | None, spec: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any], bool]]:
    found = _resolve(schema or {}, spec)
    needed = found.get("required", ())
    return [(name, member, name in needed) for name, member in found.get("properties", {}).items()]


def _table(title: str, rows: list[tuple[str, Mapping[str, Any], bool]], spec: Mapping[str, Any]) -> str:
    if not rows:
        return ""
    cells = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(_kind(schema, spec))}</td>"
        f"<td>{'required' if needed else ''}</td><td>{escape(str(schema.get('description', '')))}</td></tr>"
        for name, schema, needed in rows
    )
    return f"<table><tr><th colspan=4>{escape(title)}</th></tr>{cells}</table>"


def _kind(schema: Mapping[str, Any], spec: Mapping[str, Any]) -> str:
    """`integer, 1 to 1000000000000`, `list of Line`, `text or null`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    kinds = schema.get("type", "anything")
    named = " or ".join(kinds) if isinstance(kinds, list) else str(kinds)
    if "items" in schema:
        named = f"list of {_kind(schema['items'], spec)}"
    for alternative in schema.get("anyOf", ()):
        if "$ref" in alternative:
            named = f"{_kind(alternative, spec)} or null"
    if "enum" in schema:
        named += ": " + ", ".join(str(choice) for choice in schema["enum"])
    bounds = [schema.get(name) for name in ("minimum", "maximum")]
    return named if None in bounds else f"{named}, {bounds[0]} to {bounds[1]}"


def _resolve(schema: Mapping[str, Any], spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a reference within the document stands for."""
    found: Any = schema
    if "$ref" in schema:
        found = spec
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
    assert isinstance(found, Mapping)
    return found


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(part)}</p>" for part in text.split("\n\n") if part)
