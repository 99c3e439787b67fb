"""One run per occurrence, however many workers: APScheduler fires in each, a unique row decides who does it."""

import threading
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from structlog import get_logger

from jobs.models import JobRun
from jobs.registry import JOBS, Context, Job
from loyalty import upsert

log = get_logger()
BEAT = timedelta(seconds=3)
SILENT = timedelta(seconds=10)
TRIES = 5
AT_ONCE = 10  # jobs under way in one process
LOOK_BACK = tuple(timedelta(days=days) for days in (1 / 720, 1 / 12, 2, 32, 400))


class Scheduler:
    """Fires the jobs of this process. `start` also runs what fell due while nobody was there, once each."""

    def __init__(self, context: Context) -> None:
        self._context = context
        hands = {"default": ThreadPoolExecutor(AT_ONCE), "beat": ThreadPoolExecutor(1)}  # no job keeps the beat waiting
        self._clockwork = BackgroundScheduler(executors=hands, timezone=context.settings.timezone)
        self._mine: set[int] = set()
        self._guard = threading.Lock()

    def start(self) -> None:
        for job in JOBS.values():
            self._clockwork.add_job(self.fire, self.trigger(job), args=[job], coalesce=True, misfire_grace_time=None)
            self._clockwork.add_job(self.fire, args=[job], misfire_grace_time=None)
        beat: dict[str, Any] = {"seconds": BEAT.total_seconds(), "executor": "beat", "coalesce": True}
        self._clockwork.add_job(self.beat, "interval", **beat)
        self._clockwork.start()

    def stop(self) -> None:
        """Wait for the runs under way; they see `stopping` and end at their next step."""
        self._clockwork.shutdown(wait=True)

    def trigger(self, job: Job) -> CronTrigger:
        return CronTrigger.from_crontab(job.cron, timezone=self._context.settings.timezone)

    def fire(self, job: Job) -> None:
        """Do the newest due occurrence, unless somebody does or did."""
        due_at = last_due(self.trigger(job), self._context.clock())
        if due_at is None:
            return
        run_id = self._take(job, due_at)
        if run_id is not None:
            self._run(job, run_id, due_at)

    def beat(self) -> None:
        """Show that our runs are alive; take over one whose owner fell silent."""
        now = self._context.clock()
        with self._guard:
            mine = list(self._mine)
        with self._context.transaction() as session:
            if mine:
                session.execute(sa.update(JobRun).where(JobRun.id.in_(mine)).values(heartbeat_at=now))
            orphan = session.scalar(
                sa.select(JobRun)
                .where(JobRun.finished_at.is_(None), JobRun.heartbeat_at < now - SILENT, JobRun.job.in_(list(JOBS)))
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            if orphan is None:
                return
            orphan.owner, orphan.heartbeat_at, orphan.attempts = self._context.owner, now, orphan.attempts + 1
            if orphan.attempts > TRIES:
                orphan.finished_at, orphan.error = now, "given up"
                return
            taken = (JOBS[orphan.job], orphan.id, orphan.due_at)
        self._clockwork.add_job(self._run, args=taken, misfire_grace_time=None)
        with self._guard:
            self._mine.add(taken[1])

    def _take(self, job: Job, due_at: datetime) -> int | None:
        """Our claim to one occurrence, or None when it is somebody else's."""
        now = self._context.clock()
        with self._context.transaction() as session:
            insert = upsert.insert(session, JobRun)
            claim = insert.values(
                job=job.name, due_at=due_at, owner=self._context.owner, attempts=1, started_at=now, heartbeat_at=now
            )
            return session.execute(claim.on_conflict_do_nothing().returning(JobRun.id)).scalar()

    def _run(self, job: Job, run_id: int, due_at: datetime) -> None:
        with self._guard:
            self._mine.add(run_id)
        error = None
        try:
            job.run(self._context, due_at)
        except Exception as failure:
            log.exception("job_failed", job=job.name)
            error = type(failure).__name__
        finally:
            with self._guard:
                self._mine.discard(run_id)
        if self._context.stopping.is_set() or error is not None:
            return  # left open: whoever notices the silence goes on from the job's cursor
        with self._context.transaction() as session:
            session.execute(sa.update(JobRun).where(JobRun.id == run_id).values(finished_at=self._context.clock()))


def last_due(trigger: CronTrigger, now: datetime) -> datetime | None:
    """The newest occurrence not after `now`, looking back a year at most."""
    for back in LOOK_BACK:
        due: datetime | None = trigger.get_next_fire_time(None, now - back)
        if due is None or due > now:
            continue
        while (following := trigger.get_next_fire_time(due, due + timedelta(microseconds=1))) and following <= now:
            due = following
        return due
    return None
