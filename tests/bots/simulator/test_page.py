"""The chat page's own addresses, over the whole program: real webhooks, real database, both platforms played."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from bots.simulator import credentials, page, people
from jobs.campaigns import send_campaign_pictures
from loyalty.app import create_app
from loyalty.campaigns import pictures
from loyalty.db import Database
from loyalty.demo.people import Person
from loyalty.messaging.models import InboundEvent
from loyalty.settings import Settings
from tests.bots.simulator.conftest import World
from tests.bots.simulator.shop import Shop, opened, settle
from tests.builders_campaigns import make_campaign

ON_ONE_ENGINE = pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)  # what asks no database
LAN, MINH, THU, MAI = (people.KNOWN[key] for key in ("lan", "minh", "thu", "mai"))


@pytest.fixture
def shop(world: World, settings: Settings) -> Iterator[Shop]:
    with opened(world, settings) as demo:
        yield demo


def kinds(news: Any) -> list[str]:
    return [item["kind"] for item in reversed(news["beside"]["happened"])]


@pytest.mark.parametrize(("person", "channel"), [(LAN, "zalo"), (MINH, "messenger")])
def test_a_question_goes_through_the_real_webhook_and_its_answer_comes_back(
    shop: Shop, person: Person, channel: str
) -> None:
    settle(shop, person, 400_000)

    shop.write(person.key, channel, "điểm")

    news = shop.news(person.key, channel)
    asked, answered = news["items"]
    assert (asked["mine"], asked["state"], asked["understood"]["name"]) == (True, "accepted", "điểm")
    assert "40 điểm" in answered["body"]["text"]
    [event] = [item for item in news["beside"]["happened"] if item["kind"] == "event"]
    assert (event["mid"], event["state"], event["attempts"]) == (asked["mid"], "processed", 1)
    [message] = [item for item in news["beside"]["happened"] if item["kind"] == "message"]
    assert (message["mid"], message["lane"], message["state"]) == (answered["mid"], "reply", "sent")


def test_an_award_shows_its_sum_to_the_cashier_and_reaches_the_customer(shop: Shop) -> None:
    settle(shop, LAN, 10_005_000)
    settle(shop, THU)

    shop.write("thu", "zalo", "/tich 0903215748 250k #HD7")

    [mine] = [item for item in shop.news("thu", "zalo")["beside"]["happened"] if item["kind"] == "points"]
    # gold since the first bill: 250,000 × 1.5 = 375,000, with 5,000 left over: 38 points
    assert (mine["points"], mine["credit"], mine["carry_before"], mine["carry"]) == (38, 375_000, 5_000, 0)
    assert (mine["total"], mine["reference"], mine["by"], mine["customer"]) == (250_000, "HD7", "Thu", "Lan")
    told = shop.news("lan", "zalo")
    assert "38 điểm" in told["items"][-1]["body"]["text"]
    assert [item["lane"] for item in told["beside"]["happened"] if item["kind"] == "message"] == ["notice"]


def test_the_same_event_delivered_again_does_nothing_twice(shop: Shop) -> None:
    settle(shop, LAN)
    settle(shop, THU)
    shop.write("thu", "zalo", "/tich 0903215748 250k #HD7")
    thu = shop.world.chat("thu", "zalo")
    before = shop.news("thu", "zalo")

    first = before["items"][0]["id"]
    shop.page.post(f"/simulator/api/chats/zalo/{thu.user}/repeat", json={"message": first})
    shop.work()

    after = shop.news("thu", "zalo")
    assert len(after["items"]) == len(before["items"])
    assert kinds(after) == kinds(before)


def test_receipts_come_back_and_are_shown(shop: Shop) -> None:
    settle(shop, LAN)
    shop.write("lan", "zalo", "điểm")

    shop.news("lan", "zalo", open=1)
    shop.work()

    [message] = [item for item in shop.news("lan", "zalo")["beside"]["happened"] if item["kind"] == "message"]
    assert (message["delivered"], message["seen"]) == (True, True)


def test_a_button_of_the_answer_works(shop: Shop) -> None:
    settle(shop, MINH, 400_000)
    shop.write("minh", "messenger", "điểm")
    answered = shop.news("minh", "messenger")["items"][-1]
    titles = [button["payload"] for button in answered["body"]["buttons"]]
    tap = {"message": answered["id"], "button": titles.index("lịch sử")}

    shop.page.post(f"/simulator/api/chats/messenger/{MINH.psid}/tap", json=tap)
    shop.work()

    assert "400.000đ" in shop.news("minh", "messenger")["items"][-1]["body"]["text"]


def test_a_stranger_becomes_a_member_by_sharing_the_contact(shop: Shop) -> None:
    stranger: Any = shop.page.post("/simulator/api/strangers", json={"channel": "zalo"}).json
    address = f"/simulator/api/chats/zalo/{stranger['user']}"
    assert standing(shop.page, address) == {"is": "nobody"}

    for act in ("start", "contact"):
        shop.page.post(f"{address}/{act}", json={})
        shop.work()

    who = standing(shop.page, address)
    assert (who["is"], who["joined"], who["phone_proof"]) == ("customer", True, "shared")


def test_suggestions_are_filled_with_what_is_there(shop: Shop) -> None:
    settle(shop, LAN, 400_000)
    settle(shop, THU)
    award = next(one["text"] for one in shop.news("thu", "zalo")["beside"]["try"] if one["why"] == "award")

    shop.write("thu", "zalo", award)
    tries = {one["why"]: one["text"] for one in shop.news("thu", "zalo")["beside"]["try"]}

    assert tries["award"] != award  # a receipt counts once
    number = max(item["number"] for item in shop.news("thu", "zalo")["beside"]["happened"] if item["kind"] == "points")
    assert tries["undo"] == f"/huy {number}"
    assert {"điểm", "lịch sử"} <= {one["text"] for one in shop.news("lan", "zalo")["beside"]["try"]}


@ON_ONE_ENGINE
def test_what_happened_is_sent_again_only_when_it_changed(shop: Shop) -> None:
    settle(shop, LAN)
    first = shop.news("lan", "zalo")

    assert "beside" not in shop.news("lan", "zalo", known=first["digest"])
    shop.write("lan", "zalo", "điểm")
    assert "beside" in shop.news("lan", "zalo", known=first["digest"])


def test_the_list_tells_who_everybody_is_to_the_shop(shop: Shop) -> None:
    settle(shop, LAN, 10_000_000)
    settle(shop, THU)

    listed: Any = shop.page.get("/simulator/api/people").json

    assert listed["channels"] == ["zalo", "messenger"]
    at_zalo = {chat["person"]: chat["standing"] for chat in listed["chats"] if chat["channel"] == "zalo"}
    assert (at_zalo["lan"]["tier"], at_zalo["lan"]["points"]) == ("gold", 1000)
    assert (at_zalo["thu"]["is"], at_zalo["thu"]["role"]) == ("staff", "cashier")
    assert at_zalo["minh"] == {"is": "nobody"}


def test_no_phone_leaves_the_shops_database_unmasked(shop: Shop) -> None:
    settle(shop, LAN, 400_000)
    shop.write("lan", "zalo", "điểm")

    beside = shop.news("lan", "zalo")["beside"]

    assert beside["standing"]["phone"] == "0903 ••• 748"
    assert "903215748" not in str(beside["happened"])


@ON_ONE_ENGINE
@pytest.mark.parametrize("text", ["\ud800", "\u0000\u202e<script>alert(1)</script>", "‏‎🎉" * 300, "/tich " + "9" * 900])
def test_hostile_words_are_carried_and_answered(shop: Shop, text: str) -> None:
    shop.write("an", "zalo", text)

    items = shop.news("an", "zalo")["items"]
    assert items[0]["body"]["text"] == text
    assert items[-1]["mine"] is False
    with shop.database.read_only() as session:
        states = set(session.scalars(sa.select(InboundEvent.state)))
    assert states <= {"processed", "ignored"}


@ON_ONE_ENGINE
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Host": "rebound.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
    ],
)
def test_another_page_cannot_drive_anybody(shop: Shop, headers: dict[str, str]) -> None:
    given = {"Content-Type": "application/json"} | headers

    answer = shop.page.post(f"/simulator/api/chats/zalo/{LAN.zalo}/text", data=b'{"text":"dung"}', headers=given)

    assert (answer.status_code, answer.json) == (403, {"code": "foreign"})
    assert shop.news("lan", "zalo")["items"] == []


@ON_ONE_ENGINE
def test_the_pages_own_origin_is_welcome(shop: Shop) -> None:
    headers = {"Origin": "http://127.0.0.1:8000", "Host": "127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}

    answer = shop.page.post(f"/simulator/api/chats/zalo/{LAN.zalo}/text", json={"text": "điểm"}, headers=headers)

    assert answer.status_code == 200


@ON_ONE_ENGINE
@pytest.mark.parametrize("path", ["zalo/1", "zalo/..%2f..%2fclear", "telegram/5500000000000000101", "zalo/٣"])
def test_nobody_else_is_found(shop: Shop, path: str) -> None:
    assert shop.page.get(f"/simulator/api/chats/{path}").status_code == 404


@ON_ONE_ENGINE
def test_an_over_long_body_is_refused(shop: Shop) -> None:
    body = {"text": "x" * 20_000}

    assert shop.page.post(f"/simulator/api/chats/zalo/{LAN.zalo}/text", json=body).status_code == 413


@ON_ONE_ENGINE
def test_the_page_runs_nothing_but_its_own_files(shop: Shop) -> None:
    with shop.page.get("/simulator/") as answer:
        html = answer.get_data(as_text=True)

    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "<style" not in html
    assert " style=" not in html
    assert html.count("<script") == html.count('<script type="module" src=') == 1


@ON_ONE_ENGINE
def test_a_shop_that_is_no_demo_has_no_simulator(world: World, database: Database, settings: Settings) -> None:
    app = create_app(settings, database, [page.blueprint(world.settings)])

    for path in ("/simulator/", "/simulator/api/people", "/simulator/static/main.js"):
        assert app.test_client().get(path).status_code == 404


@ON_ONE_ENGINE
def test_channels_of_the_real_world_are_not_played(world: World, database: Database, settings: Settings) -> None:
    assert credentials.played(world.settings).keys() == {"zalo", "messenger"}
    assert credentials.played(settings) == {}
    own = Settings(zalo_oa_id="4123456789012345678")
    assert not any("ZALO" in name for name in credentials.environment(8001, own))


@ON_ONE_ENGINE
def test_platforms_that_are_not_played_are_said_to_be(database: Database, settings: Settings) -> None:
    assert database.shop is not None
    database.shop = replace(database.shop, demo=True)
    app = create_app(settings, database, [page.blueprint(settings)])

    answer = app.test_client().get("/simulator/api/people")

    assert (answer.status_code, answer.json) == (503, {"code": "not_played"})


def standing(client: FlaskClient, address: str) -> Any:
    news: Any = client.get(address).json
    return news["beside"]["standing"]


def test_an_owner_gets_the_results_of_a_campaign_as_a_picture(shop: Shop) -> None:
    settle(shop, MAI)
    shop.write("mai", "zalo", "/trogiup")
    now = shop.context.clock()
    with shop.database.transaction() as session:
        pictures.ask(session, make_campaign(session, "Mời bạn ghé quán."), key="run:1", now=now)
    assert (send_campaign_pictures(shop.context), send_campaign_pictures(shop.context)) == (1, 0)
    shop.work()
    body = shop.news("mai", "zalo")["items"][-1]["body"]
    assert "Tháng 11" in body["text"]
    picture = shop.page.get(urlsplit(body["image"]).path)
    assert (picture.status_code, picture.mimetype, picture.data[:4]) == (200, "image/png", b"\x89PNG")
