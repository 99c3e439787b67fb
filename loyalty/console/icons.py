"""The few icons used: Tabler's outlines (MIT), one file each, drawn into the page."""

import re
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup

FOLDER = Path(__file__).parent / "icons"
FRAME = re.compile(r"<svg[^>]*>")
NOTHING = re.compile(r'<path stroke="none"[^>]*/>')  # the empty square Tabler draws below each
BETWEEN = re.compile(r">\s+<")
STROKES = re.compile(r'"\s*/><path d="(?=M)')  # between paths one can draw: each begins with its place


@lru_cache(maxsize=256)
def svg(name: str) -> Markup:
    """The drawing of this name, its strokes left to the style sheet: a page holds dozens.

    Raises FileNotFoundError: a page names only icons that are there.
    """
    drawn = FRAME.sub('<svg viewBox="0 0 24 24">', (FOLDER / f"{name}.svg").read_text(encoding="utf-8"))
    bare = BETWEEN.sub("><", NOTHING.sub("", drawn)).strip()
    return Markup(STROKES.sub("", bare))  # noqa: S704  # our own files
