"""A picture made anew of an uploaded file, which is taken for hostile: only its pixels are kept.

What a camera wrote beside them (place, time, owner) is gone, a photo taken sideways stands upright, see-through parts
are white. It fits the smallest rule of the platforms: Zalo takes pictures of 1 MB (upload page, 2026-11).
"""

import io
import struct
import zlib
from typing import NamedTuple

from PIL import Image, ImageOps, UnidentifiedImageError

from loyalty.errors import RuleViolation

MOST_UPLOADED = 8 * 2**20  # bytes: a phone's photo has 3 to 6 MB
MOST_PIXELS = 50_000_000  # of what comes, before it is unpacked; below the number Pillow begins to warn at
LONGEST_SIDE = 1280  # px of what is kept
MOST_KEPT = 1_000_000  # bytes
MOST_DRAWN = 300_000  # bytes of a drawing kept without loss
SMALL_SIDE = 320  # px of the small one our own pages show in a list
QUALITIES = (85, 70, 50, 30)  # of a photo, until it fits
FORMATS = ("PNG", "JPEG")
UNREADABLE = (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, struct.error, zlib.error)
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


class UnfitPicture(RuleViolation):
    """Not a picture we take; `reason`: empty, too_big, kind, too_many_pixels, damaged."""

    code = "picture_unfit"

    def __init__(self, reason: str) -> None:
        super().__init__(f"the picture cannot be used: {reason}", field="picture", problem=reason, reason=reason)


class Made(NamedTuple):
    """The bytes that are kept; the same upload makes the same ones."""

    content: bytes
    mime: str
    width: int
    height: int


def make(data: bytes) -> Made:
    """Of a JPG or PNG. Raises UnfitPicture."""
    if not data:
        raise UnfitPicture("empty")
    if len(data) > MOST_UPLOADED:
        raise UnfitPicture("too_big")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            return _encoded(_clean(opened), is_drawing=opened.format == "PNG")
    except UnidentifiedImageError:
        raise UnfitPicture("kind") from None
    except BOMBS:
        raise UnfitPicture("too_many_pixels") from None
    except UNREADABLE:
        raise UnfitPicture("damaged") from None


def small(content: bytes) -> bytes:
    """What is kept, for a list of many: a JPEG of some kB."""
    with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
        opened.draft("RGB", (SMALL_SIDE, SMALL_SIDE))
        opened.thumbnail((SMALL_SIDE, SMALL_SIDE), Image.Resampling.LANCZOS)
        return _saved(opened.convert("RGB"), "JPEG", quality=80, optimize=True)


def _clean(opened: Image.Image) -> Image.Image:
    """Its pixels alone, upright, on white, not larger than needed. Raises UnfitPicture."""
    if opened.width * opened.height > MOST_PIXELS:
        raise UnfitPicture("too_many_pixels")
    opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is unpacked no larger than needed
    upright = ImageOps.exif_transpose(opened)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    clean = Image.new("RGB", upright.size, "white")
    if upright.has_transparency_data:
        seen = upright.convert("RGBA")
        clean.paste(seen, mask=seen.getchannel("A"))
    else:
        clean.paste(upright.convert("RGB"))
    return clean


def _encoded(clean: Image.Image, *, is_drawing: bool) -> Made:
    """A drawing as PNG where that is small, everything else as JPEG. Raises UnfitPicture."""
    if is_drawing and len(content := _saved(clean, "PNG", optimize=True)) <= MOST_DRAWN:
        return Made(content, "image/png", *clean.size)
    for quality in QUALITIES:
        if len(content := _saved(clean, "JPEG", quality=quality, optimize=True)) <= MOST_KEPT:
            return Made(content, "image/jpeg", *clean.size)
    raise UnfitPicture("too_big")


def _saved(clean: Image.Image, kind: str, **how: object) -> bytes:
    file = io.BytesIO()
    clean.save(file, kind, **how)
    return file.getvalue()
