"""Words as typed, compared as people mean them: tone marks may be left out, but one that was typed counts."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from loyalty.typed import fold

HOOK, TILDE = "\u0309", "\u0303"  # ? and ~, which many mix up
TONES = frozenset(("\u0300", "\u0301", TILDE, HOOK, "\u0323"))
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
WORD = re.compile(r"[^\W_]+")


class Word(NamedTuple):
    """A word as typed: its bare letters, its letters with đ, ă, â …, and its tone mark."""

    bare: str
    letters: str
    tone: str


def split(text: str) -> tuple[Word, ...]:
    """The words of a text, case put aside."""
    return tuple(word(part) for part in WORD.findall(fold.plain(text).casefold()))


def unstretched(text: str) -> str:
    """«điii» as «đi»: no word has a letter three times."""
    return _STRETCHED.sub(r"\1", text)


@lru_cache(maxsize=8192)
def word(part: str) -> Word:
    marks = unicodedata.normalize("NFD", unstretched(part))
    tone = "".join(mark for mark in marks if mark in TONES)
    letters = unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in TONES))
    return Word(fold.fold(part), letters, tone)


def is_word(typed: Word, wanted: Word) -> bool:
    """Whether a typed word is this one: alike, or with marks left out."""
    if typed.tone or not len(typed.letters) == len(wanted.letters) == len(wanted.bare):
        return typed == wanted
    letters = zip(typed.letters, wanted.letters, wanted.bare, strict=True)
    return all(letter in (plain, marked) for letter, marked, plain in letters)


def listed(text: str) -> Mapping[str, Sequence[Word]]:
    """The words of a list by their bare letters."""
    found: dict[str, list[Word]] = {}
    for each in split(text):
        found.setdefault(each.bare, []).append(each)
    return found


def is_in(typed: Word, known: Mapping[str, Sequence[Word]]) -> bool:
    return any(is_word(typed, wanted) for wanted in known.get(typed.bare, ()))
