"""The steps and comparisons of a portrait in words: console and chat say the same because they read it here."""

from collections.abc import Sequence

from loyalty.insights.portraits.portrait import Liking, percent
from loyalty.typed.money import format_points
from loyalty.words import Both

RECENCY = (
    Both("7 ngày qua", "last 7 days"),
    Both("8–30 ngày", "8–30 days ago"),
    Both("31–90 ngày", "31–90 days ago"),
    Both("91–180 ngày", "91–180 days ago"),
    Both("181–365 ngày", "181–365 days ago"),
    Both("hơn 1 năm", "over a year ago"),
    Both("chưa mua", "never"),
)
SPENT = (
    Both("không mua", "nothing"),
    Both("dưới 200k", "under 200k"),
    Both("200–500k", "200–500k"),
    Both("500k–1tr", "500k–1m"),
    Both("1–2tr", "1–2m"),
    Both("2–5tr", "2–5m"),
    Both("5–10tr", "5–10m"),
    Both("từ 10tr", "10m or more"),
)
BASKET = (
    Both("dưới 50k", "under 50k"),
    Both("50–100k", "50–100k"),
    Both("100–200k", "100–200k"),
    Both("200–500k", "200–500k"),
    Both("500k–1tr", "500k–1m"),
    Both("từ 1tr", "1m or more"),
)
MORE = Both("gấp {times} lần mức chung của cửa hàng", "{times} times the shop's average")
LESS = Both("bằng {times} lần mức chung của cửa hàng", "{times} times the shop's average")
USUAL = Both("ngang mức chung của cửa hàng", "as in the whole shop")
FEW = Both("ít người quá, chưa so được", "too few to compare")
OF = Both("{part} trên {whole} người", "{part} of {whole} people")
OF_NONE = Both("chưa có ai để tính", "nobody to tell of")
SHARE = Both("{percent}% ({part} người)", "{percent}% ({part} people)")
SAME = 10  # tenths of the shop's average


def steps(labels: Sequence[Both], counts: Sequence[int], locale: str) -> list[tuple[str, int]]:
    """Each step in words with how many there are."""
    return [(label.in_(locale), count) for label, count in zip(labels, counts, strict=True)]


def share(part: int, whole: int, locale: str) -> str:
    """`42% (84 người)`; of few people `3 trên 7 người`."""
    if not whole:
        return OF_NONE.in_(locale)
    found = percent(part, whole)
    said = {"part": format_points(part, locale), "whole": format_points(whole, locale), "percent": found}
    return (OF if found is None else SHARE).in_(locale, **said)


def compared(liking: Liking, locale: str) -> str:
    """How much more, or less, these buy something than the shop's buyers; nothing is made of what may be chance."""
    if liking.tenths is None:
        return FEW.in_(locale)
    if not liking.is_sure:
        return USUAL.in_(locale)
    times = f"{liking.tenths / 10:.1f}"
    said = MORE if liking.tenths > SAME else LESS
    return said.in_(locale, times=times.replace(".", ",") if locale == "vi" else times)
