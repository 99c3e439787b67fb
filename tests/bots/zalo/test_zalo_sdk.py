"""Every call of PyPI's zalo-sdk 0.3.0, made with it and with our client against one server: the requests are equal."""

import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import zalo_sdk
import zalo_sdk.oa
import zalo_sdk.zns

from bots.zalo import client as ours
from tests.fakes_http import Answer, RecordingServer, Request

theirs = zalo_sdk.oa
REPLY = {"error": 0, "message": "Success", "data": {"message_id": "m1", "items": [1, "ừ"]}}
COMPARED_HEADERS = ("access_token", "content-type", "secret_key", "appsecret_proof")
USER = "5123456789012345678"

Call = Callable[[Any, Any], Any]  # (client, the library it came from) → the reply

LONG_TEXT = "\n            Chào bạn 👋,\n\n" + "".join(f"            {n}. Quà số {n} 🎁 & hơn thế\n" for n in range(40))
ROWS = [{"value": "K-17", "key": "Mã khách"}, {"style": "yellow", "value": "Đang pha", "key": "Trạng thái"}]
PARTS = [
    {"attachment_id": "banner-17", "type": "banner"},
    {"type": "header", "content": "Đơn của bạn", "align": "left"},
    {"type": "text", "align": "left", "content": "• Cảm ơn bạn.<br>• Chi tiết:"},
    {"type": "table", "content": ROWS},
]
TAPS = [
    {"title": "Xem đơn", "image_icon": "", "type": "oa.open.url", "payload": {"url": "https://shop.example/17"}},
    {"title": "Hỏi lại", "image_icon": "icon-17", "type": "oa.query.show", "payload": "kiểm tra đơn"},
    {"title": "Tư vấn", "image_icon": "icon-18", "type": "oa.query.hide", "payload": "#tuvan"},
    {"title": "Gọi quán", "image_icon": "icon-19", "type": "oa.open.phone", "payload": {"phone_code": "84912345670"}},
]
ORDER = {"template_type": "transaction_order", "language": "VI", "elements": PARTS, "buttons": TAPS}
PROMOTION = {"template_type": "promotion", "elements": PARTS, "buttons": TAPS[:3]}
FORM = {"title": "Cà phê Mây", "subtitle": "Xin số điện thoại của bạn", "image_url": "https://shop.example/may.png"}
REQUEST = {"template_type": "request_user_info", "elements": [FORM]}
STICKER = {"media_type": "sticker", "attachment_id": "sticker-17"}
PICTURE = {"media_type": "image", "url": "https://shop.example/moi.jpg"}

