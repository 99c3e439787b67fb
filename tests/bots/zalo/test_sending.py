"""Templates, cards and quotas: what goes over the wire, what is refused before anything is paid for, what stops."""

from collections.abc import Callable
from typing import Any

import pytest

from bots.channel import (
    Action,
    Button,
    Card,
    HasQuotas,
    Outbound,
    Parameter,
    PlatformTemplate,
    Quota,
    Route,
    SendError,
    Template,
)
from bots.zalo import ZaloChannel, quotas
from tests.bots.zalo.samples import APP, OA, USER
from tests.fakes_http import Answer, RecordingServer, Request

NAME = "customer_name"
INFO = {
    "templateId": "250001",
    "templateName": "Đơn hàng",
    "status": "ENABLE",
    "templateQuality": "HIGH",
    "templateTag": "TRANSACTION",
    "price_sdt": "800",
    "price_uid": 560,
    "listParams": [
        {"name": NAME, "require": True, "type": "STRING", "maxLength": 10, "minLength": 2, "acceptNull": False},
        {"name": "note", "require": False, "type": "STRING", "maxLength": 30, "minLength": 0, "acceptNull": True},
    ],
}
BY_USER = {
    "error": 0,
    "data": {"message_id": "m1", "user_id": USER, "quota": {"quota_type": "sub_quota", "remain": "9"}},
}
BY_PHONE = {
    "error": 0,
    "data": {"msg_id": "z1", "sent_time": "1", "quota": {"dailyQuota": "500", "remainingQuota": "499"}},
}
PATHS = {
    "/template/info/v2": {"error": 0, "data": INFO},
    "/v3.0/oa/message/template": BY_USER,
    "/message/template": BY_PHONE,
}


def answering(replies: dict[str, Any]) -> Callable[[Request], Answer]:
    return lambda request: Answer(replies[request.path]) if request.path in replies else Answer(status=404)


def channel(server: RecordingServer) -> ZaloChannel:
    return ZaloChannel(APP, "secret", OA, "oa-secret", token=lambda: "t", api_url=server.url, zns_url=server.url)


def filled(phone: str = "", **values: str) -> Outbound:
    route = Route.TEMPLATE_PHONE if phone else Route.TEMPLATE_USER
    template = Template("250001", {NAME: "Lan"} | values)
    return Outbound(
        OA, "" if phone else USER, "Đơn của Lan", route=route, template=template, phone=phone, reference="ours-1"
    )


def sent(server: RecordingServer, path: str) -> list[Any]:
    return [request.json for request in server.requests if request.path == path]


@pytest.fixture
def zalo(server: RecordingServer) -> ZaloChannel:
    server.default = answering(PATHS)
    return channel(server)


def test_a_template_goes_by_user_id(zalo: ZaloChannel, server: RecordingServer) -> None:
    assert zalo.send(filled()) == "m1"
    (body,) = sent(server, "/v3.0/oa/message/template")
    assert body == {"user_id": USER, "template_id": "250001", "template_data": {NAME: "Lan"}}
    assert zalo.sender.last_quota == Quota("sub_quota", left=9)


def test_a_template_goes_by_phone_under_our_own_name(zalo: ZaloChannel, server: RecordingServer) -> None:
    assert zalo.send(filled(phone="+84912345670", note="Cảm ơn")) == "z1"
    (body,) = sent(server, "/message/template")
    assert body == {
        "phone": "84912345670",
        "template_id": "250001",
        "template_data": {NAME: "Lan", "note": "Cảm ơn"},
        "tracking_id": "ours-1",
    }
    assert zalo.sender.last_quota == Quota("templates_day", left=499, total=500)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({NAME: ""}, "customer_name is missing"),
        ({NAME: "A"}, "customer_name has 1 characters, at least 2"),
        ({NAME: "x" * 11}, "customer_name has 11 characters, at most 10"),
        ({"note": "x" * 31}, "note has 31 characters, at most 30"),
    ],
)
def test_values_that_do_not_fit_are_refused_before_the_call(
    zalo: ZaloChannel, server: RecordingServer, values: dict[str, str], named: str
) -> None:
    for phone in ("", "+84912345670"):
        with pytest.raises(SendError) as refused:
            zalo.send(filled(phone, **values))
        assert (refused.value.action, refused.value.code) == (Action.CONTENT, "parameter")
        assert refused.value.detail.startswith(named)
    assert {request.path for request in server.requests} == {"/template/info/v2"}


