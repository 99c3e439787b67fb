"""Hash chains per customer: a row's hash covers its content and the hash before it, so no row changes unseen."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime

Content = Mapping[str, str | int | bool | bytes | date | None]  # a datetime is a date


def start(chain: str, public_id: str) -> bytes:
    """The hash before the first row of a customer's chain: "ledger" or "consent"."""
    return hashlib.sha256(f"khach-quen {chain} chain|{public_id}".encode()).digest()


def link(before: bytes, content: Content) -> bytes:
    """The hash of a row after `before`. The order of the fields does not matter, nor the zone of an instant."""
    serial = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=_plain)
    return hashlib.sha256(before + serial.encode()).digest()


def _plain(value: object) -> str:
    match value:
        case bytes():
            return value.hex()
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds")
        case date():
            return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a chain")
