"""How a customer's data is to be entered, and what looks as if it was not: hints for whoever types, never refusals."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from loyalty.typed import fold, phones


class Hint(StrEnum):
    """What looks wrong about a name."""

    DIGITS = "digits"  # «Lan 2», a phone in the name
    SYMBOLS = "symbols"  # «Lan ❤», «<b>Lan</b>»
    ABBREVIATION = "abbreviation"  # «Ng. T. Lan», «N V A»
    TITLE = "title"  # «Chị Lan», «Mr Nam»
    NICKNAME = "nickname"  # «Lan zalo», «khách quen», «Tí cute»
    CAPITALS = "capitals"  # «NGUYỄN LAN», «nguyễn lan»
    REPEATED = "repeated"  # «Lan Lan Lan», «aaaa»


@dataclass(frozen=True, slots=True)
class Doubt:
    """One hint and the part of the name it is about."""

    hint: Hint
    part: str


TITLES = frozenset({"chị", "cô", "chú", "bác", "em", "ông", "bà", "a", "c", "mr", "mrs", "ms", "miss"})
UNLESS_CAPITAL = frozenset({"anh"})  # «Anh Thư» is a name, «anh Thư» is not
SHORT = frozenset({"ng", "ngn", "nguyn", "tr", "th", "thj", "ph", "hg", "dg", "hn", "hcm", "tphcm", "kh"})
SLANG = frozenset(
    {
        *("zalo", "fb", "face", "facebook", "mess", "messenger", "ship", "shipper", "vip", "khach", "quen", "sdt"),
        *("cute", "xinh", "dep", "beo", "gay", "beauty", "boss", "sep", "chanh", "test", "abc", "xyz", "noname"),
    }
)
NAMES = frozenset({"y", "o"})  # of one letter
_WORD = re.compile(r"\S+")
_ABBREVIATED = re.compile(r"[^\W\d_]{1,3}\.")


def doubts(name: str) -> list[Doubt]:
    """What looks wrong about a name, each hint once, in the order of `Hint`; nothing for «Nguyễn Thị Lan»."""
    found: dict[Hint, str] = {}
    for hint, part in _looks(fold.quote(name, 200)):
        found.setdefault(hint, part)
    return [Doubt(hint, found[hint]) for hint in Hint if hint in found]


def _looks(name: str) -> Iterator[tuple[Hint, str]]:
    words = _WORD.findall(name)
    for place, word in enumerate(words):
        yield from _of_word(word, place == 0, len(words) == 1)
    letters = [char for char in name if char.isalpha()]
    if len(letters) > 3 and (name.isupper() or name.islower()):
        yield Hint.CAPITALS, name
    folded = fold.tokens(name)
    if len(folded) != len(set(folded)) and len(set(folded)) == 1:
        yield Hint.REPEATED, name


@lru_cache(maxsize=4096)  # a long list has the same few hundred words over and over
def _of_word(word: str, is_first: bool, is_alone: bool) -> tuple[tuple[Hint, str], ...]:
    return tuple(_about_word(word, is_first=is_first, is_alone=is_alone))


def _about_word(word: str, *, is_first: bool, is_alone: bool) -> Iterator[tuple[Hint, str]]:
    bare = fold.fold(word).strip(".,;:")
    if any(char.isdigit() for char in word) or phones.looks_like_phone(word):
        yield Hint.DIGITS, word
    if any(_is_symbol(char) for char in word):
        yield Hint.SYMBOLS, word
    if is_first and not is_alone and _is_title(word.strip(".")):
        yield Hint.TITLE, word
    elif _ABBREVIATED.search(word) or bare in SHORT or (_is_letter(bare) and not is_alone):
        yield Hint.ABBREVIATION, word
    if bare in SLANG:
        yield Hint.NICKNAME, word
    if re.search(r"(.)\1{2}", bare):
        yield Hint.REPEATED, word


def _is_title(word: str) -> bool:
    return word.casefold() in TITLES or word in UNLESS_CAPITAL


def _is_letter(bare: str) -> bool:
    return len(bare) == 1 and bare.isalpha() and bare not in NAMES


def _is_symbol(char: str) -> bool:
    """A sign that stands in no name; dots, dashes and apostrophes do."""
    return unicodedata.category(char)[0] not in "LMN" and char not in ".,-‐'’"
