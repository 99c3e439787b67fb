"""What is kept of an uploaded file: its pixels, small enough for every platform, and nothing else."""

import io
import random
import struct
import zlib

import pytest
from PIL import Image

from loyalty.pictures import making
from loyalty.pictures.making import Made, UnfitPicture


def saved(picture: Image.Image, kind: str, **how: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **how)
    return file.getvalue()


def opened(made: Made) -> Image.Image:
    return Image.open(io.BytesIO(made.content))


def noise(width: int, height: int) -> Image.Image:
    return Image.frombytes("RGB", (width, height), random.Random(7).randbytes(width * height * 3))


def test_what_a_camera_wrote_is_gone_and_the_photo_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter
    exif[0x010F] = "Xuân's phone"
    exif.get_ifd(0x8825)[2] = (10.0, 46.0, 30.0)  # latitude
    made = making.make(saved(Image.new("RGB", (60, 40), "red"), "JPEG", exif=exif, comment=b"at home"))

    assert (made.mime, made.width, made.height) == ("image/jpeg", 40, 60)
    assert not opened(made).getexif() and b"Xu" not in made.content and b"at home" not in made.content


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "L", "P", "1", "I;16"])
def test_a_drawing_in_any_colours_stays_a_png_on_white(mode: str) -> None:
    made = making.make(saved(Image.new(mode, (30, 20)), "PNG", pnginfo=None))
    corner = opened(made).getpixel((0, 0))

    assert (made.mime, made.width, made.height) == ("image/png", 30, 20)
    assert corner == ((255, 255, 255) if mode in ("RGBA", "LA") else (0, 0, 0))


def test_a_large_photo_is_made_to_fit_and_the_same_one_makes_the_same_bytes() -> None:
    first = making.make(data := saved(noise(1600, 900), "PNG"))

    assert first.mime == "image/jpeg" and (first.width, first.height) == (1280, 720)
    assert len(first.content) <= making.MOST_KEPT and making.make(data) == first


def test_a_small_one_for_lists_has_some_kilobytes() -> None:
    kept = making.make(saved(noise(1600, 900), "PNG"))
    small = making.small(kept.content)
    with Image.open(io.BytesIO(small)) as seen:
        assert (seen.format, seen.size) == ("JPEG", (320, 180))
    assert len(small) < 60_000 < len(kept.content)  # noise is the worst there is


def test_a_jpeg_in_print_colours_is_read() -> None:
    assert making.make(saved(Image.new("CMYK", (8, 8)), "JPEG")).mime == "image/jpeg"


def bomb() -> bytes:
    """A PNG of a few bytes that says it is 40,000 px wide and high."""
    head = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    parts = {b"IHDR": head, b"IDAT": zlib.compress(b"\0" * 1000), b"IEND": b""}
    chunks = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts.items()
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


PHOTO = saved(Image.new("RGB", (200, 200), "green"), "JPEG")
DRAWING = saved(Image.new("RGB", (200, 200), "green"), "PNG")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\xff" * (making.MOST_UPLOADED + 1), "too_big"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "kind"),
        (saved(Image.new("RGB", (5, 5)), "GIF"), "kind"),
        (saved(Image.new("RGB", (5, 5)), "WEBP"), "kind"),
        (bomb(), "too_many_pixels"),
        (PHOTO[:300], "damaged"),
        (DRAWING[:-40], "damaged"),
    ],
    ids=["nothing", "8 MB", "SVG", "GIF", "WebP", "bomb", "half a JPEG", "half a PNG"],
)
def test_what_is_no_picture_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(UnfitPicture) as refused:
        making.make(data)
    assert refused.value.facts["reason"] == reason


@pytest.mark.parametrize("whole", [PHOTO, DRAWING], ids=["JPEG", "PNG"])
def test_broken_files_are_refused_and_nothing_worse(whole: bytes) -> None:
    draw = random.Random(3)
    for _ in range(150):
        broken = bytearray(whole)
        for _ in range(draw.randint(1, 12)):
            broken[draw.randrange(2, len(broken))] = draw.randrange(256)
        try:
            assert making.make(bytes(broken)).content
        except UnfitPicture as refused:
            assert refused.facts["reason"]
