"""The few icons used: Tabler's outlines (MIT), one file each, drawn into the page."""

from functools import lru_cache
from pathlib import Path

from markupsafe import Markup

FOLDER = Path(__file__).parent / "icons"


@lru_cache(maxsize=256)
def svg(name: str) -> Markup:
    """The drawing of this name. Raises FileNotFoundError: a page names only icons that are there."""
    return Markup((FOLDER / f"{name}.svg").read_text(encoding="utf-8"))  # noqa: S704  # our own files
