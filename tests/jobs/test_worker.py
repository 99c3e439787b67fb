"""A worker looks at once when something changed, and now and then when nothing did."""

import threading
import time

import sqlalchemy as sa
from sqlalchemy.pool import QueuePool

from jobs import worker
from jobs.registry import Context, Pump
from jobs.worker import ChangeWatch
from loyalty.db import Database
from loyalty.settings import Settings


def test_a_write_by_anybody_is_noticed_once(database: Database) -> None:
    watch = ChangeWatch(database)
    watch.moved()
    if not database.is_sqlite:
        assert watch.moved()  # always yes
        return
    assert not watch.moved()
    with database.transaction() as session:
        session.execute(sa.text("UPDATE installation SET demo = NOT demo"))
    assert watch.moved()
    assert not watch.moved()
    watch.close()


def test_a_failing_pump_goes_on_after_a_pause(database: Database, settings: Settings) -> None:
    context = Context(database, settings, {})
    rounds: list[float] = []

    def fail_twice(_context: Context) -> int:
        rounds.append(time.monotonic())
        if len(rounds) < 3:
            raise RuntimeError
        context.stopping.set()
        return 0

    thread = threading.Thread(target=worker.turn, args=(context, Pump("pump", fail_twice, 0.01)))
    thread.start()
    thread.join(10)
    assert len(rounds) == 3
    assert rounds[1] - rounds[0] >= worker.AFTER_FAILURE


def test_however_many_pumps_watch_the_pool_is_left_to_those_who_work(database: Database) -> None:
    watches = [ChangeWatch(database) for _ in range(40)]
    try:
        pool = database.engine.pool
        assert isinstance(pool, QueuePool)
        assert pool.checkedout() == 0
    finally:
        for watch in watches:
            watch.close()
