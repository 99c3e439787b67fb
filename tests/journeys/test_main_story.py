"""The main job, driven from outside: a customer writes, staff award, everybody is told, nothing happens twice.

One running shop on each engine serves all tests: each brings people of its own and asks only what happens to them.
"""

import os
import re
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from loyalty.settings import Settings
from tests.conftest import ENGINES
from tests.world import World, running, wait_until, zalo_follow

pytestmark = pytest.mark.xdist_group("journeys")
BEGINNINGS = {"lan": "5123456789012345", "thu": "5123456789012341", "mai": "5123456789012342", "minh": "247188350912"}
_numbers = count(100)


@dataclass(frozen=True)
class Cast:
    """Whom no other test knows: Lan, Thu and Mai write on Zalo, Minh on Messenger; Lan's phone and Minh's; a bill."""

    world: World
    number: int = field(default_factory=lambda: next(_numbers))

    def __getattr__(self, name: str) -> str:
        return f"{BEGINNINGS[name]}{self.number}"

    @property
    def phone(self) -> str:
        return f"0912345{self.number}"

    @property
    def bill(self) -> str:
        return f"#HD{self.number}"

    def join(self) -> None:
        self.world.post_zalo(zalo_follow(self.lan))
        wait_until(lambda: len(self.hears(self.lan)) == 1, 60, "the welcome")
        assert "Cà phê Mây" in self.hears(self.lan)[0]
        assert f"0912 ••• {self.number}" in self.world.answer(self.lan, self.phone)

    def hire(self, user: str, name: str, role: str) -> None:
        added = self.world.cli("staff", "add", f"{name} {self.number}", "--role", role)
        found = re.search(r"^/nv (\S+)$", added, re.MULTILINE)
        assert found is not None
        assert name in self.world.answer(user, f"/nv {found[1]}")

    def award(self, line: str) -> int:
        """Award by chat; returns the number to undo it with."""
        answer = self.world.answer(self.thu, line)
        found = re.search(r"/huy (\d+)\s*$", answer)
        assert found is not None, answer
        return int(found[1])

    def hears(self, user: str) -> list[str]:
        return self.world.platforms.to(user)

    def points(self, asking: str = "điểm") -> str:
        """What Lan is told first when she asks."""
        return self.world.answer(self.lan, asking).splitlines()[0]


@pytest.fixture(scope="module", params=ENGINES)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running(_database(request, tmp_path_factory.mktemp("story"))) as started:
        yield started


def _database(request: pytest.FixtureRequest, folder: Path) -> str:
    """A migrated database that nobody else has, on the asked engine."""
    if request.param == "sqlite":
        path = shutil.copy(request.getfixturevalue("sqlite_template"), folder / "loyalty.db")
        return f"sqlite:///{path}"
    template: sa.URL = request.getfixturevalue("postgresql_template")
    server: sa.URL = request.getfixturevalue("postgresql")
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE kq_story TEMPLATE {template.database}"))
    return server.set(database="kq_story").render_as_string(hide_password=False)


@pytest.fixture
def cast(world: World) -> Cast:
    return Cast(world)


def test_the_whole_story_on_both_channels(world: World, cast: Cast) -> None:
    cast.join()
    cast.hire(cast.thu, "Thu", "cashier")
    number = cast.award(f"/tich {cast.phone} 250k {cast.bill}")
    assert "25 điểm" in cast.hears(cast.thu)[-1]
    wait_until(lambda: any("25" in text for text in cast.hears(cast.lan)[2:]), 60, "the customer to be told")
    assert "25 điểm" in cast.points()

    again = world.answer(cast.thu, f"/tich {cast.phone} 250k {cast.bill}")
    assert cast.bill[1:] in again
    assert "25 điểm" in cast.points("diem")

    told = len(cast.hears(cast.lan))
    assert "25" in world.answer(cast.thu, f"/huy {number}")
    wait_until(lambda: len(cast.hears(cast.lan)) > told, 60, "the customer to be told of the undo")
    assert "0 điểm" in cast.points("ĐIỂM")

    asked = world.reply(cast.minh, f"0987 654 {cast.number}")
    assert f"0987 ••• {cast.number}" in asked
    cast.award(f"/tich 400k 0987654{cast.number}")
    assert "40 điểm" in world.reply(cast.minh, "điểm").splitlines()[0]
    world.cli("verify")


def test_the_same_event_ten_times_is_answered_once(world: World, cast: Cast) -> None:
    cast.join()
    cast.hire(cast.thu, "Thu", "cashier")
    before = len(cast.hears(cast.thu))
    event = world.says(cast.thu, f"/tich {cast.phone} 250k {cast.bill}", message_id="the-same-one")
    for _ in range(9):
        assert world.post_zalo(event).status_code == 200
    wait_until(lambda: len(cast.hears(cast.thu)) > before, 60, "the answer")
    wait_until(world.settled, 60, "quiet")
    time.sleep(0.5)
    assert len(cast.hears(cast.thu)) == before + 1
    assert "25 điểm" in cast.points()


def test_a_big_bill_waits_for_the_owner(world: World, cast: Cast) -> None:
    cast.join()
    cast.hire(cast.thu, "Thu", "cashier")
    cast.hire(cast.mai, "Mai", "owner")
    asked = world.answer(cast.thu, f"/tich {cast.phone} 9tr")
    found = re.search(r"số duyệt (\d+)", asked)
    assert found is not None, asked
    wait_until(lambda: any(f"/duyet {found[1]}" in text for text in cast.hears(cast.mai)), 60, "the owner to hear")
    assert "0 điểm" in cast.points()
    world.answer(cast.mai, f"/duyet {found[1]}")
    assert "900 điểm" in cast.points()


def test_a_staff_command_from_a_stranger_is_one_sentence_and_no_customer(world: World, cast: Cast) -> None:
    key = world.cli("apikey", "create", "looker", "--scope", "customers:read").split()[-1]
    before = world.api(key, "GET", "/customers").json()["items"]
    answer = world.answer(cast.lan, f"/tich {cast.phone} 250k")
    assert "\n" not in answer.strip()
    assert world.json("verify") is not None
    assert world.api(key, "GET", "/customers").json()["items"] == before


def test_the_shop_answers_again_after_any_child_was_killed(world: World, cast: Cast) -> None:
    for child in world.children():
        os.kill(child, signal.SIGKILL)
    wait_until(world.is_alive, 120, "the web half to be back")
    cast.join()


def test_a_clean_stop_ends_every_child(settings: Settings) -> None:
    with running(settings.database_url) as world:
        children = world.children()
        assert len(children) >= 2
        assert world.stop() == 0
        assert world.children() == []
