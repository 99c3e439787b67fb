"""Where in the text of a TOML document a value stands. No kept-up library keeps lines: see docs/decisions."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")
_AT = re.compile(r"at line (\d+)")


class Lines:
    """The line of every table and key of a readable document, by path: `rules[2].multiplier`."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()
        self._counts: dict[str, int] = defaultdict(int)
        self._found = dict(self._walk())

    def of(self, place: str) -> int:
        """The line of a path, or of the nearest thing around it; 1 when there is none."""
        while place:
            if place in self._found:
                return self._found[place]
            place = place[: max(place.rfind("."), place.rfind("["), 0)]
        return 1

    def find(self, place: str) -> int | None:
        """The line of a path itself; None where nothing is written for it."""
        return self._found.get(place)

    def _walk(self) -> Iterator[tuple[str, int]]:
        table, number = "", 0
        while number < len(self._lines):
            line = self._lines[number]
            if header := _HEADER.match(line):
                table = self._table(header[2], is_array=header[1] == "[[")
                yield table, number + 1
            elif key := _KEY.match(line):
                yield from ((path, number + 1) for path in _paths(table, _PART.findall(key[1])))
                number += extent(self._lines[number:]) - 1
            number += 1

    def _table(self, name: str, *, is_array: bool) -> str:
        """The path of a table; inside a list of tables the one opened last."""
        path = ""
        parts = [_bare(part) for part in _PART.findall(name)]
        for depth, part in enumerate(parts):
            path = f"{path}.{part}" if path else part
            if is_array and depth == len(parts) - 1:
                self._counts[path] += 1
            if self._counts[path]:
                path = f"{path}[{self._counts[path] - 1}]"
        return path


def line_of_error(error: tomllib.TOMLDecodeError, text: str) -> int:
    """The line a reader stopped at."""
    found = _AT.search(str(error))
    return int(found[1]) if found else max(1, len(text.splitlines()))


def _paths(table: str, parts: Sequence[str]) -> Iterator[str]:
    """A dotted key names each table on its way."""
    path = table
    for part in parts:
        path = f"{path}.{_bare(part)}" if path else _bare(part)
        yield path


def extent(lines: Sequence[str]) -> int:
    """How many lines a key's value takes; the document as a whole is known to be readable."""
    for length in range(1, len(lines) + 1):
        try:
            tomllib.loads("\n".join(lines[:length]))
        except tomllib.TOMLDecodeError:
            continue
        return length
    return 1


def _bare(part: str) -> str:
    return part.strip("\"'")
