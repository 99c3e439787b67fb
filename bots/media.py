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

PURPOSE = "qr"
LONGEST = 120  # characters a QR code of ours may hold
SIGNATURE = 32  # hex digits at the end of an address


def qr_address(session: Session, text: str, *, until: datetime) -> str:
    """The public address of a QR code that shows `text`, good until then; "" while the shop has no public address.

    Platforms fetch pictures themselves, so only https on a host of the open internet is of use.
    """
    base = shop.of(session).base_url
    if not is_public(base):
        return ""
    return f"{base}/media/{sign(keyring(session), text, until=until)}.png"


def sign(keys: Keyring, text: str, *, until: datetime) -> str:
    """URL-safe: what is shown and until when, then our signature over both."""
    content = f"{int(until.timestamp())}.{text}"
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=") + keys.sign(PURPOSE, content)


def png(keys: Keyring, signed: str, *, now: datetime) -> bytes | None:
    """The picture of the part between `/media/` and `.png`; None unless we signed it and its time has not passed."""
    content = _opened(keys, signed)
    if content is None:
        return None
    until, _, text = content.partition(".")
    if datetime.fromtimestamp(int(until), UTC) <= now or len(text) > LONGEST:
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


def _opened(keys: Keyring, signed: str) -> str | None:
    """The signed content, or None for whatever we did not sign."""
    encoded, signature = signed[:-SIGNATURE], signed[-SIGNATURE:]
    if not signed.isascii() or len(signed) > 4 * LONGEST:
        return None
    try:
        content = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    return content if hmac.compare_digest(keys.sign(PURPOSE, content), signature) else None
