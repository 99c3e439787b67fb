"""Pictures the platforms fetch: an address carries what its picture shows, signed, so nothing is stored."""

import base64
import binascii
import hmac
import io
import ipaddress
from datetime import UTC, datetime
from urllib.parse import urlsplit

import segno
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.crypto import Keyring
from loyalty.db import keyring

PURPOSE = "qr"  # other pictures have one of their own
LONGEST = 120  # characters a QR code of ours may hold
SIGNATURE = 32  # hex digits at the end of an address


def qr_address(session: Session, text: str, *, until: datetime) -> str:
    """The public address of a QR code that shows `text`, good until then; "" while the shop has no public address."""
    base = base_of(session)
    if not base:
        return ""
    return f"{base}/media/{sign(keyring(session), text, until=until)}.png"


def base_of(session: Session) -> str:
    """Where platforms can fetch the shop's pictures, "" for nowhere: only https on a host of the open internet.

    A demo's platforms are played on this very machine and see what it sees.
    """
    here = shop.of(session)
    return here.base_url if here.demo or is_public(here.base_url) else ""


def sign(keys: Keyring, text: str, *, until: datetime, purpose: str = PURPOSE) -> str:
    """URL-safe: what is shown and until when, then our signature over both and what it is for."""
    content = f"{int(until.timestamp())}.{text}"
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=") + keys.sign(purpose, content)


def png(keys: Keyring, signed: str, *, now: datetime) -> bytes | None:
    """The picture of the part between `/media/` and `.png`; None unless we signed it and its time has not passed."""
    text = opened(keys, signed, PURPOSE, now=now)
    if text is None or len(text) > LONGEST:
        return None
    picture = io.BytesIO()
    segno.make(text, error="m", micro=False).save(picture, kind="png", scale=12, border=4)
    return picture.getvalue()


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


def opened(keys: Keyring, signed: str, purpose: str, *, now: datetime) -> str | None:
    """What an address was signed to show; None for whatever we did not sign for this purpose, or when it has ended."""
    content = _content(keys, signed, purpose)
    if content is None:
        return None
    until, _, text = content.partition(".")
    return text if now < datetime.fromtimestamp(int(until), UTC) else None


def _content(keys: Keyring, signed: str, purpose: str) -> str | None:
    encoded, signature = signed[:-SIGNATURE], signed[-SIGNATURE:]
    if not signed.isascii() or len(signed) > 4 * LONGEST:
        return None
    try:
        content = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    return content if hmac.compare_digest(keys.sign(purpose, content), signature) else None
