"""Every kind of the timeline has a public name, and the guide says which."""

import ast
from pathlib import Path

import pytest

from loyalty.customers import history
from loyalty.hooks import events
from loyalty.hooks.events import NoEvents, UnknownEvent
from loyalty.settings import ROOT

WRITERS = [path for part in ("loyalty", "bots", "jobs") for path in sorted((ROOT / part).rglob("*.py"))]
PLACES = {"timeline.record": 2, "record": 2, "timeline.Happening": 1}  # of the kind among a call's arguments


def kinds(path: Path) -> set[str]:
    """Kinds written as a word where a row is added: the third argument of `timeline.record`."""
    text = path.read_text(encoding="utf-8")
    if "timeline" not in text:
        return set()
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        place = PLACES.get(ast.unparse(node.func)) if isinstance(node, ast.Call) else None
        if place is not None and isinstance(node, ast.Call) and len(node.args) > place:
            kind = node.args[place]
            found |= {str(kind.value)} if isinstance(kind, ast.Constant) else set()
    return found


def test_every_kind_that_is_written_has_a_name_of_its_own() -> None:
    written = set().union(*map(kinds, WRITERS), *history.GROUPS.values())
    assert {"purchase_undone", "created", "message_out"} <= written
    assert written - set(events.NAMES) == set()


def test_the_guide_lists_every_event() -> None:
    guide = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")
    assert [name for name, _ in events.NAMES.values() if f"`{name}`" not in guide] == []


def test_names_are_public_names() -> None:
    names = [name for name, _ in events.NAMES.values()]
    assert len(set(names)) == len(names)
    assert events.name_of("purchase") == "purchase.recorded"
    assert events.name_of("something_new") == "timeline.something_new"


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        (["purchase.recorded", "tier.changed", "purchase.recorded"], ["purchase.recorded", "tier.changed"]),
        (["purchase.recorded", "*"], ["*"]),
        (["timeline.something_new"], ["timeline.something_new"]),
    ],
)
def test_a_choice_of_events_is_kept_once_each(asked: list[str], kept: list[str]) -> None:
    assert events.check(asked) == kept


@pytest.mark.parametrize(
    "wrong", ["purchase", "purchase.*", "points", "", "timeline.", "timeline.DROP TABLE", "\ud800"]
)
def test_an_event_there_is_none_of_is_refused_with_its_place(wrong: str) -> None:
    with pytest.raises(UnknownEvent) as refusal:
        events.check(["tier.changed", wrong])
    assert refusal.value.facts["path"] == "events.1"


def test_no_event_at_all_is_refused() -> None:
    with pytest.raises(NoEvents):
        events.check([])
