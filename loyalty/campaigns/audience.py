"""Whom a run is for, and by which chat it reaches each of them: frozen set-based, in chunks."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session, aliased

from loyalty import upsert
from loyalty.campaigns.models import CampaignRecipient, CampaignRun
from loyalty.campaigns.split import Split
from loyalty.channels.models import ChannelAccount
from loyalty.customers import consents
from loyalty.customers.consents import Purpose
from loyalty.customers.models import ChannelIdentity, Customer, CustomerStats
from loyalty.db import Instant
from loyalty.segments import compile as sql
from loyalty.segments import fields, rules
from loyalty.segments.fields.epoch import Epoch
from loyalty.segments.fields.field import Family
from loyalty.segments.rules import Frame, Node
from loyalty.segments.whose import Whose, everybody
from loyalty.spelt import Spelt

CHUNK = 10_000  # customer ids looked at in one short transaction
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)  # when somebody wrote who never did
WHOLE = Split()  # nobody held out, one text
OTHER, OTHERS = aliased(ChannelIdentity), aliased(ChannelAccount)  # another chat of the same customer, and its account
ANYBODY = (Family.PROFILE, Family.CHATS)  # fields that look at no purchase, no points and no habit
NOT_PERSONAL = frozenset(field.name for field in fields.ALL.values() if field.family in ANYBODY) | {"list"}


class Later(Spelt):
    """The greater of two numbers."""

    type = sa.BigInteger()
    inherit_cache = True
    sqlite, postgresql = "max({})", "greatest({})"


class Leading(Spelt):
    """A column whose table SQLite reads first: as it stands, but by no index. PostgreSQL needs no such word."""

    type = sa.BigInteger()
    inherit_cache = True
    sqlite, postgresql = "+{}", "{}"


def top(session: Session) -> int:
    """The newest customer's id."""
    return session.scalar(sa.select(sa.func.max(Customer.id))) or 0


def freeze_chunk(session: Session, run: CampaignRun, node: Node, frame: Frame, parts: Split = WHOLE) -> None:
    """Freeze the next ids, each with its variant or held out; after the last of them the run is for sending.

    Repeating a chunk changes nothing.
    """
    first, end = run.cursor + 1, min(run.cursor + CHUNK, run.top)
    chosen = chats(node, frame, run.started_at, lambda customer: customer.between(first, end)).subquery()
    row = sa.select(sa.literal(run.id, sa.BigInteger), chosen.c.customer_id, chosen.c.identity_id, sa.literal(False))
    columns = ["run_id", "customer_id", "identity_id", "queued"]
    if parts.shares or parts.holdout or parts.shop_holdout:
        row = row.add_columns(*_fates(parts)).join(Customer, Customer.id == chosen.c.customer_id)
        columns += ["outcome", "reason", "variant"]
    insert = upsert.insert(session, CampaignRecipient).from_select(columns, row.order_by(chosen.c.customer_id))
    session.execute(insert.on_conflict_do_nothing(index_elements=["run_id", "customer_id"]))
    run.cursor = end
    if end >= run.top:
        run.state = "sending"
    session.flush()


@lru_cache(maxsize=4)
def _fates(parts: Split) -> Sequence[ColumnElement[Any]]:
    """Outcome, reason and variant of a row of customers, as all chunks of a run have them."""
    held = parts.held_sql()
    return sa.case((held.is_not(None), "held_out"), else_=sa.null()), held, parts.variant_sql()


def chats(node: Node, frame: Frame, now: datetime, narrow: Whose = everybody) -> sa.Select[int, int]:
    """The chat a promotion goes by, of everybody who belongs and has one: one a customer.

    Best is who agreed there, can be reached, through an account that works, and whose window stays open longest;
    else who wrote there last. Rules that look at what people bought or hold leave out who does not want that.
    `narrow` is asked of every table's customer: PostgreSQL carries no range from one table to the next, and would read
    the whole of the others for each stretch of customers.
    """
    identity = ChannelIdentity
    return (
        sa.select(identity.customer_id, identity.id.label("identity_id"))
        .select_from(CustomerStats)
        .join(identity, identity.customer_id == Leading(CustomerStats.customer_id))
        .join(ChannelAccount, ChannelAccount.id == identity.channel_account_id)
        .where(narrow(CustomerStats.customer_id), narrow(identity.customer_id))
        .where(sql.members_in_order(node, frame), *_left_alone(node), sa.not_(_has_better(now, narrow)))
    )


def _has_better(now: datetime, narrow: Whose) -> ColumnElement[bool]:
    """Whether the customer of a chat has a better one: of nearly everybody a look into an index finds no other chat."""
    return (
        sa.exists()
        .where(
            narrow(OTHER.customer_id),
            OTHER.customer_id == ChannelIdentity.customer_id,
            OTHER.id != ChannelIdentity.id,
            OTHERS.id == OTHER.channel_account_id,
            _goodness(OTHER, OTHERS, now) > _goodness(ChannelIdentity, ChannelAccount, now),
        )
        .correlate(ChannelIdentity, ChannelAccount)
    )


def _goodness(identity: type[ChannelIdentity], account: type[ChannelAccount], now: datetime) -> sa.Tuple:
    """What chats of one customer are compared by; no two are equal. Windows that have closed are alike."""
    closes = sa.func.coalesce(Epoch(identity.last_interaction_at), 0) + account.window_seconds
    return sa.tuple_(
        identity.promotion,
        identity.unreachable_at.is_(None),
        account.stopped_at.is_(None),
        Later(closes, sa.literal(int(now.timestamp()), sa.BigInteger())),
        sa.func.coalesce(identity.last_interaction_at, sa.literal(LONG_AGO, Instant())),
        identity.id,
    )


def is_personal(node: Node) -> bool:
    """Whether the rules look at what people bought, hold or do, which somebody may have switched off."""
    return any(condition.field not in NOT_PERSONAL for _path, condition in rules.conditions(node))


def _left_alone(node: Node) -> list[ColumnElement[bool]]:
    """Who switched personalisation off is not chosen by their purchases, points or tier."""
    if not is_personal(node):
        return []
    return [CustomerStats.customer_id.not_in(consents.refusers(Purpose.PERSONALISATION))]
