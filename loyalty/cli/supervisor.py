"""Keeping child processes alive, and ending them with their parent, however it dies."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from structlog import get_logger

from loyalty.installation.misspelt import PARENT

log = get_logger()
LOOK = 0.3  # seconds
STEADY = 30.0  # a child that lived so long starts again at once
LONGEST_PAUSE = 5.0
PATIENCE = 20.0  # seconds a child may take to end by itself


@dataclass
class Child:
    """One process that must always be there."""

    name: str
    arguments: Sequence[str]  # of the `loyalty` command
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = 0.0
    starts: int = field(default=0)


class Supervisor:
    """Starts children and starts them again until `stop` is set."""

    def __init__(self, children: Sequence[Child], environment: Mapping[str, str]) -> None:
        self.children = children
        self.stopping = threading.Event()
        self._environment = {**environment, PARENT: str(os.getpid())}

    def start(self) -> None:
        for child in self.children:
            self._start(child)

    def run(self) -> None:
        """Watch until told to stop, then end every child."""
        while not self.stopping.wait(LOOK):
            for child in self.children:
                self._look_after(child)
        self._end()

    def _start(self, child: Child) -> None:
        command = [sys.executable, "-m", "loyalty.cli", *child.arguments]
        child.process = subprocess.Popen(command, env=self._environment, start_new_session=True)  # noqa: S603  # our own
        child.started = time.monotonic()
        child.starts += 1

    def _look_after(self, child: Child) -> None:
        assert child.process is not None
        code = child.process.poll()
        if code is None:
            return
        lived = time.monotonic() - child.started
        child.pause = 0.0 if lived > STEADY else min(LONGEST_PAUSE, child.pause * 2 or 0.2)
        log.warning("child_died", child=child.name, status=code, lived=round(lived, 1))
        if not self.stopping.wait(child.pause):
            self._start(child)

    def _end(self) -> None:
        running = [child.process for child in self.children if child.process and child.process.poll() is None]
        for process in running:
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()


def follow_parent() -> None:
    """In a child: end when the supervisor is gone. Does nothing in a process started by hand."""
    parent = int(os.environ.get(PARENT, "0"))
    if parent:
        threading.Thread(target=_watch, args=(parent,), name="parent-watch", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE)
    os._exit(1)
