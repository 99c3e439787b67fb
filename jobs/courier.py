"""One call to a receiver: to an address that was looked at, following nothing, and over in time."""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import cache
from typing import Any, Self

import requests.utils

from loyalty.hooks import targets
from loyalty.hooks.deliveries import Outcome
from loyalty.hooks.targets import BadUrl, Target

CONNECT, ANSWER, WHOLE = 5.0, 10.0, 15.0  # seconds: to connect, between two bytes, for everything
MOST = 64 * 1024  # bytes of an answer
TRIED = 3  # addresses of one name
LONGEST_WAIT = 86_400  # seconds a receiver may ask for
FIXED = {"Content-Type": "application/json", "User-Agent": "KhachQuen-Webhooks/1"}


class Failed(Exception):
    """No answer; `reason` is a word for the log of attempts."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Line:
    """A connection to one receiver, kept open between calls. Every connection goes to an address checked anew."""

    def __init__(self, url: str, *, demo: bool) -> None:
        self._url, self._demo = url, demo
        self._connection: http.client.HTTPConnection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: Any) -> None:
        self._drop()

    def post(self, body: bytes, headers: Mapping[str, str]) -> Outcome:
        """Send once; a connection the receiver has closed meanwhile is opened again."""
        started = time.monotonic()
        try:
            status, head, wait = self._send(body, headers)
        except Failed as failed:
            self._drop()
            return Outcome(_ms(started), error=failed.reason)
        return Outcome(_ms(started), status, _error(status), head, wait)

    def _send(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes, timedelta | None]:
        target = self._target()
        if self._connection is not None:
            try:
                return self._exchange(self._connection, target, body, headers)
            except Failed as failed:
                if failed.reason != "closed":
                    raise
                self._drop()
        self._connection = self._open(target)
        return self._exchange(self._connection, target, body, headers)

    def _exchange(
        self, connection: http.client.HTTPConnection, target: Target, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, bytes, timedelta | None]:
        with _in_words(), _in_time(connection.sock):
            connection.request("POST", target.path, body, {**FIXED, **headers, "Host": target.host_header})
            answer = connection.getresponse()
            wait = _retry_after(answer.headers.get("Retry-After", ""))
            try:
                head = answer.read(MOST)
            except (OSError, http.client.HTTPException):
                head = b""  # what the status says is known
            if not answer.isclosed() or answer.will_close:
                self._drop()
        return answer.status, head, wait

    def _target(self) -> Target:
        try:
            return targets.parse(self._url, demo=self._demo)
        except BadUrl as refused:
            raise Failed("private_address" if refused.reason == "private" else "bad_url") from None

    def _open(self, target: Target) -> http.client.HTTPConnection:
        with _in_words():
            opened = _connect(target, self._demo)
            if target.secure:
                opened = _secured(opened, target.host)
        opened.settimeout(ANSWER)
        connection = http.client.HTTPConnection(target.host, target.port)
        connection.auto_open = 0  # never by itself: the address must be looked at
        connection.sock = opened
        return connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _connect(target: Target, demo: bool) -> socket.socket:
    """A connection to one of the name's addresses that may be called."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Failed("dns") from None
    places = list(dict.fromkeys(str(place[0]) for *_, place in found))
    allowed = [place for place in places if targets.may_connect(ipaddress.ip_address(place), demo=demo)]
    if not allowed:
        raise Failed("private_address")
    error: OSError = OSError()
    for place in allowed[:TRIED]:
        try:
            return socket.create_connection((place, target.port), CONNECT)
        except OSError as failed:
            error = failed
    raise error


def _secured(opened: socket.socket, host: str) -> socket.socket:
    secured = _trusting().wrap_socket(opened, server_hostname=host, do_handshake_on_connect=False)
    try:
        with _in_time(secured):
            secured.do_handshake()
    except OSError:
        secured.close()
        raise
    return secured


@contextmanager
def _in_time(connection: socket.socket) -> Iterator[None]:
    """Cut a connection that takes too long altogether, however busy it looks. Raises TimeoutError then."""
    late = threading.Event()

    def cut() -> None:
        late.set()
        with suppress(OSError):
            socket.socket.shutdown(connection, socket.SHUT_RDWR)  # under TLS too, whose own shutdown waits

    timer = threading.Timer(WHOLE, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, http.client.HTTPException):
        if late.is_set():
            raise TimeoutError from None
        raise
    finally:
        timer.cancel()


@contextmanager
def _in_words() -> Iterator[None]:
    """Whatever goes wrong with a connection becomes Failed."""
    try:
        yield
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Failed(_reason(error)) from None


def _reason(error: Exception) -> str:
    match error:
        case TimeoutError():
            return "timeout"
        case http.client.RemoteDisconnected() | BrokenPipeError() | ConnectionResetError() | ConnectionAbortedError():
            return "closed"
        case ssl.SSLError():
            return "tls"
        case OSError():
            return "connect"
    return "bad_answer"


def _error(status: int) -> str | None:
    if 200 <= status < 300:
        return None
    return "redirect" if 300 <= status < 400 else f"http_{status}"


def _retry_after(text: str) -> timedelta | None:
    known = text.isascii() and text.isdigit() and len(text) < 7
    return timedelta(seconds=min(int(text), LONGEST_WAIT)) if known else None


def _ms(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


@cache
def _trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=requests.utils.DEFAULT_CA_BUNDLE_PATH)
