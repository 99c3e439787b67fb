"""What somebody is interested in: seen in what they buy, or told; whatever they say it is not is left alone."""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.activity import timeline
from loyalty.customers import profiles, tags
from loyalty.customers.traits.models import Interest
from loyalty.errors import RuleViolation
from loyalty.staff.audit import Author
from loyalty.typed import fold

BOUGHT_OFTEN = 2  # bills with it, to be an interest of itself
LONGEST = tags.LONGEST
MOST = 20  # told by one person


class BadInterest(RuleViolation):
    """An interest is a short word, up to 40 characters: `trà sữa`."""

    code = "bad_interest"


class TooManyInterests(RuleViolation):
    """One person is interested in at most `most` things they told."""

    code = "too_many_interests"


def word_of(text: str) -> str:
    """What rules call it. Raises BadInterest."""
    word = tags.tidied(text)
    if not 0 < len(word) <= LONGEST:
        raise BadInterest
    return word


def counts() -> sa.ColumnElement[bool]:
    """Whether a row is an interest: told, or bought often, and not refused."""
    often = sa.or_(Interest.told_at.is_not(None), Interest.times >= BOUGHT_OFTEN)
    return sa.and_(Interest.refused_at.is_(None), often)


def tell(session: Session, customer_id: int, text: str, *, by: Author, now: datetime) -> str:
    """Keep it, also one that was refused before; its words. Raises BadInterest, TooManyInterests, Erased."""
    profiles.hold_living(session, customer_id)
    word, shown = _theirs(session, customer_id, word_of(text)), fold.quote(text.strip(), LONGEST)
    told = {"told_at": now, "source": by.source, "author": by.actor, "refused_at": None}
    row = {"customer_id": customer_id, "word": word, "shown": shown, "kind": "told", "times": 0, "last_on": None}
    insert = upsert.insert(session, Interest).values({**row, **told})
    anew = insert.on_conflict_do_update(index_elements=["customer_id", "word"], set_=told)
    kept = session.scalars(anew.returning(Interest.shown)).one()
    mine = sa.select(sa.func.count()).where(Interest.customer_id == customer_id, Interest.told_at.is_not(None))
    if (session.scalar(mine) or 0) > MOST:
        raise TooManyInterests(most=MOST)
    timeline.record(session, customer_id, "interest_told", at=now, text=kept)
    return kept


def refuse(session: Session, customer_id: int, text: str, *, by: Author, now: datetime) -> bool:
    """It is none of theirs, whatever they buy from now on; False when they had said so. Raises BadInterest, Erased.

    Of those no bill ever had the newest `MOST` are remembered.
    """
    profiles.hold_living(session, customer_id)
    word, shown = _theirs(session, customer_id, word_of(text)), fold.quote(text.strip(), LONGEST)
    refused = {"refused_at": now, "told_at": None, "source": by.source, "author": by.actor}
    row = {"customer_id": customer_id, "word": word, "shown": shown, "kind": "told", "times": 0, "last_on": None}
    insert = upsert.insert(session, Interest).values({**row, **refused})
    anew = insert.on_conflict_do_update(
        index_elements=["customer_id", "word"], set_=refused, where=Interest.refused_at.is_(None)
    )
    kept = session.scalar(anew.returning(Interest.shown))
    if kept is None:
        return False
    _forget_oldest(session, customer_id)
    timeline.record(session, customer_id, "interest_refused", at=now, text=kept)
    return True


def _theirs(session: Session, customer_id: int, word: str) -> str:
    return _as_had(word, session.scalars(sa.select(Interest.word).where(Interest.customer_id == customer_id)).all())


def _as_had(word: str, theirs: Collection[str]) -> str:
    """The word as they have it, where one of the two is only without its accents: «bò» and «bơ» are two."""
    bare = fold.fold(word)
    alike = [each for each in theirs if fold.fold(each) == bare and bare in (word, each)]
    return word if word in theirs or len(alike) != 1 else alike[0]


def _forget_oldest(session: Session, customer_id: int) -> None:
    """Keep no more refusals of what was never bought than `MOST`."""
    never = (Interest.customer_id == customer_id, Interest.refused_at.is_not(None), Interest.kind == "told")
    order = (Interest.refused_at.desc(), Interest.word)
    beyond = session.scalars(sa.select(Interest.word).where(*never).order_by(*order).offset(MOST)).all()
    gone = sa.delete(Interest).where(*never, Interest.word.in_(beyond))
    session.execute(gone.execution_options(synchronize_session=False))


def list_of(session: Session, customer_id: int, *, limit: int = 30) -> Sequence[Interest]:
    """What was told first, the newest on top; then what is bought most often."""
    order = (Interest.told_at.is_(None), Interest.told_at.desc(), Interest.times.desc(), Interest.word)
    query = sa.select(Interest).where(Interest.customer_id == customer_id, counts()).order_by(*order)
    return session.scalars(query.limit(limit), execution_options={"populate_existing": True}).all()


def follow(session: Session, giver_id: int, taker_id: int) -> None:
    """What a record that proved to be another's told goes there, but over nothing the other told or refused.

    What it bought is counted there anew.
    """
    theirs = {row.word: row for row in _rows(session, taker_id)}
    for row in _rows(session, giver_id):
        session.delete(row)
        if not (row.told_at or row.refused_at):
            continue
        there = theirs.get(_as_had(row.word, theirs))
        if there is None:
            there = Interest(customer_id=taker_id, word=row.word, shown=row.shown, kind="told", times=0, last_on=None)
            session.add(there)
        if not (there.told_at or there.refused_at):
            there.told_at, there.refused_at = row.told_at, row.refused_at
            there.source, there.author = row.source, row.author
    session.flush()


def _rows(session: Session, customer_id: int) -> Sequence[Interest]:
    query = sa.select(Interest).where(Interest.customer_id == customer_id)
    return session.scalars(query, execution_options={"populate_existing": True}).all()
