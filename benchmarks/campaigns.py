"""A campaign's sending: `python -m benchmarks.campaigns [sqlite|postgresql] [CUSTOMERS]`.

The outbox with every guarantee on, against a loop of `requests` with the same number of threads, both to a server in a
process of its own that takes 50 ms to answer, as a platform nearby does. What comes before it is in `planning`.
"""

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import requests
import sqlalchemy as sa

from benchmarks import harness
from benchmarks.harness import Rounds
from bots.channel import Channel, Outbound
from jobs.campaigns import advance_campaigns
from jobs.outbox import AT_ONCE, send_outbox
from jobs.registry import Context
from loyalty.campaigns import lifecycle
from loyalty.channels import accounts
from loyalty.channels.calls import Limit
from loyalty.channels.models import ChannelAccount
from loyalty.customers import bulk
from loyalty.customers.bulk import Newcomer
from loyalty.customers.models import ChannelIdentity, Customer, CustomerStats
from loyalty.db import Database
from loyalty.messaging.models import OutboundMessage
from loyalty.segments import saved
from loyalty.settings import Settings

CUSTOMERS, TOGETHER = 10_000, 5_000
SENT, ROUNDS = 400, 5  # messages of a round
REACH = 0.7
NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
LATENCY = 0.05  # seconds
SERVER = f"""
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep({LATENCY})
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{{}}")
    def log_message(self, *_words): pass
server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


class Plain:
    """A channel of one call a message, as the bare loop makes them."""

    kind, account, window, limit = "zalo", "oa", timedelta(hours=48), Limit(10**6, timedelta(minutes=1))

    def __init__(self, url: str) -> None:
        self.url, self._own = url, threading.local()
        self.heard: list[str] = []

    def call(self, user: str, text: str) -> None:
        session = getattr(self._own, "session", None)
        if session is None:
            session = self._own.session = requests.Session()
            session.trust_env = False
        session.post(self.url, json={"user": user, "text": text}, timeout=10).raise_for_status()
        self.heard.append(user)

    def send(self, message: Outbound) -> str:
        self.call(message.user, message.text)
        return message.reference


def fill(database: Database, customers: int) -> None:
    """As many people with a chat each, who agreed and wrote an hour ago."""
    assert database.keyring is not None and database.shop is not None
    for start in range(0, customers, TOGETHER):
        people = [Newcomer(f"+849{number:08}", None) for number in range(start, min(start + TOGETHER, customers))]
        sealed = [bulk.seal(each, database.keyring, database.shop, source="import", now=NOON) for each in people]
        with database.transaction() as session:
            bulk.create_many(session, sealed)
    with database.transaction() as session:
        account = accounts.ensure(session, "zalo", "oa", window=timedelta(hours=48), now=NOON)
        _give_chats(session.connection(), account)
        saved.create(session, "Tất cả", {"all": []}, now=NOON)
    with database.engine.connect() as connection:
        connection.execute(sa.text("ANALYZE"))
        connection.commit()


def _give_chats(connection: sa.Connection, account: ChannelAccount) -> None:
    values: dict[str, Any] = {
        "channel_account_id": account.id,
        "proof": "shared",
        "promotion": True,
        "follows": True,
        "first_seen_at": NOON,
        "last_interaction_at": NOON - timedelta(hours=1),
        "profile_tries": 0,
        "misses": 0,
    }
    identity = ChannelIdentity.metadata.tables[ChannelIdentity.__tablename__]
    user = sa.literal("user-").concat(sa.cast(Customer.id, sa.Text()))
    names = ["customer_id", "user_id", *values]
    given = [sa.literal(value, identity.c[name].type) for name, value in values.items()]
    connection.execute(sa.insert(identity).from_select(names, sa.select(Customer.id, user, *given)))
    connection.execute(sa.update(CustomerStats).values(channels=",zalo,", consent_promotion=True))


def send(database: Database, settings: Settings, url: str) -> Rounds:
    """Some hundred messages a round, made beforehand on both sides."""
    ours, bare = Plain(url), Plain(url)
    context = Context(database, settings, {"zalo": cast(Channel, ours)}, lambda: NOON)
    with database.transaction() as session:
        segment_id = saved.list_newest(session, limit=1)[0].id
        campaign = lifecycle.create(session, "Gửi", segment_id, "Chào bạn, bánh mới.", now=NOON)
        lifecycle.schedule(session, campaign, now=NOON)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        rounds = harness.interleave(
            lambda: list(pool.map(lambda number: bare.call(f"user-{number}", "Chào"), range(SENT))),
            lambda: _send_ours(database, context, ours),
            rounds=ROUNDS,
            warm_up=1,
        )
    assert len(set(ours.heard)) == len(ours.heard), "somebody was written to twice"
    return rounds


def _send_ours(database: Database, context: Context, channel: Plain) -> None:
    """At least so many more; the pump that feeds the outbox runs beside it, as in a worker."""
    wanted, done = len(channel.heard) + SENT, threading.Event()

    def feed() -> None:
        while not done.is_set():
            if not advance_campaigns(context):
                done.wait(0.2)

    feeder = threading.Thread(target=feed)
    feeder.start()
    try:
        while len(channel.heard) < wanted:
            send_outbox(context)
    finally:
        done.set()
        feeder.join()
    with database.read_only() as session:
        assert session.scalar(sa.select(sa.func.count()).where(OutboundMessage.state == "failed")) == 0


@contextmanager
def server() -> Iterator[str]:
    process = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def measure(engine: str, customers: int) -> str:
    with harness.place(engine) as place, server() as url:
        database = place.open("campaigns")
        fill(database, customers)
        settings = Settings(data_keys=(harness.DATA_KEY,), secret_key="a benchmark's", var=place.home)
        return send(database, settings, url).line(f"campaign send, {engine}", per_round=SENT, reach=REACH)


def main(arguments: Sequence[str] | None = None) -> None:
    given = sys.argv[1:] if arguments is None else arguments
    engines = [word for word in given if word in harness.ENGINES] or harness.ENGINES
    size = next((int(word) for word in given if word.isdigit()), CUSTOMERS)
    for engine in engines:
        print(measure(engine, size), flush=True)


if __name__ == "__main__":
    main()
