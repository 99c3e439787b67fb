"""Both platforms on a free port, the real channels as their callers, and a shop that records what it is told."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from bots import simulator
from bots.messenger import MessengerChannel
from bots.simulator import credentials, people, platforms
from bots.simulator import server as platform_server
from bots.simulator.kept import Chat
from bots.simulator.switchboard import Switchboard
from bots.zalo import ZaloChannel, oauth
from loyalty import settings
from loyalty.settings import Settings

ACCESS, REFRESH = credentials.ZALO["LOYALTY_ZALO_ACCESS_TOKEN"], credentials.ZALO["LOYALTY_ZALO_REFRESH_TOKEN"]


@dataclass
class Token:
    """The access token the Zalo client uses."""

    value: str = ACCESS

    def __call__(self) -> str:
        return self.value


@dataclass
class World:
    """One running simulator and the channels that call it."""

    board: Switchboard
    settings: Settings
    zalo: ZaloChannel
    messenger: MessengerChannel
    token: Token

    def chat(self, key: str, channel: str) -> Chat:
        """Somebody of the demo shop, as the platform knows them now."""
        found = self.board.store.find_chat(channel, people.user_id(people.KNOWN[key], channel))
        assert found is not None
        return found

    def shown(self, chat: Chat) -> list[dict[str, Any]]:
        """The bubbles of a chat, oldest first."""
        return [message.body | {"mine": message.mine} for message in self.board.store.news(chat, 0)[0]]

    def refresh(self, token: str) -> oauth.TokenPair:
        app = (self.settings.zalo_app_id, self.settings.zalo_app_secret)
        return oauth.refresh(*app, token, oauth_url=self.settings.zalo_oauth_url)


# Ports of this process alone, below those the system lends to whoever calls out: such a call may come at any time.
MINE = 20_000 + os.getpid() % 200 * 50


@contextmanager
def played(folder: Path) -> Iterator[World]:
    """Both platforms, their memory in `folder`."""
    port = simulator.find_port(MINE)
    board = platforms.open_board(port, folder)
    platforms.open_doors(board, port)
    chosen = settings.load(credentials.environment(port))
    token = Token()
    messenger = MessengerChannel.from_settings(chosen)
    assert messenger is not None
    listener = platform_server.Door(port, platforms.create_app(board))
    yield World(board, chosen, ZaloChannel.from_settings(chosen, token), messenger, token)
    for door in (listener, *board.doors.values()):
        door.shut()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with played(tmp_path) as running:
        yield running


@pytest.fixture
def desk(world: World) -> FlaskClient:
    """The page's way into the platforms, without a network between."""
    client = platforms.create_app(world.board).test_client()
    client.environ_base["HTTP_X_SIMULATOR"] = "page"
    return client
