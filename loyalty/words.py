"""A sentence in the shop's two languages."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Both:
    """Vietnamese and English of the same sentence, with `{names}` of the facts it takes."""

    vi: str
    en: str

    def in_(self, locale: str, **facts: Any) -> str:
        return (self.en if locale == "en" else self.vi).format(**facts)
