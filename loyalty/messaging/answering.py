"""By which way a person's answer reaches a customer: free within the window, else by what the shop switched on."""

from datetime import datetime

from sqlalchemy.orm import Session

from loyalty.customers.models import ChannelIdentity
from loyalty.messaging import routes, ways
from loyalty.messaging.ways import Purpose, Way


def find_way(session: Session, identity: ChannelIdentity, *, now: datetime) -> Way | None:
    """The cheapest one allowed in this chat now; None: they must write first. Its `until` is how long."""
    return ways.best(routes.of(session, identity, Purpose.HUMAN, now=now))
