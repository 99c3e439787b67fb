"""A webhook accepted (verify, store, commit, 200) against the same server answering after one bare INSERT and commit.

`python -m benchmarks.webhook`: both addresses live in one gunicorn, loaded in turn by the same clients with the same
bytes. Then 200 a second for ten seconds (p99), then a burst of 1,000 at once; every 200 must be a stored row.
"""

import http.client
import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa

from benchmarks import harness
from bots.zalo import signature
from loyalty.db import Database
from loyalty.messaging.models import InboundEvent
from tests.world import APP, SECRETS, free_port, zalo_text

REACH = {"sqlite": 0.80, "postgresql": 0.75}
CLIENTS, PER_ROUND = 8, 800
BARE_TABLE = """
CREATE TABLE bare_event (
  id {serial}, public_id TEXT, channel TEXT, account TEXT, event_id TEXT, sender TEXT, name TEXT, state TEXT,
  received_at {instant}, due_at {instant}, attempts INTEGER, body {bytes}, UNIQUE (channel, account, event_id)
)
"""


class Load:
    """Clients that keep their connections, as a platform does."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.sent = 0
        self.times: list[float] = []

    def run(self, path: str, bodies: Sequence[bytes], clients: int = CLIENTS, pace: float = 0.0) -> None:
        """Post every body; `pace` is the seconds between two of one client."""
        self.times = []
        shares = [bodies[number::clients] for number in range(clients)]
        threads = [threading.Thread(target=self._post, args=(path, share, pace)) for share in shares]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _post(self, path: str, bodies: Sequence[bytes], pace: float) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        due = time.perf_counter()
        for body in bodies:
            time.sleep(max(0.0, due - time.perf_counter()))
            due += pace
            started = time.perf_counter()
            connection.request("POST", path, body, _headers(body))
            answer = connection.getresponse()
            answer.read()
            self.times.append(time.perf_counter() - started)
            assert answer.status == 200, answer.status
        connection.close()


def events(first: int, count: int) -> list[bytes]:
    return [_event(number) for number in range(first, first + count)]


def _event(number: int) -> bytes:
    text = zalo_text(f"51{number % 500:017d}", "Cho mình xem điểm với ạ", f"bench-{number}")
    return json.dumps({"app_id": APP, "timestamp": str(1790000000000 + number), **text}, ensure_ascii=False).encode()


def _headers(body: bytes) -> dict[str, str]:
    stamp = json.loads(body)["timestamp"]
    mac = signature.sign(APP, body, stamp, SECRETS["LOYALTY_ZALO_OA_SECRET_KEY"])
    return {"Content-Type": "application/json", "X-ZEvent-Signature": mac}


@contextmanager
def serving(database: Database) -> Iterator[int]:
    port = free_port()
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "benchmarks.webhook_server", url, str(port)]
    server = subprocess.Popen(command)
    try:
        _wait(port)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def _wait(port: int) -> None:
    for _ in range(600):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server does not answer")


def measure(engine: str) -> list[str]:
    with harness.place(engine) as place:
        database = place.open("webhook")
        _make_bare_table(database)
        with serving(database) as port:
            load = Load(port)
            numbers = iter(range(0, 10**9, PER_ROUND))

            def round_of(path: str) -> Callable[[], None]:
                return lambda: load.run(path, events(next(numbers), PER_ROUND))

            rounds = harness.interleave(round_of("/limit"), round_of("/webhooks/zalo"))
            steady, burst = _steady(load, next(numbers)), _burst(load, 10**8)
        expected = (2 + 9) * PER_ROUND + 2000 + 1000
        with database.read_only() as session:
            stored = session.scalar(sa.select(sa.func.count()).select_from(InboundEvent))
        assert stored == expected, f"{stored} of {expected} are stored"
        return [rounds.line(f"webhook, {engine}", per_round=PER_ROUND, reach=REACH[engine]), steady, burst]


def _steady(load: Load, first: int) -> str:
    load.run("/webhooks/zalo", events(10**7 + first, 2000), clients=20, pace=0.1)
    p99 = statistics.quantiles(load.times, n=100)[98]
    return f"{'  200 a second':<28} p99 {1000 * p99:.0f} ms (reach 250), worst {1000 * max(load.times):.0f} ms"


def _burst(load: Load, first: int) -> str:
    load.run("/webhooks/zalo", events(first, 1000), clients=100)
    return f"{'  a burst of 1,000':<28} all stored, worst {1000 * max(load.times):.0f} ms"


def _make_bare_table(database: Database) -> None:
    words = (
        {"serial": "INTEGER PRIMARY KEY", "instant": "TEXT", "bytes": "BLOB"}
        if database.is_sqlite
        else {"serial": "BIGSERIAL PRIMARY KEY", "instant": "TIMESTAMPTZ", "bytes": "BYTEA"}
    )
    with database.engine.begin() as connection:
        connection.execute(sa.text(BARE_TABLE.format(**words)))


def main() -> None:
    for engine in sys.argv[1:] if sys.argv[1:] in (["sqlite"], ["postgresql"]) else harness.ENGINES:
        print("\n".join(measure(engine)), flush=True)


if __name__ == "__main__":
    main()
