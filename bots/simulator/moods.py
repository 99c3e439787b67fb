"""How a platform behaves towards the shop: as it should, refusing, slow, or not answering at all. Kept in the store."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bots.simulator.store import Store

WORKING, REFUSING, SLOW, DOWN, EXPIRED = KINDS = ("working", "refusing", "slow", "down", "expired")
WINDOW, PERSON, RATE, CONTENT, TOKEN = REFUSALS = ("window", "person", "rate", "content", "token")
SECONDS = (2, 5, 15)  # what a slow platform takes; the program waits for 10


@dataclass(frozen=True, slots=True)
class Mood:
    """`what` is refused, where it is refusing; how many `seconds` an answer takes, where it is slow."""

    kind: str = WORKING
    what: str = ""
    seconds: int = 0


class Moods:
    """The mood of each platform, the same after a restart."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, channel: str) -> Mood:
        kind = KINDS[self._store.counter(f"mood:{channel}") % len(KINDS)]
        what = REFUSALS[self._store.counter(f"refusal:{channel}") % len(REFUSALS)]
        seconds = self._store.counter(f"seconds:{channel}")
        return Mood(kind, what if kind == REFUSING else "", seconds if kind == SLOW else 0)

    def all(self, channels: tuple[str, ...]) -> dict[str, dict[str, Any]]:
        return {channel: asdict(self.of(channel)) for channel in channels}

    def put(self, channel: str, asked: Mapping[str, Any]) -> Mood | None:
        """Take on the mood a page asked for: `kind`, and `what` or `seconds`; None for one there is not."""
        kind, what, seconds = asked.get("kind"), asked.get("what", WINDOW), asked.get("seconds", SECONDS[0])
        if kind not in KINDS or what not in REFUSALS or seconds not in SECONDS:
            return None
        self._store.set_counter(f"refusal:{channel}", REFUSALS.index(what))
        self._store.set_counter(f"seconds:{channel}", seconds)
        self._store.set_counter(f"mood:{channel}", KINDS.index(kind))
        if kind == EXPIRED:
            self._store.set_counter(f"expired:{channel}", self._store.counter("token") + 1)
        return self.of(channel)

    def refusal(self, channel: str, *, is_send: bool) -> str:
        """Which refusal a call gets, "" for none. What concerns one message is said of sends only. Waits where slow."""
        mood = self.of(channel)
        if mood.kind == SLOW:
            time.sleep(mood.seconds)
        return mood.what if mood.kind == REFUSING and (is_send or mood.what in (RATE, TOKEN)) else ""
