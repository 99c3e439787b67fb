"""JSON from strangers: one object, UTF-8, each key once, finite numbers, at most 50 levels deep."""

import json
import unicodedata
from typing import Any, NoReturn

from bots.channel import Malformed

MAX_DEPTH = 50


def loads(body: bytes) -> dict[str, Any]:
    """The one JSON object in `body`. Raises Malformed, never anything else."""
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:  # bad UTF-8 and over-long numbers are ValueErrors too
        raise Malformed(str(error)) from None
    if not isinstance(value, dict):
        raise Malformed("not an object")
    if _depth(value) > MAX_DEPTH:
        raise Malformed(f"nested over {MAX_DEPTH} levels")
    return value


def clean(text: object) -> str:
    """Text a database can hold: NFC, lone surrogates replaced, no NUL; "" for anything that is no text."""
    if not isinstance(text, str):
        return ""
    sound = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "")
    return unicodedata.normalize("NFC", sound)


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