OA_CALLS: dict[str, Call] = {
    "text": lambda c, z: c.send_message(z.ZaloRecipient(user_id=USER), z.ZaloMessageBody(text="Chào Lan 🙂 «a»")),
    "positional": lambda c, z: c.send_message(z.ZaloRecipient("m0", USER), z.ZaloMessageBody("t", None, "q"), None),
    "category": lambda c, z: c.send_message(z.ZaloRecipient(None, USER), z.ZaloMessageBody("t"), None, "consultant"),
    "transaction": lambda c, z: c.send_message(z.ZaloRecipient(), z.ZaloMessageBody("t"), category="transaction"),
    "media": lambda c, z: c.send_message(
        z.ZaloRecipient(target={"cities": "4,9"}),
        z.ZaloMessageBody(attachment=z.ZaloAttachment("template", {"template_type": "media"})),
        category="media",
    ),
    "action": lambda c, z: c.send_message(
        z.ZaloRecipient(user_id=USER), action=z.ZaloAction("/-heart", "m9"), category="action"
    ),
    "attachment": lambda c, z: c.send_message(
        z.ZaloRecipient(user_id=USER), z.ZaloMessageBody("t", z.ZaloAttachment("file", {"token": "tok"}))
    ),
    "attachment_default": lambda c, z: c.send_message(
        z.ZaloRecipient(user_id=USER), z.ZaloMessageBody("t", z.ZaloAttachment("file"))
    ),
    "template": lambda c, z: c.send_message(
        z.ZaloRecipient(user_id=USER), z.ZaloMessageBody(attachment=z.ZaloAttachment("template", _template(z).toDict()))
    ),
    "upload_file": lambda c, z: c.upload_file(b"%PDF \x00\xff", "file", "giá.pdf", "application/pdf"),
    "upload_image": lambda c, z: c.upload_file(b"\x89PNG", file_type="image", file_name="a.png", mime_type="image/png"),
    "upload_bare": lambda c, z: c.upload_file(b"x"),
    "free_quota": lambda c, z: c.get_free_response_quota("m1"),
    "oa_quota": lambda c, z: c.get_zalo_oa_quotas("OA"),
    "app_quota": lambda c, z: c.get_zalo_oa_quotas("App", "cs", "reward_quota"),
    "user_quota": lambda c, z: c.get_zalo_user_quotas(USER),
    "profile": lambda c, z: c.get_profile(USER),
    "detail": lambda c, z: c.get_user_detail(USER),
    "list": lambda c, z: c.get_list({"offset": 0, "count": 50, "tag_name": "Khách quen", "is_follower": True}),
    "followers": lambda c, z: c.get_followers({"offset": 50, "count": 5}),
    "tag": lambda c, z: c.tag_follower(int(USER), "VIP é"),
    "untag": lambda c, z: c.rm_follower_from_tag(USER, "VIP"),
    "tags": lambda c, z: c.get_tags_of_oa(),
    "rm_tag": lambda c, z: c.rm_tag("VIP"),
}
OA_CALLS |= {  # what the package's own tests build or call, each with values of ours
    "own: text with keywords": lambda c, z: c.send_message(
        recipient=z.ZaloRecipient(user_id=USER), body=z.ZaloMessageBody(text="Xin chào!")
    ),
    "own: long text of many lines and emoji": lambda c, z: c.send_message(
        recipient=z.ZaloRecipient(user_id=USER), body=z.ZaloMessageBody(text=LONG_TEXT)
    ),
    "own: transaction": lambda c, z: c.send_message(
        recipient=z.ZaloRecipient(user_id=USER),
        body=z.ZaloMessageBody(attachment=z.ZaloAttachment(payload_type="template", payload=ORDER)),
        category="transaction",
    ),
    "own: sticker": lambda c, z: c.send_message(
        recipient=z.ZaloRecipient(user_id=USER), body=z.ZaloMessageBody(attachment=_media(z, STICKER))
    ),
    "own: request for the contact": lambda c, z: c.send_message(
        recipient=z.ZaloRecipient(user_id=USER),
        body=z.ZaloMessageBody(attachment=z.ZaloAttachment(payload_type="template", payload=REQUEST)),
    ),
    "own: answer to a message": lambda c, z: c.send_message(
        recipient=z.ZaloRecipient(user_id=USER),
        body=z.ZaloMessageBody(text="Quán ở 12 Lê Lợi, P. Bến Nghé ạ", quote_message_id="q17"),
    ),
    "own: answer to no message": lambda c, z: c.send_message(
        recipient=z.ZaloRecipient(user_id=""), body=z.ZaloMessageBody(text="t", quote_message_id="")
    ),
    "own: promotion": lambda c, z: c.send_message(
        recipient=z.ZaloRecipient(user_id=USER),
        body=z.ZaloMessageBody(attachment=z.ZaloAttachment(payload_type="template", payload=PROMOTION)),
        category="media",
    ),
    "own: picture with words": lambda c, z: c.send_message(
        recipient=z.ZaloRecipient(user_id=USER),
        body=z.ZaloMessageBody(text="Ảnh quán mới", attachment=_media(z, PICTURE)),
    ),
    "own: reaction": lambda c, z: c.send_message(
        recipient=z.ZaloRecipient(user_id=USER),
        action=z.ZaloAction(react_icon="/-strong", react_message_id="r17"),
        category="action",
    ),
    "own: quota of the account": lambda c, z: c.get_zalo_oa_quotas(quota_owner="OA"),
    "own: quota by product and type": lambda c, z: c.get_zalo_oa_quotas(
        quota_owner="OA", quota_type="sub_quota", product_type="cs"
    ),
    "own: quota by product": lambda c, z: c.get_zalo_oa_quotas(quota_owner="OA", product_type="cs"),
    "own: quota of a person": lambda c, z: c.get_zalo_user_quotas(user_id=USER),
    "own: detail": lambda c, z: c.get_user_detail(user_id=USER),
    "own: detail of nobody": lambda c, z: c.get_user_detail(user_id=""),
    "own: tag": lambda c, z: c.tag_follower(user_id=USER, tag_name="Khách mới"),
    "own: untag": lambda c, z: c.rm_follower_from_tag(user_id=USER, tag_name="Khách mới"),
    "own: remove a tag": lambda c, z: c.rm_tag(tag_name="Khách mới"),
}
BODIES = [name for name in OA_CALLS if name.startswith("own: ") and not re.search("quota|detail|tag", name)]
ZNS_CALLS: dict[str, Call] = {
    "zns": lambda c, z: c.send_zns_message("84912345670", "250001", {"customer_name": "Lan", "points": 3}),
    "zns_tracked": lambda c, z: c.send_zns_message("84912345670", "250001", {}, "order-1001", True),
    "zns_templates": lambda c, z: c.get_template_list(0, 100),
    "zns_status": lambda c, z: c.get_template_list(limit=10, offset=20, status=z.ZNSTemplateStatus.Reject),
}
TOKEN_CALLS: dict[str, Call] = {
    "code": lambda c, z: c.get_access_token_from_authorization_code("a code", "a verifier")[:2],
    "refresh": lambda c, z: c.refresh_acccess_token()[:2],
}


