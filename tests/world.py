"""The whole program from outside: `loyalty serve` as a process, signed HTTP in, a recording server for platforms."""

import contextlib
import itertools
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import requests

from bots.messenger import signature as messenger_signature
from bots.zalo import signature as zalo_signature
from tests.fakes_http import Answer, RecordingServer, Request

ROOT = Path(__file__).parent.parent
LOYALTY = [sys.executable, "-m", "loyalty.cli"]
APP, OA, PAGE = "3344556677889900112", "4123456789012345678", "104850291837465"
SECRETS = {
    "LOYALTY_ZALO_APP_ID": APP,
    "LOYALTY_ZALO_APP_SECRET": "the-app-secret",
    "LOYALTY_ZALO_OA_ID": OA,
    "LOYALTY_ZALO_OA_SECRET_KEY": "the-webhook-key",
    "LOYALTY_ZALO_ACCESS_TOKEN": "zalo-access-canary-1",
    "LOYALTY_ZALO_REFRESH_TOKEN": "zalo-refresh-canary-1",
    "LOYALTY_MESSENGER_PAGE_ID": PAGE,
    "LOYALTY_MESSENGER_PAGE_TOKEN": "page-token-canary",
    "LOYALTY_MESSENGER_APP_SECRET": "meta-secret",
    "LOYALTY_MESSENGER_VERIFY_TOKEN": "verify me",
    "LOYALTY_DATA_KEYS": "YSB0ZXN0J3MgdGhpcnR5LXR3byBieXRlIHJvb3Qga2U=",
    "LOYALTY_SECRET_KEY": "a test's secret",
    "LOYALTY_SHOP_NAME": "Cà phê Mây",
}
NEVER_QUIET = {"LOYALTY_QUIET_HOURS": ""}


@dataclass(frozen=True)
class Heard:
    """One message a platform was asked to deliver."""

    channel: str
    user: str
    text: str
    at: float


