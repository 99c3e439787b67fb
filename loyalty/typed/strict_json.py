"""JSON from strangers: UTF-8, each key once, finite numbers, at most 50 levels deep."""

import json
import unicodedata
from typing import Any, NoReturn

from loyalty.typed import fold

MAX_DEPTH = 50


class Malformed(ValueError):
    """The bytes are no acceptable JSON."""


def loads(body: bytes) -> Any:
    """The JSON value in `body`. Raises Malformed, never anything else."""
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite)
    except Malformed:
        raise
    except (ValueError, RecursionError) as error:  # bad UTF-8 and over-long numbers are ValueErrors too
        raise Malformed(fold.quote(str(error), 120)) from None
    if _depth(value) > MAX_DEPTH:
        raise Malformed(f"nested over {MAX_DEPTH} levels")
    return value


def load_object(body: bytes) -> dict[str, Any]:
    """The one JSON object in `body`. Raises Malformed."""
    value = loads(body)
    if not isinstance(value, dict):
        raise Malformed("not an object")
    return value


def find_unstorable(value: Any) -> str | None:
    """The path (`lines.0.name`) of a text no database holds, with NUL or half a surrogate pair; None when all is sound.

    A damaged key is named by what is readable of it.
    """
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting:
        path, item = waiting.pop()
        if isinstance(item, str) and not is_storable(item):
            return path
        if isinstance(item, dict):
            if damaged := next((key for key in item if not is_storable(key)), None):
                return _join(path, fold.quote(damaged))
            waiting += [(_join(path, key), child) for key, child in item.items()]
        elif isinstance(item, list):
            waiting += [(_join(path, str(place)), child) for place, child in enumerate(item)]
    return None


def is_storable(text: str) -> bool:
    """Whether both engines can keep this text."""
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def clean(text: object) -> str:
    """Text a database can hold: NFC, lone surrogates replaced, no NUL; "" for anything that is no text."""
    if not isinstance(text, str):
        return ""
    sound = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "")
    return unicodedata.normalize("NFC", sound)


def _join(path: str, step: str) -> str:
    return f"{path}.{step}" if path else step


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("a key occurs twice")
    return found


def _refuse(constant: str) -> NoReturn:
    raise Malformed(f"{constant} is not JSON")


def _finite(number: str) -> float:
    value = float(number)
    if value in (float("inf"), float("-inf")):
        raise Malformed("a number is out of range")
    return value


def _depth(value: Any) -> int:
    """Levels of nesting, counted without recursion: [] is one, {"a": []} two."""
    deepest, level = 0, [value]
    while level := [item for item in level if isinstance(item, (dict, list))]:
        deepest += 1
        level = [child for item in level for child in (item.values() if isinstance(item, dict) else item)]
    return deepest
