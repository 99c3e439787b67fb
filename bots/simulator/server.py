"""The platforms' ports: one process, a thread per call, loopback only.

Each platform has a port of its own beside the desk's, so that one that is down is really not there.
"""

import threading
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

LOOPBACK = "127.0.0.1"
ZALO_HEADERS = ("access_token", "secret_key", "appsecret_proof")  # servers drop names with an underscore


def listen(port: int, app: Flask) -> BaseWSGIServer:
    """A server bound to `port`, not yet serving. Raises OSError, or SystemExit, when the port is taken."""
    return make_server(LOOPBACK, port, app, threaded=True, request_handler=_Handler)


class Door:
    """One port that can be shut and opened again. Raises as `listen` does."""

    def __init__(self, port: int, app: Flask) -> None:
        self._port, self._app = port, app
        self._turning = threading.Lock()
        self._served: tuple[BaseWSGIServer, threading.Thread] | None = None
        self.open()

    def open(self) -> None:
        with self._turning:
            if self._served is None:
                server = listen(self._port, self._app)
                thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
                thread.start()
                self._served = server, thread

    def shut(self) -> None:
        """Whoever calls from now on finds nobody; calls under way are answered."""
        with self._turning:
            if self._served is not None:
                server, thread = self._served
                server.shutdown()
                thread.join()
                server.server_close()
                self._served = None


class _Handler(WSGIRequestHandler):
    def make_environ(self) -> "WSGIEnvironment":
        environ: dict[str, Any] = super().make_environ()
        given = {name: self.headers.get(name) for name in ZALO_HEADERS}
        return environ | {f"HTTP_{name.upper()}": value for name, value in given.items() if value is not None}

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: a look every second would fill the log."""
