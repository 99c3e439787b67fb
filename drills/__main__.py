"""`python -m drills [NAME [LIMIT] …] [--seed N] [--engine E]`: every drill on every engine; exit 1 if one failed.

A LIMIT, for the drills that take one, is how many (`500`) or for how long (`60s`).
"""

import argparse
import importlib
import logging
import pkgutil
import random
import sys
import time
import traceback
from collections.abc import Sequence

import structlog

import drills
from drills.engines import ENGINES, fresh_database

HELPERS = ("__main__", "engines", "shops", "week_books", "week_people", "week_platforms", "week_post")


def names() -> list[str]:
    return [module.name for module in pkgutil.iter_modules(drills.__path__) if module.name not in HELPERS]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="drills")
    parser.add_argument("names", nargs="*", help=", ".join(names()))
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    parser.add_argument("--engine", choices=ENGINES, action="append")
    chosen = parser.parse_args(arguments)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR)
    )  # alerts are what is drilled
    results = [
        _run(name, engine, chosen.seed, limits)
        for name, limits in _with_limits(chosen.names or names())
        for engine in chosen.engine or ENGINES
    ]
    print(f"\n{sum(results)} of {len(results)} drills passed, seed {chosen.seed}")
    return 0 if all(results) else 1


def _with_limits(words: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Each drill with the limit that follows its name, if one does."""
    found: list[tuple[str, list[str]]] = []
    for word in words:
        if word[0].isdigit() and found:
            found[-1][1].append(word)
        else:
            found.append((word, []))
    return found


def _run(name: str, engine: str, seed: int, limits: Sequence[str]) -> bool:
    print(f"\n== {name} on {engine}, seed {seed}", flush=True)
    started = time.monotonic()
    try:
        with fresh_database(engine) as url:
            for line in importlib.import_module(f"drills.{name}").run(url, random.Random(seed), *limits):
                print(f"   {line}", flush=True)
    except Exception:
        traceback.print_exc()
        print(f"   FAILED after {time.monotonic() - started:.0f} s", flush=True)
        return False
    print(f"   passed in {time.monotonic() - started:.0f} s", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
