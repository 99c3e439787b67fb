"""The desk's port is taken only where the platforms' ports behind it are free too."""

import socket

from bots import simulator
from bots.simulator import credentials, server
from loyalty import settings


def test_a_port_whose_neighbour_is_taken_is_left_alone() -> None:
    first = simulator.find_port(20_000)
    with socket.socket() as taken:
        taken.bind((server.LOOPBACK, first + max(credentials.DOORS.values())))

        second = simulator.find_port(20_000)

    assert second not in range(first - 2, first + 3)


def test_the_desk_is_found_from_either_platforms_address() -> None:
    both = credentials.environment(20_000)
    one = {name: value for name, value in both.items() if "ZALO" not in name}

    assert credentials.desk(settings.load(both)) == credentials.desk(settings.load(one)) == "http://127.0.0.1:20000"
    assert credentials.desk(settings.load({})) == ""
