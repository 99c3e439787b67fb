"""QR codes the platforms fetch: an address carries what its picture shows, signed, so nothing is stored."""

import io
from datetime import datetime

import segno
from sqlalchemy.orm import Session

from loyalty.crypto import Keyring
from loyalty.db import keyring
from loyalty.pictures import addresses
from loyalty.pictures.addresses import base_of, is_public, opened

__all__ = ["base_of", "is_public", "opened", "png", "qr_address", "sign"]
PURPOSE = "qr"  # other pictures have one of their own
LONGEST = 120  # characters a QR code of ours may hold


def qr_address(session: Session, text: str, *, until: datetime) -> str:
    """The public address of a QR code that shows `text`, good until then; "" while the shop has no public address."""
    base = base_of(session)
    if not base:
        return ""
    return f"{base}/media/{sign(keyring(session), text, until=until)}.png"


def sign(keys: Keyring, text: str, *, until: datetime, purpose: str = PURPOSE) -> str:
    """As `addresses.sign`; without a purpose, of a QR code."""
    return addresses.sign(keys, text, until=until, purpose=purpose)


def png(keys: Keyring, signed: str, *, now: datetime) -> bytes | None:
    """The picture of the part between `/media/` and `.png`; None unless we signed it and its time has not passed."""
    text = opened(keys, signed, PURPOSE, now=now)
    if text is None or len(text) > LONGEST:
        return None
    picture = io.BytesIO()
    segno.make(text, error="m", micro=False).save(picture, kind="png", scale=12, border=4)
    return picture.getvalue()
