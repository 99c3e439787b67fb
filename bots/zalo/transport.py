"""HTTP to the platform: a time limit over the whole reply, a size limit, no proxies, cookies or redirects."""

import http.client
import io
import socket
import time
from http.cookiejar import DefaultCookiePolicy
from typing import Any, cast

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidHeader
from urllib3.connection import HTTPConnection, HTTPSConnection

from bots.zalo.errors import ZaloReplyException

TIMEOUT = (3.0, 10.0)  # seconds to connect, and for everything together
REPLY_LIMIT = 1 << 20  # bytes
POOL = 32  # connections kept open to one host


def session() -> requests.Session:
    """A session for one client, to be shared by its threads."""
    made = requests.Session()
    made.trust_env = False  # a proxy or .netrc of the machine must not see the shop's tokens
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    made.mount("http://", _Adapter(pool_maxsize=POOL))
    made.mount("https://", _Adapter(pool_maxsize=POOL))
    return made


def call(
    session: requests.Session, method: str, url: str, timeout: tuple[float, float], **parts: Any
) -> requests.Response:
    """One call, its reply read whole. Raises requests.RequestException, and ZaloReplyException over REPLY_LIMIT."""
    connect, total = timeout
    # requests hands urllib3's own Timeout through, which its stubs do not say; its `total` counts from the connect on
    limits = cast(Any, urllib3.Timeout(connect=connect, total=total))
    try:
        response = session.request(method, url, timeout=limits, allow_redirects=False, stream=True, **parts)
    except UnicodeEncodeError as error:  # requests checks headers for line breaks, not for letters HTTP cannot carry
        raise InvalidHeader(error.reason) from None
    with response:
        # requests has no public way to read at most so many bytes and still offer `.json()` and `.text`
        response._content = _read(response)
    return response


def _read(response: requests.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(1 << 16):
        body += chunk
        if len(body) > REPLY_LIMIT:
            raise ZaloReplyException(-1, f"over {REPLY_LIMIT} bytes")
    return bytes(body)


class _Until(io.RawIOBase):
    """A socket's reading side that ends at an instant, however slowly the bytes drip."""

    def __init__(self, sock: socket.socket, inner: io.RawIOBase, deadline: float) -> None:
        self._sock, self._inner, self._deadline = sock, inner, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        remaining = self._deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("the reply took too long")
        self._sock.settimeout(remaining)
        return cast("int | None", self._inner.readinto(buffer))

    def close(self) -> None:
        self._inner.close()
        super().close()


class _WholeReply(http.client.HTTPResponse):
    """Holds the read timeout over status, headers and body together; by itself it is only each read's."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        if (remaining := sock.gettimeout()) is not None:
            inner = self.fp.detach()
            self.fp = io.BufferedReader(_Until(sock, inner, time.monotonic() + remaining))


class _Connection(HTTPConnection):
    response_class = _WholeReply


class _SecureConnection(HTTPSConnection):
    response_class = _WholeReply


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
