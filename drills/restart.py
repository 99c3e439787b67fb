"""A campaign scheduled ahead, everything restarted in between: it goes out once."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from drills.shops import make_subscribers, open_shop
from tests.world import NEVER_QUIET, Platforms, World, wait_until

PEOPLE, AHEAD = 50, timedelta(minutes=2)
OFFER = "Thứ Bảy mua một tặng một"
SCOPES = "segments:read,segments:write,campaigns:read,campaigns:write"


def run(url: str, rng: random.Random) -> Iterator[str]:
    database = open_shop(url)
    users = make_subscribers(database, PEOPLE)
    database.close()
    with Platforms() as platforms:
        world = World(url, platforms, **NEVER_QUIET)
        world.start()
        try:
            due = datetime.now(UTC) + AHEAD
            report = _schedule(world, due)
            time.sleep(rng.uniform(5, 60))
            world.kill()
            world.start()
            assert not _offers(platforms), "too early"
            wait_until(lambda: report()["sent"] == PEOPLE, AHEAD.total_seconds() + 60, "the offers")
            late = min(message.at for message in platforms.heard if OFFER in message.text) - due.timestamp()
            time.sleep(5)
        finally:
            world.close()
        offers = _offers(platforms)
        assert set(offers) == set(users) and set(offers.values()) == {1}, offers.most_common(3)
        assert 0 <= late < 30, late
        yield f"restarted in between; {len(offers)} people got it once each, {late:.1f} s after it was due"


def _schedule(world: World, due: datetime) -> Callable[[], dict[str, int]]:
    """Schedule the campaign; returns a reader of its report."""
    key = world.cli("apikey", "create", "drill", "--scope", SCOPES).split()[-1]
    segment = world.api(key, "POST", "/segments", {"name": "Tất cả", "rules": {"all": []}}).json()
    body = {"name": "Thứ Bảy", "segment_id": segment["id"], "text": OFFER}
    campaign = world.api(key, "POST", "/campaigns", body).json()
    answer = world.api(key, "POST", f"/campaigns/{campaign['id']}/schedule", {"at": due.isoformat()})
    assert answer.status_code == 200, answer.text
    return lambda: world.api(key, "GET", f"/campaigns/{campaign['id']}/report").json()


def _offers(platforms: Platforms) -> Counter[str]:
    return Counter(message.user for message in platforms.heard if OFFER in message.text)