class Platforms:
    """Zalo and Messenger as far as sending goes: every message is remembered before it is answered."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.refreshes = 0
        self.names: Mapping[str, str] = {}
        self.answer_delay = 0.0
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._server = RecordingServer(self._answer)

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.__exit__(None, None, None)

    def environment(self) -> dict[str, str]:
        base = self._server.url
        return {
            "LOYALTY_ZALO_API_URL": f"{base}/zalo",
            "LOYALTY_ZALO_OAUTH_URL": f"{base}/oauth",
            "LOYALTY_ZALO_ZNS_URL": f"{base}/zns",
            "LOYALTY_MESSENGER_API_URL": f"{base}/graph",
        }

    def to(self, user: str) -> list[str]:
        return [message.text for message in self.heard if message.user == user]

    def _answer(self, request: Request) -> Answer:
        if request.path.endswith("/oa/message/cs"):
            return self._zalo(request.json)
        if request.path.endswith("/messages"):
            return self._messenger(request.json)
        if request.path.endswith("/oa/access_token"):
            return self._refresh()
        if request.path.endswith("/user/detail"):
            user = json.loads(request.query["data"])["user_id"]
            return Answer({"error": 0, "message": "Success", "data": {"display_name": self.names.get(user, "")}})
        return Answer({"success": True, "error": 0, "message": "Success", "data": {}})

    def _zalo(self, body: Any) -> Answer:
        payload = body["message"].get("attachment", {}).get("payload", {})
        elements = payload.get("elements") or [{}]
        text = body["message"].get("text") or f"{elements[0].get('title', '')}\n{elements[0].get('subtitle', '')}"
        number = self._remember("zalo", body["recipient"]["user_id"], text)
        return Answer({"error": 0, "message": "Success", "data": {"message_id": f"z{number}"}}, delay=self.answer_delay)

    def _messenger(self, body: Any) -> Answer:
        number = self._remember("messenger", body["recipient"]["id"], body.get("message", {}).get("text", ""))
        return Answer({"recipient_id": body["recipient"]["id"], "message_id": f"m_{number}"}, delay=self.answer_delay)

    def _refresh(self) -> Answer:
        with self._lock:
            self.refreshes += 1
            pair = {"access_token": f"zalo-access-{self.refreshes}", "refresh_token": f"zalo-refresh-{self.refreshes}"}
        return Answer({**pair, "expires_in": "90000"})

    def _remember(self, channel: str, user: str, text: str) -> int:
        with self._lock:
            self.heard.append(Heard(channel, user, text, time.time()))
            return next(self._numbers)


class World:
    """One running shop. `zalo` and `messenger` speak to it as the platforms do."""

    def __init__(self, database_url: str, platforms: Platforms, **extra: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.platforms = platforms
        self.http = requests.Session()
        self.http.trust_env = False
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("LOYALTY_")},
            **SECRETS,
            **platforms.environment(),
            "LOYALTY_DATABASE_URL": database_url,
            **extra,
        }
        self.log = b""
        self.key = self.campaign = ""  # a drill's own
        self._process: subprocess.Popen[bytes] | None = None
        self._reader = threading.Thread()
        self._numbers = itertools.count(1)

    def start(self) -> None:
        command = [*LOYALTY, "serve", "--port", str(self.port)]
        self._process = subprocess.Popen(
            command, env=self.environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        self._reader = threading.Thread(target=self._drain, args=(self._process,), daemon=True)
        self._reader.start()
        try:
            wait_until(self.is_alive, 120, "the server to answer")
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.log.decode()[-3000:]}") from None

    def stop(self) -> int:
        """Ask it to end; its exit code. Asking again is harmless."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(40)
        self._reader.join(5)
        return code

    def close(self) -> None:
        if self._process is not None:
            self.stop()
        self.http.close()

    def kill(self) -> None:
        """kill -9 of the supervisor; its children must notice."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        wait_until(lambda: not self.is_alive(), 30, "the children to notice")

    def children(self) -> list[int]:
        """Process ids of everything below the supervisor."""
        assert self._process is not None
        return descendants(self._process.pid)

    def is_alive(self) -> bool:
        with contextlib.suppress(requests.RequestException):
            return self.http.get(f"{self.url}/healthz", timeout=2).status_code == 200
        return False

    def cli(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run([*LOYALTY, *arguments], env=self.environment, capture_output=True, text=True, timeout=300)
        assert not check or done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def json(self, *arguments: str) -> Any:
        return json.loads(self.cli(*arguments, "--json"))

    def api(self, key: str, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {key}", **headers}
        return self.http.request(method, f"{self.url}/api/v1{path}", json=body, headers=headers, timeout=30)

    def post_zalo(self, event: Mapping[str, Any], *, session: requests.Session | None = None) -> requests.Response:
        body = json.dumps(
            {"app_id": APP, "timestamp": str(int(time.time() * 1000)), **event}, ensure_ascii=False
        ).encode()
        stamp = json.loads(body)["timestamp"]
        mac = zalo_signature.sign(APP, body, stamp, SECRETS["LOYALTY_ZALO_OA_SECRET_KEY"])
        headers = {"X-ZEvent-Signature": mac, "Content-Type": "application/json"}
        return (session or self.http).post(f"{self.url}/webhooks/zalo", data=body, headers=headers, timeout=30)

    def post_messenger(
        self, *elements: Mapping[str, Any], session: requests.Session | None = None
    ) -> requests.Response:
        payload = {
            "object": "page",
            "entry": [{"id": PAGE, "time": int(time.time() * 1000), "messaging": list(elements)}],
        }
        body = json.dumps(payload).encode()
        mac = messenger_signature.sign(SECRETS["LOYALTY_MESSENGER_APP_SECRET"], body)
        headers = {"X-Hub-Signature-256": mac, "Content-Type": "application/json"}
        return (session or self.http).post(f"{self.url}/webhooks/messenger", data=body, headers=headers, timeout=30)

    def says(self, user: str, text: str, *, message_id: str = "") -> Mapping[str, Any]:
        """The Zalo event of a person writing; posted, and returned so that it can be delivered again."""
        event = zalo_text(user, text, message_id or f"msg-{next(self._numbers)}-{time.time_ns()}")
        assert self.post_zalo(event).status_code == 200
        return event

    def writes(self, psid: str, text: str) -> Mapping[str, Any]:
        """The Messenger event of a person writing."""
        mid = f"m_{next(self._numbers)}_{time.time_ns()}"
        event = {
            "sender": {"id": psid},
            "recipient": {"id": PAGE},
            "timestamp": int(time.time() * 1000),
            "message": {"mid": mid, "text": text},
        }
        assert self.post_messenger(event).status_code == 200
        return event

    def answer(self, user: str, text: str) -> str:
        """Write on Zalo and wait for the one answer."""
        before = len(self.platforms.to(user))
        self.says(user, text)
        wait_until(lambda: len(self.platforms.to(user)) > before, 60, f"an answer to {text!r}")
        return self.platforms.to(user)[before]

    def reply(self, psid: str, text: str) -> str:
        """Write on Messenger and wait for the one answer."""
        before = len(self.platforms.to(psid))
        self.writes(psid, text)
        wait_until(lambda: len(self.platforms.to(psid)) > before, 60, f"an answer to {text!r}")
        return self.platforms.to(psid)[before]

    def settled(self) -> bool:
        """Nothing waits in the inbox, nothing is under way in the outbox."""
        numbers = self.http.get(f"{self.url}/metrics", timeout=10).text
        busy = ('loyalty_inbox_events{state="received"}', 'loyalty_outbox_messages{state="sending"}')
        return all(f"{name} 0.0" in numbers for name in busy)

    def _drain(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stderr is not None
        with process.stderr:
            for line in process.stderr:
                self.log += line


def zalo_text(user: str, text: str, message_id: str) -> dict[str, Any]:
    return {
        "event_name": "user_send_text",
        "sender": {"id": user},
        "recipient": {"id": OA},
        "message": {"text": text, "msg_id": message_id},
    }


def zalo_follow(user: str) -> dict[str, Any]:
    return {"event_name": "follow", "oa_id": OA, "follower": {"id": user}, "source": "oa_profile"}


@contextlib.contextmanager
def running(database_url: str, **extra: str) -> Iterator[World]:
    """A shop that runs for the block and is asked to stop afterwards."""
    with Platforms() as platforms:
        world = World(database_url, platforms, **extra)
        world.start()
        try:
            yield world
        finally:
            world.close()


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain for {what}"
        time.sleep(0.05)


def free_port() -> int:
    """Below those the system lends to whoever calls out: such a call may come before the port is listened on."""
    for port in random.SystemRandom().sample(range(30_100, 32_700), 50):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("no free port")


def descendants(pid: int) -> list[int]:
    """Everybody below a process, read from /proc."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            fields = stat.read_text().rpartition(")")[2].split()
            parents[int(stat.parent.name)] = int(fields[1])
    found, fresh = [], [pid]
    while fresh:
        fresh = [child for child, parent in parents.items() if parent in fresh]
        found += fresh
    return found
