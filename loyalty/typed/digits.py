"""Whole numbers as people write them: 30, 1.500, 12 000."""

import re

LONGEST = 15  # digits

_SINGLE = re.compile(rf"-?\d{{1,{LONGEST}}}", re.ASCII)
_GROUPED = re.compile(r"-?[1-9]\d{0,2}(?:([., \u00a0])\d{3})(?:\1\d{3}){0,4}", re.ASCII)


def whole(text: str) -> int | None:
    """The number; dots, commas or spaces stand before three digits each. None: it is another, such as 1,5."""
    text = text.strip()
    if _SINGLE.fullmatch(text):
        return int(text)
    return int(re.sub(r"[., \u00a0]", "", text)) if _GROUPED.fullmatch(text) else None
