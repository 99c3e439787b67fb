import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bots.channel import Action, SendError
from bots.messenger.client import GraphClient
from bots.messenger.errors import MessengerError
from tests.bots.messenger.conftest import Answer, Graph, drip, half_a_body, half_a_chunk, hang, no_http, reset
from tests.bots.messenger.samples import PAGE, PERSON

PROOF = "41c3bbfe9df863519f9dc74663ff0eaf37aba16a5942be8bbdb383589b81b812"


def connect(url: str, timeout: tuple[float, float] = (0.5, 0.3), patience: float = 0.4) -> GraphClient:
    return GraphClient(PAGE, "EAAtoken123", "ref-secret", api_url=url, timeout=timeout, patience=patience)


@pytest.fixture
def client(graph: Graph) -> GraphClient:
    return connect(graph.url)


def failure(client: GraphClient) -> SendError:
    with pytest.raises(SendError) as caught:
        client.send_message(PERSON, {"text": "a"})
    return caught.value


def test_a_message_is_posted_as_the_reference_says(graph: Graph, client: GraphClient) -> None:
    assert client.send_message(PERSON, {"text": "Bạn có 120 điểm"}) == "m_1"

    (call,) = graph.calls
    assert (call.method, call.path) == ("POST", f"/v26.0/{PAGE}/messages")
    assert call.body == {
        "recipient": {"id": PERSON},
        "messaging_type": "RESPONSE",
        "message": {"text": "Bạn có 120 điểm"},
    }


def test_every_call_is_proven_and_keeps_the_token_out_of_the_address(graph: Graph, client: GraphClient) -> None:
    client.send_message(PERSON, {"text": "a"})
    client.sender_action(PERSON, "typing_on")
    client.profile(PERSON)
    client.subscribe(["messages"])
    client.subscriptions()
    client.set_messenger_profile(get_started={"payload": "GET_STARTED"})

    assert len(graph.calls) == 6
    for call in graph.calls:
        assert call.headers["authorization"] == "Bearer EAAtoken123"
        assert call.query["appsecret_proof"] == PROOF
        assert "EAAtoken123" not in str((call.path, call.query, call.body))


def test_the_other_calls_go_where_the_reference_says(graph: Graph, client: GraphClient) -> None:
    client.sender_action(PERSON, "typing_on")
    client.profile(PERSON)
    client.profile("../me")
    client.subscribe(["messages", "message_reads"])
    client.set_messenger_profile(get_started={"payload": "GET_STARTED"})

    action, profile, strange, subscribe, settings = graph.calls
    assert action.body == {"recipient": {"id": PERSON}, "sender_action": "typing_on"}
    assert (profile.method, profile.path) == ("GET", f"/v26.0/{PERSON}")
    assert profile.query["fields"] == "first_name,last_name"
    assert strange.path == "/v26.0/..%2Fme"
    assert (subscribe.method, subscribe.path) == ("POST", f"/v26.0/{PAGE}/subscribed_apps")
    assert subscribe.query["subscribed_fields"] == "messages,message_reads"
    assert (settings.path, settings.body) == (
        "/v26.0/me/messenger_profile",
        {"get_started": {"payload": "GET_STARTED"}},
    )


def test_subscriptions_are_told_by_app(graph: Graph, client: GraphClient) -> None:
    graph.will(Answer({"data": [{"id": "7", "subscribed_fields": ["messages", 5]}, {"id": "8"}, "x"]}), Answer({}))

    assert client.subscriptions() == {"7": frozenset({"messages"}), "8": frozenset()}
    assert client.subscriptions() == {}


def test_the_connection_is_used_again(graph: Graph, client: GraphClient) -> None:
    graph.will(Answer({"message_id": "m_1"}), Answer({"error": {"code": 2}}, 400))
    client.send_message(PERSON, {"text": "a"})
    with pytest.raises(MessengerError):
        client.send_message(PERSON, {"text": "a"})
    client.send_message(PERSON, {"text": "a"})

    assert len({call.connection for call in graph.calls}) == 1


def test_cookies_are_not_kept(graph: Graph, client: GraphClient) -> None:
    graph.will(Answer({"message_id": "m_1"}, headers={"Set-Cookie": "who=7; Path=/"}))
    client.send_message(PERSON, {"text": "a"})
    client.send_message(PERSON, {"text": "a"})

    assert "cookie" not in graph.calls[1].headers


