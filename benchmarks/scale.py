"""Segments and campaigns at size: `python -m benchmarks.scale [sqlite|postgresql] [customers]`.

One shop is filled and everything is measured in it: counts, one person explained, a preview, an audience frozen, a
segment settled. The sizes promised are 200,000 customers with a million purchases on SQLite and a million with five on
PostgreSQL: `python -m benchmarks.scale sqlite 200000`, `python -m benchmarks.scale postgresql 1000000`.
"""

import sys
import time
from collections.abc import Iterator

from benchmarks import counting, explaining, filling, harness, planning, refreshing

SIZES = {"sqlite": 50_000, "postgresql": 100_000}


def run(engine: str, customers: int) -> Iterator[str]:
    with harness.place(engine) as place:
        database = place.open("scale")
        started = time.monotonic()
        filling.fill(database, customers)
        took = time.monotonic() - started
        yield f"{engine}: {customers:,} customers, {customers * 5:,} purchases, filled in {took:.0f} s"
        yield from counting.measure(database)
        yield from explaining.measure(place, database, customers)
        yield from planning.measure(database, customers)
        yield from refreshing.measure(database)


def main() -> None:
    words = sys.argv[1:] if sys.argv[0].endswith("scale.py") else []
    sizes = [int(word) for word in words if word.isdigit()]
    for engine in [word for word in words if word in harness.ENGINES] or harness.ENGINES:
        for line in run(engine, sizes[0] if sizes else SIZES[engine]):
            print(line, flush=True)


if __name__ == "__main__":
    main()
