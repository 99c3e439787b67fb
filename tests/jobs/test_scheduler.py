"""Who runs long is still seen to be alive."""

import threading
from datetime import datetime, timedelta

import pytest

from jobs import scheduler
from jobs.registry import Context, Job
from jobs.scheduler import AT_ONCE, Scheduler
from loyalty.db import Database
from loyalty.settings import Settings


def test_as_many_long_jobs_as_there_may_be_keep_no_beat_waiting(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_end, beaten = threading.Semaphore(0), threading.Event(), threading.Event()

    def last(_context: Context, _due_at: datetime) -> None:
        begun.release()
        may_end.wait(30)

    class Watched(Scheduler):
        def beat(self) -> None:
            super().beat()
            beaten.set()

    monkeypatch.setattr(scheduler, "BEAT", timedelta(seconds=0.2))
    monkeypatch.setattr(scheduler, "JOBS", {name: Job(name, last, "0 0 * * *") for name in map(str, range(AT_ONCE))})
    clockwork = Watched(Context(database, settings, {}))
    clockwork.start()
    assert all(begun.acquire(timeout=20) for _ in range(AT_ONCE))
    beaten.clear()
    is_alive = beaten.wait(10)
    may_end.set()
    clockwork.stop()
    assert is_alive
