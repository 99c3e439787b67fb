"""Bringing a batch through its phase: chunk after chunk, each its own short transaction, from wherever it stands.

What one process begins another may finish: a chunk and the cursor behind it are committed together, so that no row is
written twice and none is left out, whenever a process dies.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from time import thread_time
from typing import Any, Protocol

from sqlalchemy.orm import Session

from loyalty import collecting
from loyalty.db import Database
from loyalty.exchange import batches
from loyalty.exchange.checking import Checking
from loyalty.exchange.models import ImportBatch, State
from loyalty.exchange.undoing import Undoing
from loyalty.exchange.writing import Writing

MOST = 500  # rows in one transaction
FIRST, FEWEST = 100, 50
AIM = 0.035  # seconds of own work in a transaction: webhooks wait for no more than 50 ms

Tell = Callable[[int, int], None]  # how many rows are done, and of how many


class Phase(Protocol):
    """What is done to the rows of a batch in one state."""

    def prepare(self, session: Session, batch: ImportBatch, limit: int) -> Any:
        """The next chunk's work, from a look that holds nobody up; None when the phase is over."""

    def write(self, session: Session, batch: ImportBatch, work: Any, *, now: datetime) -> None:
        """Do it, and move the cursor."""

    def end(self, session: Session, batch: ImportBatch, *, now: datetime) -> None:
        """The state that follows."""


PHASES: Mapping[str, Callable[[], Phase]] = {
    State.CHECKING: Checking,
    State.WRITING: Writing,
    State.UNDOING: Undoing,
}


def run(
    database: Database,
    batch_id: int,
    *,
    owner: str,
    clock: Callable[[], datetime],
    is_stopping: Callable[[], bool] = lambda: False,
    tell: Tell = lambda done, total: None,
) -> bool:
    """Work on a batch until its phase is over; False when it is not: another process has it, or this one must stop."""
    with database.transaction() as session:
        batch = batches.claim(session, batch_id, owner, now=clock())
    if batch is None:
        return False
    with collecting.older_left_alone():
        return _work(database, batch, owner, clock, is_stopping, tell)


def _work(
    database: Database,
    batch: ImportBatch,
    owner: str,
    clock: Callable[[], datetime],
    is_stopping: Callable[[], bool],
    tell: Tell,
) -> bool:
    phase, rows = PHASES[batch.state](), FIRST if database.is_sqlite else MOST
    while not is_stopping():
        with database.read_only() as session:
            work = phase.prepare(session, batch, rows)
        with database.transaction() as session:
            began, now = thread_time(), clock()  # from here on others wait
            held = batches.claim(session, batch.id, owner, now=now)
            if held is None or (held.state, held.cursor) != (batch.state, batch.cursor):
                return False
            if work is None:
                phase.end(session, held, now=now)
                return True
            phase.write(session, held, work, now=now)
        batch = held
        if database.is_sqlite:  # where everybody else waits meanwhile
            rows = _pace(rows, thread_time() - began)
        tell(*batches.progress(batch))
    _let_go(database, batch.id, owner, clock())
    return False


def _pace(rows: int, seconds: float) -> int:
    """How many rows the next transaction takes, so that it lasts about as long as it may."""
    return max(FEWEST, min(MOST, 2 * rows, int(rows * AIM / seconds)))


def _let_go(database: Database, batch_id: int, owner: str, now: datetime) -> None:
    """Whoever comes next need not wait for the lease to run out."""
    with database.transaction() as session:
        if (held := batches.claim(session, batch_id, owner, now=now)) is not None:
            held.owner = held.leased_until = None
