"""The newest word of a platform about an account, by name: quotas, the states of templates. Older news is let go.

A quota's value is `{left, total, until, note}`, a template's `{now, before, reason}`; what the platform does not tell
is left out.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.channels.models import ChannelFigure

QUOTA, TEMPLATE = "quota:", "template:"


def put(session: Session, account_id: int, name: str, value: Mapping[str, Any], *, at: datetime) -> bool:
    """Keep what was so at that instant; False when as new a word is known already."""
    known = {key: fact for key, fact in value.items() if fact not in (None, "")}
    statement = (
        upsert.insert(session, ChannelFigure)
        .values(channel_account_id=account_id, name=name, value=known, at=at)
        .on_conflict_do_update(
            index_elements=["channel_account_id", "name"],
            set_={"value": known, "at": at},
            where=ChannelFigure.at < at,
        )
        .returning(ChannelFigure.name)
    )
    return session.scalar(statement) is not None


def list_of(session: Session, account_id: int, prefix: str) -> Sequence[ChannelFigure]:
    """Everything known whose name begins so, by name."""
    query = select(ChannelFigure).where(
        ChannelFigure.channel_account_id == account_id, ChannelFigure.name.startswith(prefix, autoescape=True)
    )
    return session.scalars(query.order_by(ChannelFigure.name)).all()
