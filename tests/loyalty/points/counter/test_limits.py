"""Above what something waits for a second person."""

from dataclasses import replace

import pytest

from loyalty.points.counter import limits
from loyalty.programme.document import RoleLimits
from tests.builders_points import demo_programme


@pytest.mark.parametrize(
    ("said", "role", "most"),
    [
        ({}, "manager", None),
        ({}, None, None),
        ({"manager": 100}, "manager", 100),
        ({"manager": 100}, "owner", None),
        ({"manager": 100, "owner": 500}, "owner", 500),
        ({"manager": 100, "owner": 500}, None, 100),
        ({"owner": 0}, None, 0),
    ],
)
def test_each_role_has_its_own_and_a_program_the_least(
    said: dict[str, int], role: str | None, most: int | None
) -> None:
    rules = replace(demo_programme(), limits={name: RoleLimits(adjust_points=many) for name, many in said.items()})

    assert limits.adjust_points(rules, role) == most
