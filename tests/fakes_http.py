"""A platform on this machine: answers as told, misbehaves as told, and remembers every request."""

import contextlib
import json
import socket
import socketserver
import struct
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Request:
    """One request as it arrived; header names in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def parts(self) -> list[tuple[str, str | None, str | None, bytes]]:
        """Each part of a multipart body: name, file name, content type, bytes."""
        head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
        message = BytesParser(policy=HTTP).parsebytes(head + self.body)
        return [_part(part) for part in message.iter_parts()]


def _part(part: Message) -> tuple[str, str | None, str | None, bytes]:
    content_type = part.get_content_type() if "Content-Type" in part else None
    name = str(part.get_param("name", header="content-disposition"))
    return name, part.get_filename(), content_type, bytes(part.get_payload(decode=True))


@dataclass(frozen=True)
class Answer:
    """What to answer, and how badly. `body` is bytes, or anything to be written as JSON."""

    body: Any = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0  # seconds before the first byte
    drip: float = 0  # seconds between two bytes, the status line included
    cut: bool = False  # promises one byte more than it sends
    reset: bool = False  # no answer: the connection is torn down


class RecordingServer:
    """An HTTP server on a free loopback port, for a `with` block.

    Answers with `answers`, first in first out, then with `default`: an Answer, or a function from Request to Answer.
    """

    def __init__(self, default: Answer | Callable[[Request], Answer] | None = None) -> None:
        self.default = default or Answer()
        self.answers: deque[Answer] = deque()
        self.requests: list[Request] = []
        self.connections = 0
        self.closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def last(self) -> Request:
        return self.requests[-1]

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        if self.answers:
            return self.answers.popleft()
        return self.default(request) if callable(self.default) else self.default

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def closed_port() -> int:
    """A loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    owner: RecordingServer

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)  # HTTPServer would ask the name service who we are

    def process_request(self, request: Any, client_address: Any) -> None:
        self.owner.connections += 1
        super().process_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that give up are what many tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        owner = self.server.owner
        address = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        query = dict(parse_qsl(address.query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = owner.answer(Request(self.command, address.path, query, headers, body))
        owner.closing.wait(answer.delay)
        self._reset() if answer.reset else self._write(answer)

    do_POST = do_DELETE = do_GET  # noqa: N815 - the names the standard library looks for

    def log_message(self, *_: Any) -> None:
        """Tests print nothing."""

    def _write(self, answer: Answer) -> None:
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        lines = [f"HTTP/1.1 {answer.status} Answer", f"Content-Length: {len(body) + answer.cut}"]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        whole = "\r\n".join([*lines, "", ""]).encode() + body
        self.close_connection = answer.cut
        with contextlib.suppress(OSError):
            self._drip(whole, answer.drip) if answer.drip else self.wfile.write(whole)

    def _drip(self, whole: bytes, seconds: float) -> None:
        for byte in whole:
            if self.server.owner.closing.wait(seconds):
                break
            self.wfile.write(bytes([byte]))

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True
