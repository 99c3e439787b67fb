"""What a process that goes on for days tells the garbage collector; each look in a process of its own."""

import subprocess
import sys

import pytest

LOOK = """
import gc
from loyalty import collecting
{before}
with collecting.older_left_alone():
    inside = gc.get_freeze_count()
print(inside > 10_000, gc.get_freeze_count() > 10_000, gc.get_threshold()[0])
"""


@pytest.mark.parametrize(
    ("before", "told"),
    [("collecting.spare_loaded()", "True True 10000"), ("", "True False 700")],
    ids=["worker", "cli"],
)
def test_an_import_leaves_the_collector_as_it_found_it(before: str, told: str) -> None:
    found = subprocess.run(
        [sys.executable, "-c", LOOK.format(before=before)], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == told
