"""How far somebody is with the exercises given in chat; kept beside those of the handbook."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from loyalty.staff import lessons, training
from loyalty.staff.models import StaffExercise, StaffMember

PREFIX = "chat:"  # before the name of an exercise, which no chapter of the handbook has


def begin(session: Session, staff_id: int, exercise: str, *, now: datetime) -> None:
    """This exercise is under way, and no other of chat is."""
    leave(session, staff_id)
    training.begin(session, staff_id, PREFIX + exercise, now=now)


def finish(session: Session, staff_id: int, exercise: str, *, now: datetime) -> None:
    """It is done, the first time counts; one that is not under way stays as it is."""
    training.finish(session, staff_id, PREFIX + exercise, now=now)


def leave(session: Session, staff_id: int) -> None:
    """Nothing is under way; what was done stays done."""
    ours = StaffExercise.staff_id == staff_id, StaffExercise.exercise.startswith(PREFIX)
    session.execute(update(StaffExercise).where(*ours).values(began_at=None))


def under_way(session: Session, staff_id: int) -> str | None:
    """The exercise somebody is at."""
    rows = _of_member(session, staff_id)
    return next((name for name, row in rows.items() if row.began_at is not None), None)


def done(session: Session, staff_id: int, exercises: Collection[str]) -> Mapping[str, datetime]:
    """When each of these was first done, as far as it was."""
    rows = _of_member(session, staff_id)
    return {name: row.done_at for name, row in rows.items() if name in exercises and row.done_at is not None}


def of_members(session: Session, ids: Sequence[int]) -> Mapping[int, Mapping[str, StaffExercise]]:
    """Everything several people have begun or done in chat, by their ids and the exercise."""
    return {staff_id: _ours(rows) for staff_id, rows in training.of_members(session, ids).items()}


def _of_member(session: Session, staff_id: int) -> Mapping[str, StaffExercise]:
    return _ours(training.of_member(session, staff_id))


def _ours(rows: Mapping[str, StaffExercise]) -> Mapping[str, StaffExercise]:
    """The exercises of chat among all."""
    return {name.removeprefix(PREFIX): row for name, row in rows.items() if name.startswith(PREFIX)}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one person is: how many of their role's exercises they have done, and when the last of them first was."""

    member: StaffMember
    done: int
    total: int
    last_at: datetime | None


def progress(session: Session, members: Sequence[StaffMember]) -> list[Progress]:
    """Of each, in their order."""
    rows = of_members(session, [member.id for member in members])
    found = []
    for member in members:
        names, theirs = lessons.of_role(member.role), rows.get(member.id, {})
        dates = [theirs[name].done_at for name in names if name in theirs]
        kept = [at for at in dates if at is not None]
        found.append(Progress(member, len(kept), len(names), max(kept, default=None)))
    return found
