"""One webhook body, read without trusting any of it; parse.py tells what its events are."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from bots.channel import Inbound, InboundKind
from bots.strict_json import clean

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # stands for a time that cannot be read

TEXT_LIMIT = 4000  # characters kept; Zalo lets people write fewer
NAME_LIMIT = 200
EVENT_ID_LIMIT = 200

_TEST_BUTTON = "This is message id"  # what the console's Test button sends, well signed, as every msg_id
_ID = re.compile(r"[!-~]{1,100}")
_MILLISECONDS = re.compile(r"[0-9]{12,13}")  # samples in Zalo's pages have twelve digits
_KEY_PART = re.compile(r"[\w./+=-]+", re.ASCII)

Path = tuple[str, ...]


class Parties(NamedTuple):
    """Where an event names the OA and the person."""

    account: Path
    user: Path


class Event:
    """One body, its parties where this kind of event names them."""

    def __init__(self, payload: Mapping[str, Any], parties: Parties) -> None:
        self.payload = payload
        self.name = name_of(payload)
        self.account = identifier(self.get(*parties.account))
        self.user = identifier(self.get(*parties.user)) if parties.user else ""

    def get(self, *path: str) -> Any:
        """The value at `path`, None where there is none."""
        value: Any = self.payload
        for step in path:
            value = value.get(step) if isinstance(value, Mapping) else None
        return value

    def text(self, *path: str, limit: int = TEXT_LIMIT) -> str:
        return clean(self.get(*path))[:limit]

    @property
    def message_id(self) -> str:
        return identifier(self.get("message", "msg_id"))

    @property
    def timestamp(self) -> str:
        return identifier(self.get("timestamp"))

    def is_test(self) -> bool:
        return _TEST_BUTTON in (self.get("message", "msg_id"), self.get("msg_id"))

    def inbound(self, kind: InboundKind, key: str, *parts: str, at: datetime | None = None, **more: Any) -> Inbound:
        """This event under the id `key:part:part`; under one made from its body when a part is missing."""
        return Inbound(
            event_id=_event_id(key, parts) if parts and all(parts) else f"{key}:{self.digest()}",
            account=self.account,
            kind=kind,
            at=at or instant(self.get("timestamp")),
            name=self.name,
            **{"user": self.user, "raw": self.payload} | more,
        )

    def other(self, **more: Any) -> Inbound:
        return self.inbound(InboundKind.OTHER, "other", **more)

    def digest(self) -> str:
        canonical = json.dumps(dict(self.payload), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def names_both(self) -> bool:
        return bool(self.account and self.user)


def name_of(payload: Mapping[str, Any]) -> str:
    return clean(payload.get("event_name"))[:NAME_LIMIT]


def identifier(value: object) -> str:
    """An id as text, "" for anything that cannot be one. Ids are strings; a number is taken at its digits."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**40:
        value = str(value)
    return value if isinstance(value, str) and _ID.fullmatch(value) else ""


def instant(milliseconds: object, otherwise: datetime = EPOCH) -> datetime:
    digits = identifier(milliseconds)
    return EPOCH + timedelta(milliseconds=int(digits)) if _MILLISECONDS.fullmatch(digits) else otherwise


def _event_id(key: str, parts: tuple[str, ...]) -> str:
    """`key:part:part`, or `key:` and a digest where that is too long or could be read in two ways."""
    plain = ":".join((key, *parts))
    if len(plain) <= EVENT_ID_LIMIT and all(map(_KEY_PART.fullmatch, parts)):
        return plain
    return f"{key}:{hashlib.sha256(json.dumps(parts).encode()).hexdigest()}"
