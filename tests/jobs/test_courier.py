"""One call: only where it may go, never for long, never further than it was sent."""

import datetime as dt
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from jobs import courier
from jobs.courier import Line
from loyalty.hooks.deliveries import Outcome
from tests.fakes_http import Answer, RecordingServer, closed_port

HEADERS = {"webhook-id": "evt_1"}


def post(url: str, *, demo: bool = True) -> Outcome:
    with Line(url, demo=demo) as line:
        return line.post(b"{}", HEADERS)


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    with RecordingServer() as started:
        yield started


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make every name resolve to these addresses."""

    def to(*addresses: str) -> None:
        def found(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
            try:
                places = [ipaddress.ip_address(host)]
            except ValueError:
                places = [ipaddress.ip_address(address) for address in addresses]
            families = {4: socket.AF_INET, 6: socket.AF_INET6}
            return [(families[ip.version], socket.SOCK_STREAM, 6, "", (str(ip), port)) for ip in places]

        monkeypatch.setattr(socket, "getaddrinfo", found)

    return to


def test_a_message_arrives_as_it_was_signed(server: RecordingServer) -> None:
    outcome = post(f"{server.url}/hook?shop=may")
    assert (outcome.status, outcome.error) == (200, None)
    sent = server.last
    assert (sent.method, sent.path, sent.query, sent.body) == ("POST", "/hook", {"shop": "may"}, b"{}")
    assert (sent.headers["webhook-id"], sent.headers["content-type"]) == ("evt_1", "application/json")
    assert sent.headers["host"] == server.url.removeprefix("http://")


def test_several_messages_share_a_connection(server: RecordingServer) -> None:
    with Line(server.url, demo=True) as line:
        assert [line.post(b"{}", HEADERS).status for _ in range(5)] == [200] * 5
    assert server.connections == 1


def test_a_connection_closed_meanwhile_is_opened_again(server: RecordingServer) -> None:
    with Line(server.url, demo=True) as line:
        line.post(b"{}", HEADERS)
        server.answers.append(Answer(reset=True))
        assert line.post(b"{}", HEADERS).error is None
    assert (server.connections, len(server.requests)) == (2, 3)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(server: RecordingServer, status: int) -> None:
    server.answers.append(Answer(status=status, headers={"Location": f"{server.url}/inside"}))
    assert post(server.url).error == "redirect"
    assert [request.path for request in server.requests] == ["/"]


def test_what_is_no_success_says_so(server: RecordingServer) -> None:
    for status in (400, 401, 404, 410, 429, 500, 503):
        server.answers.append(Answer(status=status, headers={"Retry-After": "120"}))
        outcome = post(server.url)
        assert (outcome.status, outcome.error, outcome.retry_after) == (
            status,
            f"http_{status}",
            dt.timedelta(seconds=120),
        )


def test_a_long_answer_is_not_read_to_its_end(server: RecordingServer) -> None:
    server.answers.append(Answer(b"x" * (5 * 1024 * 1024)))
    with Line(server.url, demo=True) as line:
        outcome = line.post(b"{}", HEADERS)
        assert (outcome.status, len(outcome.response)) == (200, courier.MOST)
        assert line.post(b"{}", HEADERS).status == 200
    assert server.connections == 2  # the rest of the long one was never read


@pytest.mark.parametrize("answer", [Answer(delay=5), Answer(drip=0.15)], ids=["silent", "dripping"])
def test_a_slow_receiver_is_cut_off(server: RecordingServer, monkeypatch: pytest.MonkeyPatch, answer: Answer) -> None:
    monkeypatch.setattr(courier, "ANSWER", 1.0)
    monkeypatch.setattr(courier, "WHOLE", 1.2)
    server.answers.append(answer)
    started = time.monotonic()
    assert post(server.url).error == "timeout"
    assert time.monotonic() - started < 3


def test_nobody_there_is_said_as_it_is(resolve: Callable[..., None]) -> None:
    assert post(f"http://127.0.0.1:{closed_port()}").error == "connect"
    resolve()
    assert post("https://example.com").error == "private_address"


def test_a_torn_connection_and_nonsense_are_failures(server: RecordingServer) -> None:
    server.answers.append(Answer(reset=True))
    assert post(server.url).error == "closed"
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_say, args=(listener, b"SSH-2.0-OpenSSH_9.2\r\n"), daemon=True).start()
    assert post(f"http://127.0.0.1:{listener.getsockname()[1]}").error == "bad_answer"


def _say(listener: socket.socket, words: bytes) -> None:
    connection, _ = listener.accept()
    connection.sendall(words)
    time.sleep(0.2)
    connection.close()
    listener.close()


REBOUND = [
    "127.0.0.1", "10.0.0.5", "192.168.1.1", "169.254.169.254", "0.0.0.0", "::1", "fd00::1", "::ffff:127.0.0.1",
    "64:ff9b::7f00:1", "100.64.0.1",
]  # fmt: skip


@pytest.mark.parametrize("address", REBOUND)
def test_a_name_that_leads_inside_is_not_called(
    server: RecordingServer, resolve: Callable[..., None], address: str
) -> None:
    resolve(address)
    assert post("https://rebound.example.com/", demo=False).error == "private_address"
    assert server.requests == []


def test_the_address_is_looked_at_for_every_connection(
    server: RecordingServer, resolve: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that was public when it was saved, and is inside when it is called, is not called."""
    resolve("127.0.0.1")
    with Line("https://rebound.example.com/", demo=False) as line:
        assert [line.post(b"{}", HEADERS).error for _ in range(3)] == ["private_address"] * 3
    reached: list[str] = []

    def connect(address: tuple[str, int], _timeout: float) -> socket.socket:
        reached.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    resolve("10.0.0.1", "93.184.216.34", "::1", "93.184.216.35")
    assert post("https://mixed.example.com/", demo=False).error == "connect"
    assert reached == ["93.184.216.34", "93.184.216.35"]


