"""The document the shop works on before it is activated. Saving it forgets what was simulated of the one before."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.programme.models import ProgrammeDraft
from loyalty.staff.audit import Author

ONLY = 1


def find(session: Session) -> ProgrammeDraft | None:
    """The draft as it is now."""
    return session.get(ProgrammeDraft, ONLY, populate_existing=True)


def save(session: Session, document: str, *, by: Author, now: datetime) -> None:
    """Keep a document, whatever is wrong with it: it is nobody's rules yet."""
    row = {"document": document, "saved_at": now, "saved_by": by.actor, "tally": None}
    values = upsert.insert(session, ProgrammeDraft).values(id=ONLY, step=1, **row)
    session.execute(values.on_conflict_do_update(index_elements=["id"], set_={**row, "step": ProgrammeDraft.step + 1}))


def drop(session: Session) -> None:
    """Forget the draft, if there is one."""
    if (draft := find(session)) is not None:
        session.delete(draft)
        session.flush()


def keep_tally(session: Session, draft: ProgrammeDraft, tally: Mapping[str, Any]) -> bool:
    """Keep how far its simulation has come; False when the draft was changed since it was read."""
    kept = update(ProgrammeDraft).where(ProgrammeDraft.id == ONLY, ProgrammeDraft.step == draft.step)
    done = session.connection().execute(kept.values(tally=dict(tally), step=draft.step + 1))
    return done.rowcount == 1
