"""A worker looks at once when something changed, and now and then when nothing did."""

import threading
import time

import sqlalchemy as sa

from jobs import worker
from jobs.registry import Context, Pump
from jobs.worker import ChangeWatch
from loyalty.db import Database
from loyalty.settings import Settings


def test_a_write_by_anybody_is_noticed_once_and_watching_keeps_no_connection_from_those_who_work(
    database: Database,
) -> None:
    watch = ChangeWatch(database)
    if not database.is_sqlite:
        assert watch.version() is None  # it always looks
        return
    before = watch.version()
    assert before == watch.version() is not None
    with database.transaction() as session:
        session.execute(sa.text("UPDATE installation SET demo = NOT demo"))
    assert before != watch.version() == watch.version()
    assert isinstance(database.engine.pool, sa.QueuePool) and database.engine.pool.checkedout() == 0
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

    watch = ChangeWatch(database)
    thread = threading.Thread(target=worker.turn, args=(context, Pump("pump", fail_twice, 0.01), watch))
    thread.start()
    thread.join(10)
    watch.close()
    assert len(rounds) == 3
    assert rounds[1] - rounds[0] >= worker.AFTER_FAILURE