def _media(lib: Any, element: dict[str, str]) -> Any:
    return lib.ZaloAttachment(payload_type="template", payload={"template_type": "media", "elements": [element]})


def _template(lib: Any) -> Any:
    element = lib.ZaloTemplateElement(title="Tiêu đề", subtitle="s", image_url="https://a/b.png", unknown=1)
    return lib.ZaloAttachmentTemplate(lib.ZaloTemplateType.request_user_info, [element], [])


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    with RecordingServer(Answer(REPLY)) as running:
        yield running


@pytest.mark.parametrize("name", OA_CALLS)
def test_oa_calls_send_what_zalo_sdk_sends_and_return_what_it_returns(name: str, server: RecordingServer) -> None:
    call = OA_CALLS[name]
    expected = call(theirs.Client("app", "secret", "token", "refresh", endpoint_prefix=server.url), theirs)
    got = call(ours.Client("app", "secret", "token", "refresh", endpoint_prefix=server.url), ours)

    assert got == expected == REPLY
    first, second = server.requests
    assert _comparable(second) == _comparable(first)


@pytest.mark.parametrize("name", BODIES)
def test_bodies_are_made_as_zalo_sdk_makes_them(name: str) -> None:
    """Before any request: the package's own tests look at `create_request_body` alone."""

    def made(client: Any, lib: Any) -> list[Any]:
        bodies: list[Any] = []
        client.send_message = lambda recipient, body=None, action=None, **_more: bodies.append(
            client.create_request_body(recipient=recipient, body=body, action=action)
        )
        OA_CALLS[name](client, lib)
        return bodies

    [body] = made(ours.Client("a", "s"), ours)
    assert [body] == made(theirs.Client("a", "s"), theirs)


@pytest.mark.parametrize("arguments", [{"method": "POST"}, {"method": "GET"}, {"method": "GET", "type": "file"}])
@pytest.mark.parametrize("token", ["", "a token"])
def test_headers_are_made_as_zalo_sdk_makes_them(arguments: dict[str, str], token: str) -> None:
    their_base = sys.modules["zalo_sdk.BaseClient"].BaseClient

    def made(base: Any) -> Any:
        return base(app_id="app", secret_key="secret", access_token=token).create_request_header(**arguments)

    assert made(ours.BaseClient) == made(their_base)


def test_a_wrong_product_type_is_told_with_the_right_ones(server: RecordingServer) -> None:
    for library in (theirs, ours):
        client = library.Client("app", "secret", endpoint_prefix=server.url)
        with pytest.raises(ValueError, match=r"csgo.*cs, transaction"):
            client.get_zalo_oa_quotas(quota_owner="OA", product_type="csgo")


