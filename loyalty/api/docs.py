"""/api/v1/docs: the specification as pages whose examples run, one for each resource."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loyalty.api import examples
from loyalty.api.examples import Spec, resolve

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
VERBS = ("get", "post", "patch", "put", "delete")
JSON = "application/json"
DEEPEST = 2  # levels of members shown


@dataclass(frozen=True, slots=True)
class Member:
    """A parameter, or a member of a body or an answer; `lines[].name` lies deeper."""

    name: str
    kind: str
    needed: bool
    description: str = ""
    place: str = "body"  # path, query, header


@dataclass(frozen=True, slots=True)
class Operation:
    """One call. `sources` says where an id in its address can be found: `{"customer": "/api/v1/customers"}`."""

    verb: str
    path: str
    said: str
    scope: str
    parameters: Sequence[Member]
    body: Sequence[Member]
    about: str  # the body
    example: str | None
    curl: str
    answers: Sequence[tuple[str, str]]  # a status and the shape it comes in; none where there is no body
    refusals: Sequence[str]  # statuses
    sources: Mapping[str, str]

    @property
    def anchor(self) -> str:
        steps = re.findall(r"\w+", self.path.removeprefix("/api/v1/"))
        return "-".join([self.verb.lower(), *steps])


@dataclass(frozen=True, slots=True)
class Shape:
    """What an answer holds."""

    name: str
    description: str
    members: Sequence[Member]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A page: the calls of one resource, and what their answers hold."""

    name: str
    description: str
    operations: Sequence[Operation]
    shapes: Sequence[Shape]


def chapters(spec: Spec, base_url: str) -> list[Chapter]:
    """Everything the pages show of an OpenAPI document."""
    return [_chapter(tag, spec, base_url) for tag in spec["tags"]]


def _chapter(tag: Spec, spec: Spec, base_url: str) -> Chapter:
    operations = list(_operations(tag["name"], spec, base_url))
    return Chapter(tag["name"], tag.get("description", ""), operations, list(_shapes(operations, spec)))


def _shapes(operations: Sequence[Operation], spec: Spec) -> Iterator[Shape]:
    """What the answers of these calls hold, each once; a page is shown by its items."""
    names = {shape.removesuffix("Page") for call in operations for _, shape in call.answers if shape}
    known = spec["components"]["schemas"]
    for name in sorted(names):
        yield Shape(name, known[name].get("description", ""), list(_members(known[name], spec)))


def _operations(tag: str, spec: Spec, base_url: str) -> Iterator[Operation]:
    for path, found in spec["paths"].items():
        for verb in VERBS:
            if verb in found and tag in found[verb]["tags"]:
                yield _operation(path, verb, found[verb], found.get("parameters", []), spec, base_url)


def _operation(path: str, verb: str, found: Spec, shared: Sequence[Spec], spec: Spec, base_url: str) -> Operation:
    body = found.get("requestBody", {}).get("content", {}).get(JSON, {}).get("schema")
    example = None if body is None else _pretty(examples.of(body, spec))
    parameters = [_parameter(resolve(each, spec), spec) for each in [*shared, *found.get("parameters", ())]]
    answers = {status: resolve(answer, spec) for status, answer in found["responses"].items()}
    return Operation(
        verb=verb.upper(),
        path=path,
        said=" ".join(filter(None, (found.get("summary"), found.get("description")))),
        scope=found.get("x-scope", ""),
        parameters=parameters,
        body=[] if body is None else list(_members(body, spec)),
        about="" if body is None else resolve(body, spec).get("description", ""),
        example=example,
        curl=_curl(verb.upper(), base_url + path, example),
        answers=[(status, _shape(answers[status])) for status in sorted(answers) if status.startswith("2")],
        refusals=[status for status in sorted(answers) if status.startswith("4")],
        sources={each.name: f"/api/v1/{each.name}s" for each in parameters if _is_list(f"/api/v1/{each.name}s", spec)},
    )


def _is_list(path: str, spec: Spec) -> bool:
    return "get" in spec["paths"].get(path, {})


def _parameter(found: Spec, spec: Spec) -> Member:
    kind = _kind(found["schema"], spec)
    return Member(found["name"], kind, found.get("required", False), found.get("description", ""), found["in"])


def _shape(answer: Spec) -> str:
    """The name of what an answer holds: `Customer`, `CustomerPage`."""
    return str(answer.get("content", {}).get(JSON, {}).get("schema", {}).get("$ref", "")).rpartition("/")[2]


def _members(schema: Spec, spec: Spec, before: str = "", depth: int = 1) -> Iterator[Member]:
    """The members of an object, and of the objects within it."""
    found = resolve(schema, spec)
    for name, member in found.get("properties", {}).items():
        inner = resolve(member, spec)
        yield Member(
            before + name, _kind(member, spec), name in found.get("required", ()), inner.get("description", "")
        )
        if depth < DEEPEST:
            listed = examples.kind(inner) == "array" and "items" in inner
            within = inner["items"] if listed else inner
            yield from _members(within, spec, f"{before}{name}{'[]' if listed else ''}.", depth + 1)


def _kind(schema: Spec, spec: Spec) -> str:
    """`integer, 1 to 1000000000000`, `list of Line`, `string or null`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    kinds = schema.get("type", "anything")
    named = " or ".join(kinds) if isinstance(kinds, list) else str(kinds)
    if "items" in schema:
        named = f"list of {_kind(schema['items'], spec)}"
    if alternatives := [_kind(each, spec) for each in schema.get("anyOf", ()) if "$ref" in each]:
        named = f"{alternatives[0]} or null"
    if "enum" in schema:
        named += ": " + ", ".join(str(choice) for choice in schema["enum"] if choice is not None)
    bounds = [schema.get(name) for name in ("minimum", "maximum")]
    return named if None in bounds else f"{named}, {bounds[0]} to {bounds[1]}"


def _curl(verb: str, url: str, example: str | None) -> str:
    parts = ["curl", *(["-X", verb] if verb != "GET" else []), '-H "Authorization: Bearer $KEY"']
    if example is not None:
        parts += [f'-H "Content-Type: {JSON}"', "-d", shlex.quote(json.dumps(json.loads(example), ensure_ascii=False))]
    return " ".join([*parts, shlex.quote(url)])


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
