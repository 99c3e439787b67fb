"""Changing single values of a document and nothing else in it: comments, order and what a form does not know stay.

After every change the document is read again: it must say exactly what it said, with that one value changed. A text
written in a way this cannot be done for is refused, never spoilt.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from typing import Any

from loyalty.errors import RuleViolation
from loyalty.programme.places import Lines, extent

_STEP = re.compile(r"([^.\[\]]+)(?:\[(\d+)\])?")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_HEADER = re.compile(r"\s*\[")


class CannotEdit(RuleViolation):
    """The text is written so that the value at `place` cannot be changed without touching others."""

    code = "programme_cannot_edit"


@dataclass(frozen=True, slots=True)
class Put:
    """Let `key` of the table at `table` ("" is the document itself) be `value`; None takes it away."""

    table: str
    key: str
    value: Any


def put(document: str, changes: Sequence[Put]) -> str:
    """The document with these values. One that stands there already leaves its line alone. Raises CannotEdit."""
    for change in changes:
        document = _put(document, change)
    return document


def add(document: str, array: str, values: Mapping[str, Any]) -> str:
    """The document with one more table at the end of a list of tables. Raises CannotEdit."""
    said = tomllib.loads(document)
    said.setdefault(array, []).append({key: value for key, value in values.items() if value is not None})
    lines, place = document.splitlines(), f"{array}[{len(said[array]) - 2}]"
    at = _block(lines, Lines(document), place)[1] if len(said[array]) > 1 else len(lines)
    return _proven([*lines[:at], "", *_written(array, said[array][-1]), *lines[at:]], said, array)


def remove(document: str, array: str, number: int) -> str:
    """The document without one table of a list, from its head to the next one's. Raises CannotEdit."""
    said, lines = tomllib.loads(document), document.splitlines()
    del said[array][number]
    if not said[array]:
        del said[array]
    first, end = _block(lines, Lines(document), f"{array}[{number}]")
    return _proven([*lines[:first], *lines[end:]], said, array)


def _put(document: str, change: Put) -> str:
    said = tomllib.loads(document)
    table = _at(said, change.table)
    if table.get(change.key) == change.value and type(table.get(change.key)) is type(change.value):
        return document
    wanted = deepcopy(said)
    _say(wanted, change)
    places, lines = Lines(document), document.splitlines()
    if table and change.table and _is_inline(lines, places, change.table):
        return _put(document, _whole(wanted, change.table))
    return _proven(_changed(lines, places, change), wanted, f"{change.table}.{change.key}".lstrip("."))


def _say(said: dict[str, Any], change: Put) -> None:
    """The same change where it is only values."""
    if change.value is not None:
        _at(said, change.table, make=True)[change.key] = change.value
    else:
        _at(said, change.table).pop(change.key, None)


def _at(said: dict[str, Any], table: str, *, make: bool = False) -> dict[str, Any]:
    """The table at a path; an empty one where there is none, put there when it shall be made."""
    here = said
    for name, number in _STEP.findall(table):
        if name not in here and not make:
            return {}
        below = here.setdefault(name, {})
        here = below[int(number)] if number else below
    return here


def _whole(said: dict[str, Any], table: str) -> Put:
    """A table that stands in one line, as a value of the table around it."""
    above, _dot, key = table.rpartition(".")
    return Put(above, key, _at(said, table))


def _is_inline(lines: Sequence[str], places: Lines, table: str) -> bool:
    line = places.find(table)
    return line is not None and not _HEADER.match(lines[line - 1])


def _changed(lines: list[str], places: Lines, change: Put) -> list[str]:
    place = f"{change.table}.{change.key}" if change.table else change.key
    if (line := places.find(place)) is not None:
        length = extent(lines[line - 1 :])
        said = "" if change.value is None else _line(change)
        new = f"{said} {_comment(lines[line - 1 : line - 1 + length])}".strip()
        return [*lines[: line - 1], *([new] if new else []), *lines[line - 1 + length :]]
    at = _end_of_keys(lines, places, change.table)
    if at is not None:
        return [*lines[:at], _line(change), *lines[at:]]
    end = _block(lines, places, change.table.rpartition(".")[0])[1] if "." in change.table else len(lines)
    return [
        *lines[:end],
        *([] if "." in change.table else [""]),
        f"[{_bare(change.table)}]",
        _line(change),
        *lines[end:],
    ]


def _end_of_keys(lines: Sequence[str], places: Lines, table: str) -> int | None:
    """After the last key of a table with a head of its own; None where it has none."""
    start = 0 if not table else places.find(table)
    if start is None:
        return None
    return _trimmed(lines, start, _next_header(lines, start))


def _block(lines: Sequence[str], places: Lines, table: str) -> tuple[int, int]:
    """From the head of a table to the end of what is in it and in the tables below it. Raises CannotEdit."""
    first = places.find(table)
    if first is None or not _HEADER.match(lines[first - 1]):
        raise CannotEdit(place=table)
    end = first
    while (end := _next_header(lines, end)) < len(lines) and _is_below(lines[end], _bare(table)):
        end += 1
    return first - 1, _trimmed(lines, first, end)


def _is_below(header: str, table: str) -> bool:
    return re.sub(r"\s", "", header).lstrip("[").startswith(f"{table}.")


def _next_header(lines: Sequence[str], start: int) -> int:
    """The line of the next head, counted from 0; values that go over several lines are passed over."""
    at = start
    while at < len(lines) and not _HEADER.match(lines[at]):
        is_key = "=" in lines[at] and not lines[at].lstrip().startswith("#")
        at += extent(lines[at:]) if is_key else 1
    return at


def _trimmed(lines: Sequence[str], start: int, end: int) -> int:
    """Without the blank lines and comments before the next head, which are about what comes there."""
    while end > start and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return end


def _proven(lines: Sequence[str], wanted: dict[str, Any], place: str) -> str:
    text = "\n".join(lines).strip("\n") + "\n"
    try:
        is_said = tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        is_said = False
    if not is_said:
        raise CannotEdit(place=place)
    return text


def _written(array: str, values: Mapping[str, Any]) -> Iterator[str]:
    """A table of a list as it is written anew: its values, then the tables in it."""
    yield f"[[{array}]]"
    for key, value in values.items():
        if not _is_long(key, value):
            yield _line(Put(array, key, value))
    for key, value in values.items():
        if _is_long(key, value):
            yield f"[{array}.{key}]"
            yield from (_line(Put("", name, each)) for name, each in value.items())


def _is_long(key: str, value: Any) -> bool:
    return isinstance(value, dict) and key != "name"


def _line(change: Put) -> str:
    return f"{_key(change.key)} = {literal(change.value)}"


def literal(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {literal(each)}" for key, each in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(literal, value)) + "]"
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def _bare(table: str) -> str:
    """A path as a head writes it: without the numbers."""
    return re.sub(r"\[\d+\]", "", table)


def _comment(lines: Sequence[str]) -> str:
    """The comment behind a value that stands in one line."""
    if len(lines) > 1:
        return ""
    for at in (found.start() for found in re.finditer("#", lines[0])):
        try:
            tomllib.loads(lines[0][:at])
        except tomllib.TOMLDecodeError:
            continue
        return lines[0][at:]
    return ""
