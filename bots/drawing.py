"""A chart as a picture for chats.

Its lettering is read on a phone 360 px wide; its paper is its own, so it is the same on a light and on a dark screen.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

import loyalty

SIZE = 1080  # px, square: three for each of a phone's
MARGIN = 60
PAPER, INK, MUTED, LEAF, PALE, LINE = "#fbf9f6", "#1f2421", "#5b6560", "#1e6b52", "#c9bfae", "#e7e1d8"
RISE, FALL = "#1e6b52", "#b3412a"
TITLE, VALUE, SMALL = 54, 56, 36  # px of lettering
TOP, BOTTOM = 545, 905  # of the bars
MOST_LABELS = 7
FONTS = Path(loyalty.__path__[0]) / "static" / "fonts"
Weight = Literal["400", "600"]


@dataclass(frozen=True, slots=True)
class Tile:
    """One number: what it is, how much, how it changed ("": nothing to compare with), and which way (1, 0, -1)."""

    label: str
    value: str
    change: str = ""
    direction: int = 0


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything that is written and drawn: bars of this period beside those of the one before, 0 or more each."""

    title: str
    span: str
    tiles: Sequence[Tile]  # the first is the largest
    caption: str  # what the bars are
    labels: Sequence[str]  # one a bar; not all are written
    now: Sequence[int]
    before: Sequence[int]
    top: str  # the highest bar, written
    legend: tuple[str, ...]  # this period, the one before if there is one


def png(chart: Chart) -> bytes:
    """The picture as a file."""
    picture = Image.new("RGB", (SIZE, SIZE), PAPER)
    pen = _Pen(ImageDraw.Draw(picture))
    _head(pen, chart)
    _bars(pen, chart)
    _legend(pen, chart)
    kept = io.BytesIO()
    picture.quantize(colors=64).save(kept, "PNG", optimize=True)
    return kept.getvalue()


class _Pen:
    """Writes in the shop's letters, which lie in one file for Latin and one for what Vietnamese has besides."""

    def __init__(self, draw: ImageDraw.ImageDraw) -> None:
        self.draw = draw

    def write(
        self, x: float, y: float, text: str, size: int, color: str, *, weight: Weight = "400", align: str = "left"
    ) -> None:
        """On the line `y`, from, around or up to `x`; smaller where it would not fit the picture."""
        while size > 20 and self.width(text, size, weight) > SIZE - 2 * MARGIN:
            size -= 2
        x -= {"left": 0.0, "middle": 0.5, "right": 1.0}[align] * self.width(text, size, weight)
        for run, font in _runs(text, size, weight):
            self.draw.text((x, y), run, font=font, fill=color, anchor="ls")
            x += font.getlength(run)

    def width(self, text: str, size: int, weight: Weight) -> float:
        return sum(font.getlength(run) for run, font in _runs(text, size, weight))


def _head(pen: _Pen, chart: Chart) -> None:
    pen.write(MARGIN, 100, chart.title, TITLE, INK, weight="600")
    pen.write(MARGIN, 155, chart.span, SMALL, MUTED)
    _tile(pen, MARGIN, 228, chart.tiles[0], VALUE + 16)
    for place, tile in enumerate(chart.tiles[1:]):
        _tile(pen, MARGIN + place * (SIZE - 2 * MARGIN) // 2, 372, tile, SMALL + 12)


def _tile(pen: _Pen, x: int, y: int, tile: Tile, size: int) -> None:
    """The label, under it the number with its change beside it."""
    pen.write(x, y, tile.label, SMALL, MUTED)
    pen.write(x, y + size + 4, tile.value, size, INK, weight="600")
    color = RISE if tile.direction > 0 else FALL if tile.direction < 0 else MUTED
    pen.write(x + pen.width(tile.value, size, "600") + 24, y + size + 4, tile.change, SMALL, color, weight="600")


def _bars(pen: _Pen, chart: Chart) -> None:
    """Each pair side by side, so that neither hides the other."""
    pen.write(MARGIN, TOP - 35, chart.caption, SMALL, MUTED)
    pen.write(SIZE - MARGIN, TOP - 35, chart.top, SMALL, MUTED, align="right")
    pen.draw.line([(MARGIN, BOTTOM), (SIZE - MARGIN, BOTTOM)], fill=LINE, width=4)
    pen.draw.line([(MARGIN, TOP), (SIZE - MARGIN, TOP)], fill=LINE, width=2)
    highest, step = max((*chart.now, *chart.before), default=0) or 1, (SIZE - 2 * MARGIN) / max(len(chart.labels), 1)
    every = -(-len(chart.labels) // MOST_LABELS)
    for place, label in enumerate(chart.labels):
        left = MARGIN + place * step
        _bar(pen, left + step * 0.10, step * 0.36, chart.before[place] / highest, PALE)
        _bar(pen, left + step * 0.50, step * 0.42, chart.now[place] / highest, LEAF)
        if place % every == 0:
            pen.write(left + step / 2, BOTTOM + 52, label, SMALL, MUTED, align="middle")


def _bar(pen: _Pen, x: float, width: float, share: float, color: str) -> None:
    if share > 0:
        height = max(4.0, share * (BOTTOM - TOP))
        pen.draw.rectangle([x, BOTTOM - height, x + width, BOTTOM], fill=color)


def _legend(pen: _Pen, chart: Chart) -> None:
    x, y = float(MARGIN), SIZE - 50
    for name, color in zip(chart.legend, (LEAF, PALE), strict=False):
        pen.draw.rectangle([x, y - 28, x + 30, y + 2], fill=color)
        pen.write(x + 45, y, name, SMALL, INK)
        x += 45 + pen.width(name, SMALL, "400") + 60


def _runs(text: str, size: int, weight: Weight) -> Iterator[tuple[str, ImageFont.FreeTypeFont]]:
    """The text in pieces of one font each."""
    run, is_vietnamese = "", False
    for sign in text:
        if run and _is_vietnamese(sign) != is_vietnamese:
            yield run, _font(is_vietnamese, size, weight)
            run = ""
        is_vietnamese = _is_vietnamese(sign)
        run += sign
    if run:
        yield run, _font(is_vietnamese, size, weight)


def _is_vietnamese(sign: str) -> bool:
    """Whether a sign lies in the second file, as its stylesheet says."""
    code = ord(sign)
    return sign in "ĂăĐđĨĩŨũƠơƯư₫" or 0x1EA0 <= code <= 0x1EF9


@cache
def _font(is_vietnamese: bool, size: int, weight: Weight) -> ImageFont.FreeTypeFont:
    part = "vietnamese" if is_vietnamese else "latin"
    return ImageFont.truetype(str(FONTS / f"be-vietnam-pro-{part}-{weight}.woff2"), size)
