"""Text as people type it, made comparable: case, accents, widths and invisible characters put aside."""

import re
import unicodedata
from functools import lru_cache

# Đ, Ð and Ɖ look alike as capitals, and decomposition leaves their small letters whole.
D_LETTERS = str.maketrans({"đ": "d", "ð": "d", "ɖ": "d"})
INVISIBLE = frozenset({"Cc", "Cf", "Cs"})  # controls, zero-width and bidi characters, lone surrogates
MARKS = frozenset({"Mn", "Me"})
RIGHT_TO_LEFT_OVERRIDE = "\u202e"
UNREADABLE = "\ufffd"

_WORD = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """Lower case without accents, widths and invisible characters, single spaces: `Đặng  Hoà` is `dang hoa`.

    Total: every str has a folded form, which can be encoded and folds to itself.
    """
    lowered = unicodedata.normalize("NFKC", _without(text, INVISIBLE)).casefold().translate(D_LETTERS)
    return _spaced(_without(unicodedata.normalize("NFKD", lowered), INVISIBLE | MARKS))


def tokens(name: str) -> list[str]:
    """The folded words of a name in their order: `Nguyễn Văn-A` is nguyen, van, a."""
    return _WORD.findall(fold(name))


def plain(text: str) -> str:
    """NFKC with single spaces and nothing invisible; case and accents stay.

    Raised, circled and fraction digits and text shown backwards become U+FFFD: what would be read is not what was seen.
    """
    honest = text if text.isascii() else "".join(UNREADABLE if _misleads(char) else char for char in text)
    return _spaced(_without(unicodedata.normalize("NFKC", honest), INVISIBLE))


def quote(text: str, limit: int = 60) -> str:
    """`text` fit to be repeated to its writer: visible, encodable, on one line, at most `limit` characters."""
    shown = _spaced(_without(unicodedata.normalize("NFC", text), INVISIBLE))
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


@lru_cache(maxsize=4096)
def _misleads(char: str) -> bool:
    return char == RIGHT_TO_LEFT_OVERRIDE or unicodedata.category(char) in {"No", "Cs"}


def _without(text: str, categories: frozenset[str]) -> str:
    if text.isprintable() and (text.isascii() or categories is INVISIBLE):  # nothing invisible is printable
        return text
    return "".join(char for char in text if char.isspace() or unicodedata.category(char) not in categories)


def _spaced(text: str) -> str:
    return " ".join(text.split())
