"""/pictures: uploaded once, then named by the rewards and campaigns that show them."""

import base64
import binascii
from typing import Any

from marshmallow import fields, validate
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.api import blueprints, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import Body
from loyalty.api.problems import Invalid
from loyalty.pictures import addresses, gallery, making
from loyalty.pictures.making import UnfitPicture
from loyalty.pictures.models import Picture
from loyalty.words import Both

blueprint = blueprints.resource(
    "pictures", "Pictures of rewards and campaigns.", called=Both("Ảnh", "Pictures"), order=41
)
MOST = (making.MOST_UPLOADED + 2) // 3 * 4  # characters
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4//8/AAX+Av4N70a4AAAAAElFTkSuQmCC"  # one white pixel


class NewPicture(Body):
    """A JPG or PNG of at most 8 MiB, in base64. Only its pixels are kept: place, time and owner are wiped out of it."""

    content = fields.String(required=True, validate=validate.Length(1, MOST), metadata={"example": DOT})


class PictureSchema(Body):
    """A picture. `url` shows it to everybody who has it, for good; `id` is what a reward or a campaign names."""

    id = fields.String(required=True)
    url = fields.String(required=True)
    mime = fields.String(required=True, metadata={"example": "image/jpeg"})
    width = fields.Integer(required=True)
    height = fields.Integer(required=True)


@blueprint.post("/pictures")
@requires_scope("pictures:write")
@blueprint.arguments(NewPicture)
@blueprint.response(201, PictureSchema)
def create_picture(asked: dict[str, Any]) -> dict[str, Any]:
    """Keep a picture; the same one again is the first. One nothing shows is forgotten after 30 days."""
    made = _made(asked["content"])  # unpacked before the writers' turn
    session = work.here().session
    picture = gallery.keep(session, made, now=work.now())
    work.note("picture_kept", f"picture:{picture.public_id}")
    return show(session, picture)


@blueprint.get("/pictures/<public_id:picture>")
@requires_scope("pictures:read")
@blueprint.response(200, PictureSchema)
def get_picture(picture: str) -> dict[str, Any]:
    """One picture, and where it is seen."""
    session = work.here().session
    return show(session, gallery.get_public(session, picture))


def show(session: Session, picture: Picture) -> dict[str, Any]:
    """A picture as JSON."""
    facts = {"mime": picture.mime, "width": picture.width, "height": picture.height}
    return facts | {"id": picture.public_id, "url": address(session, picture.public_id)}


def address(session: Session, public_id: str) -> str:
    """Where it is seen, from outside."""
    return shop.of(session).base_url + addresses.path(session, public_id)


def _made(content: str) -> making.Made:
    """Raises Invalid, UnfitPicture."""
    try:
        return making.make(base64.b64decode(content, validate=True))
    except (binascii.Error, ValueError):
        raise Invalid({"content": ["Must be base64."]}) from None
    except UnfitPicture as unfit:
        raise Invalid({"content": [WHY[unfit.facts["reason"]]]}) from None


WHY = {
    "empty": "Is empty.",
    "too_big": "Is over 8 MiB.",
    "kind": "Is neither a JPG nor a PNG.",
    "too_many_pixels": "Has more than 50 million pixels.",
    "damaged": "Is damaged.",
}
