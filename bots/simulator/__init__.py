"""Both platforms played on this machine, and a chat page, for demos and training. No other part knows of it."""

import socket
from pathlib import Path

from bots.simulator import platforms, server
from bots.simulator.courier import Courier
from bots.simulator.credentials import environment, played

__all__ = ["environment", "find_port", "played", "run"]


def find_port(after: int) -> int:
    """A free loopback port, the first one above `after` if it is near. Raises OSError when there is none."""
    for port in (*range(after + 1, min(after + 50, 65_536)), 0):
        with socket.socket() as probe:
            try:
                probe.bind((server.LOOPBACK, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port on this machine")


def run(port: int, main_url: str, var: Path) -> None:
    """Play both platforms on `port` until the process ends; events go to `main_url`, chats are kept in `var`.

    One process, a thread per call. Raises OSError or SystemExit when the port is taken.
    """
    board = platforms.open_board(port, var)
    listener = server.listen(port, platforms.create_app(board))
    courier = Courier(board, main_url)
    courier.start()
    try:
        listener.serve_forever()
    finally:
        courier.stop()
