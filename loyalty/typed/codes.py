"""The codes people read aloud and type: member codes here, and the alphabet all codes share."""

from loyalty.errors import Unreadable
from loyalty.typed import fold, money

CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no sign that is mistaken for another
MEMBER_CODE_LENGTH = 6
EXAMPLE = "M7K2QD"

_LETTERS = frozenset(CODE_ALPHABET) - frozenset("0123456789")
_SEPARATORS = str.maketrans("", "", " -‐‑–—")


class CodeUnclear(Unreadable):
    """Not a member code; `reason` is always unclear."""

    code = "code_unclear"

    def __init__(self, typed: str) -> None:
        super().__init__(typed=fold.quote(typed), example=EXAMPLE, reason="unclear")


def normalise_code(text: str) -> str:
    """Upper case without spaces and dashes; whether it is a code is another question."""
    return fold.plain(fold.plain(text).upper().translate(_SEPARATORS))


def is_member_code(text: str) -> bool:
    """Six signs of the alphabet, a letter among them, that nobody would read as an amount (`2345TR`).

    Whoever draws new codes draws again until this holds.
    """
    code = normalise_code(text)
    return (
        len(code) == MEMBER_CODE_LENGTH
        and set(code) <= set(CODE_ALPHABET)
        and not _LETTERS.isdisjoint(code)
        and not money.looks_like_money(code)
    )


def parse_member_code(text: str) -> str:
    """The normalised member code. Raises CodeUnclear."""
    if not is_member_code(text):
        raise CodeUnclear(text)
    return normalise_code(text)
