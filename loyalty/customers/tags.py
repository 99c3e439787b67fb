"""Words customers are marked with: given, taken away, listed. Anybody of the shop may read them, and rules may ask."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, insert, literal, select
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.activity import timeline
from loyalty.activity.models import Activity
from loyalty.customers import profiles
from loyalty.customers.models import CustomerTag
from loyalty.errors import RuleViolation
from loyalty.staff.audit import Author
from loyalty.typed import fold

LONGEST = 40  # characters
MOST = 20  # of one customer
KNOWN = 100  # offered where one types


class BadTag(RuleViolation):
    """A tag is 1 to 40 characters on one line: `khách sỉ`."""

    code = "bad_tag"


class TooManyTags(RuleViolation):
    """One customer has at most `most` tags."""

    code = "too_many_tags"


def written(text: str) -> str:
    """A tag as it is kept: in small letters, single spaces, without a `#` before it. Raises BadTag."""
    shown = tidied(text)
    if not 0 < len(shown) <= LONGEST or "," in shown or ";" in shown:
        raise BadTag
    return shown


def tidied(text: str) -> str:
    """The same for any text, whether it may be a tag or not."""
    return fold.quote(text.strip().lstrip("#"), LONGEST + 1).casefold().strip(" ,;")


def give(
    session: Session, customer_id: int, text: str, *, by: Author, as_of: datetime | None = None, now: datetime
) -> bool:
    """Mark a customer; False when they had it, or, with `as_of`, it was taken away since then.

    Raises BadTag, TooManyTags, CustomerNotFound, Erased.
    """
    tag = written(text)
    profiles.hold_living(session, customer_id)
    if as_of is not None and _was_taken(session, customer_id, tag, as_of):
        return False
    values = {"customer_id": customer_id, "tag": tag, "author": by.actor, "at": now}
    known = upsert.insert(session, CustomerTag).values(values).on_conflict_do_nothing()
    if session.scalar(known.returning(CustomerTag.tag)) is None:
        return False
    if _count(session, customer_id) > MOST:
        raise TooManyTags(most=MOST)
    timeline.record(session, customer_id, "tagged", at=now, text=tag)
    return True


def take(session: Session, customer_id: int, text: str, *, as_of: datetime | None = None, now: datetime) -> bool:
    """Take a tag away; False when they did not have it, or, with `as_of`, were given it since then.

    Raises BadTag, CustomerNotFound, Erased.
    """
    tag = written(text)
    profiles.hold_living(session, customer_id)
    gone = delete(CustomerTag).where(CustomerTag.customer_id == customer_id, CustomerTag.tag == tag)
    gone = gone if as_of is None else gone.where(CustomerTag.at <= as_of)
    if session.scalar(gone.returning(CustomerTag.tag)) is None:
        return False
    timeline.record(session, customer_id, "untagged", at=now, text=tag)
    return True


def list_of(session: Session, customer_id: int) -> Sequence[str]:
    """By the alphabet of the database."""
    return session.scalars(select(CustomerTag.tag).filter_by(customer_id=customer_id).order_by(CustomerTag.tag)).all()


def list_known(session: Session) -> Sequence[str]:
    """The tags of the shop, those many have first."""
    query = select(CustomerTag.tag).group_by(CustomerTag.tag).order_by(func.count().desc(), CustomerTag.tag)
    return session.scalars(query.limit(KNOWN)).all()


def follow(session: Session, giver_id: int, taker_id: int) -> None:
    """The tags of a record that proved to be another customer's go there."""
    theirs = select(CustomerTag.tag).where(CustomerTag.customer_id == taker_id)
    moved = select(literal(taker_id), CustomerTag.tag, CustomerTag.author, CustomerTag.at).where(
        CustomerTag.customer_id == giver_id, CustomerTag.tag.not_in(theirs)
    )
    session.execute(insert(CustomerTag).from_select(["customer_id", "tag", "author", "at"], moved))
    session.execute(delete(CustomerTag).where(CustomerTag.customer_id == giver_id))


def _was_taken(session: Session, customer_id: int, tag: str, since: datetime) -> bool:
    """The timeline has the tag under their key only."""
    taken = select(Activity).where(Activity.customer_id == customer_id, Activity.kind == "untagged")
    return any(timeline.words(session, row) == tag for row in session.scalars(taken.where(Activity.at > since)))


def _count(session: Session, customer_id: int) -> int:
    return session.scalar(select(func.count()).select_from(CustomerTag).filter_by(customer_id=customer_id)) or 0