def test_the_surroundings_do_not_choose_the_way(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    assert connect(graph.url).send_message(PERSON, {"text": "a"}) == "m_1"


@pytest.mark.parametrize("status", [200, 400, 500])
def test_the_error_object_counts_whatever_the_status(graph: Graph, client: GraphClient, status: int) -> None:
    graph.refuses(10, 2018278, status, is_transient=False)

    with pytest.raises(MessengerError) as caught:
        client.send_message(PERSON, {"text": "a"})

    error = caught.value
    assert (error.code, error.subcode, error.detail, error.fbtrace_id) == (10, 2018278, "no", "Axy")
    assert (error.is_transient, error.http_status) == (False, status)


def test_the_usage_header_gives_the_wait(graph: Graph, client: GraphClient) -> None:
    usage = '{"104850291837465":[{"type":"messenger","estimated_time_to_regain_access":19}]}'
    graph.will(Answer({"error": {"code": 80006}}, 400, {"X-Business-Use-Case-Usage": usage}))

    with pytest.raises(MessengerError) as caught:
        client.send_message(PERSON, {"text": "a"})

    assert caught.value.wait == timedelta(minutes=19)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("body", [b"oops", b"", {"message_id": "m_1"}])
def test_a_5xx_without_a_reason_may_have_gone_out(graph: Graph, client: GraphClient, status: int, body: Any) -> None:
    graph.will(Answer(body, status))

    error = failure(client)

    assert (error.action, error.code) == (Action.UNKNOWN, f"http-{status}")


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"message_id":', b"\xff", {}, {"message_id": 5}, {"error": "x"}]
)
def test_a_success_without_a_message_id_may_have_gone_out(graph: Graph, client: GraphClient, body: Any) -> None:
    graph.will(Answer(body))

    assert failure(client).action is Action.UNKNOWN


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(graph: Graph, client: GraphClient, status: int) -> None:
    graph.will(Answer({}, status, {"Location": f"{graph.url}/elsewhere"}))

    error = failure(client)

    assert (error.action, error.code, len(graph.calls)) == (Action.RETRY, f"http-{status}", 1)


@pytest.mark.parametrize(("wish", "wait"), [("7", 7), ("", None), ("soon", None), ("-1", None), ("9" * 9, None)])
def test_a_429_before_graph_is_tried_later(graph: Graph, client: GraphClient, wish: str, wait: int | None) -> None:
    graph.will(Answer(b"slow down", 429, {"Retry-After": wish}))

    error = failure(client)

    assert (error.action, error.code) == (Action.RETRY, "http-429")
    assert error.retry_after == (timedelta(seconds=wait) if wait else None)


@pytest.mark.parametrize("fault", [reset, half_a_body, half_a_chunk, no_http])
def test_a_broken_answer_may_have_gone_out(graph: Graph, client: GraphClient, fault: Any) -> None:
    graph.will(Answer(fault=fault))

    error = failure(client)

    assert (error.action, error.code) == (Action.UNKNOWN, "broken")
    assert len(graph.calls) == 1  # and is not tried again by itself


@pytest.mark.parametrize("fault", [hang, drip])
def test_a_slow_answer_is_given_up_and_may_have_gone_out(graph: Graph, client: GraphClient, fault: Any) -> None:
    graph.will(Answer(fault=fault(graph)))
    started = time.monotonic()

    error = failure(client)

    assert (error.action, error.code) == (Action.UNKNOWN, "timeout")
    assert time.monotonic() - started < 3


def test_a_flood_is_cut_off_at_one_mebibyte(graph: Graph) -> None:
    graph.will(Answer(b'{"message_id":"m_1","x":"' + b"x" * 3 * 2**20 + b'"}'))

    assert failure(connect(graph.url, patience=10.0)).action is Action.UNKNOWN


def test_a_refused_connection_certainly_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    error = failure(connect(f"http://127.0.0.1:{port}"))

    assert (error.action, error.code) == (Action.RETRY, "connect")


def test_an_unknown_host_certainly_was_sent_nothing() -> None:
    assert failure(connect("http://graph.invalid")).action is Action.RETRY


def test_a_connection_never_made_certainly_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.socket() as first, socket.socket() as second:
        for waiting in (first, second):  # the queue of connections is full, the next one is left unanswered
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())

        error = failure(connect(f"http://127.0.0.1:{full.getsockname()[1]}", timeout=(0.3, 0.3)))

    assert (error.action, error.code) == (Action.RETRY, "connect")


@pytest.mark.parametrize("url", ["graph.facebook.com", "ftp://graph.facebook.com", "http://", "http://*.x"])
def test_an_address_that_is_none_stops_the_channel(url: str) -> None:
    assert failure(connect(url)).action is Action.STOP


def test_no_failure_tells_the_token_or_its_proof(graph: Graph) -> None:
    graph.will(Answer(fault=reset))
    errors = [failure(connect(graph.url)), failure(connect("http://127.0.0.1:1")), failure(connect("x"))]

    for error in errors:
        assert error.__cause__ is None and error.__suppress_context__  # a log prints what is chained
        assert "EAAtoken123" not in str(error)
        assert PROOF not in str(error)


@pytest.fixture
def impostor(tmp_path: Path) -> Iterator[str]:
    """An https server with a certificate nobody vouches for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_self_signed(tmp_path / "impostor.pem"))
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_shake_hands, args=(server, context))
        thread.start()
        yield f"https://127.0.0.1:{server.getsockname()[1]}"
        thread.join(5)


def _shake_hands(server: socket.socket, context: ssl.SSLContext) -> None:
    connection, _ = server.accept()
    with connection:
        try:
            context.wrap_socket(connection, server_side=True).close()
        except OSError:
            return


def _self_signed(path: Path) -> Path:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "graph")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2036, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    return path


def test_an_impostor_is_sent_nothing(impostor: str) -> None:
    error = failure(connect(impostor))

    assert (error.action, error.code) == (Action.RETRY, "connect")
