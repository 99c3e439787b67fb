"""The platforms' port: one process, a thread per call, loopback only."""

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


class _Handler(WSGIRequestHandler):
    def make_environ(self) -> "WSGIEnvironment":
        environ: dict[str, Any] = super().make_environ()
        given = {name: self.headers.get(name) for name in ZALO_HEADERS}
        return environ | {f"HTTP_{name.upper()}": value for name, value in given.items() if value is not None}

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: a look every second would fill the log."""
