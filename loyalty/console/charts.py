"""Charts drawn on the server: plain SVG that needs no script, prints well, and carries its numbers as a table.

Widths are in percent and heights in px, so that lettering keeps its size on a phone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from flask import current_app
from markupsafe import Markup

Number = int | float
Write = Callable[[Number], str]
Lead = Callable[[int, int], str]
HEIGHT = 160  # px of the drawing, without its labels
ABOVE = 20  # px over it, where the highest value stands
LABELS = 22  # px below it
MOST_LABELS = 7
SPARK_POINTS = 40
SHADES = 6
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its place in percent of the width, its height in px."""

    x: float
    width: float
    y: float
    height: float
    label: str
    text: str
    shown: bool  # whether its label is written below
    url: str  # of the rows behind it; "" where there is no such page


@dataclass(frozen=True, slots=True)
class Dot:
    """One point of a line: its place in percent of the width and in px from the top; the rest as for a bar."""

    x: float
    y: float
    label: str
    text: str
    shown: bool
    url: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One square of a heat map."""

    text: str
    shade: int  # 0 nothing … 5 the most
    label: str
    url: str


def bars(
    points: Sequence[tuple[str, Number]],
    title: str,
    *,
    write: Write = str,
    heads: tuple[str, str] = ("", ""),
    urls: Sequence[str] = (),
) -> Markup:
    """A bar for each (label, value); values are 0 or more. `urls`: for each point, where the rows behind it are."""
    top = max((value for _label, value in points), default=0) or 1
    step = 100 / max(len(points), 1)
    every = _every(len(points))
    drawn = [
        Bar(
            index * step + step * 0.12,
            step * 0.76,
            HEIGHT * (1 - value / top),
            HEIGHT * value / top,
            label,
            write(value),
            index % every == 0,
            urls[index] if urls else "",
        )
        for index, (label, value) in enumerate(points)
    ]
    return _draw("bars", bars=drawn, title=title, top=write(top), heads=heads)


def line(
    points: Sequence[tuple[str, Number]],
    title: str,
    *,
    write: Write = str,
    heads: tuple[str, str] = ("", ""),
    urls: Sequence[str] = (),
) -> Markup:
    """A line through (label, value) pairs; values are 0 or more. Dots are too small to press: the table has `urls`."""
    top = max((value for _label, value in points), default=0) or 1
    last = max(len(points) - 1, 1)
    every = _every(len(points))
    dots = [
        Dot(
            100 * index / last,
            HEIGHT * (1 - value / top),
            label,
            write(value),
            index % every == 0,
            urls[index] if urls else "",
        )
        for index, (label, value) in enumerate(points)
    ]
    path = " ".join(f"{dot.x:.2f},{dot.y:.2f}" for dot in dots)
    return _draw("line", dots=dots, path=path, title=title, top=write(top), heads=heads)


def ranks(points: Sequence[tuple[str, Number]], title: str, *, write: Write = str) -> Markup:
    """A lying bar for each (label, value), one under the other, its label before it and its number after."""
    top = max((value for _label, value in points), default=0) or 1
    return _render("ranks", rows=[(label, write(value), 100 * value / top) for label, value in points], title=title)


def spark(values: Sequence[Number], title: str = "") -> Markup:
    """A line as small as a word, for a number card; of a long time each point is the sum of some days."""
    days = -(-len(values) // SPARK_POINTS) or 1
    whole = len(values) // days * days  # the first days are left out, not the last
    sums = [sum(values[start : start + days]) for start in range(len(values) - whole, len(values), days)]
    top, last = max(sums, default=0) or 1, max(len(sums) - 1, 1)
    path = " ".join(f"{100 * index / last:.0f},{28 - 26 * value / top:.0f}" for index, value in enumerate(sums))
    return _render("spark", path=path, title=title)


def heat(
    matrix: Sequence[Sequence[Number]],
    rows: Sequence[str],
    columns: Sequence[str],
    title: str,
    *,
    write: Write = str,
    lead: Lead | None = None,
) -> Markup:
    """A table whose cells are darker the more they hold: `matrix[row][column]`.

    `lead`: where the rows behind a cell are; nothing is behind an empty one.
    """
    top = max((value for row in matrix for value in row), default=0)
    lines = [
        (
            name,
            [
                Cell(
                    write(value),
                    _shade(value, top),
                    f"{name} · {column}",
                    lead(place, index) if lead is not None and value else "",
                )
                for index, (column, value) in enumerate(zip(columns, row, strict=True))
            ],
        )
        for place, (name, row) in enumerate(zip(rows, matrix, strict=True))
    ]
    return _render("heat", lines=lines, columns=columns, title=title)


def _shade(value: Number, top: Number) -> int:
    return 0 if not value or not top else 1 + min(SHADES - 2, int((SHADES - 1) * value / top))


def _every(count: int) -> int:
    return max(1, -(-count // MOST_LABELS))


def _draw(kind: str, **values: object) -> Markup:
    """A chart with a height, room for the highest value above it and for labels below."""
    return _render(kind, height=HEIGHT, above=ABOVE, labels=LABELS, **values)


def _render(kind: str, **values: object) -> Markup:
    macro = getattr(current_app.jinja_env.get_template("console/charts.html").module, kind)
    drawn = macro(**values)
    assert isinstance(drawn, Markup)
    return drawn
