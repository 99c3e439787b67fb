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
HEIGHT = 160  # px of the drawing, without its labels
LABELS = 22  # px below it
MOST_LABELS = 7
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


@dataclass(frozen=True, slots=True)
class Cell:
    """One square of a heat map."""

    text: str
    shade: int  # 0 nothing … 5 the most
    label: str


def bars(
    points: Sequence[tuple[str, Number]], title: str, *, write: Write = str, heads: tuple[str, str] = ("", "")
) -> Markup:
    """A bar for each (label, value); values are 0 or more."""
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
        )
        for index, (label, value) in enumerate(points)
    ]
    return _render("bars", bars=drawn, title=title, height=HEIGHT, labels=LABELS, top=write(top), heads=heads)


def line(
    points: Sequence[tuple[str, Number]], title: str, *, write: Write = str, heads: tuple[str, str] = ("", "")
) -> Markup:
    """A line through (label, value) pairs; values are 0 or more."""
    top = max((value for _label, value in points), default=0) or 1
    last = max(len(points) - 1, 1)
    every = _every(len(points))
    rows = [
        (100 * index / last, HEIGHT * (1 - value / top), label, write(value), index % every == 0)
        for index, (label, value) in enumerate(points)
    ]
    path = " ".join(f"{x:.2f},{y:.2f}" for x, y, *_rest in rows)
    return _render("line", rows=rows, path=path, title=title, height=HEIGHT, labels=LABELS, top=write(top), heads=heads)


def spark(values: Sequence[Number], title: str = "") -> Markup:
    """A line as small as a word, for a number card."""
    top, last = max(values, default=0) or 1, max(len(values) - 1, 1)
    path = " ".join(f"{100 * index / last:.1f},{28 - 26 * value / top:.1f}" for index, value in enumerate(values))
    return _render("spark", path=path, title=title)


def heat(
    matrix: Sequence[Sequence[Number]], rows: Sequence[str], columns: Sequence[str], title: str, *, write: Write = str
) -> Markup:
    """A table whose cells are darker the more they hold: `matrix[row][column]`."""
    top = max((value for row in matrix for value in row), default=0)
    lines = [
        (
            name,
            [
                Cell(write(value), _shade(value, top), f"{name} · {column}")
                for column, value in zip(columns, row, strict=True)
            ],
        )
        for name, row in zip(rows, matrix, strict=True)
    ]
    return _render("heat", lines=lines, columns=columns, title=title)


def _shade(value: Number, top: Number) -> int:
    return 0 if not value or not top else 1 + min(SHADES - 2, int((SHADES - 1) * value / top))


def _every(count: int) -> int:
    return max(1, -(-count // MOST_LABELS))


def _render(kind: str, **values: object) -> Markup:
    macro = getattr(current_app.jinja_env.get_template("console/charts.html").module, kind)
    drawn = macro(**values)
    assert isinstance(drawn, Markup)
    return drawn
