"""Pictures of the demo shop, drawn here: flat shapes on warm paper, wide as cards of chats are."""

import io
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from sqlalchemy.orm import Session

import loyalty
from loyalty.pictures import gallery
from loyalty.pictures.making import Made
from loyalty.pictures.models import Picture

WIDTH, HEIGHT = 955, 500  # 1.91 : 1, as Messenger shows the picture of a card
FINE = 2  # drawn so many times larger, for smooth edges
PAPER, CREAM, LEAF, AMBER, INK = "#f6efe3", "#fffaf0", "#1e6b52", "#d99a3d", "#3b2a20"
COFFEE, MILK, ICE, CRUST, SHADE = "#6b4226", "#ead8bd", "#ffffff", "#c98b45", "#e6dccb"
BOLD = Path(loyalty.__path__[0]) / "static" / "fonts" / "be-vietnam-pro-latin-600.woff2"

Box = Sequence[float]


class Pen:
    """Shapes by their places on the finished picture, px from its upper left."""

    def __init__(self, image: Image.Image) -> None:
        self._draw = ImageDraw.Draw(image)

    def disc(self, box: Box, fill: str) -> None:
        self._draw.ellipse([each * FINE for each in box], fill=fill)

    def block(self, box: Box, fill: str, radius: float = 0) -> None:
        self._draw.rounded_rectangle([each * FINE for each in box], radius * FINE, fill=fill)

    def shape(self, points: Sequence[tuple[float, float]], fill: str) -> None:
        self._draw.polygon([(x * FINE, y * FINE) for x, y in points], fill=fill)

    def stroke(self, points: Sequence[tuple[float, float]], fill: str, width: float) -> None:
        line = [(x * FINE, y * FINE) for x, y in points]
        self._draw.line(line, fill=fill, width=int(width * FINE), joint="curve")

    def word(self, x: float, y: float, text: str, size: int, fill: str) -> None:
        """Around this point."""
        font = ImageFont.truetype(str(BOLD), size * FINE)
        self._draw.text((x * FINE, y * FINE), text, font=font, fill=fill, anchor="mm")


def coffee(pen: Pen) -> None:
    """A glass of iced milk coffee, dark above, milk below."""
    pen.disc((310, 405, 645, 450), SHADE)
    pen.stroke([(560, 40), (505, 180)], LEAF, 14)
    pen.shape([(365, 110), (590, 110), (560, 425), (395, 425)], CREAM)
    pen.shape([(373, 165), (582, 165), (569, 320), (386, 320)], COFFEE)
    pen.shape([(386, 320), (569, 320), (559, 415), (396, 415)], MILK)
    for x, y in ((400, 150), (470, 140), (520, 175), (440, 200)):
        pen.block((x, y, x + 46, y + 46), ICE, 9)
    pen.stroke([(365, 110), (590, 110)], INK, 5)


def discount(pen: Pen) -> None:
    """A ticket with what it takes off."""
    pen.block((235, 140, 735, 375), SHADE, 28)
    pen.block((220, 120, 735, 360), LEAF, 28)
    for y in (120, 360):
        pen.disc((570, y - 26, 622, y + 26), PAPER)
    for y in range(160, 330, 28):
        pen.block((592, y, 600, y + 14), PAPER, 4)
    pen.word(400, 240, "−20k", 120, CREAM)
    pen.disc((634, 205, 704, 275), AMBER)
    pen.disc((652, 223, 686, 257), CREAM)


def croissant(pen: Pen) -> None:
    """A crescent of rolled dough, lighter where the layers end."""
    pen.disc((270, 385, 690, 430), SHADE)
    pen.disc((285, 110, 670, 470), CRUST)
    pen.disc((345, 235, 610, 520), PAPER)
    pen.disc((345, 385, 610, 425), SHADE)
    for points in (
        [(360, 165), (385, 300)],
        [(425, 120), (432, 245)],
        [(530, 120), (523, 245)],
        [(595, 165), (570, 300)],
        [(308, 250), (352, 345)],
        [(647, 250), (603, 345)],
    ):
        pen.stroke(points, AMBER, 12)


def tumbler(pen: Pen) -> None:
    """A steel cup with a lid and the shop's cloud."""
    pen.disc((345, 410, 610, 450), SHADE)
    pen.shape([(385, 125), (570, 125), (548, 430), (407, 430)], LEAF)
    pen.block((372, 85, 583, 130), INK, 14)
    pen.block((430, 55, 525, 95), INK, 12)
    pen.shape([(391, 215), (564, 215), (554, 345), (401, 345)], CREAM)
    for box in ((420, 255, 480, 315), (450, 235, 525, 310), (490, 260, 540, 315)):
        pen.disc(box, LEAF)
    pen.block((420, 285, 540, 316), LEAF, 15)


def cheesecake(pen: Pen) -> None:
    """A slice of cheesecake with passion fruit on top."""
    pen.disc((270, 390, 710, 440), SHADE)
    pen.shape([(300, 225), (690, 225), (690, 395), (300, 395)], CREAM)
    pen.shape([(300, 370), (690, 370), (690, 410), (300, 410)], CRUST)
    pen.shape([(300, 225), (585, 125), (690, 225)], AMBER)
    pen.block((300, 215, 690, 250), AMBER, 16)
    for x in range(325, 680, 62):
        pen.block((x, 235, x + 20, 235 + 25 + x % 40), AMBER, 10)
    for x, y in ((430, 205), (500, 180), (560, 195), (610, 170), (585, 150), (520, 150)):
        pen.disc((x, y, x + 12, y + 12), INK)


CAKE = "demo:campaign:cake"
DRAWN: Mapping[str, Callable[[Pen], None]] = {
    "demo:reward:coffee": coffee,
    "demo:reward:discount": discount,
    "demo:reward:croissant": croissant,
    "demo:reward:tumbler": tumbler,
    CAKE: cheesecake,
}


def keep(session: Session, key: str, *, now: datetime) -> Picture:
    """The picture of a reward or campaign of the demo shop, by its key; the same every time."""
    return gallery.keep(session, Made(_drawn(key), "image/png", WIDTH, HEIGHT), now=now)


def digests() -> list[str]:
    """Of every picture of the demo shop."""
    return [gallery.digest(_drawn(key)) for key in DRAWN]


def _drawn(key: str) -> bytes:
    large = Image.new("RGB", (WIDTH * FINE, HEIGHT * FINE), PAPER)
    DRAWN[key](Pen(large))
    kept = io.BytesIO()
    large.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).save(kept, "PNG")
    return kept.getvalue()
