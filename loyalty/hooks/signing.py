"""Signatures of Standard Webhooks: HMAC-SHA256 over id, time and body, in `webhook-signature`.

The form is that of https://github.com/standard-webhooks/standard-webhooks (specification 1.0.0).
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

PREFIX = "whsec_"


def new_secret() -> str:
    """`whsec_` and 32 random bytes in base64; receivers' libraries take it as it is."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def headers(event_id: str, body: bytes, valid: Sequence[str], *, now: datetime) -> Mapping[str, str]:
    """What goes with a message: one signature for each secret in force, so that a receiver may change over at ease."""
    sent = str(int(now.timestamp()))
    signatures = " ".join(sign(event_id, sent, body, secret) for secret in valid)
    return {"webhook-id": event_id, "webhook-timestamp": sent, "webhook-signature": signatures}


def sign(event_id: str, sent: str, body: bytes, secret: str) -> str:
    """`v1,` and the signature in base64."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    digest = hmac.new(key, f"{event_id}.{sent}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"
