"""Short ways to make files of pictures."""

import io

from PIL import Image
from sqlalchemy.orm import Session

from loyalty.pictures import gallery, making
from loyalty.pictures.models import Picture
from tests.builders import NOON


def file_of(color: str = "green", kind: str = "PNG", size: tuple[int, int] = (40, 20)) -> bytes:
    """A small picture in one colour, as somebody would upload it."""
    file = io.BytesIO()
    Image.new("RGB", size, color).save(file, kind)
    return file.getvalue()


def make_picture(session: Session, color: str = "green") -> Picture:
    return gallery.keep(session, making.make(file_of(color)), now=NOON)
