"""Imports point one way: entry points to subjects, a subject only to those above it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = [
    *(
        "errors",
        "words",
        "settings",
        "shop",
        "crypto",
        "turns",
        "collecting",
        "db",
        "upsert",
        "many",
        *("prepared", "entities"),
        *("spelt", "typed"),
    ),
    *("vault", "choices", "wording", "activity", "channels", "pictures", "alerts", "staff", "customers", "messaging"),
    *(
        "purchases",
        "programme",
        "segments",
        "points",
        "referrals",
        "rewards",
        "campaigns",
        "journeys",
        "insights",
        "watch",
        "privacy",
        "exchange",
        "hooks",
    ),
    *(
        "installation",
        "demo",
        "metrics",
        "health",
        "notice",
        "astray",
        "static_files",
        "logs",
        "api",
        "console",
        "app",
        "cli",
    ),
]
SUBJECTS = FLOORS[FLOORS.index("vault") : FLOORS.index("hooks") + 1]
MAY_IMPORT = {
    "loyalty": {"loyalty"},
    "bots": {"loyalty", "bots"},
    "jobs": {"loyalty", "bots", "jobs"},
    "migrations": {"loyalty", "jobs", "migrations"},
}
PROGRAMS = ("loyalty.cli", "wsgi")
PUT_TOGETHER = ("loyalty/cli/", "wsgi.py")  # here and nowhere else everything meets


def modules() -> Iterator[tuple[Path, str]]:
    for package in MAY_IMPORT:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT), package


@cache
def imported(path: Path) -> set[str]:
    """Full dotted names a module imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{name.name}" for name in node.names}
    return found


def _roots(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)}


CASES = [(path, package) for path, package in modules() if not str(path).startswith(PUT_TOGETHER)]


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_package_imports_only_what_lies_under_it(package: str) -> None:
    others = {*MAY_IMPORT, "wsgi", "tests"} - MAY_IMPORT[package]
    paths = [path for path, its in CASES if its == package]
    assert len(paths) > 10
    assert {str(path): found for path in paths if (found := _roots(path) & others)} == {}


def test_nothing_imports_the_command_line() -> None:
    found = {str(path): {name for name in imported(path) if name.startswith(PROGRAMS)} for path, _package in CASES}
    assert {path: names for path, names in found.items() if names} == {}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_subject_imports_only_subjects_above_it(subject: str) -> None:
    below = FLOORS[FLOORS.index(subject) + 1 :]
    for path in sorted((ROOT / "loyalty" / subject).rglob("*.py")):
        used = {name.split(".")[1] for name in imported(path.relative_to(ROOT)) if name.startswith("loyalty.")}
        assert used.isdisjoint(below), f"{path.relative_to(ROOT)} imports {sorted(used & set(below))}"


def test_every_part_of_the_package_has_its_floor() -> None:
    parts = {
        path.stem for path in (ROOT / "loyalty").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert parts - {"__init__", "static", "templates"} <= set(FLOORS)


def test_the_core_runs_without_the_simulator() -> None:
    users = [str(path) for path, _package in modules() if any(n.startswith("bots.simulator") for n in imported(path))]
    allowed = ("bots/simulator/", "loyalty/cli/")
    assert [path for path in users if not path.startswith(allowed)] == []


def test_every_model_is_known_to_the_migrations() -> None:
    """Whether a test of the schema runs alone or after others: a table nobody imported would look like one too many."""
    text = (ROOT / "migrations" / "models.py").read_text(encoding="utf-8")
    found = {
        path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".") for path in ROOT.glob("loyalty/*/models.py")
    }
    assert {name for name in found if f"import {name}" not in text} == set()