@pytest.mark.parametrize("name", ZNS_CALLS)
def test_zns_calls_send_what_zalo_sdk_sends_and_return_what_it_returns(name: str, server: RecordingServer) -> None:
    call = ZNS_CALLS[name]
    expected = call(zalo_sdk.zns.Client("app", "secret", "token", endpoint_prefix=server.url), zalo_sdk.zns)
    got = call(ours.ZNSClient("app", "secret", "token", endpoint_prefix=server.url), ours)

    assert got == expected == REPLY
    first, second = server.requests
    assert _comparable(second) == _comparable(first)


@pytest.mark.parametrize("name", TOKEN_CALLS)
def test_token_calls_send_what_zalo_sdk_sends(
    name: str, server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.default = Answer({"access_token": "a2", "refresh_token": "r2", "expires_in": "90000"})
    post = requests.post

    def redirected(url: str, **parts: Any) -> requests.Response:  # its host is written into its code
        return post(url.replace("https://oauth.zaloapp.com", server.url), **parts)

    monkeypatch.setattr(sys.modules["zalo_sdk.BaseClient"].requests, "post", redirected)
    call = TOKEN_CALLS[name]
    theirs_client = theirs.Client("app", "secret", "a1", "r1")
    our_client = ours.Client("app", "secret", "a1", "r1", oauth_url=server.url)

    assert call(our_client, ours) == call(theirs_client, theirs) == ("a2", "r2")
    first, second = server.requests
    assert _comparable(second) == _comparable(first)
    assert (our_client.access_token, our_client.refresh_token) == ("a2", "r2")
    assert not our_client.isAccessTokenExpired()


@pytest.mark.parametrize(
    "arguments", [("https://shop.vn/channels/zalo/callback",), ("https://a.vn/?b=c d", "ch", "st")]
)
def test_the_consent_address_is_the_same(arguments: tuple[str, ...]) -> None:
    theirs_client, our_client = theirs.Client("app", "secret"), ours.Client("app", "secret")

    assert our_client.request_authoriation_code_url(*arguments) == theirs_client.request_authoriation_code_url(
        *arguments
    )


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.send_message(None, category="broadcast"),
        lambda c: c.upload_file(b"", "video"),
        lambda c: c.get_zalo_oa_quotas("APP"),
        lambda c: c.get_zalo_oa_quotas("OA", "promotion"),
        lambda c: c.get_zalo_oa_quotas("OA", "cs", "free"),
    ],
)
def test_both_refuse_the_same_arguments(call: Callable[[Any], Any], server: RecordingServer) -> None:
    for library in (theirs, ours):
        with pytest.raises(ValueError):
            call(library.Client("app", "secret", endpoint_prefix=server.url))
    assert server.requests == []


@pytest.mark.parametrize(
    "reply",
    [
        {"error": -201, "message": "Params is invalid"},
        {"error": -216, "message": "Access token has expired"},
        {"error": -240},
        {"error": -124, "message": "Access token invalid"},
    ],
)
def test_refusals_raise_exceptions_of_the_same_name(reply: dict[str, Any], server: RecordingServer) -> None:
    server.default = Answer(reply)

    def raised(client: Any, call: Call, lib: Any) -> str:
        with pytest.raises(Exception, match=str(reply["error"])) as caught:
            call(client, lib)
        return type(caught.value).__name__

    oa, zns = OA_CALLS["detail"], ZNS_CALLS["zns"]
    prefix = server.url
    assert raised(ours.Client("a", "s", endpoint_prefix=prefix), oa, ours) == raised(
        theirs.Client("a", "s", endpoint_prefix=prefix), oa, theirs
    )
    assert raised(ours.ZNSClient("a", "s", endpoint_prefix=prefix), zns, ours) == raised(
        zalo_sdk.zns.Client("a", "s", endpoint_prefix=prefix), zns, zalo_sdk.zns
    )


@pytest.mark.parametrize(("their", "our"), [(theirs.Client, ours.Client), (zalo_sdk.zns.Client, ours.ZNSClient)])
def test_every_public_method_is_there_with_its_arguments_in_order(their: type, our: type) -> None:
    methods = [name for name, _ in inspect.getmembers(their, inspect.isfunction) if not name.startswith("_")]
    assert "refresh_acccess_token" in methods
    for name in methods:
        expected = inspect.signature(getattr(their, name)).parameters
        offered = inspect.signature(getattr(our, name)).parameters
        assert list(offered) == list(expected), name
        assert {n: p.default for n, p in offered.items()} == {n: p.default for n, p in expected.items()}, name


