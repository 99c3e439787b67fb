"""What grows and is no longer needed goes, at night and in small steps; what follows from the calendar is brought up.

Every step chooses its rows without holding a writer up, and removes at most `CHUNK` of them in one short transaction.
A run that ended half-way is simply gone on with: what is gone is not chosen again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session
from structlog import get_logger

from jobs.models import JobRun
from jobs.registry import Context, job
from loyalty import shop
from loyalty.api.models import IdempotencyRecord
from loyalty.campaigns.models import CampaignRecipient
from loyalty.channels import granting
from loyalty.channels.models import GrantRequest
from loyalty.customers.models import MemberCode
from loyalty.customers.traits import fields as own_fields
from loyalty.customers.traits import values
from loyalty.db import Base
from loyalty.hooks import deliveries
from loyalty.hooks.models import WebhookDelivery
from loyalty.insights import field_keeping
from loyalty.messaging import inbox, receipts
from loyalty.messaging.models import EarlyReceipt, OutboundMessage, PromotionSlot, SeenEvent
from loyalty.pictures import gallery
from loyalty.pictures.models import Picture
from loyalty.purchases import stats
from loyalty.rewards.models import RedemptionMiss
from loyalty.staff.models import CodeMiss, HeldLine, StaffCode

log = get_logger()
CHUNK = 1_000  # rows in one transaction
EVENTS_KEPT = timedelta(days=7)
MESSAGES_KEPT = timedelta(days=60)
SLOTS_KEPT = timedelta(days=40)  # the frequency looks back 30
RUNS_KEPT = timedelta(days=60)
CODES_KEPT = timedelta(days=1)
FINAL = ("sent", "failed", "skipped")

Step = Callable[[Context, datetime, date], int]  # does the next chunk; returns how many rows


@dataclass(frozen=True, slots=True)
class Sweep:
    """Rows of one table that may go, by a condition that depends on the time."""

    model: type[Base]
    gone: Callable[[datetime, date], ColumnElement[bool]]
    before: Callable[[Session, Sequence[Any]], None] | None = None  # what must be kept of them elsewhere

    def run(self, context: Context, now: datetime, today: date) -> int:
        """Remove the next chunk; returns how many rows went."""
        key = sa.inspect(self.model).primary_key
        condition = self.gone(now, today)
        with context.read_only() as session:
            chosen = [tuple(row) for row in session.execute(sa.select(*key).where(condition).limit(CHUNK))]
        if not chosen:
            return 0
        named = key[0].in_([row[0] for row in chosen]) if len(key) == 1 else sa.tuple_(*key).in_(chosen)
        with context.transaction() as session:
            if self.before is not None:
                self.before(session, [row[0] for row in chosen])
            session.execute(sa.delete(self.model).where(named, condition).execution_options(synchronize_session=False))
        return len(chosen)


@job(cron="10 0 * * *")
def roll_off_purchases(context: Context, due_at: datetime) -> None:
    """Take purchases that turned 12 months old out of the totals segments and tiers look at."""
    day = due_at.astimezone(context.settings.timezone).date()
    after: int | None = 0
    while after is not None and not context.stopping.is_set():
        with context.transaction() as session:
            after = stats.roll_off(session, day, after_id=after, limit=CHUNK)


@job(cron="15 3 * * *")
def clean_up(context: Context, due_at: datetime) -> None:
    """Prune events, codes, messages and past runs; `SWEEPS` says what is kept how long."""
    now = context.clock()
    today = now.astimezone(context.settings.timezone).date()
    for name, step in STEPS.items():
        rows = 0
        while not context.stopping.is_set() and (done := step(context, now, today)):
            rows += done
        if rows:
            log.info("pruned", kind=name, rows=rows)


def forget_events(context: Context, now: datetime, today: date) -> int:
    """Settled events whose ids were noted on an earlier night."""
    with context.transaction() as session:
        return inbox.forget(session, noted_before=today, limit=CHUNK)


def forget_values(context: Context, now: datetime, today: date) -> int:
    """What stands in the shop's own fields for longer than each may keep it, also in those that were put away."""
    with context.read_only() as session:
        place = shop.of(session)
        kept = {
            field.id: field_keeping.since(place, field.months, today)
            for field in own_fields.list_all(session, archived=True)
        }
    gone = 0
    for field_id, before in kept.items():
        with context.transaction() as session:
            gone += values.forget_old(session, field_id, before, limit=CHUNK)
    return gone


def note_events(context: Context, now: datetime, today: date) -> int:
    """Ids of settled events that go tomorrow."""
    with context.transaction() as session:
        return inbox.remember(session, before=now - EVENTS_KEPT, limit=CHUNK, on=today)


def _keep_outcomes(session: Session, message_ids: Sequence[int]) -> None:
    """What became of a campaign's message stays with its recipient."""
    session.execute(
        sa.update(CampaignRecipient)
        .where(
            OutboundMessage.recipient_id == CampaignRecipient.id,
            OutboundMessage.id.in_(message_ids),
            OutboundMessage.state.in_(FINAL),
            CampaignRecipient.outcome.is_(None),
        )
        .values(outcome=OutboundMessage.state, reason=OutboundMessage.reason)
        .execution_options(synchronize_session=False)
    )


def _old_messages(now: datetime, today: date) -> ColumnElement[bool]:
    """Final for long, and no day's place refers to them; one of unknown fate waits for a person as long as it takes."""
    has_place = sa.exists().where(PromotionSlot.message_id == OutboundMessage.id)
    return sa.and_(OutboundMessage.state.in_(FINAL), OutboundMessage.settled_at < now - MESSAGES_KEPT, ~has_place)


SWEEPS = (  # places before the messages they refer to
    Sweep(SeenEvent, lambda now, today: SeenEvent.seen_on < today - inbox.REMEMBERED),
    Sweep(MemberCode, lambda now, today: MemberCode.expires_at < now - CODES_KEPT),
    Sweep(StaffCode, lambda now, today: StaffCode.expires_at < now - CODES_KEPT),
    Sweep(HeldLine, lambda now, today: HeldLine.asked_at < now - CODES_KEPT),
    Sweep(CodeMiss, lambda now, today: CodeMiss.at < now - CODES_KEPT),
    Sweep(RedemptionMiss, lambda now, today: RedemptionMiss.at < now - CODES_KEPT),
    Sweep(IdempotencyRecord, lambda now, today: IdempotencyRecord.expires_at < now),
    Sweep(PromotionSlot, lambda now, today: PromotionSlot.shop_day < today - SLOTS_KEPT),
    Sweep(OutboundMessage, _old_messages, before=_keep_outcomes),
    Sweep(WebhookDelivery, lambda now, today: WebhookDelivery.at < now - deliveries.KEPT),
    Sweep(EarlyReceipt, lambda now, today: EarlyReceipt.received_at < now - receipts.KEPT),
    Sweep(GrantRequest, lambda now, today: GrantRequest.asked_at < now - granting.KEPT),
    Sweep(Picture, lambda now, today: gallery.is_unused(now)),
    Sweep(JobRun, lambda now, today: JobRun.finished_at < now - RUNS_KEPT),
)
STEPS: Mapping[str, Step] = {
    "event": forget_events,  # before noting: the table is shorter then
    "event_note": note_events,
    "custom_value": forget_values,
    **{sweep.model.__tablename__: sweep.run for sweep in SWEEPS},
}
