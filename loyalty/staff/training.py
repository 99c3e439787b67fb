"""Exercises of the handbook: begun by a member of staff, done when the audit says that it really happened."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from loyalty import entities, upsert
from loyalty.staff.models import AuditEntry, Role, StaffExercise, StaffMember

LOOKED_AT = 200  # the newest deeds of an actor; an exercise is no older


def begin(session: Session, staff_id: int, exercise: str, *, now: datetime) -> None:
    """The clock runs from now on; beginning again starts it anew. What was done before stays done."""
    values = {"staff_id": staff_id, "exercise": exercise, "began_at": now}
    insert = upsert.insert(session, StaffExercise).values(**values)
    again = insert.on_conflict_do_update(index_elements=["staff_id", "exercise"], set_={"began_at": now})
    session.execute(again, execution_options={"synchronize_session": False})


def look(session: Session, staff_id: int, exercise: str, *, actors: Collection[str], deeds: Collection[str]) -> bool:
    """Whether one of `actors` has done one of `deeds` (actions of the audit) since it was begun: then it is done."""
    row = under_way(session, staff_id, exercise)
    found = None if row is None or row.began_at is None else _deed(session, actors, deeds, row.began_at)
    if found is None:
        return False
    finish(session, staff_id, exercise, now=found.at)
    return True


def finish(session: Session, staff_id: int, exercise: str, *, now: datetime) -> None:
    """It is done, in the seconds since it was begun. One that is not under way stays as it is."""
    row = under_way(session, staff_id, exercise)
    if row is None or row.began_at is None:
        return
    row.seconds = max(0, round((now - row.began_at).total_seconds()))
    row.began_at, row.done_at = None, row.done_at or now
    session.flush()


def under_way(session: Session, staff_id: int, exercise: str) -> StaffExercise | None:
    return session.get(StaffExercise, (staff_id, exercise), populate_existing=True)


def of_member(session: Session, staff_id: int) -> Mapping[str, StaffExercise]:
    """Everything one person has begun or done, by exercise."""
    return {row.exercise: row for row in entities.every(session, _OF_MEMBER, {"staff": staff_id})}


def of_members(session: Session, ids: Collection[int]) -> Mapping[int, Mapping[str, StaffExercise]]:
    """The same of several people, by their ids."""
    found: dict[int, dict[str, StaffExercise]] = {}
    for row in session.scalars(select(StaffExercise).where(StaffExercise.staff_id.in_(ids))):
        found.setdefault(row.staff_id, {})[row.exercise] = row
    return found


def demo_actors(session: Session, role: Role | str) -> Sequence[str]:
    """The demo shop's people with a role, as the audit calls them: whom one plays in the simulator."""
    query = select(StaffMember.public_id).where(
        StaffMember.demo, StaffMember.role == Role(role).value, StaffMember.removed_at.is_(None)
    )
    return [f"staff:{public_id}" for public_id in session.scalars(query.order_by(StaffMember.id))]


def _deed(session: Session, actors: Collection[str], deeds: Collection[str], since: datetime) -> AuditEntry | None:
    """The first such deed since then."""
    found: list[AuditEntry] = []
    for actor in actors:
        newest = select(AuditEntry).where(AuditEntry.actor == actor).order_by(AuditEntry.seq.desc()).limit(LOOKED_AT)
        found += [entry for entry in session.scalars(newest) if entry.at >= since and entry.action in deeds]
    return min(found, key=lambda entry: (entry.at, entry.id), default=None)


_OF_MEMBER = select(StaffExercise).where(StaffExercise.staff_id == bindparam("staff"))
