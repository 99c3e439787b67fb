"""Stand-ins where the network begins."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bots.channel import Inbound, Outbound, PlatformTemplate, Profile
from loyalty.channels.calls import Limit


class FakeChannel:
    """A provider in memory: remembers what was sent, fails as told."""

    kind = "zalo"
    account = "oa1"
    body_limit = 1024
    text_limit = 2000
    carousel = 0
    window = timedelta(hours=48)
    limit = Limit(100_000, timedelta(minutes=1))

    def __init__(self) -> None:
        self.sent: list[Outbound] = []
        self.failures: list[Exception] = []  # raised by the next sends, first in first out
        self.renewed = 0
        self.listed: list[PlatformTemplate] = []  # the templates of the account
        self.on_send: Callable[[Outbound], None] = lambda _message: None

    def verify(self, headers: Mapping[str, str], body: bytes) -> None: ...

    def is_probe(self, headers: Mapping[str, str], body: bytes) -> bool:
        return False

    def admit(self, payload: Mapping[str, Any]) -> None: ...

    def handshake(self, arguments: Mapping[str, str]) -> str | None:
        return None

    def parse(self, payload: Mapping[str, Any]) -> Sequence[Inbound]:
        return [Inbound(**{**payload, "at": datetime.fromisoformat(payload["at"])})]

    def send(self, message: Outbound) -> str:
        self.on_send(message)
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(message)
        return f"provider-{len(self.sent)}"

    def renew(self) -> None:
        self.renewed += 1

    def upkeep(self) -> None: ...

    def profile(self, user: str) -> Profile | None:
        return Profile(name=f"Tên {user}")

    def templates(self) -> Sequence[PlatformTemplate]:
        if self.failures:
            raise self.failures.pop(0)
        return list(self.listed)
