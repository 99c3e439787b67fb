"""Both platforms played on this machine, and a chat page, for demos and training. No other part knows of it."""

import socket
from itertools import chain
from pathlib import Path

from bots.simulator import credentials, platforms, server
from bots.simulator.courier import Courier
from bots.simulator.credentials import environment, played

__all__ = ["announce", "announced", "environment", "find_port", "played", "run"]

ANNOUNCED = "simulator.port"


def find_port(after: int) -> int:
    """The desk's port: free on loopback with the platforms' behind it, near above `after` if there are such.

    Raises OSError when there are none.
    """
    near, anywhere = range(after + 1, min(after + 50, 65_533)), (_any_port() for _ in range(50))
    for port in chain(near, anywhere):
        if all(_is_free(port + offset) for offset in (0, *credentials.DOORS.values())):
            return port
    raise OSError("no free ports on this machine")


def announce(var: Path, port: int, main_url: str) -> None:
    """Tell commands in other windows where the platforms are played, until the next demo says otherwise."""
    var.mkdir(mode=0o700, parents=True, exist_ok=True)
    (var / ANNOUNCED).write_text(f"{port} {main_url}\n", encoding="utf-8")


def announced(var: Path) -> dict[str, str]:
    """The LOYALTY_* variables of the demo that runs on this machine; none where none does."""
    try:
        port, main_url = (var / ANNOUNCED).read_text(encoding="utf-8").split()
        with socket.create_connection((server.LOOPBACK, int(port)), timeout=1):
            return environment(int(port)) | {"LOYALTY_BASE_URL": main_url}
    except (OSError, ValueError, OverflowError):
        return {}


def run(port: int, main_url: str, var: Path) -> None:
    """Play both platforms on the ports after `port` until the process ends; chats are kept in `var`.

    Events go to `main_url`. One process, a thread per call. Raises OSError or SystemExit when a port is taken.
    """
    board = platforms.open_board(port, var)
    listener = server.listen(port, platforms.create_app(board))
    platforms.open_doors(board, port)
    courier = Courier(board, main_url)
    courier.start()
    try:
        listener.serve_forever()
    finally:
        courier.stop()


def _any_port() -> int:
    with socket.socket() as probe:
        probe.bind((server.LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((server.LOOPBACK, port))
        except (OSError, OverflowError):
            return False
    return True
