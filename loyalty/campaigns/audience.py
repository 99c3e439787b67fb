"""Whom a run is for, and by which chat it reaches each of them: frozen set-based, in chunks."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.campaigns.models import CampaignRecipient, CampaignRun
from loyalty.campaigns.split import Split
from loyalty.channels.models import ChannelAccount
from loyalty.customers import consents
from loyalty.customers.consents import Purpose
from loyalty.customers.models import ChannelIdentity, Customer, CustomerStats
from loyalty.segments import compile as sql
from loyalty.segments import fields, rules
from loyalty.segments.fields.epoch import Epoch
from loyalty.segments.fields.field import Family
from loyalty.segments.rules import Frame, Node

CHUNK = 5_000  # customer ids looked at in one short transaction
WHOLE = Split()  # nobody held out, one text
ANYBODY = (Family.PROFILE, Family.CHATS)  # fields that look at no purchase, no points and no habit
NOT_PERSONAL = frozenset(field.name for field in fields.ALL.values() if field.family in ANYBODY) | {"list"}


def top(session: Session) -> int:
    """The newest customer's id."""
    return session.scalar(sa.select(sa.func.max(Customer.id))) or 0


def freeze_chunk(session: Session, run: CampaignRun, node: Node, frame: Frame, parts: Split = WHOLE) -> None:
    """Freeze the next ids, each with its variant or held out; after the last of them the run is for sending.

    Repeating a chunk changes nothing.
    """
    end = min(run.cursor + CHUNK, run.top)
    chosen = chats(node, frame, run.started_at, CustomerStats.customer_id.between(run.cursor + 1, end)).subquery()
    row = sa.select(
        sa.literal(run.id, sa.BigInteger), chosen.c.customer_id, chosen.c.identity_id, sa.literal(False)
    ).where(chosen.c.place == 1)
    columns = ["run_id", "customer_id", "identity_id", "queued"]
    if parts.shares or parts.holdout or parts.shop_holdout:
        held = parts.held_sql()
        became = sa.case((held.is_not(None), "held_out"), else_=sa.null())
        row = row.add_columns(became, held, parts.variant_sql()).join(Customer, Customer.id == chosen.c.customer_id)
        columns += ["outcome", "reason", "variant"]
    insert = upsert.insert(session, CampaignRecipient).from_select(columns, row.order_by(chosen.c.customer_id))
    session.execute(insert.on_conflict_do_nothing(index_elements=["run_id", "customer_id"]))
    run.cursor = end
    if end >= run.top:
        run.state = "sending"
    session.flush()


def chats(node: Node, frame: Frame, now: datetime, *narrowed: ColumnElement[bool]) -> sa.Select[Any]:
    """Every chat of those who belong; `place` 1 is the one a promotion goes by: one a customer.

    Best is who agreed there, can be reached, through an account that works, and whose window stays open longest;
    else who wrote there last. Rules that look at what people bought or hold leave out who does not want that.
    """
    identity, account = ChannelIdentity, ChannelAccount
    wrote = sa.func.coalesce(Epoch(identity.last_interaction_at), 0)
    closes = wrote + account.window_seconds
    best_first = (
        _last(sa.not_(identity.promotion)),
        _last(identity.unreachable_at.is_not(None)),
        _last(account.stopped_at.is_not(None)),
        sa.case((closes > int(now.timestamp()), closes), else_=0).desc(),
        wrote.desc(),
        identity.id.desc(),
    )
    place = sa.func.row_number().over(partition_by=identity.customer_id, order_by=best_first)
    return (
        sa.select(identity.customer_id, identity.id.label("identity_id"), place.label("place"))
        .join(account, account.id == identity.channel_account_id)
        .join(CustomerStats, CustomerStats.customer_id == identity.customer_id)
        .where(*narrowed, sql.members(node, frame), *_left_alone(node))
    )


def is_personal(node: Node) -> bool:
    """Whether the rules look at what people bought, hold or do, which somebody may have switched off."""
    return any(condition.field not in NOT_PERSONAL for _path, condition in rules.conditions(node))


def _left_alone(node: Node) -> list[ColumnElement[bool]]:
    """Who switched personalisation off is not chosen by their purchases, points or tier."""
    if not is_personal(node):
        return []
    return [CustomerStats.customer_id.not_in(consents.refusers(Purpose.PERSONALISATION))]


def _last(put_off: ColumnElement[bool]) -> ColumnElement[int]:
    return sa.case((put_off, 1), else_=0)
