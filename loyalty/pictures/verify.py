"""Everything stored about pictures, worked out again from their bytes."""

import io
from collections.abc import Iterator

import sqlalchemy as sa
from PIL import Image
from sqlalchemy.orm import Session

from loyalty.pictures import gallery
from loyalty.pictures.making import FORMATS, UNREADABLE
from loyalty.pictures.models import Picture


def problems(session: Session) -> Iterator[str]:
    """A line for every picture that is not what is said of it. Give it one snapshot (`read_only()`)."""
    for picture_id in session.scalars(sa.select(Picture.id).order_by(Picture.id)).all():
        picture = session.get_one(Picture, picture_id)
        if gallery.digest(picture.content) != picture.digest:
            yield f"picture {picture.public_id}: its bytes are not those that were kept"
        elif _size(picture.content) != (picture.mime, picture.width, picture.height):
            yield f"picture {picture.public_id}: it is of another kind or size than is said"
        session.expunge(picture)  # one at a time in memory


def _size(content: bytes) -> tuple[str, int, int] | None:
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            return Image.MIME[opened.format or ""], *opened.size
    except UNREADABLE:
        return None
