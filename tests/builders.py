"""Short ways to make what a test begins with."""

from datetime import UTC, datetime

DATA_KEY = b"a test's thirty-two byte root key"[:32]
NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)  # a Sunday, 12:00 at the shop


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now
