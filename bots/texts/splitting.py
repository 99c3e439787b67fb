"""Long texts cut into messages a platform takes, where a reader would pause."""

import re
import unicodedata
from collections.abc import Iterator

TEXT_LIMIT = 1900  # characters every channel takes in one message
BORDERS = ("\n\n", "\n", " ")  # a paragraph, a line, a word: the first that leaves a part of decent size
JOINER = "\u200d"
FLAGS = range(0x1F1E6, 0x1F200)  # regional indicators: two make a flag
TINTS = range(0x1F3FB, 0x1F400)  # skin tones, part of the sign before


def split(text: str, limit: int) -> list[str]:
    """`text` in parts of at most `limit` characters, none of them empty; one part when it fits.

    Cut between paragraphs, else lines, else words, else between letters; what a reader sees as one letter is cut only
    when it alone is longer than `limit`. White space at a cut is dropped, everything else is kept in its order.
    """
    if limit < 1:
        raise ValueError("a message has room for at least one character")
    return list(_parts(text.strip(), limit))


def _parts(rest: str, limit: int) -> Iterator[str]:
    while len(rest) > limit:
        end = _border(rest, limit)
        yield rest[:end].rstrip()
        rest = rest[end:].lstrip()
    if rest:
        yield rest


def _border(text: str, limit: int) -> int:
    """Where the first part ends: 1 to `limit`, never at white space alone."""
    window = text[: limit + 1]
    for least in (limit // 3, 1):
        for border in BORDERS:
            if (found := window.rfind(border)) >= max(least, 1):
                return found
    if other := [match.start() for match in re.finditer(r"\s", window) if match.start()]:
        return other[-1]
    return _between_letters(text, limit)


def _between_letters(text: str, limit: int) -> int:
    end = limit
    while end and _hangs_on(text, end):
        end -= 1
    return end or limit


def _hangs_on(text: str, position: int) -> bool:
    """Whether the character at `position` belongs to what stands before it."""
    here, before = text[position], text[position - 1]
    if unicodedata.category(here) in {"Mn", "Me", "Mc"} or JOINER in (here, before) or ord(here) in TINTS:
        return True
    return ord(here) in FLAGS and _flags_before(text, position) % 2 == 1


def _flags_before(text: str, position: int) -> int:
    start = position
    while start and ord(text[start - 1]) in FLAGS:
        start -= 1
    return position - start
