"""`make bench`: every benchmark, each a ratio to its physical limit measured in the same run."""

import importlib
import pkgutil

import benchmarks

PARTS = ("counting", "explaining", "planning", "refreshing")  # of `scale`
HELPERS = ("__main__", "filling", "harness", "webhook_server", *PARTS)


def main() -> None:
    for module in pkgutil.iter_modules(benchmarks.__path__):
        if module.name not in HELPERS:
            importlib.import_module(f"benchmarks.{module.name}").main()


if __name__ == "__main__":
    main()
