"""Carries events to the shop's webhooks, one after the other, and tries again as the platforms do."""

import threading

import requests
import structlog

from bots.simulator.kept import Event
from bots.simulator.switchboard import Switchboard

WAITS = (1, 2, 5, 10, 30, 60, 300, 900)  # seconds before the next try; quicker than Zalo's 30 s, 5 min, 15 min …
PATIENCE = 5.0  # seconds; Meta's deadline
REST = 0.25  # seconds between two looks when nothing wakes us
UNREACHABLE = "unreachable"

log = structlog.get_logger(__name__)


class Courier(threading.Thread):
    """Delivers what the switchboard has waiting, until `stop`."""

    def __init__(self, board: Switchboard, main_url: str) -> None:
        super().__init__(name="simulator-courier", daemon=True)
        self._board = board
        self._main_url = main_url.rstrip("/")
        self._stopping = threading.Event()
        self._session = requests.Session()
        self._session.trust_env = False

    def run(self) -> None:
        while not self._stopping.is_set():
            event = self._board.store.next_event(self._board.now())
            if event is not None:
                self.deliver(event)
            else:
                self._board.wake.wait(REST)
                self._board.wake.clear()

    def stop(self) -> None:
        self._stopping.set()
        self._board.wake.set()
        self.join(PATIENCE)

    def deliver(self, event: Event) -> None:
        """One call, and what came of it. Only 200 counts, as on both platforms."""
        status = self._post(event)
        if status == "200":
            self._board.store.settle_event(event, "accepted")
        elif event.attempts < len(WAITS):
            due_at = self._board.now() + WAITS[event.attempts] * 1000
            self._board.store.settle_event(event, "waiting", status, due_at=due_at)
        else:
            log.warning("simulator_gave_up", channel=event.channel, status=status)
            self._board.store.settle_event(event, "refused", status)

    def _post(self, event: Event) -> str:
        """The status as text, or that nobody answered."""
        url = f"{self._main_url}/webhooks/{event.channel}"
        headers = self._board.events[event.channel].headers(event.body)
        try:
            answer = self._session.post(url, data=event.body, headers=headers, timeout=PATIENCE, allow_redirects=False)
        except requests.RequestException:
            return UNREACHABLE
        return str(answer.status_code)
