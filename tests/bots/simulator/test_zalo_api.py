"""Zalo as the simulator plays it, called by the program's own client."""

import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest
import requests
from flask.testing import FlaskClient

from bots import strict_json
from bots.channel import Action, Button, Card, InboundKind, Outbound, SendError
from bots.simulator.zalo_api import PACKAGE
from bots.zalo.errors import ZaloException, ZaloOAAuthTokenExpiredException, ZaloOAException
from bots.zalo.messages import ZaloMessageBody
from bots.zalo.oauth import TokenRefused
from loyalty.demo import approved
from tests.bots.simulator.conftest import REFRESH, World
from tests.builders_pictures import file_of

PICTURE = file_of()


def outbound(world: World, key: str, text: str = "Chào bạn", *buttons: Button) -> Outbound:
    return Outbound(world.settings.zalo_oa_id, world.chat(key, "zalo").user, text, buttons)


def test_a_message_is_shown_with_its_buttons_under_the_id_it_was_answered_with(world: World) -> None:
    mid = world.zalo.send(outbound(world, "lan", "Bạn có 320 điểm", Button("Lịch sử", "lịch sử")))

    [shown] = world.board.store.news(world.chat("lan", "zalo"), 0)[0]
    assert (shown.mid, shown.mine, shown.state) == (mid, False, "delivered")
    assert shown.body["text"] == "Bạn có 320 điểm"
    assert shown.body["buttons"] == [{"kind": "say", "title": "Lịch sử", "payload": "lịch sử", "url": ""}]


def test_asking_for_the_phone_shows_a_card_that_shares_it(world: World) -> None:
    world.zalo.send(outbound(world, "an", "Cho mình xin số nhé", Button("Gửi số", "đăng ký", contact=True)))

    [card] = world.shown(world.chat("an", "zalo"))
    assert card["title"] == "Cho mình xin số nhé"
    assert [button["kind"] for button in card["buttons"]] == ["contact"]


def test_a_wrong_token_asks_for_another(world: World) -> None:
    world.token.value = "stolen"

    with pytest.raises(SendError) as refused:
        world.zalo.send(outbound(world, "lan"))

    assert (refused.value.action, refused.value.code) == (Action.REFRESH, "-216")


def test_a_refreshed_pair_ends_the_token_before_it(world: World) -> None:
    world.token.value = world.refresh(REFRESH).access

    assert world.zalo.send(outbound(world, "lan"))
    with pytest.raises(ZaloOAAuthTokenExpiredException):
        old = type(world.zalo.client)("", "", "demo-access-0", endpoint_prefix=world.settings.zalo_api_url)
        old.get_oa()


def test_a_refresh_token_is_spent_by_one_use(world: World) -> None:
    pair = world.refresh(REFRESH)
    world.refresh(pair.refresh)

    with pytest.raises(TokenRefused) as refused:
        world.refresh(pair.refresh)

    assert (refused.value.code, refused.value.terminal) == ("-14020", True)


def test_the_settings_refresh_token_is_taken_again_for_a_shop_that_starts_anew(world: World) -> None:
    world.refresh(world.refresh(REFRESH).refresh)

    again = world.refresh(REFRESH)

    world.token.value = again.access
    assert world.zalo.send(outbound(world, "lan"))


@pytest.mark.parametrize("token", ["", "demo-refresh-1", "demo-refresh-7-1-" + "0" * 32, "demo-access-0"])
def test_a_made_up_refresh_token_is_refused(world: World, token: str) -> None:
    with pytest.raises(TokenRefused):
        world.refresh(token)


@pytest.mark.parametrize(
    ("silent", "quota"), [(timedelta(hours=47), "reply"), (timedelta(hours=49), "sub_quota"), (timedelta(days=8), None)]
)
def test_what_a_message_is_charged_to_follows_the_silence(world: World, silent: timedelta, quota: str | None) -> None:
    lan = world.chat("lan", "zalo")
    spoke_at = world.board.now() - int(silent / timedelta(milliseconds=1))
    world.board.store.update_chat(lan, interacted_at=spoke_at)

    if quota is None:
        with pytest.raises(SendError) as refused:
            world.zalo.send(outbound(world, "lan"))
        assert (refused.value.action, refused.value.code) == (Action.WINDOW, "-230")
    else:
        reply = world.zalo.client.send_message({"user_id": lan.user}, ZaloMessageBody("Chào"))
        assert reply["data"]["quota"]["quota_type"] == quota


def test_a_message_beyond_the_package_is_billed(world: World) -> None:
    lan = world.chat("lan", "zalo")
    world.board.store.update_chat(lan, interacted_at=world.board.now() - 49 * 3_600_000)
    world.board.store.set_counter("package", PACKAGE - 1)

    billed = [(world.zalo.send(outbound(world, "lan")), world.zalo.was_billed())[1] for _ in range(2)]

    assert billed == [False, True]
    assert {each.name: each.left for each in world.zalo.quotas()}["cs_sub_quota"] == 0


def test_somebody_who_never_wrote_must_write_first(world: World) -> None:
    with pytest.raises(SendError) as refused:
        world.zalo.send(outbound(world, "minh"))  # the shop knows Minh on Messenger only

    assert refused.value.action is Action.WINDOW


def test_a_person_zalo_does_not_know_is_a_wrong_parameter(world: World) -> None:
    with pytest.raises(ZaloOAException) as refused:
        world.zalo.client.send_message({"user_id": "5599999999999999999"}, ZaloMessageBody("Chào"))

    assert refused.value.code == -201


