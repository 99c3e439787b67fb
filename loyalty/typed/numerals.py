"""Small numbers in words: «hai mươi mốt» is 21, «thứ ba» 3, `second` 2. Whole words only, as folded."""

import re

UNITS = {
    "mot": 1,
    "hai": 2,
    "ba": 3,
    "bon": 4,
    "tu": 4,
    "nam": 5,
    "lam": 5,
    "sau": 6,
    "bay": 7,
    "tam": 8,
    "chin": 9,
}
TEN = ("muoi", "chuc")
ENGLISH = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
}
_YEAR = re.compile(r"(?<!thang )\bnam (?=\d{2,4}\b)", re.ASCII)  # «tháng năm» is May
_ORDINAL = re.compile(r"\b(\d{1,3})(?:st|nd|rd|th)\b", re.ASCII)


def with_digits(folded: str) -> str:
    """The same words with numbers from 1 to 99 in digits: `hai muoi thang muoi mot` is `20 thang 11`."""
    words = _ORDINAL.sub(r"\1", _YEAR.sub("", folded)).split()
    written: list[str] = []
    while words:
        number, taken = _leading(words)
        written.append(str(number) if taken else words[0])
        words = words[taken or 1 :]
    return " ".join(written)


def _leading(words: list[str]) -> tuple[int, int]:
    """The number the words begin with, and of how many of them it is made."""
    if words[0] in ENGLISH:
        return ENGLISH[words[0]], 1
    tens, taken = 0, 0
    if words[0] in TEN:
        tens, taken = 10, 1
    elif len(words) > 1 and words[0] in UNITS and words[1] in TEN:
        tens, taken = UNITS[words[0]] * 10, 2
    if taken < len(words) and words[taken] in UNITS:
        return tens + UNITS[words[taken]], taken + 1
    return tens, taken
