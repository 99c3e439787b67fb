"""How much of Meta's limits is used up, by its own headers: near the end the page slows down by itself.

`X-App-Usage` and `X-Business-Use-Case-Usage` come only now and then; a strange one says nothing (Meta's rate-limit
pages, March 2026).
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from bots import strict_json
from bots.channel import SLOWED, Action, Malformed, SendError

APP, BUSINESS = "X-App-Usage", "X-Business-Use-Case-Usage"
NEAR = 90  # percent: what can wait, waits
FULL = 100  # percent: answers wait too
PAUSE = timedelta(minutes=1)  # where the headers name no time
LONGEST = timedelta(hours=24)
PERCENTAGES = ("call_count", "total_cputime", "total_time")


class Meter:
    """The state of one page's limits in this process; threads may share it. `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._until = {NEAR: 0.0, FULL: 0.0}  # by the percentage reached: when it is over

    def read(self, headers: Mapping[str, str]) -> None:
        """Take note of what one answer tells; nothing it holds is an error."""
        used, wait = percent_used(headers), wait_wished(headers)
        reached = FULL if used >= FULL or wait else NEAR if used >= NEAR else None
        if reached is not None:
            pause = self._clock() + (wait or PAUSE).total_seconds()
            with self._lock:
                for level in self._until:
                    if level <= reached:
                        self._until[level] = max(self._until[level], pause)

    def check(self, *, is_answer: bool) -> None:
        """Raise SendError (retry, with the wait) while this kind of message should not go out."""
        with self._lock:
            left = self._until[FULL if is_answer else NEAR] - self._clock()
        if left > 0:
            raise SendError(Action.RETRY, SLOWED, "near Meta's limit", retry_after=timedelta(seconds=left))


def percent_used(headers: Mapping[str, str]) -> int:
    """The highest percentage any of the headers names; 0 without one."""
    uses = [_loaded(headers.get(APP)), *_uses(headers)]
    return max((_number(use.get(name)) for use in uses for name in PERCENTAGES), default=0)


def wait_wished(headers: Mapping[str, str]) -> timedelta | None:
    """`estimated_time_to_regain_access` (minutes), the longest; None without one."""
    minutes = max((_number(use.get("estimated_time_to_regain_access")) for use in _uses(headers)), default=0)
    return min(timedelta(minutes=min(minutes, 10**6)), LONGEST) if minutes else None


def _uses(headers: Mapping[str, str]) -> Iterable[Mapping[str, Any]]:
    businesses = _loaded(headers.get(BUSINESS)).values()
    return [use for each in businesses if isinstance(each, list) for use in each if isinstance(use, dict)]


def _loaded(header: str | None) -> Mapping[str, Any]:
    try:
        return strict_json.loads((header or "").encode("utf-8", "replace"))
    except Malformed:
        return {}


def _number(value: object) -> int:
    """A percentage or a count; 0 for anything else. Some numbers come as text or with a fraction."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 18:
        return int(value)
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return 0
    return int(min(value, 10**9)) if value > 0 else 0
