"""The handbook's chapters: one TOML file each in `chapters/`, found by itself, in both languages."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from loyalty.errors import NotFound
from loyalty.staff.models import Role
from loyalty.words import Both

FOLDER = Path(__file__).parent / "chapters"
SIMULATOR = "simulator"


class NoChapter(NotFound):
    code = "no_chapter"


@dataclass(frozen=True, slots=True)
class Question:
    """Something to read on a page and say: the points of the customer with this phone (E.164)."""

    text: Both
    points_of: str


@dataclass(frozen=True, slots=True)
class Exercise:
    """Something to really do in the demo shop. `deeds` are the audit's actions that prove it.

    `persona` is who one is in the simulator, `say` what one writes there; `done_as` the role of that persona, so that
    what it does counts for whoever exercises.
    """

    task: Both
    persona: str
    say: str
    done_as: Role | None
    deeds: frozenset[str]
    question: Question | None
    is_timed: bool


@dataclass(frozen=True, slots=True)
class Chapter:
    """`page` is the section of the console it is about, "" none."""

    name: str
    order: int
    icon: str
    roles: frozenset[Role]
    page: str
    title: Both
    lead: Both
    steps: Sequence[Both]
    notes: Sequence[Both]
    exercise: Exercise | None


@lru_cache(maxsize=1)
def chapters() -> Sequence[Chapter]:
    """Every chapter, in its order."""
    found = (_read(path.stem, tomllib.loads(path.read_text(encoding="utf-8"))) for path in FOLDER.glob("*.toml"))
    return sorted(found, key=lambda chapter: (chapter.order, chapter.name))


def get(name: str) -> Chapter:
    """Any text may be asked for. Raises NoChapter."""
    found = next((chapter for chapter in chapters() if chapter.name == name), None)
    if found is None:
        raise NoChapter
    return found


def _read(name: str, document: Mapping[str, Any]) -> Chapter:
    return Chapter(
        name=name,
        order=document["order"],
        icon=document["icon"],
        roles=frozenset(Role(role) for role in document["roles"]),
        page=document.get("page", ""),
        title=Both(**document["title"]),
        lead=Both(**document["lead"]),
        steps=[Both(**step) for step in document["steps"]],
        notes=[Both(**note) for note in document.get("notes", ())],
        exercise=_read_exercise(document["exercise"]) if "exercise" in document else None,
    )


def _read_exercise(table: Mapping[str, Any]) -> Exercise:
    question = table.get("question")
    return Exercise(
        task=Both(**table["task"]),
        persona=table.get("persona", ""),
        say=table.get("say", ""),
        done_as=Role(table["done_as"]) if "done_as" in table else None,
        deeds=frozenset(table.get("deeds", ())),
        question=Question(Both(**question["text"]), question["points_of"]) if question else None,
        is_timed=table.get("timed", False),
    )
