"""Meta's proofs: of a webhook's bytes, of our calls, of a privacy request. All are HMAC-SHA256 with the app secret."""

import binascii
import hmac
from base64 import b64decode
from typing import Any

from bots import strict_json
from bots.channel import BadSignature, Malformed

HEADER = "X-Hub-Signature-256"  # the older X-Hub-Signature (SHA-1) alone proves nothing to us


def sign(secret: str, body: bytes) -> str:
    """What Meta writes into `X-Hub-Signature-256` for exactly these bytes (Messenger webhooks page, May 2026)."""
    return "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()


def verify(header: str, body: bytes, secret: str) -> None:
    """Raise BadSignature unless `header` is the signature of the untouched bytes; a blank secret proves nothing."""
    given = header.encode("latin-1", "replace")  # as bytes: text beyond ASCII would make the comparison raise
    if not secret or not hmac.compare_digest(given, sign(secret, body).encode()):
        raise BadSignature(f"{HEADER} does not fit the body")


def appsecret_proof(token: str, secret: str) -> str:
    """The parameter that shows Graph a call comes from the app and not from a stolen token."""
    return hmac.digest(secret.encode(), token.encode(), "sha256").hex()


def parse_signed_request(text: str, secret: str) -> dict[str, Any]:
    """The payload of a data-deletion or deauthorize callback: `base64url(signature).base64url(JSON)`, unpadded.

    `user_id` in it is app-scoped: it is nobody's id in a conversation. Raises BadSignature; Malformed when the signed
    part is no JSON object.
    """
    signature, _, payload = text.encode("latin-1", "replace").partition(b".")
    if not secret or not hmac.compare_digest(_decoded(signature), hmac.digest(secret.encode(), payload, "sha256")):
        raise BadSignature("signed_request is not signed by this app")
    request = strict_json.loads(_decoded(payload))
    if str(request.get("algorithm")).upper() != "HMAC-SHA256":
        raise BadSignature("signed_request names another algorithm")
    return request


def _decoded(part: bytes) -> bytes:
    try:
        return b64decode(part + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise Malformed("signed_request is not base64url") from None