def test_an_address_that_turned_bad_is_refused_without_a_look() -> None:
    assert post("http://127.0.0.1:1/", demo=False).error == "bad_url"
    assert post("https://10.0.0.1/", demo=False).error == "private_address"


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordingServer]:
    """A receiver with a certificate for receiver.localhost, which we trust."""
    certificate, key = _certificate("receiver.localhost")
    (tmp_path / "c.pem").write_bytes(certificate + key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "c.pem")
    trusting = ssl.create_default_context(cadata=certificate.decode())
    monkeypatch.setattr(courier, "_trusting", lambda: trusting)
    server = RecordingServer()
    server._server.socket = context.wrap_socket(server._server.socket, server_side=True)
    with server:
        yield server


def test_the_certificate_must_be_for_the_name_not_the_address(
    secure: RecordingServer, resolve: Callable[..., None]
) -> None:
    resolve("127.0.0.1")
    port = secure.url.rpartition(":")[2]
    assert post(f"https://receiver.localhost:{port}/hook").error is None
    assert secure.last.headers["host"] == f"receiver.localhost:{port}"
    assert post(f"https://other.localhost:{port}/hook").error == "tls"
    assert post(f"https://127.0.0.1:{port}/hook").error == "tls"
    assert len(secure.requests) == 1


def test_a_handshake_that_never_ends_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "WHOLE", 0.6)
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def drip() -> None:
        connection, _ = listener.accept()
        for byte in b"\x16\x03\x03\x40\x00" + b"\x02" * 1000:  # a record of 16 kB, a byte at a time
            if over.wait(0.1):
                break
            try:
                connection.sendall(bytes([byte]))
            except OSError:
                break
        connection.close()

    thread = threading.Thread(target=drip)
    thread.start()
    started = time.monotonic()
    assert post(f"https://127.0.0.1:{listener.getsockname()[1]}").error == "timeout"
    assert time.monotonic() - started < 3
    over.set()
    thread.join()
    listener.close()


def _certificate(name: str) -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return made.public_bytes(serialization.Encoding.PEM), key.private_bytes(*form)
