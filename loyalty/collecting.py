"""Python's garbage collector, told what it need not look at: it walks whatever is alive again and again.

A program's modules, mappings and compiled statements are some hundred thousand objects that stay to its end.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import configure_mappers

THRESHOLDS = (
    10_000,
    20,
    20,
)  # new objects between two looks; young looks between two at the older ones (Python's: 700, 10, 10)


def spare_loaded() -> None:
    """What is alive now is not looked at again, and what comes less often: of a process that goes on for days."""
    configure_mappers()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)


@contextmanager
def older_left_alone() -> Iterator[None]:
    """While millions of small objects come and go, nothing that was there before is looked at."""
    spared = gc.get_freeze_count()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        if spared:
            gc.collect()
            gc.freeze()