def test_lengths_are_counted_composed_and_strange_values_stay_here(zalo: ZaloChannel, server: RecordingServer) -> None:
    zalo.send(filled(**{NAME: "Ngọc Diệp".encode().decode(), "extra": "x"}))
    decomposed = "Ngo\u0323c Die\u0323\u0302p"
    assert len(decomposed) > 10
    zalo.send(filled(**{NAME: decomposed}))
    assert [body["template_data"] for body in sent(server, "/v3.0/oa/message/template")] == [{NAME: "Ngọc Diệp"}] * 2


def test_what_a_template_asks_for_is_asked_once(zalo: ZaloChannel, server: RecordingServer) -> None:
    for _ in range(3):
        zalo.send(filled())
    assert sum(request.path == "/template/info/v2" for request in server.requests) == 1


def test_without_a_word_of_zalo_the_values_go_unchecked(server: RecordingServer) -> None:
    server.default = answering({"/v3.0/oa/message/template": BY_USER})
    assert channel(server).send(filled(**{NAME: "x" * 99})) == "m1"


@pytest.mark.parametrize("code", [-115, -117, -131, -146, -137])
def test_a_refusal_of_templates_stops_templates_only(server: RecordingServer, code: int) -> None:
    server.default = answering(PATHS | {"/message/template": {"error": code, "message": "no"}})
    with pytest.raises(SendError) as refused:
        channel(server).send(filled(phone="+84912345670"))
    assert (refused.value.action, refused.value.only_templates) == (Action.STOP, True)
    assert refused.value.retry_after is not None


def test_a_refused_token_is_replaced_as_ever(server: RecordingServer) -> None:
    server.default = answering(PATHS | {"/message/template": {"error": -124, "message": "Access token invalid"}})
    with pytest.raises(SendError) as refused:
        channel(server).send(filled(phone="+84912345670"))
    assert refused.value.action is Action.REFRESH


class TestCards:
    CARDS = (
        Card("Croissant", "100 điểm", "https://shop.vn/c.png", (Button("Đổi", "đổi 3"),)),
        Card("Latte", buttons=(Button("Đổi", "đổi 4"),)),
    )

    def test_cards_go_as_a_list(self, server: RecordingServer) -> None:
        server.default = Answer(BY_USER)
        channel(server).send(Outbound(OA, USER, "Quà:", [Button("Điểm", "điểm")], cards=self.CARDS))
        (body,) = sent(server, "/v3.0/oa/message/cs")
        payload = body["message"]["attachment"]["payload"]
        assert payload["template_type"] == "list"
        assert payload["elements"] == [
            {
                "title": "Croissant",
                "subtitle": "100 điểm",
                "image_url": "https://shop.vn/c.png",
                "default_action": {"type": "oa.query.show", "payload": "đổi 3"},
            },
            {"title": "Latte", "default_action": {"type": "oa.query.show", "payload": "đổi 4"}},
        ]
        assert payload["buttons"] == [{"title": "Điểm", "type": "oa.query.show", "payload": "điểm"}]

    def test_refused_they_become_words_and_keep_the_buttons(self, server: RecordingServer) -> None:
        server.answers.append(Answer({"error": -233, "message": "unsupported"}))
        server.default = Answer(BY_USER)
        assert channel(server).send(Outbound(OA, USER, "Quà:", [Button("Điểm", "điểm")], cards=self.CARDS)) == "m1"
        *_, body = sent(server, "/v3.0/oa/message/cs")
        assert body["message"]["text"] == "Quà:\nCroissant · 100 điểm («đổi 3»)\nLatte («đổi 4»)"
        assert "buttons" in body["message"]["attachment"]["payload"]

    def test_the_sixth_card_stays_words_and_nothing_grows_too_long(self, server: RecordingServer) -> None:
        server.default = Answer(BY_USER)
        cards = [Card(f"Quà {n}", "x" * 400) for n in range(1, 9)]
        channel(server).send(Outbound(OA, USER, "Quà:", cards=cards))
        (body,) = sent(server, "/v3.0/oa/message/cs")
        assert len(body["message"]["attachment"]["payload"]["elements"]) == 5
        assert body["message"]["text"].startswith("Quà:\nQuà 6 · ")
        assert len(body["message"]["text"]) <= 2000


