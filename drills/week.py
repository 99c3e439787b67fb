"""A week of a busy shop: everything people and staff write on both channels, repeated, late, refused by platforms.

Two messages in three are of customers, the others of staff at work. One in twenty is delivered again with the
same bytes, at once or much later; one in twenty comes late; of the sends one in thirty-three is refused, in every way
a platform refuses; and for a while both platforms are down. Everything goes through the real program (`loyalty serve`)
over signed HTTP; what must be true afterwards is worked out beside it in plain dictionaries.

The clock is the machine's own: the days follow each other as fast as the shop works them off, late messages are
stamped up to half an hour back. Then comes a calm part, 50 messages a second and no refusals, whose times are printed.
"""

import contextlib
import os
import random
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Generator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from drills import week_books
from drills.shops import open_shop, settings_for
from drills.week_people import DAYS, PRICE, Week
from drills.week_platforms import SHARE, WeekPlatforms
from drills.week_post import Message, Post
from loyalty.channels import accounts as channels
from loyalty.installation import opening
from loyalty.rewards import catalogue
from loyalty.rewards.catalogue import Terms
from loyalty.staff import accounts, binding
from tests.world import NEVER_QUIET, OA, PAGE, World, wait_until

SIZE = 50_000
PACE = 50  # messages a second in the calm part
CALM = 9_000  # messages of it at most: three minutes
DOWN = 10.0  # seconds without any platform
WHOLE = 1_000  # messages from which on the platforms' slow refusals belong to it: each makes somebody wait a minute
OUTAGE_DAY = 3
PLACES = {"zalo": (OA, timedelta(hours=48)), "messenger": (PAGE, timedelta(hours=24))}
REACH = {"webhook accepted": 0.25, "webhook to answer": 0.5}  # seconds, p99: design.md §6


def run(url: str, rng: random.Random, limit: str = str(SIZE)) -> Iterator[str]:
    week = Week(int(limit), random.Random(rng.random()))
    _open(url, week)
    with WeekPlatforms(random.Random(rng.random()), is_patient=week.size >= WHOLE) as platforms:
        world = World(url, platforms, **NEVER_QUIET)
        world.start()
        post = Post(world.port, random.Random(rng.random()))
        try:
            yield from _flood(world, week, platforms, post)
            calm, times = yield from _calm(world, week, platforms, post)
        finally:
            world.close()
        yield from _report(url, week, platforms, calm, times)


def _open(url: str, week: Week) -> None:
    """A shop with its staff, each in a chat, and one reward."""
    database, now = open_shop(url), datetime.now(UTC)
    with database.transaction() as session:
        catalogue.make(session, Terms(name={"vi": "Ly cà phê", "en": "Coffee"}, price=PRICE), now=now)
        for number, clerk in enumerate(week.staff):
            external_id, window = PLACES[clerk.channel]
            place = channels.ensure(session, clerk.channel, external_id, window=window, now=now)
            member = accounts.add(session, f"Nhân viên {number}", clerk.role, now=now)
            code = binding.issue_code(session, member.id, now=now)
            binding.bind(session, code, channel_account_id=place.id, user_id=clerk.user, now=now)
    database.close()


def _flood(world: World, week: Week, platforms: WeekPlatforms, post: Post) -> Iterator[str]:
    """The week itself, as fast as it can be delivered; each night the shop works off what is left."""
    platforms.share = SHARE
    started = time.monotonic()
    days = [week.joining, week.opening] + [lambda: week.day(platforms.by_user())] * DAYS
    for number, day in enumerate(days):
        began, lines = time.monotonic(), day()
        if number == OUTAGE_DAY:
            threading.Thread(target=_fall_silent, args=(platforms, min(DOWN, week.size / 500))).start()
        post.flood(lines)
        posted = time.monotonic() - began
        wait_until(world.settled, 3600, "the inbox to be empty")
        took = time.monotonic() - began
        speed = f"{len(lines) / took:.0f}/s"
        yield f"day {number}: {len(lines)} messages in {posted:.0f} s, worked off after {took:.0f} s: {speed}"
    wait_until(lambda: _is_quiet(world), 3600, "every answer to be settled")
    yield f"the week: {len(week.messages)} messages in {time.monotonic() - started:.0f} s"
    unusual = f"{post.repeated} repeated, {post.displaced} late, {post.unaccepted} tried again"
    yield f"deliveries: {len(post.times)}, {unusual}"
    yield _line("webhook in the flood", post.times)


def _fall_silent(platforms: WeekPlatforms, seconds: float) -> None:
    platforms.is_down = True
    time.sleep(seconds)
    platforms.is_down = False


def _is_quiet(world: World) -> bool:
    numbers = world.http.get(f"{world.url}/metrics", timeout=10).text
    under_way = ('loyalty_outbox_messages{state="waiting"} 0.0', 'loyalty_outbox_messages{state="sending"} 0.0')
    return world.settled() and all(nothing in numbers for nothing in under_way)


def _calm(
    world: World, week: Week, platforms: WeekPlatforms, post: Post
) -> Generator[str, None, tuple[Sequence[Message], Sequence[float]]]:
    """An ordinary busy hour; returns its messages and how long each webhook took."""
    platforms.share = 0.0
    post.times, before = [], _seconds(world)
    messages = week.paced(min(CALM, max(20, week.size // 2)))
    began = time.monotonic()
    post.flood(messages, 1 / PACE)
    yield f"calm: {len(messages)} messages in {time.monotonic() - began:.0f} s"
    wait_until(lambda: _is_quiet(world), 3600, "every answer to be settled")
    spent = {name: 1000 * (seconds - before[name]) / len(messages) for name, seconds in _seconds(world).items()}
    yield f"processor time a message: {', '.join(f'{name} {each:.1f} ms' for name, each in spent.items())}"
    yield f"the machine: {os.cpu_count()} cores, {os.getloadavg()[0]:.1f} waiting or running, ours among them"
    return messages, post.times


def _seconds(world: World) -> dict[str, float]:
    """Processor time spent so far by the web half and by the workers."""
    spent: defaultdict[str, float] = defaultdict(float)
    for pid in world.children():
        with contextlib.suppress(OSError):
            name = "web" if b"\0web\0" in Path(f"/proc/{pid}/cmdline").read_bytes() else "workers"
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            spent[name] += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return spent


def _report(
    url: str, week: Week, platforms: WeekPlatforms, calm: Sequence[Message], times: Sequence[float]
) -> Iterator[str]:
    database = opening.open_database(settings_for(url))
    try:
        yield _line("webhook accepted", times)
        yield _line("webhook to answer", week_books.latencies(database, calm, platforms))
        yield from week_books.check(database, week, platforms)
    finally:
        database.close()


def _line(name: str, times: Sequence[float]) -> str:
    cuts = statistics.quantiles(times, n=100)
    reach = f" (reach {1000 * REACH[name]:.0f})" if name in REACH else ""
    return (
        f"{name}: p50 {1000 * cuts[49]:.0f} ms, p99 {1000 * cuts[98]:.0f} ms{reach}, worst {1000 * max(times):.0f} ms"
    )