def test_six_buttons_are_refused(world: World) -> None:
    button = {"title": "Điểm", "type": "oa.query.show", "payload": "điểm"}
    body = {"text": "x", "attachment": {"type": "template", "payload": {"buttons": [button] * 6}}}

    with pytest.raises(ZaloOAException) as refused:
        world.zalo.client.send_message({"user_id": world.chat("lan", "zalo").user}, body)

    assert refused.value.code == -201


def test_a_profile_tells_the_name_of_who_follows(world: World) -> None:
    follower, stranger = world.chat("lan", "zalo"), world.chat("minh", "zalo")

    profile = world.zalo.profile(follower.user)

    assert profile is not None
    assert profile.name == "Lan"
    assert world.zalo.profile(stranger.user) is None


def test_the_account_and_its_followers_can_be_asked_for(world: World) -> None:
    client = world.zalo.client

    assert client.get_oa()["data"]["oaid"] == world.settings.zalo_oa_id
    page = client.get_list({"offset": 0, "count": 2})["data"]
    assert (page["count"], len(page["users"])) == (2, 2)
    assert page["total"] == client.get_oa()["data"]["num_follower"]


VALUES = {"customer_name": "Bình", "points": "25", "balance": "90", "store": "Mây Lê Lợi"}


def test_a_template_reaches_a_phone_outside_every_window_and_its_receipt_names_it(world: World) -> None:
    told = world.zalo.zns.send_zns_message("84356917420", "250001", VALUES, tracking_id="m-17")

    [shown] = world.shown(world.chat("binh", "zalo"))
    assert (shown["title"], shown["rows"][0]) == ("Bạn được cộng điểm", ["Điểm", "25"])
    assert told["data"]["quota"] == {"dailyQuota": "500", "remainingQuota": "499"}
    event = world.board.store.next_event(world.board.now() + 1000)
    assert event is not None
    [receipt] = world.zalo.parse(strict_json.loads(event.body))
    assert (receipt.kind, receipt.user, receipt.reference) == (InboundKind.DELIVERED, "", "m-17")
    assert world.zalo.zns.get_message_status(told["data"]["msg_id"])["data"]["status"] == 1


@pytest.mark.parametrize(
    ("template", "values", "code"),
    [
        ("999", VALUES, "-109"),
        ("250003", VALUES, "-131"),
        ("250001", {"points": "1"}, "-1121"),
        ("250001", VALUES | {"points": "9" * 21}, "-1122"),
    ],
)
def test_a_template_that_does_not_fit_is_refused(
    world: World, template: str, values: dict[str, str], code: str
) -> None:
    with pytest.raises(ZaloException, match=code):
        world.zalo.zns.send_zns_message("84356917420", template, values)


def test_the_templates_are_told_as_the_demo_shop_has_read_them(world: World) -> None:
    told = [(each.name, each.title, each.status, each.tag, each.price_user) for each in world.zalo.templates()]

    assert told == [(each.name, each.title, each.status, each.tag, each.price_user) for each in approved.ZALO]


def test_the_quotas_of_the_account_are_told(world: World) -> None:
    told = {each.name: (each.left, each.total, each.note) for each in world.zalo.quotas()}

    assert told == {"cs_sub_quota": (100, 100, ""), "templates_day": (500, 500, "HIGH")}


def test_cards_are_a_list_whose_elements_can_be_tapped(world: World) -> None:
    cards = [Card(f"Quà {n}", "100 điểm", "", [Button("Đổi", f"đổi {n}")]) for n in (1, 2)]
    world.zalo.send(replace(outbound(world, "lan", "Chọn quà nhé", Button("Điểm", "điểm")), cards=cards))

    chat = world.chat("lan", "zalo")
    [shown] = world.board.store.news(chat, 0)[0]
    assert [(card["title"], card["taps"]) for card in shown.body["cards"]] == [("Quà 1", [1]), ("Quà 2", [2])]

    world.board.tap(chat, shown.id, shown.body["cards"][1]["taps"][0])

    event = world.board.store.next_event(world.board.now())
    assert event is not None
    assert world.zalo.parse(strict_json.loads(event.body))[0].text == "đổi 2"


def test_a_picture_sent_up_is_shown_by_its_name_for_seven_days(world: World, desk: FlaskClient) -> None:
    name = world.zalo.upload(PICTURE, "image/png")
    message = replace(outbound(world, "lan", "Bánh mới"), attachment=name)
    world.zalo.send(message)
    [shown] = world.shown(world.chat("lan", "zalo"))
    assert (shown["image"], shown["text"]) == (f"/simulator/media/{name}", "Bánh mới")
    assert desk.get(f"/desk/media/{name}").data == PICTURE

    with sqlite3.connect(world.board.store._path) as database:
        database.execute("UPDATE upload SET at = at - 604800000")
    with pytest.raises(SendError) as refused:
        world.zalo.send(message)
    assert (refused.value.action, refused.value.code, refused.value.no_attachment) == (Action.RETRY, "-100", True)


@pytest.mark.parametrize("file", [b"GIF89a", PICTURE + b"x" * 2**20], ids=["GIF", "over 1 MB"])
def test_what_zalo_takes_for_no_picture_is_refused(world: World, file: bytes) -> None:
    with pytest.raises(SendError) as refused:
        world.zalo.upload(file, "image/png")
    assert refused.value.action is Action.CONTENT


def test_a_browser_is_turned_away(world: World) -> None:
    url = f"{world.settings.zalo_api_url}/v2.0/oa/getoa"
    headers = {"access_token": world.token.value}

    assert requests.get(url, headers=headers, timeout=5).status_code == 200
    assert requests.get(url, headers=headers | {"Origin": "http://evil.example"}, timeout=5).status_code == 403
    assert requests.get(url, headers=headers | {"Host": "rebound.example"}, timeout=5).status_code == 403
