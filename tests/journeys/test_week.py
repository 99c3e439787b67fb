"""A week of a very small shop through the whole program: `python -m drills week` is the real one."""

import random

from drills import week
from loyalty.settings import Settings


def test_a_small_week_loses_and_doubles_nothing(settings: Settings) -> None:
    said = list(week.run(settings.database_url, random.Random(5), "60"))
    assert said[-1] == "verify is clean"
    assert any("none parked" in line for line in said)