def test_messages_made_with_zalo_sdk_can_be_sent_with_our_client(server: RecordingServer) -> None:
    body = theirs.ZaloMessageBody("t", theirs.ZaloAttachment("file", {"token": "tok"}))
    ours.Client("a", "s", endpoint_prefix=server.url).send_message(theirs.ZaloRecipient(user_id=USER), body)

    attachment = {"type": "file", "payload": {"token": "tok"}}
    assert server.last.json == {"recipient": {"user_id": USER}, "message": {"text": "t", "attachment": attachment}}


# The faults of zalo-sdk, each shown beside its repair.


@pytest.mark.parametrize(("code", "text"), [(-216, "Access token is invalid"), (-220, "access_token was removed")])
def test_repaired_a_refused_token_is_told_by_its_code(code: int, text: str, server: RecordingServer) -> None:
    server.default = Answer({"error": code, "message": text})

    with pytest.raises(theirs.zalo_sdk.ZaloOAException) as missed:
        theirs.Client("a", "s", endpoint_prefix=server.url).get_user_detail(USER)
    with pytest.raises(ours.ZaloOAAuthTokenExpiredException):
        ours.Client("a", "s", endpoint_prefix=server.url).get_user_detail(USER)
    assert not isinstance(missed.value, zalo_sdk.ZaloOAAuthTokenExpiredException)


def test_repaired_files_do_not_drop_the_message(server: RecordingServer) -> None:
    for lib in (theirs, ours):
        client = lib.Client("a", "s", endpoint_prefix=server.url)
        client.send_message(lib.ZaloRecipient(user_id=USER), lib.ZaloMessageBody("Chào"), files={"file": b"x"})

    first, second = server.requests
    assert b"recipient" not in first.body
    assert first.headers["content-type"] == "application/json"  # over a multipart body
    form = {name: content for name, file_name, _, content in second.parts if file_name is None}
    assert {name: json.loads(content) for name, content in form.items()} == {
        "recipient": {"user_id": USER},
        "message": {"text": "Chào"},
    }
    assert ("file", "file", None, b"x") in second.parts


def test_repaired_a_template_keeps_its_own_buttons_and_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    button = {"title": "Điểm", "type": "oa.query.show", "payload": "điểm"}
    template = ours.ZaloAttachmentTemplate(ours.ZaloTemplateType.list, [ours.ZaloTemplateElement(title="a")], [button])

    assert template.toDict() == {"template_type": "list", "elements": [{"title": "a"}], "buttons": [button]}
    assert capsys.readouterr().out == ""
    theirs.ZaloTemplateElement(title="a").toDict()
    assert capsys.readouterr().out != ""


def test_repaired_another_status_is_a_typed_exception(server: RecordingServer) -> None:
    server.default = Answer(b"<html>busy</html>", status=503)

    with pytest.raises(Exception, match="503") as bare:
        theirs.Client("a", "s", endpoint_prefix=server.url).get_user_detail(USER)
    with pytest.raises(ours.ZaloHTTPException) as typed:
        ours.Client("a", "s", endpoint_prefix=server.url).get_user_detail(USER)
    assert type(bare.value) is Exception
    assert (typed.value.status, isinstance(typed.value, ours.ZaloException)) == (503, True)


def _comparable(request: Request) -> dict[str, Any]:
    query: dict[str, Any] = dict(request.query)
    if "data" in query:
        query["data"] = json.loads(query["data"])
    headers = {name: value for name, value in request.headers.items() if name in COMPARED_HEADERS}
    content_type, _, _ = headers.get("content-type", "").partition(";")
    body: Any = request.body
    if content_type == "application/json":
        body = request.json
    elif content_type == "multipart/form-data":
        headers["content-type"], body = content_type, request.parts
    elif content_type == "application/x-www-form-urlencoded":
        body = request.form
    return {"method": request.method, "path": request.path, "query": query, "headers": headers, "body": body}
