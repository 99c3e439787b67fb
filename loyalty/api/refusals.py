"""What each operation may refuse, for the specification, and every code a refusal may have, for who reads about it."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from apispec import APISpec, BasePlugin

import loyalty
from loyalty import api
from loyalty.api import problems
from loyalty.errors import LoyaltyError

WRITES = ("post", "patch", "put", "delete")
MEANINGS: Mapping[str, tuple[int, str]] = {  # responses by the name they are referred to by
    "MALFORMED": (400, "The body is not JSON."),
    "UNAUTHENTICATED": (401, "No key in force."),
    "FORBIDDEN": (403, "The key lacks the scope, or the act is not allowed."),
    "NOT_FOUND": (404, "What the address or the body names is not there."),
    "CONFLICT": (409, "It contradicts what is already so, or the `Idempotency-Key` was used for another request."),
    "TOO_LARGE": (413, "The body is over 1 MiB (12 MiB for a picture)."),
    "UNSUPPORTED": (415, "The body is not application/json."),
    "INVALID": (422, "A field, a parameter or a rule of the shop; `errors` says which, by its path."),
    "TOO_MANY": (429, "Too many calls a minute; `Retry-After` says when again."),
}
ALWAYS = ("UNAUTHENTICATED", "FORBIDDEN", "TOO_MANY")
OF_A_WRITE = ("CONFLICT", "INVALID")
OF_A_BODY = ("MALFORMED", "NOT_FOUND", "TOO_LARGE", "UNSUPPORTED", "INVALID")


@dataclass(frozen=True, slots=True)
class Code:
    """One `code` of a refusal."""

    code: str
    status: int
    meaning: str


class Refusals(BasePlugin):
    """Adds to every operation what it may refuse, from what it takes."""

    def init_spec(self, spec: APISpec) -> None:
        for name, (_status, meaning) in MEANINGS.items():
            content = {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
            spec.components.response(name, {"description": meaning, "content": content})

    def operation_helper(
        self, path: str | None = None, operations: dict[str, Any] | None = None, **_options: Any
    ) -> None:
        for verb, operation in (operations or {}).items():
            if isinstance(operation, dict):
                responses = operation.setdefault("responses", {})
                for name in _refused(path or "", verb, operation):
                    responses[str(MEANINGS[name][0])] = name


def _refused(path: str, verb: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield from ALWAYS
    if "{" in path:
        yield "NOT_FOUND"
    if "requestBody" in operation:
        yield from OF_A_BODY
    if verb in WRITES:
        yield from OF_A_WRITE
    if any(isinstance(each, dict) and each.get("in") == "query" for each in operation.get("parameters", ())):
        yield "INVALID"


def codes() -> Sequence[Code]:
    """Every code, by status and name, with what it means in one line: the refusals' own words."""
    known = {code: Code(code, status, problems.OF_HTTP[code]) for status, code in problems.CODES.items()}
    reached = _reached()
    for kind in _all(LoyaltyError):
        meaning = problems.meaning(kind)
        if kind.__module__ in reached and not (kind.code in known and known[kind.code].meaning):
            known[kind.code] = Code(kind.code, problems.status_of(kind), meaning)
    return sorted(known.values(), key=lambda code: (code.status, code.code))


def _all(kind: type[LoyaltyError]) -> Iterator[type[LoyaltyError]]:
    for each in kind.__subclasses__():
        yield each
        yield from _all(each)


def _reached() -> set[str]:
    """Names of the modules the resources work with, directly or through others."""
    found: set[str] = set()
    waiting = [f"{api.__name__}.{each.name}" for each in pkgutil.iter_modules(api.__path__)]
    while waiting:
        if (name := waiting.pop()) not in found:
            found.add(name)
            waiting.extend(_named(importlib.import_module(name)))
    return found


def _named(module: ModuleType) -> Iterator[str]:
    """The modules of ours whose names or contents a module uses."""
    for value in vars(module).values():
        name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
        if isinstance(name, str) and name.startswith(f"{loyalty.__name__}."):
            yield name
