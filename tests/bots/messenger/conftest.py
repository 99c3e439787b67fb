"""A Graph API on this machine: it keeps what it was asked and plays the answers a test lays out, faults included."""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

Fault = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Answer:
    """What one call gets: a JSON-able body or raw bytes, or a `fault` that writes to the connection by itself."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    fault: Fault | None = None


@dataclass
class Call:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    connection: int


class Graph:
    """Answers in order; when none is left, as if every message went out."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.calls: list[Call] = []
        self.answers: list[Answer] = []
        self.released = threading.Event()  # set at the end: lets a hanging answer go

    def will(self, *answers: Answer) -> None:
        self.answers.extend(answers)

    def refuses(self, code: int, subcode: int = 0, status: int = 400, **extra: Any) -> None:
        error = {"message": "no", "type": "OAuthException", "code": code, "fbtrace_id": "Axy", **extra}
        self.will(Answer({"error": error | ({"error_subcode": subcode} if subcode else {})}, status))

    @property
    def messages(self) -> list[Any]:
        return [call.body["message"] for call in self.calls]

    def answer(self) -> Answer:
        default = Answer({"recipient_id": "1", "message_id": f"m_{len(self.calls)}"})
        return self.answers.pop(0) if self.answers else default


def _handler(graph: Graph) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            address = urlsplit(self.path)
            sent = self.rfile.read(length)
            query, body = dict(parse_qsl(address.query)), json.loads(sent) if sent else None
            headers = {name.lower(): value for name, value in self.headers.items()}
            graph.calls.append(Call(self.command, address.path, query, headers, body, self.client_address[1]))
            self._answer(graph.answer())

        def _answer(self, answer: Answer) -> None:
            if answer.fault:
                self.close_connection = True
                return answer.fault(self)
            body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in {
                "Content-Type": "application/json",
                "Content-Length": str(len(body)),
                **answer.headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            return None

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Quiet."""

    return Handler


@pytest.fixture
def graph() -> Iterator[Graph]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    graph = Graph(f"http://127.0.0.1:{server.server_port}")
    server.RequestHandlerClass = _handler(graph)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield graph
    graph.released.set()
    server.shutdown()
    server.server_close()


def reset(handler: BaseHTTPRequestHandler) -> None:
    """The connection is torn down without an answer."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def half_a_body(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"message_id":"m_1"}')


def half_a_chunk(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5a\r\n{"message_id":"m_1"}')


def no_http(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.9\r\n")


def hang(graph: Graph) -> Fault:
    """No answer at all for as long as the test runs."""

    def fault(handler: BaseHTTPRequestHandler) -> None:
        graph.released.wait(30)

    return fault


def drip(graph: Graph) -> Fault:
    """An answer whose bytes come one by one, each soon enough for a read."""

    def fault(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")
        while not graph.released.wait(0.02):
            try:
                handler.wfile.write(b" ")
            except OSError:
                return

    return fault
