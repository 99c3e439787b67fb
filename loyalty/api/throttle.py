"""Calls a minute and key, counted in this process over a moving window."""

import math
import time
from dataclasses import dataclass

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from loyalty.errors import TooMany


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left: calls, and whole seconds until the oldest one counts no more."""

    limit: int
    remaining: int
    seconds: int

    @property
    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.seconds),
        }


class TooManyCalls(TooMany):
    """More calls in a minute than the shop allows; `retry_after` is in whole seconds."""

    code = "too_many_calls"

    def __init__(self, allowance: Allowance) -> None:
        super().__init__(f"at most {allowance.limit} calls a minute", retry_after=allowance.seconds)
        self.allowance = allowance


class Throttle:
    """Zero calls a minute means no limit."""

    def __init__(self, per_minute: int) -> None:
        self._item = RateLimitItemPerMinute(per_minute) if per_minute else None
        self._window = MovingWindowRateLimiter(MemoryStorage())

    def take(self, name: str) -> Allowance | None:
        """Count one call of this key. Raises TooManyCalls."""
        if self._item is None:
            return None
        allowed = self._window.hit(self._item, name)
        stats = self._window.get_window_stats(self._item, name)
        seconds = max(1, math.ceil(stats.reset_time - time.time()))
        allowance = Allowance(self._item.amount, stats.remaining, seconds)
        if not allowed:
            raise TooManyCalls(allowance)
        return allowance
