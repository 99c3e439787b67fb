"""Charts stay light however long the time they show."""

import re

import pytest
from flask import Flask

from loyalty.console import charts
from loyalty.db import Database
from loyalty.settings import Settings
from tests.builders_console import make_console


@pytest.fixture
def app(database: Database, settings: Settings) -> Flask:
    return make_console(database, settings).app


def heights(path: str) -> list[int]:
    """How high each point of a small line stands over its ground, of 26."""
    return [28 - int(point.split(",")[1]) for point in path.split()]


@pytest.mark.parametrize(("days", "points"), [(2, 2), (30, 30), (40, 40), (90, 30), (365, 36)])
def test_a_small_line_has_few_points(app: Flask, days: int, points: int) -> None:
    with app.app_context():
        [path] = re.findall(r'points="([^"]+)"', charts.spark([0] * (days - 1) + [5]))

    assert len(heights(path)) == points
    assert set(heights(path)[:-1]) == {0} and heights(path)[-1] == 26  # the last day is in it


def test_a_bar_leads_to_what_is_behind_it_and_so_does_its_row(app: Flask) -> None:
    with app.app_context():
        drawn = charts.bars([("1/11", 2), ("2/11", 4)], "x", urls=["/a", "/b"])
        plain = charts.bars([("1/11", 2)], "x")

    assert drawn.count('href="/a"') == drawn.count('href="/b"') == 2
    assert 'role="group"' in drawn and 'role="img"' in plain and "href" not in plain