class TestLookUps:
    def test_templates_are_told_whole(self, server: RecordingServer) -> None:
        listed = {"error": 0, "data": [{"templateId": 250001, "status": "ENABLE"}]}
        server.default = answering(PATHS | {"/template/all": listed})
        assert list(channel(server).templates()) == [
            PlatformTemplate(
                name="250001",
                title="Đơn hàng",
                locale="vi",
                status="enabled",
                tag="transaction",
                parameters=[Parameter(NAME, True, 2, 10), Parameter("note", False, 0, 30)],
                price_user=560,
                price_phone=800,
                quality="HIGH",
            )
        ]

    @pytest.mark.parametrize(
        ("told", "status"), [(1, "enabled"), ("2", "pending"), (3, "rejected"), (4, "disabled"), (None, "pending")]
    )
    def test_states_by_number(self, server: RecordingServer, told: object, status: str) -> None:
        listed = {"error": 0, "data": [{"templateId": "7"}]}
        info = {"error": 0, "data": {"status": told, "templateTag": 3, "listParams": [1, None], "price_uid": "free"}}
        server.default = answering({"/template/all": listed, "/template/info/v2": info})
        (found,) = channel(server).templates()
        assert (found.status, found.tag, found.parameters, found.price_user) == (status, "promotion", [], None)

    def test_many_are_asked_for_page_by_page(self, server: RecordingServer) -> None:
        def answer(request: Request) -> Answer:
            if request.path != "/template/all":
                return Answer({"error": 0, "data": {}})
            start = int(request.query["offset"])
            return Answer({"error": 0, "data": [{"templateId": str(n)} for n in range(start, min(start + 100, 130))]})

        server.default = answer
        assert len(channel(server).templates()) == 130

    def test_quotas_of_package_and_day(self, server: RecordingServer) -> None:
        package = {
            "error": 0,
            "data": [
                {
                    "asset_id": "1",
                    "product_type": "cs",
                    "quota_type": "sub_quota",
                    "valid_through": "31/12/2026",
                    "total": "2000",
                    "remain": 1500,
                }
            ],
        }
        server.default = answering(
            {
                "/v3.0/oa/quota/message": package,
                "/message/quota": {"error": 0, "data": {"dailyQuota": "500", "remainingQuota": "499"}},
                "/quality": {"error": 0, "data": {"oaCurrentQuality": "HIGH", "oa7dayQuality": "LOW"}},
            }
        )
        made = channel(server)
        assert isinstance(made, HasQuotas)
        cs, day = made.quotas()
        assert (cs.name, cs.left, cs.total, str(cs.until)) == ("cs_sub_quota", 1500, 2000, "2026-12-31")
        assert day == Quota("templates_day", 499, 500, note="HIGH")

    @pytest.mark.parametrize(
        ("reply", "name"),
        [
            ({"data": {"message_id": "1", "quota": {"quota_type": "reply"}}}, "reply"),
            ({"data": {"message_id": "1"}}, "billed"),
            ({"data": []}, "billed"),
            ({"data": {"quota": {"quota_type": 5, "remain": {}, "expired_date": "soon"}}}, "unknown"),
        ],
    )
    def test_what_a_reply_says_was_taken(self, reply: dict[str, Any], name: str) -> None:
        assert quotas.of_reply(reply).name == name
