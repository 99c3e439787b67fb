"""A month of 50,000 honest awards, every pattern planted once: nearly all are found, and hardly anything else."""

import random
import time
from collections.abc import Iterator

from drills.shops import open_shop, settings_for
from tests.fraud_month import FULL, live_through


def run(url: str, rng: random.Random) -> Iterator[str]:
    database = open_shop(url)
    began = time.monotonic()
    verdict = live_through(database, settings_for(url), FULL, rng.randrange(10**9))
    yield f"caught {', '.join(verdict.caught)}; missed {', '.join(verdict.missed) or 'none'}"
    yield (
        f"{sum(verdict.false.values())} false findings in {verdict.staff_days} days of staff "
        f"({100 * verdict.false_share:.2f} %) {dict(verdict.false)}; {time.monotonic() - began:.0f} s"
    )
    assert len(verdict.missed) <= 1, verdict.missed
    assert verdict.false_share <= 0.01, verdict.false
    database.close()
