"""Messages as the platforms deliver them: signed, a person's one after the other, some of them twice or late."""

import http.client
import json
import random
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from bots.messenger import parse as messenger
from bots.messenger import signature as messenger_signature
from bots.zalo import parse as zalo
from bots.zalo import signature as zalo_signature
from tests.world import APP, PAGE, SECRETS, zalo_text

THREADS = 12
AGAIN, DISORDERED = 0.05, 0.05
DISPLACED = 60  # places a message comes late by, at most


@dataclass(slots=True)
class Message:
    """Somebody writes something. `key` is what the shop names the event; times are of the machine's clock."""

    channel: str
    user: str
    text: str
    number: int
    written_at: float = 0.0
    posted_at: float = 0.0
    body: bytes = b""
    key: str = ""

    def seal(self) -> None:
        """Make the bytes, once: a repeated delivery has the same."""
        stamp = int(self.written_at * 1000)
        event = _zalo(self, stamp) if self.channel == "zalo" else _messenger(self, stamp)
        self.body = json.dumps(event, ensure_ascii=False).encode()
        read = zalo if self.channel == "zalo" else messenger
        found = read.parse(event)[0]
        self.key = f"{self.channel}:{found.account}:{found.event_id}"

    def headers(self) -> dict[str, str]:
        head = {"Content-Type": "application/json"}
        if self.channel == "messenger":
            mac = messenger_signature.sign(SECRETS["LOYALTY_MESSENGER_APP_SECRET"], self.body)
            return head | {"X-Hub-Signature-256": mac}
        stamp = json.loads(self.body)["timestamp"]
        mac = zalo_signature.sign(APP, self.body, stamp, SECRETS["LOYALTY_ZALO_OA_SECRET_KEY"])
        return head | {"X-ZEvent-Signature": mac}


def _zalo(message: Message, stamp: int) -> dict[str, object]:
    return {
        "app_id": APP,
        "timestamp": str(stamp),
        **zalo_text(message.user, message.text, f"week-{message.number}"),
    }


def _messenger(message: Message, stamp: int) -> dict[str, object]:
    said = {
        "sender": {"id": message.user},
        "recipient": {"id": PAGE},
        "timestamp": stamp,
        "message": {"mid": f"m_week{message.number}", "text": message.text},
    }
    return {"object": "page", "entry": [{"id": PAGE, "time": stamp, "messaging": [said]}]}


@dataclass(slots=True)
class Post:
    """What was delivered: how long each webhook took, and whatever it did not accept at once."""

    port: int
    rng: random.Random
    times: list[float] = field(default_factory=list)
    repeated: int = 0
    displaced: int = 0
    unaccepted: int = 0  # deliveries tried again, as platforms do

    def flood(self, messages: Sequence[Message], pace: float = 0.0) -> None:
        """Deliver all of them, and some twice; `pace` is the seconds between two deliveries, 0 for none.

        A person's messages go one after the other. Afterwards each knows when it was first posted.
        """
        self._seal(messages)
        lines = self._lines(self._plan(messages), pace)
        threads = [threading.Thread(target=self._deliver, args=(line,)) for line in lines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _seal(self, messages: Sequence[Message]) -> None:
        now = time.time()
        for message in messages:
            message.written_at = now - (self.rng.uniform(1, 1800) if self.rng.random() < DISORDERED else 0)
            message.seal()

    def _plan(self, messages: Sequence[Message]) -> list[Message]:
        """The order of delivery: one in twenty comes late, one in twenty comes again."""
        placed = []
        for place, message in enumerate(messages):
            late = self.rng.randint(1, DISPLACED) if self.rng.random() < DISORDERED else 0
            self.displaced += bool(late)
            placed.append((place + late + (0.5 if late else 0), 0, message))
            if self.rng.random() < AGAIN:
                self.repeated += 1
                again = place + late + self.rng.choice((0.6, 3, 40, len(messages)))
                placed.append((again, 1, message))
        return [message for _place, _again, message in sorted(placed, key=lambda each: each[:2])]

    def _lines(self, plan: Sequence[Message], pace: float) -> list[list[tuple[float, Message]]]:
        """Who writes is always carried by the same thread."""
        lines: defaultdict[int, list[tuple[float, Message]]] = defaultdict(list)
        start = time.perf_counter()
        for place, message in enumerate(plan):
            lines[hash(message.user) % THREADS].append((start + place * pace, message))
        return list(lines.values())

    def _deliver(self, line: Sequence[tuple[float, Message]]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        for due, message in line:
            time.sleep(max(0.0, due - time.perf_counter()))
            began, at = time.perf_counter(), time.time()
            while not _accepted(connection, message):
                self.unaccepted += 1
                time.sleep(0.2)
                connection.close()
            self.times.append(time.perf_counter() - began)
            message.posted_at = message.posted_at or at
        connection.close()


def _accepted(connection: http.client.HTTPConnection, message: Message) -> bool:
    try:
        connection.request("POST", f"/webhooks/{message.channel}", message.body, message.headers())
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        return False
    return answer.status == 200
