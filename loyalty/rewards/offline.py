"""What a QR code of a reward says, signed: a till without a connection can tell a code of the shop's from any other.

`KQ1.K7P4M2QX.20261130.3.…`: the code, the last day it holds, the reward's number, and an Ed25519 signature (RFC 8032)
over everything before the last dot, base64url without padding. Whether it was used already only the shop knows.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import date, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from loyalty.crypto import Keyring
from loyalty.rewards import codes

VERSION = "KQ1"
PURPOSE = "redemption signing key"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a signed text promises."""

    code: str
    valid_on: date  # the last day
    number: int  # of the reward


def sign(keys: Keyring, ticket: Ticket) -> str:
    """The text for a QR code."""
    said = f"{VERSION}.{ticket.code}.{ticket.valid_on:%Y%m%d}.{ticket.number}"
    return f"{said}.{_encode(_key(keys).sign(said.encode()))}"


def public_key(keys: Keyring) -> str:
    """What a till checks signatures with: 32 bytes, base64url without padding. It changes only with the secret key."""
    return _encode(_key(keys).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def read(public: str, text: str) -> Ticket | None:
    """The ticket a text is, for whoever has the public key; None for whatever the shop did not sign."""
    said, _, signature = text.strip().rpartition(".")
    try:
        Ed25519PublicKey.from_public_bytes(_decode(public)).verify(_decode(signature), said.encode())
        version, code, day, number = said.split(".")
        ticket = Ticket(code, datetime.strptime(day, "%Y%m%d").date(), int(number))  # noqa: DTZ007  # a day has no zone
    except (InvalidSignature, binascii.Error, ValueError):
        return None
    return ticket if version == VERSION else None


def code_in(text: str) -> str:
    """What to look up of something scanned or typed: the code within a signed text, or the text itself."""
    parts = text.strip().split(".")
    return parts[1] if len(parts) == 5 and parts[0] == VERSION and codes.is_code(parts[1]) else text


def _key(keys: Keyring) -> Ed25519PrivateKey:
    """The shop's own, drawn from its secret: no other table holds it, and a restored shop has it again."""
    return Ed25519PrivateKey.from_private_bytes(keys.derive(PURPOSE))


def _encode(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
