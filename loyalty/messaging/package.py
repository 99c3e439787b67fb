"""What a Zalo OA's package still holds of consultation messages: free beyond what was paid for the package itself.

Zalo tells it by `POST /v3.0/oa/quota/message` (`total`, `remain`, `valid_through`; read Nov 2026), kept hourly as a
dated figure. It says neither in which order its sorts are used up nor whether `valid_through` includes that day, and
other tools of the shop send out of the same package: an old figure, one without an end, or its last day count as empty.
What a reply says of the message it is about is final: without a `quota` it was billed.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.channels import figures
from loyalty.channels.models import ChannelFigure
from loyalty.messaging.platforms import RULES

NAMES = tuple(f"{figures.QUOTA}cs_{sort}" for sort in ("sub_quota", "reward_quota", "purchase_quota"))
FRESH = timedelta(hours=3)  # three readings
TAKEN = "taken"  # of a figure: messages of ours since it was told


def left(session: Session, account_ids: Sequence[int], *, now: datetime) -> Mapping[int, int]:
    """By account: how many messages its package pays for as far as anybody knows; an account of nothing is absent."""
    found: dict[int, int] = {}
    for figure in _figures(session, account_ids):
        if holds := _left(figure, now):
            found[figure.channel_account_id] = found.get(figure.channel_account_id, 0) + holds
    return found


def take(session: Session, account_id: int, *, now: datetime) -> bool:
    """One message out of the package; False when it holds none. Its figures stay locked until the end."""
    for figure in _figures(session, [account_id], is_locking=True):
        if _left(figure, now):
            figure.value = {**figure.value, TAKEN: _number(figure.value.get(TAKEN)) + 1}
            session.flush()
            return True
    return False


def empty(session: Session, account_id: int) -> None:
    """The platform billed a message: nothing counts as paid for until it tells of the package again."""
    for figure in _figures(session, [account_id], is_locking=True):
        figure.value = {**figure.value, "left": 0}
    session.flush()


def _figures(session: Session, account_ids: Sequence[int], *, is_locking: bool = False) -> Sequence[ChannelFigure]:
    query = (
        sa.select(ChannelFigure)
        .where(ChannelFigure.channel_account_id.in_(account_ids), ChannelFigure.name.in_(NAMES))
        .order_by(ChannelFigure.channel_account_id, ChannelFigure.name)
        .execution_options(populate_existing=True)
    )
    return session.scalars(query.with_for_update() if is_locking else query).all()


def _left(figure: ChannelFigure, now: datetime) -> int:
    until = figure.value.get("until")
    if not isinstance(until, str) or now - figure.at > FRESH:
        return 0
    if date.fromisoformat(until) <= now.astimezone(RULES.timezone).date():
        return 0
    return max(_number(figure.value.get("left")) - _number(figure.value.get(TAKEN)), 0)


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
