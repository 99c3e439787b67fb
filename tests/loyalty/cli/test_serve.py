"""What `loyalty serve` starts."""

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from bots import simulator
from loyalty.cli import serve
from loyalty.settings import Settings


def test_there_are_as_many_workers_as_can_write_side_by_side(settings: Settings) -> None:
    lone = serve._workers(replace(settings, database_url="sqlite:///var/loyalty.db"))
    several = serve._workers(replace(settings, database_url="postgresql+psycopg://shop@db/loyalty"))
    assert [child.arguments for child in lone] == [["worker"]]
    assert [child.arguments for child in several] == [["worker"], ["worker"]]


@pytest.mark.parametrize(
    ("chosen", "told"), [("https://quan.example", "https://quan.example"), (None, "http://127.0.0.1:8123")]
)
def test_other_windows_hear_of_the_address_the_demo_uses(
    settings: Settings, tmp_path: Path, chosen: str | None, told: str
) -> None:
    here = replace(settings, var=tmp_path, base_url=chosen or Settings().base_url)
    simulated, environment = serve._play(here, 8123)
    with socket.create_server(("127.0.0.1", simulated)):  # the simulator
        heard = simulator.announced(here.data_folder)
    assert heard["LOYALTY_BASE_URL"] == environment["LOYALTY_BASE_URL"] == told
