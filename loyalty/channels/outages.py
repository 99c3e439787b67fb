"""A platform that does not answer: its messages wait, one of them tries from time to time, the owner is told once.

Without it every message would spend its tries, or its doubt, on a platform that is down. The rows are few and mostly
none; whoever sends locks them before anything else, so that two workers never wait for each other.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import entities, prepared, upsert
from loyalty.channels.models import ChannelOutage

CALM = 3  # failures in a row that are no outage yet
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=5)  # between two tries
TOLD_AFTER = timedelta(minutes=1)  # shorter ones are over before anybody could look

Outages = Mapping[int, ChannelOutage]


def lock(session: Session) -> Outages:
    """Every account whose calls go without an answer, by its id; nobody else counts them until the transaction ends."""
    return {row.channel_account_id: row for row in entities.every(session, _ALL, {}, fresh=True)}


def failed(session: Session, account_id: int, *, now: datetime) -> bool:
    """A call was not answered. From the fourth in a row on nothing leaves but one try, ever more seldom.

    Returns whether it has lasted long enough for the owner to hear of it.
    """
    made = upsert.insert(session, ChannelOutage).values(
        channel_account_id=account_id, failures=1, since=now, probes=0, probe_at=None
    )
    counted = made.on_conflict_do_update(
        index_elements=["channel_account_id"], set_={"failures": ChannelOutage.failures + 1}
    ).returning(ChannelOutage)
    outage = session.scalars(counted, execution_options={"populate_existing": True}).one()
    if outage.failures > CALM and outage.probe_at is None:
        outage.probe_at = now + _wait(outage)
    session.flush()
    return outage.probe_at is not None and now - outage.since >= TOLD_AFTER


def answered(session: Session, outages: Outages, account_ids: Iterable[int]) -> Collection[int]:
    """The platform spoke, if only to refuse: whatever waited may leave. Returns the accounts whose outage is over."""
    over = set(account_ids) & outages.keys()
    for account_id in over:
        session.execute(sa.delete(ChannelOutage).filter_by(channel_account_id=account_id))
    return over


def may_begin(session: Session, account_id: int, *, now: datetime) -> bool:
    """Whether a message may leave through the account: while its platform is down one at each try, which asking takes.

    The others wait for `FIRST_WAIT`, and then for the claim, which leaves them alone until the next try.
    """
    outage = session.get(ChannelOutage, account_id)
    if outage is None or outage.probe_at is None:
        return True
    if now < outage.probe_at:
        return False
    outage.probes += 1
    outage.probe_at = now + _wait(outage)
    session.flush()
    return True


def counted(session: Session) -> Collection[int]:
    """The accounts calls of which went without an answer: of all others anything may begin."""
    return {row.channel_account_id for row in prepared.rows(session.connection(), _COUNTED, {})}


def find(session: Session, account_id: int) -> ChannelOutage | None:
    """The outage of an account, once it is one."""
    outage = session.get(ChannelOutage, account_id, populate_existing=True)
    return None if outage is None or outage.probe_at is None else outage


_ALL = sa.select(ChannelOutage).order_by(ChannelOutage.channel_account_id).with_for_update()
_COUNTED = sa.select(ChannelOutage.channel_account_id)


def _wait(outage: ChannelOutage) -> timedelta:
    doubled: timedelta = FIRST_WAIT * 2 ** min(outage.probes, 10)
    return min(doubled, LONGEST_WAIT)
