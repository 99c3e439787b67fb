import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes_http import RecordingServer


@pytest.fixture(autouse=True)
def _no_look_ups(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test of this folder may ask for another machine's address."""
    lookup = socket.getaddrinfo

    def resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        assert host in ("127.0.0.1", "localhost"), f"a test looked {host} up"
        return lookup(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    with RecordingServer() as running:
        yield running
