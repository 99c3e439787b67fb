"""Whose turn it is to write, where only one may (SQLite): between the threads of a process and between processes.

SQLite makes a waiting writer look again after ever longer pauses, and a thread's lock goes to whoever asks first, so a
busy worker that wants it again at once would keep it from the webhook for seconds. Here whoever waits stands at a gate
and everybody behind it: nobody comes twice before somebody who waits. It is a courtesy between ours; what may happen
at once is still decided by SQLite, so a turn that cannot be had in time, or a disk without locks, is no error.
"""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

try:
    import fcntl
except ImportError:  # not on Windows: there SQLite alone decides
    fcntl = None  # type: ignore[assignment]

LOOK = 0.001  # seconds between two looks at a lock another process has


class Turns:
    """A context manager that threads and processes enter one at a time; who is inside may enter again.

    `path` is the database's file, beside which two empty ones are kept; None keeps the turns of this process only.
    `patience`: seconds a process waits for the others at most.
    """

    def __init__(self, path: Path | None, *, patience: float) -> None:
        self._patience = patience
        self._gate, self._turn = threading.Lock(), threading.Lock()
        self._holder: int | None = None  # a thread
        self._depth = 0
        self._files = _Files(path) if path is not None and fcntl is not None else None

    def __enter__(self) -> None:
        if self._holder == threading.get_ident():
            self._depth += 1
            return
        with self._gate:
            self._turn.acquire()
        self._holder, self._depth = threading.get_ident(), 1
        if self._files is not None:
            self._files.take(self._patience)

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._depth -= 1
        if self._depth:
            return
        if self._files is not None:
            self._files.release()
        self._holder = None
        self._turn.release()

    def close(self) -> None:
        if self._files is not None:
            self._files.close()


class _Files:
    """The gate and the turn of all processes: locks that end with whoever holds them. One thread at a time."""

    def __init__(self, path: Path) -> None:
        self._paths = [path.with_name(f"{path.name}-{name}") for name in ("gate", "turn")]
        self._open: list[int] = []
        self._owner = 0

    def take(self, patience: float) -> None:
        deadline = time.monotonic() + patience
        try:
            gate, turn = self._descriptors()
            if _wait(lambda: _try(gate), deadline):
                _wait(lambda: _try(turn), deadline)
            fcntl.flock(gate, fcntl.LOCK_UN)
        except OSError:  # no such folder, no right, no locks: SQLite will say what is to be said
            return

    def release(self) -> None:
        if self._open:
            fcntl.flock(self._open[1], fcntl.LOCK_UN)

    def _descriptors(self) -> list[int]:
        """Opened once in each process: what a fork inherits is its parent's lock."""
        if self._owner != os.getpid():
            self._open = [os.open(path, os.O_RDWR | os.O_CREAT, 0o600) for path in self._paths]
            self._owner = os.getpid()
        return self._open

    def close(self) -> None:
        for descriptor in self._open:
            os.close(descriptor)
        self._open, self._owner = [], 0


def _wait(attempt: Callable[[], bool], deadline: float) -> bool:
    while not attempt():
        if time.monotonic() >= deadline:
            return False
        time.sleep(LOOK)
    return True


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
