"""The main job, driven from outside: a customer writes, staff award, everybody is told, nothing happens twice."""

import os
import re
import signal
import time
from collections.abc import Iterator

import pytest

from loyalty.settings import Settings
from tests.world import World, running, wait_until, zalo_follow

LAN, THU, MAI, MINH = "5123456789012345678", "5123456789012340001", "5123456789012340002", "24718835091234567"
PHONE = "0912345678"


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    with running(settings.database_url) as started:
        yield started


def code_of(world: World, name: str, role: str) -> str:
    found = re.search(r"^/nv (\S+)$", world.cli("staff", "add", name, "--role", role), re.MULTILINE)
    assert found is not None
    return found[1]


def join(world: World) -> None:
    world.post_zalo(zalo_follow(LAN))
    wait_until(lambda: len(world.platforms.to(LAN)) == 1, 60, "the welcome")
    assert "Cà phê Mây" in world.platforms.to(LAN)[0]
    assert "0912 ••• 678" in world.answer(LAN, PHONE)


def bind(world: World, user: str, name: str, role: str) -> None:
    assert name.split()[0] in world.answer(user, f"/nv {code_of(world, name, role)}")


def award(world: World, line: str) -> int:
    """Award by chat; returns the number to undo it with."""
    answer = world.answer(THU, line)
    found = re.search(r"/huy (\d+)\s*$", answer)
    assert found is not None, answer
    return int(found[1])


def points_in(text: str) -> str:
    return text.splitlines()[0]


def test_the_whole_story_on_both_channels(world: World) -> None:
    join(world)
    bind(world, THU, "Thu", "cashier")
    number = award(world, f"/tich {PHONE} 250k #HD1")
    assert "25 điểm" in world.platforms.to(THU)[-1]
    wait_until(lambda: any("25" in text for text in world.platforms.to(LAN)[2:]), 60, "the customer to be told")
    assert "25 điểm" in points_in(world.answer(LAN, "điểm"))

    again = world.answer(THU, f"/tich {PHONE} 250k #HD1")
    assert "HD1" in again
    assert "25 điểm" in points_in(world.answer(LAN, "diem"))

    told = len(world.platforms.to(LAN))
    assert "25" in world.answer(THU, f"/huy {number}")
    wait_until(lambda: len(world.platforms.to(LAN)) > told, 60, "the customer to be told of the undo")
    assert "0 điểm" in points_in(world.answer(LAN, "ĐIỂM"))

    asked = world.reply(MINH, "0987 654 321")
    assert "0987 ••• 321" in asked
    award(world, "/tich 400k 0987654321")
    assert "40 điểm" in points_in(world.reply(MINH, "điểm"))
    world.cli("verify")


def test_the_same_event_ten_times_is_answered_once(world: World) -> None:
    join(world)
    bind(world, THU, "Thu", "cashier")
    before = len(world.platforms.to(THU))
    event = world.says(THU, f"/tich {PHONE} 250k #HD1", message_id="the-same-one")
    for _ in range(9):
        assert world.post_zalo(event).status_code == 200
    wait_until(lambda: len(world.platforms.to(THU)) > before, 60, "the answer")
    wait_until(world.settled, 60, "quiet")
    time.sleep(0.5)
    assert len(world.platforms.to(THU)) == before + 1
    assert "25 điểm" in points_in(world.answer(LAN, "điểm"))


def test_a_big_bill_waits_for_the_owner(world: World) -> None:
    join(world)
    bind(world, THU, "Thu", "cashier")
    bind(world, MAI, "Mai", "owner")
    asked = world.answer(THU, f"/tich {PHONE} 9tr")
    found = re.search(r"số duyệt (\d+)", asked)
    assert found is not None, asked
    wait_until(lambda: any(f"/duyet {found[1]}" in text for text in world.platforms.to(MAI)), 60, "the owner to hear")
    assert "0 điểm" in points_in(world.answer(LAN, "điểm"))
    world.answer(MAI, f"/duyet {found[1]}")
    assert "900 điểm" in points_in(world.answer(LAN, "điểm"))


def test_a_staff_command_from_a_stranger_is_one_sentence_and_no_customer(world: World) -> None:
    answer = world.answer("5123456789012349999", f"/tich {PHONE} 250k")
    assert "\n" not in answer.strip()
    assert world.json("verify") is not None
    key = world.cli("apikey", "create", "looker", "--scope", "customers:read").split()[-1]
    assert world.api(key, "GET", "/customers").json()["items"] == []


def test_a_clean_stop_ends_every_child(world: World) -> None:
    children = world.children()
    assert len(children) >= 2
    assert world.stop() == 0
    assert world.children() == []


def test_the_shop_answers_again_after_any_child_was_killed(world: World) -> None:
    for child in world.children():
        os.kill(child, signal.SIGKILL)
    wait_until(world.is_alive, 20, "the web half to be back")
    join(world)
