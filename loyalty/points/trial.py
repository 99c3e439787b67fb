"""The simulation of the shop's draft: asked for on a page, carried on in the background, seen from anywhere."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.db import Database
from loyalty.points import simulation
from loyalty.points.simulation import Tally
from loyalty.programme import drafts, reading
from loyalty.programme.models import ProgrammeDraft


def begin(session: Session, draft: ProgrammeDraft, first: date, last: date, *, now: datetime) -> None:
    """Ask for the bills of these shop days to be gone through by the rules of the draft."""
    tally = simulation.begin(session, first, last, shop.of(session).day(now))
    drafts.keep_tally(session, draft, tally.to_json())


def of_draft(draft: ProgrammeDraft | None) -> Tally | None:
    """How far it has come; None: nobody asked."""
    return None if draft is None or draft.tally is None else Tally.of_json(draft.tally)


def advance(database: Database) -> bool:
    """Go on with some customers, if there is something to do; whether there was.

    Safe beside itself: whoever is slower finds the draft changed, and what they counted is dropped.
    """
    with database.read_only() as session:
        draft = drafts.find(session)
        tally = of_draft(draft)
        if draft is None or tally is None or tally.is_done:
            return False
        programme = reading.read(0, draft.document).programme
        if programme is None:
            return False
        simulation.advance(session, programme, tally)
    with database.transaction() as session:
        return drafts.keep_tally(session, draft, tally.to_json())
