"""Addresses of pictures on the open internet: what is shown and until when, signed, so that none can be guessed."""

import base64
import binascii
import hmac
import ipaddress
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.crypto import Keyring
from loyalty.db import keyring
from loyalty.pictures import gallery
from loyalty.pictures.models import Picture

PURPOSE, SMALL = "picture", "picture-small"  # of an uploaded one: as it is kept, and for a list
FOR_GOOD = datetime(2100, 1, 1, tzinfo=UTC)  # an uploaded picture never changes, and neither does its address
LONGEST = 480  # characters of a signed part
SIGNATURE = 32  # hex digits at the end of an address


def public(session: Session, picture: Picture) -> str:
    """Where the platforms fetch an uploaded picture; "" while the shop has no public address."""
    base = base_of(session)
    return base + path(session, picture.public_id) if base else ""


def path(session: Session, public_id: str, *, small: bool = False) -> str:
    """Where an uploaded picture is at this very address, for our own pages."""
    purpose = SMALL if small else PURPOSE
    return f"/media/{sign(keyring(session), public_id, until=FOR_GOOD, purpose=purpose)}.png"


def is_of_upload(keys: Keyring, signed: str, *, now: datetime) -> bool:
    return any(opened(keys, signed, purpose, now=now) is not None for purpose in (PURPOSE, SMALL))


def find(session: Session, signed: str, *, now: datetime) -> tuple[Picture, bool] | None:
    """The uploaded picture an address was signed for, and whether it is to be small."""
    for purpose in (PURPOSE, SMALL):
        public_id = opened(keyring(session), signed, purpose, now=now)
        if public_id and (found := gallery.find_public(session, public_id)):
            return found, purpose == SMALL
    return None


def base_of(session: Session) -> str:
    """Where platforms can fetch the shop's pictures, "" for nowhere: only https on a host of the open internet.

    A demo's platforms are played on this very machine and see what it sees.
    """
    here = shop.of(session)
    return here.base_url if here.demo or is_public(here.base_url) else ""


def is_public(address: str) -> bool:
    """Whether the platforms can reach an address: https, and a name with a dot or an address open to the world."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme != "https" or not host:
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host.strip(".") and not host.endswith((".local", ".localhost", ".internal", ".test"))


def sign(keys: Keyring, text: str, *, until: datetime, purpose: str) -> str:
    """URL-safe: what is shown and until when, then our signature over both and what it is for."""
    content = f"{int(until.timestamp())}.{text}"
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=") + keys.sign(purpose, content)


def opened(keys: Keyring, signed: str, purpose: str, *, now: datetime) -> str | None:
    """What an address was signed to show; None for whatever we did not sign for this purpose, or when it has ended."""
    content = _content(keys, signed, purpose)
    if content is None:
        return None
    until, _, text = content.partition(".")
    return text if now < datetime.fromtimestamp(int(until), UTC) else None


def _content(keys: Keyring, signed: str, purpose: str) -> str | None:
    encoded, signature = signed[:-SIGNATURE], signed[-SIGNATURE:]
    if not signed.isascii() or len(signed) > LONGEST:
        return None
    try:
        content = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    return content if hmac.compare_digest(keys.sign(purpose, content), signature) else None
