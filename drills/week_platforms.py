"""Zalo and Messenger for the drill of a week: they remember every call, refuse some of them, and fall silent once."""

import itertools
import random
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from tests.fakes_http import Answer
from tests.world import Platforms

SHARE = 0.03  # of the sends are refused
# What is refused how often. `lost`: it was delivered, and the connection broke before the answer.
ZALO = {"slow": 6, "limit": 1, "again": 5, "token": 5, "broken": 3, "reset": 3, "lost": 3, "person": 2, "content": 2}
GRAPH = {"slow": 6, "limit": 1, "again": 5, "broken": 3, "reset": 3, "lost": 3, "person": 2, "content": 2}
ANSWERS = {
    ("zalo", "slow"): Answer({}, 429, {"Retry-After": "2"}),
    ("zalo", "limit"): Answer({"error": -32, "message": "Too many requests"}),
    ("zalo", "again"): Answer({"error": -200, "message": "Send failed"}),
    ("zalo", "token"): Answer({"error": -216, "message": "Access token is invalid"}),
    ("zalo", "person"): Answer({"error": -244, "message": "User turned messages off"}),
    ("zalo", "content"): Answer({"error": -201, "message": "Params is invalid"}),
    ("messenger", "slow"): Answer({}, 429, {"Retry-After": "2"}),
    ("messenger", "limit"): Answer({"error": {"code": 613, "message": "Calls limit"}}, 400),
    ("messenger", "again"): Answer({"error": {"code": 1200, "message": "Temporary"}}, 400),
    ("messenger", "person"): Answer({"error": {"code": 551, "message": "Not available"}}, 400),
    ("messenger", "content"): Answer({"error": {"code": 100, "message": "Invalid parameter"}}, 400),
}
BROKEN, RESET = Answer({}, 503), Answer(reset=True)


class Call(NamedTuple):
    """One send as it came in; `name` is what the platform calls the message, "" when it took none."""

    at: float
    channel: str
    user: str
    text: str
    name: str
    outcome: str


class WeekPlatforms(Platforms):
    """`share` of the sends are refused; while `is_down` all of them. `is_patient`: also by what costs a minute."""

    def __init__(self, rng: random.Random, *, is_patient: bool) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self.others: list[tuple[float, str]] = []  # look-ups: they count against Zalo's limit too
        self.share = 0.0
        self.is_down = False
        self._rng = rng
        self._is_patient = is_patient
        self._names = itertools.count(1)

    def delivered(self) -> list[Call]:
        return [call for call in self.calls if call.name]

    def refusals(self) -> Counter[str]:
        return Counter(f"{call.channel} {call.outcome}" for call in self.calls if call.outcome != "sent")

    def most_in(self, channel: str, seconds: float) -> int:
        """The most calls of any window of so many seconds, wherever it begins."""
        times = sorted([call.at for call in self.calls if call.channel == channel] + self._lookups(channel))
        first, most = 0, 0
        for number, at in enumerate(times):
            while times[first] <= at - seconds:
                first += 1
            most = max(most, number - first + 1)
        return most

    def by_user(self) -> dict[str, list[Call]]:
        found: defaultdict[str, list[Call]] = defaultdict(list)
        for call in self.delivered():
            found[call.user].append(call)
        return found

    def _lookups(self, channel: str) -> list[float]:
        return [at for at, path in list(self.others) if path.startswith("/zalo" if channel == "zalo" else "/graph")]

    def _answer(self, request: Any) -> Answer:
        if not request.path.endswith(("/oa/message/cs", "/messages")):
            self.others.append((time.time(), request.path))
        return super()._answer(request)

    def _zalo(self, body: Any) -> Answer:
        payload = body["message"].get("attachment", {}).get("payload", {})
        elements: Sequence[Any] = payload.get("elements") or [{}]
        text = body["message"].get("text") or f"{elements[0].get('title', '')}\n{elements[0].get('subtitle', '')}"
        return self._judge("zalo", body["recipient"]["user_id"], text, ZALO)

    def _messenger(self, body: Any) -> Answer:
        return self._judge("messenger", body["recipient"]["id"], body.get("message", {}).get("text", ""), GRAPH)

    def _judge(self, channel: str, user: str, text: str, ways: dict[str, int]) -> Answer:
        with self._lock:
            outcome = self._outcome(ways)
            name = f"{channel[0]}{next(self._names)}" if outcome in ("sent", "lost") else ""
            self.calls.append(Call(time.time(), channel, user, text, name, outcome))
        if outcome in ("reset", "lost"):
            return RESET
        if outcome in ("broken", "down"):
            return BROKEN
        if outcome != "sent":
            return ANSWERS[channel, outcome]
        if channel == "zalo":
            return Answer({"error": 0, "message": "Success", "data": {"message_id": name}})
        return Answer({"recipient_id": user, "message_id": name})

    def _outcome(self, ways: dict[str, int]) -> str:
        if self.is_down:
            return "down"
        if self._rng.random() >= self.share:
            return "sent"
        found = self._rng.choices(list(ways), list(ways.values()))[0]
        return found if found != "limit" or self._is_patient else "slow"
