"""kill -9 at random moments while 500 events and a campaign to 2,000 people run: nothing lost, nothing doubled."""

import contextlib
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import requests
import sqlalchemy as sa

from drills.shops import book_problems, make_subscribers, open_shop, settings_for
from loyalty.customers import profiles
from loyalty.installation import opening
from loyalty.messaging.models import InboundEvent, OutboundMessage
from loyalty.points.models import LedgerEntry
from tests.world import NEVER_QUIET, Platforms, World, wait_until, zalo_text

EVENTS, PEOPLE, KILLS = 500, 2000, 12
STAFF = "5123456789012340001"
OFFER = "Cuối tuần này bánh mới ra lò"


def run(url: str, rng: random.Random) -> Iterator[str]:
    database = open_shop(url)
    subscribers = make_subscribers(database, PEOPLE)
    with database.transaction() as session:
        now = datetime.now(UTC)
        profiles.create(session, source="staff", now=now, phone="+84912345678", joined=True)
    database.close()
    with Platforms() as platforms:
        platforms.answer_delay = 0.01
        world = World(url, platforms, **NEVER_QUIET)
        world.start()
        try:
            yield from _storm(world, rng, list(subscribers))
        finally:
            world.close()
        yield from _check(world, url, list(subscribers))


def _storm(world: World, rng: random.Random, subscribers: list[str]) -> Iterator[str]:
    """Events and the campaign at once, with a murderer among them."""
    code = world.cli("staff", "add", "Thu", "--role", "owner").split("/nv ")[1].split()[0]
    world.answer(STAFF, f"/nv {code}")
    _start_campaign(world)
    events = [zalo_text(STAFF, f"/tich 0912345678 {10 + n % 7}0k #K{n}", f"drill-{n}") for n in range(EVENTS)]
    feeder = threading.Thread(target=_feed, args=(world, events))
    feeder.start()
    kills: Counter[str] = Counter()
    while sum(kills.values()) < KILLS or feeder.is_alive():
        time.sleep(rng.uniform(0.3, 2.0))
        victims = world.children()
        if victims and sum(kills.values()) < 3 * KILLS:
            kills[_kill(rng.choice(victims))] += 1
    feeder.join()
    assert sum(kills.values()) >= KILLS, f"only {sum(kills.values())} kills: the drill proved nothing"
    world.kill()  # and once everything at the same moment
    world.start()
    yield f"{sum(kills.values())} kills {dict(kills)}, then the whole program"
    wait_until(world.settled, 300, "the inbox to be empty")
    wait_until(lambda: _waiting(world) == 0, 300, "the campaign to end")


def _kill(pid: int) -> str:
    name = "gone before"
    with contextlib.suppress(OSError):
        with open(f"/proc/{pid}/cmdline", "rb") as file:  # noqa: PTH123  # a kernel file
            arguments = file.read().split(b"\0")
        name = next((word.decode() for word in arguments if word in (b"web", b"worker")), "other")
        os.kill(pid, signal.SIGKILL)
    return name


def _start_campaign(world: World) -> None:
    key = world.cli(
        "apikey", "create", "drill", "--scope", "segments:read,segments:write,campaigns:read,campaigns:write"
    ).split()[-1]
    segment = world.api(key, "POST", "/segments", {"name": "Tất cả", "rules": {"all": []}}).json()
    body = {"name": "Bánh mới", "segment_id": segment["id"], "text": OFFER}
    campaign = world.api(key, "POST", "/campaigns", body).json()
    answer = world.api(key, "POST", f"/campaigns/{campaign['id']}/schedule", {})
    assert answer.status_code == 200, answer.text
    world.key, world.campaign = key, campaign["id"]


def _waiting(world: World) -> int:
    report = _report(world)
    return int(report["waiting"]) if report["frozen"] == PEOPLE else -1


def _report(world: World) -> dict[str, Any]:
    answer = world.api(world.key, "GET", f"/campaigns/{world.campaign}/report")
    found: dict[str, Any] = answer.json()
    return found


def _feed(world: World, events: list[dict[str, object]]) -> None:
    """Deliver each event until the shop says 200, as a platform does, and some of them twice."""
    session = requests.Session()
    session.trust_env = False
    for number, event in enumerate(events):
        for _ in range(2 if number % 10 == 0 else 1):
            while not _accepted(world, event, session):
                time.sleep(0.1)
    session.close()


def _accepted(world: World, event: dict[str, object], session: requests.Session) -> bool:
    with contextlib.suppress(requests.RequestException):
        return world.post_zalo(event, session=session).status_code == 200
    return False


def _check(world: World, url: str, subscribers: list[str]) -> Iterator[str]:
    offers = Counter(message.user for message in world.platforms.heard if OFFER in message.text)
    doubled = [user for user, count in offers.items() if count > 1]
    database = opening.open_database(settings_for(url))
    with database.read_only() as session:
        states = dict(
            session.execute(
                sa.select(OutboundMessage.state, sa.func.count())
                .where(OutboundMessage.recipient_id.is_not(None))
                .group_by(OutboundMessage.state)
            ).all()
        )
        earned = session.scalar(sa.select(sa.func.count()).where(LedgerEntry.kind == "earn"))
        inbox = dict(session.execute(sa.select(InboundEvent.state, sa.func.count()).group_by(InboundEvent.state)).all())
    problems = book_problems(database)
    database.close()
    yield f"{len(offers)} people got the offer, {len(doubled)} twice; messages {states}; inbox {inbox}"
    yield f"{earned} of {EVENTS} receipts earned"
    assert doubled == []
    assert earned == EVENTS
    assert set(inbox) <= {"processed", "ignored"}, inbox
    unheard = set(subscribers) - set(offers)
    assert len(unheard) <= states.get("unknown", 0), f"{len(unheard)} lost without a trace"
    assert states.get("sent", 0) + states.get("unknown", 0) + states.get("skipped", 0) == PEOPLE + states.get(
        "extra", 0
    )
    assert problems == [], problems[:5]
    yield f"{states.get('unknown', 0)} of unknown fate, {len(unheard)} of them never arrived; verify is clean"
