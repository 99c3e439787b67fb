"""Every sentence a person reads: `vi.toml` and `en.toml` hold the same keys with the same places `{name}`.

A shop may reword any of them. What is put into a place is never read as a sentence again. `guide.toml` says what each
place means and what a rewording keeps.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from loyalty.choices.chosen import ADDRESSES
from loyalty.shop import speaker
from loyalty.wording.catalogue import LOCALES, PLACE, Catalogue

__all__ = ["LOCALES", "PLACE", "catalogue", "guide", "has", "text", "wordings"]

PLAIN_ADDRESS = ADDRESSES[0]  # the sentences as they are written: «bạn»
YOU = re.compile(r"\b(?P<first>[Bb])ạn\b(?! (?:bè|của|ấy)\b)")  # but not «bạn bè», «bạn của bạn», «bạn ấy»


def text(key: str, locale: str, **values: object) -> str:
    """The sentence `key` in a language, its places filled: in the words of the shop whose transaction this is, or ours.

    A missing key or value is a fault of ours: KeyError.
    """
    name = locale if locale in LOCALES else LOCALES[0]
    shop = speaker()
    if shop is None:
        return _fill(wordings(name)[key], values)
    if own := shop.wording.get(name, {}).get(key):
        try:
            return _fill(own, values)
        except KeyError:  # worded for an older program, whose sentence had one place more: ours is never missing
            pass
    return _fill(wordings(name, shop.address)[key], values)


def _fill(wording: str, values: Mapping[str, object]) -> str:
    return PLACE.sub(lambda place: str(values[place[1]]), wording)


def has(key: str) -> bool:
    return key in wordings(LOCALES[0])


@cache
def wordings(locale: str, address: str = PLAIN_ADDRESS) -> Mapping[str, str]:
    """Every sentence of a language by its dotted key; Vietnamese for a language we do not have."""
    name = locale if locale in LOCALES else LOCALES[0]
    found = dict(_flattened(_read(name)))
    if name != "vi" or address == PLAIN_ADDRESS:
        return found
    left = tuple(guide()["address"]["left"])
    return {key: said if key.startswith(left) else YOU.sub(_elder, said) for key, said in found.items()}


def _elder(found: re.Match[str]) -> str:
    return "Anh/chị" if found["first"] == "B" else "anh/chị"


@cache
def guide() -> Mapping[str, Any]:
    """What `guide.toml` says."""
    return _read("guide")


@cache
def catalogue(address: str = PLAIN_ADDRESS) -> Catalogue:
    """Every sentence with its meaning, for whoever may reword it."""
    return Catalogue.of({locale: wordings(locale, address) for locale in LOCALES}, guide())


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text(encoding="utf-8"))


def _flattened(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, str):
            yield above + name, value.strip("\n")
        else:
            yield from _flattened(value, f"{above}{name}.")
