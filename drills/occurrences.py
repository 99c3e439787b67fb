"""A day of the shop with three schedulers whose clocks differ: every occurrence of jobs and campaigns once.

`python -m drills occurrences [HOURS]`: simulated hours, a minute at a time. One clock is half a minute behind, one a
quarter of a minute ahead; each scheduler sleeps through some minutes and comes back.
"""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bots.channel import Channel
from drills.shops import book_problems, make_subscribers, open_shop, settings_for
from jobs.campaigns import advance_campaigns
from jobs.models import JobRun
from jobs.outbox import send_outbox
from jobs.registry import Context, Job
from jobs.scheduler import Scheduler
from loyalty.campaigns import cron, lifecycle
from loyalty.campaigns.models import Campaign, CampaignRun
from loyalty.db import Database
from loyalty.segments import saved
from tests.builders_campaigns import FakeChannel

MINUTE = timedelta(minutes=1)
SKEWS = (timedelta(), timedelta(seconds=-31), timedelta(seconds=17))
RULES = ("*/10 * * * *", "7 * * * *", "0 9,21 * * *", "30 8 * * *")
JOBS = {"every_five": "*/5 * * * *", "hourly": "3 * * * *", "at_nine": "0 9 * * *"}


class Clock:
    """The simulated instant, seen by one scheduler."""

    def __init__(self, start: datetime, skew: timedelta) -> None:
        self.now, self.skew = start, skew

    def __call__(self) -> datetime:
        return self.now + self.skew


def run(url: str, rng: random.Random, limit: str = "24") -> Iterator[str]:
    hours = int(limit.rstrip("s"))
    database = open_shop(url)
    make_subscribers(database, 3)
    start = datetime.now(UTC).replace(second=0, microsecond=0) + MINUTE
    with database.transaction() as session:
        everybody = saved.create(session, "Tất cả", {"all": []}, now=start)
        for number, rule in enumerate(RULES):
            campaign = lifecycle.create(session, f"Lịch {number}", everybody.id, "Chào bạn.", now=start)
            lifecycle.schedule(session, campaign, cron_rule=rule, now=start)
    ran: Counter[tuple[str, datetime]] = Counter()
    guard = threading.Lock()

    def job(name: str) -> Job:
        def work(_context: Context, due_at: datetime) -> None:
            with guard:
                ran[name, due_at] += 1

        return Job(name=name, cron=JOBS[name], run=work)

    contexts = [_context(database, url, Clock(start, skew), str(skew)) for skew in SKEWS]
    jobs = [job(name) for name in JOBS]
    for minute in range(hours * 60 + 2):  # two more, for the clock that is behind
        awake = [one for one in contexts if rng.random() < 0.8] or contexts[:1]
        for context in contexts:
            cast(Clock, context.clock).now = start + minute * MINUTE
        _at_once(awake, jobs)
    yield from _check(database, ran, start, hours)
    problems = book_problems(database)
    assert problems == [], problems[:5]
    database.close()


def _context(database: Database, url: str, clock: Clock, owner: str) -> Context:
    channel = FakeChannel()
    channel.account = "4123456789012345678"
    return Context(database, settings_for(url), {"zalo": cast(Channel, channel)}, clock, owner)


def _at_once(awake: list[Context], jobs: list[Job]) -> None:
    """Everybody who is awake looks at the same moment."""
    failures: list[BaseException] = []

    def look(context: Context) -> None:
        try:
            for job in jobs:
                Scheduler(context).fire(job)
            for _ in range(12):
                if not advance_campaigns(context) + send_outbox(context):
                    break
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=look, args=(context,)) for context in awake]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == [], failures


def _check(database: Database, ran: Counter[tuple[str, datetime]], start: datetime, hours: int) -> Iterator[str]:
    end = start + hours * 60 * MINUTE
    with database.read_only() as session:
        zone = settings_for(database.engine.url.render_as_string(hide_password=False)).timezone
        runs = Counter(session.execute(sa.select(CampaignRun.campaign_id, CampaignRun.due_at)).tuples())
        rules = {campaign.id: campaign.cron or "" for campaign in session.scalars(sa.select(Campaign))}
        claimed = session.scalar(sa.select(sa.func.count()).where(JobRun.job.in_(list(JOBS)))) or 0
    for id_, rule in rules.items():
        wanted = _occurrences(rule, start, end, zone)
        got = [due for campaign_id, due in runs if campaign_id == id_ and due <= end]
        assert sorted(got) == wanted, f"{rule}: {len(got)} runs of {len(wanted)} occurrences"
    assert max(runs.values(), default=0) == 1
    assert max(ran.values(), default=0) == 1, "a job ran twice for one occurrence"
    assert claimed == len(ran)
    for name, rule in JOBS.items():
        due = {at.astimezone(UTC) for job, at in ran if job == name and start < at <= end}
        missed = set(_occurrences(rule, start, end, zone)) - due
        slept = len(missed)  # a newer occurrence came while everybody slept: the newest alone is due
        assert slept <= 1, f"{name}: {slept} occurrences were nobody's"
    yield f"{len(runs)} runs of {len(rules)} campaigns and {len(ran)} of {len(JOBS)} jobs in {hours} hours, each once"


def _occurrences(rule: str, start: datetime, end: datetime, zone: ZoneInfo) -> list[datetime]:
    found: list[datetime] = []
    at: datetime | None = start
    while at is not None and (at := cron.parse(rule).next_after(at, zone)) is not None and at <= end:
        found.append(at)
    return found
