"""Whom to ring up: people who must be told something and whom no message reaches.

Only what is theirs: points or a reward about to end, the answer to a case, what a person wrote to them. An offer is
never on the list: a yes to messages is none to advertising calls, which Viet Nam's Decree 91/2020 limits by themselves
(one a day, 08:00-17:00, none to numbers on the Do-Not-Call list). A call stands instead of a message and not beside it,
so it is written down only where every way has ended.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.customers import consents, profiles
from loyalty.customers.models import Customer
from loyalty.db import new_public_id
from loyalty.errors import Conflict, NotFound
from loyalty.messaging.models import PhoneCall
from loyalty.messaging.ways import Purpose
from loyalty.vault import people

EXPIRING = "expiring"
KINDS = frozenset({EXPIRING, str(Purpose.SERVICE), str(Purpose.HUMAN)})  # what is worth a call
PATIENCE = timedelta(days=7)  # so long a call has a point, and so long nobody is rung up again about the same


class CallNotFound(NotFound):
    """No such call."""

    code = "call_not_found"


class CallReplaced(Conflict):
    """There is a newer call to the same person about the same: this one is not opened again."""

    code = "call_replaced"


def want(session: Session, customer_id: int, kind: str, reason: str, words: str, *, now: datetime) -> bool:
    """Put somebody on the list with what to say; an open call about the same says the newer words from now on.

    False, and nothing happens: the kind is not worth a call, nobody has a phone, care was refused, or they were rung up
    about the same within `PATIENCE`.
    """
    if kind not in KINDS or not _may_ring(session, customer_id, kind) or _was_rung(session, customer_id, kind, now):
        return False
    public_id = new_public_id()
    told = {"reason": reason, "asked_at": now, "until": now + PATIENCE, "public_id": public_id}
    told["body"] = people.seal(session, customer_id, words, "phone_call", "body", public_id)
    put = upsert.insert(session, PhoneCall).values(customer_id=customer_id, kind=kind, **told)
    again = put.on_conflict_do_update(
        index_elements=["customer_id", "kind"], index_where=sa.text("done_at IS NULL"), set_=told
    )
    session.execute(again, execution_options={"synchronize_session": False})
    return True


def drop(session: Session, customer_id: int, kind: str) -> None:
    """A message goes after all: nobody needs to ring."""
    if kind in KINDS:
        session.execute(sa.delete(PhoneCall).filter_by(customer_id=customer_id, kind=kind, done_at=None))


def forget(session: Session, customer_ids: Sequence[int]) -> None:
    """Nothing is kept of calls to these customers."""
    session.execute(sa.delete(PhoneCall).where(PhoneCall.customer_id.in_(customer_ids)))


def list_open(
    session: Session, *, now: datetime, after: int | None = None, limit: int
) -> Sequence[tuple[PhoneCall, Customer]]:
    """Whom to ring up, who waits longest first; those a call is too late for are left out."""
    query = (
        sa.select(PhoneCall, Customer)
        .join(Customer, Customer.id == PhoneCall.customer_id)
        .where(PhoneCall.done_at.is_(None), PhoneCall.until > now, Customer.phone.is_not(None))
    )
    later = query if after is None else query.where(PhoneCall.id > after)
    return [(row[0], row[1]) for row in session.execute(later.order_by(PhoneCall.id).limit(limit))]


def count_open(session: Session, *, now: datetime, most: int) -> int:
    """How many wait, counted up to `most`."""
    return len(list_open(session, now=now, limit=most))


def get_public(session: Session, public_id: str) -> PhoneCall:
    """Any text may be asked for. Raises CallNotFound."""
    known = profiles.is_public_id(public_id)
    call = session.scalar(sa.select(PhoneCall).filter_by(public_id=public_id).with_for_update()) if known else None
    if call is None:
        raise CallNotFound
    return call


def words_of(session: Session, call: PhoneCall) -> str:
    """What to say. Raises Erased."""
    return people.read(session, call.customer_id, call.body, "phone_call", "body", call.public_id)


def done(session: Session, call: PhoneCall, *, by: str, now: datetime) -> bool:
    """They were rung up; False when somebody said so before."""
    if call.done_at is not None:
        return False
    call.done_at, call.done_by = now, by
    session.flush()
    return True


def reopen(session: Session, call: PhoneCall) -> bool:
    """They were not; False when it is open. Raises CallReplaced."""
    if call.done_at is None:
        return False
    newer = sa.exists().where(
        PhoneCall.customer_id == call.customer_id, PhoneCall.kind == call.kind, PhoneCall.done_at.is_(None)
    )
    if session.scalar(sa.select(newer)):
        raise CallReplaced
    call.done_at = call.done_by = None
    session.flush()
    return True


def _may_ring(session: Session, customer_id: int, kind: str) -> bool:
    customer = profiles.get(session, customer_id)
    if customer.phone is None or customer.erased_at is not None:
        return False
    return kind != EXPIRING or consents.allows(session, customer_id, consents.Purpose.CARE)


def _was_rung(session: Session, customer_id: int, kind: str, now: datetime) -> bool:
    lately = sa.exists().where(
        PhoneCall.customer_id == customer_id, PhoneCall.kind == kind, PhoneCall.done_at > now - PATIENCE
    )
    return bool(session.scalar(sa.select(lately)))
