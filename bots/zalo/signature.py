"""The MAC on every webhook call: SHA-256 over app id, raw body, timestamp and the OA secret key, one after the other.

Read in Zalo's published pages and recomputed over a real delivery, 2026-11. It is no HMAC, and its secret is the OA
Secret Key of the Webhook page, not the App Secret.
"""

import hashlib
import hmac
import json
import re

from bots.channel import BadSignature, Malformed

HEADER = "X-ZEvent-Signature"

_MAC = re.compile(r"\s*mac\s*=\s*([0-9a-f]{64})\s*", re.ASCII)


def sign(app_id: str, body: bytes, timestamp: str, secret: str) -> str:
    """The header value Zalo sends with `body`: `mac=` and 64 lower-case hex digits."""
    signed = b"".join((_bytes(app_id), body, _bytes(timestamp), _bytes(secret)))
    return "mac=" + hashlib.sha256(signed).hexdigest()


def verify(header: str | None, body: bytes, *, app_id: str, secret: str) -> None:
    """Raise BadSignature unless `header` signs exactly these bytes; Malformed when they hold no timestamp.

    Spaces around `mac` and `=` are forgiven, nothing else is: Zalo writes both name and digits in lower case.
    """
    expected = sign(app_id, body, timestamp(body), secret)
    given = _MAC.fullmatch(header or "")
    if given is None:
        raise BadSignature("no signature" if header is None else "not a signature")
    if not hmac.compare_digest(given[1], expected.removeprefix("mac=")):
        raise BadSignature("another body, app or secret was signed")


def timestamp(body: bytes) -> str:
    """The body's `timestamp` as it is written there, whether as a string or as a number. Raises Malformed."""
    try:
        # A number must keep its own digits, so none is converted.
        payload = json.loads(body.decode("utf-8"), parse_int=str, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"no JSON to read the timestamp from: {type(error).__name__}") from None
    found = payload.get("timestamp") if isinstance(payload, dict) else None
    if not isinstance(found, str):
        raise Malformed("no timestamp, which the signature needs")
    return found


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
