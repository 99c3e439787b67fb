"""QR codes drawn into a page."""

import segno
from markupsafe import Markup


def svg(text: str, *, label: str) -> Markup:
    """The drawing of a text, black on white in either theme, so that every phone reads it."""
    drawing = segno.make(text, error="m", micro=False).svg_inline(
        scale=4, border=3, dark="#000", light="#fff", svgclass="qr", lineclass=None, omitsize=True
    )
    return Markup('<span class="qr-frame" role="img" aria-label="{}">{}</span>').format(label, Markup(drawing))  # noqa: S704  # drawn by us
