"""QR codes the platforms fetch: an address carries what its picture shows, signed, so nothing is stored."""

import io
from datetime import datetime, timedelta

import segno
from sqlalchemy.orm import Session

from bots.texts import LOCALES
from loyalty.crypto import Keyring
from loyalty.db import keyring
from loyalty.pictures import addresses
from loyalty.pictures.addresses import base_of, is_public, opened

__all__ = ["base_of", "is_public", "opened", "png", "qr_address", "sign"]
HELD = timedelta(hours=24)  # a platform fetches a picture within minutes; a queue may be slow
PURPOSE = "qr"  # other pictures have one of their own
LONGEST = 120  # characters a QR code of ours may hold


def qr_address(session: Session, text: str, *, until: datetime) -> str:
    """The public address of a QR code that shows `text`, good until then; "" while the shop has no public address."""
    return address(session, text, PURPOSE, until=until)


def address(session: Session, what: str, purpose: str, *, until: datetime) -> str:
    """The public address of a picture drawn when it is fetched; "" while the shop has no public address."""
    base = base_of(session)
    return f"{base}/media/{sign(keyring(session), what, until=until, purpose=purpose)}.png" if base else ""


def named(session: Session, signed: str, purpose: str, *, now: datetime) -> tuple[str, str] | None:
    """The id and the language an address of `<id>.<language>` was signed for; None for anything else."""
    what, _, locale = (opened(keyring(session), signed, purpose, now=now) or "").rpartition(".")
    return (what, locale) if locale in LOCALES else None


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
