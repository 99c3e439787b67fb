"""Ten thousand random rules in random shops: SQL, explanation and a plain reference pick the same people."""

import random
import time
from collections import Counter
from collections.abc import Iterator

from drills.shops import open_shop
from loyalty.segments import fields, rules
from tests.loyalty.segments import reference
from tests.loyalty.segments.test_reference import agree

RULES = {"sqlite": 7_000, "postgresql": 3_000}
OF_A_SHOP, PEOPLE = 250, 40


def run(url: str, rng: random.Random, limit: str = "") -> Iterator[str]:
    """`limit`: how many rules (`500`), or for how long (`60s`)."""
    engine = "sqlite" if url.startswith("sqlite") else "postgresql"
    ends = time.monotonic() + int(limit[:-1]) if limit.endswith("s") else None
    wanted = int(limit) if limit and ends is None else RULES[engine] if ends is None else 10**9
    database, began, done = open_shop(url), time.monotonic(), 0
    asked: Counter[str] = Counter()
    while done < wanted and (ends is None or time.monotonic() < ends):
        seed, count = rng.randrange(10**9), min(OF_A_SHOP, wanted - done)
        with database.transaction() as session:
            for _wanted, node in agree(session, random.Random(seed), rules_wanted=count, size=PEOPLE):
                asked.update(condition.field for _path, condition in rules.conditions(node))
            session.rollback()
        done += count
        yield f"{done} rules in {time.monotonic() - began:.0f} s, the last shop from seed {seed}"
    missing = sorted(set(fields.ALL) - set(asked) - reference.ELSEWHERE)
    assert wanted < 1_000 or not missing, f"never asked: {missing}"
    yield f"{sum(asked.values())} conditions on {len(asked)} fields; the rarest {min(asked.values())} times"
    database.close()
