"""Every sentence a person reads: `vi.toml` and `en.toml` hold the same keys with the same places `{name}`.

A shop may reword any of them. What is put into a place is never read as a sentence again.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

LOCALES = ("vi", "en")
PLACE = re.compile(r"\{([a-z_]+)\}")


def text(key: str, locale: str, **values: object) -> str:
    """The sentence `key` in a language, its places filled. A missing key or value is a fault of ours: KeyError."""
    return PLACE.sub(lambda place: str(values[place[1]]), wordings(locale)[key])


def has(key: str) -> bool:
    return key in wordings(LOCALES[0])


@cache
def wordings(locale: str) -> Mapping[str, str]:
    """Every sentence of a language by its dotted key; Vietnamese for a language we do not have."""
    name = locale if locale in LOCALES else LOCALES[0]
    document = tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text(encoding="utf-8"))
    return dict(_flattened(document))


def _flattened(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, str):
            yield above + name, value.strip("\n")
        else:
            yield from _flattened(value, f"{above}{name}.")
