"""The kinds of channels one may speak of: those the program comes with, and whatever else is connected."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.channels.models import ChannelAccount

FIRST = frozenset({"zalo", "messenger"})  # known before anything is connected


def known(session: Session) -> frozenset[str]:
    return FIRST | frozenset(session.scalars(sa.select(ChannelAccount.kind).distinct()))
