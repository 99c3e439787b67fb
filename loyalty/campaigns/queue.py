"""The messages of a run: made ahead of the sender, held back, let go, dropped; and what became of them kept."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import upsert
from loyalty.campaigns import offers
from loyalty.campaigns.models import CampaignRecipient, CampaignRun
from loyalty.customers.models import ChannelIdentity
from loyalty.db import new_public_id
from loyalty.messaging import outbox
from loyalty.messaging.models import OutboundMessage
from loyalty.messaging.outbox import Lane

AHEAD = 2_000  # messages made but not sent yet, at most
BATCH = 500  # made or settled in one short transaction
DROPPED = 5_000  # recipients given up in one
NEVER = datetime(9999, 1, 1, tzinfo=UTC)  # when a paused message falls due
FINAL = ("sent", "failed", "skipped")


def _of(run: CampaignRun) -> sa.ColumnElement[bool]:
    """The recipients whose message was made and whose outcome is not kept yet."""
    return sa.and_(CampaignRecipient.run_id == run.id, CampaignRecipient.queued, CampaignRecipient.outcome.is_(None))


def _not_made(run: CampaignRun) -> sa.ColumnElement[bool]:
    return sa.and_(
        CampaignRecipient.run_id == run.id, sa.not_(CampaignRecipient.queued), CampaignRecipient.outcome.is_(None)
    )


def has_more(session: Session, run: CampaignRun) -> bool:
    """Whether somebody frozen has no message yet."""
    return session.scalar(sa.select(CampaignRecipient.id).where(_not_made(run)).limit(1)) is not None


def has_due(session: Session, run: CampaignRun, *, now: datetime) -> bool:
    """Of a run that writes to each at their hour: whether somebody's has come."""
    query = sa.select(CampaignRecipient.id).where(_not_made(run), _has_come(now))
    return session.scalar(query.limit(1)) is not None


def _has_come(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(CampaignRecipient.not_before.is_not(None), CampaignRecipient.not_before <= now)


@dataclass(frozen=True, slots=True)
class Standing:
    """How many messages are still open (waiting, being sent), and those that are final but not kept yet."""

    under_way: int
    unkept: Counter[tuple[str, str]]  # by outcome and reason

    @property
    def final(self) -> int:
        return sum(self.unkept.values())


def counts(session: Session, run: CampaignRun) -> Standing:
    """How far the messages are whose outcome is not kept yet."""
    message = OutboundMessage
    query = (
        sa.select(message.state, message.reason, sa.func.count())
        .join(CampaignRecipient, CampaignRecipient.id == message.recipient_id)
        .where(_of(run))
        .group_by(message.state, message.reason)
    )
    under_way, unkept = 0, Counter[tuple[str, str]]()
    for state, why, number in session.execute(query):
        under_way += number if state in outbox.OPEN else 0
        if state in FINAL:
            unkept[state, why or ""] += number
    return Standing(under_way, unkept)


def kept(run: CampaignRun) -> Counter[tuple[str, str]]:
    """Outcomes kept with recipients so far, by outcome and reason."""
    return Counter({(state, why): number for state, why, number in (run.kept or {}).get("counts", ())})


def settled(session: Session, run: CampaignRun | None) -> Counter[tuple[str, str]]:
    """Everything of a run whose fate is known."""
    return Counter() if run is None else kept(run) + counts(session, run).unkept


def feed(
    session: Session, run: CampaignRun, *, purse_id: int | None = None, timed: bool = False, now: datetime
) -> None:
    """Make the messages of the next recipients; of a `timed` run of those whose hour has come, the earliest first.

    Their text is written when sending begins.
    """
    rows = session.execute(_next(run, timed=timed, now=now)).all()
    if not rows:
        return
    going: Sequence[sa.Row[Any]] = offers.supply(session, run, cast(Sequence[Any], rows), now=now)
    if messages := [_message(run, row, purse_id, now) for row in going]:
        session.execute(upsert.insert(session, OutboundMessage).on_conflict_do_nothing(), messages)
    _update(session, CampaignRecipient.id.in_([row.id for row in rows]), queued=True)


def _next(run: CampaignRun, *, timed: bool, now: datetime) -> sa.Select[int, int, int, str]:
    """The next recipients there is no message for, and the chat of each."""
    is_next = sa.and_(_not_made(run), _has_come(now)) if timed else _not_made(run)
    order = (CampaignRecipient.not_before, CampaignRecipient.id) if timed else (CampaignRecipient.id,)
    chat = (ChannelIdentity.channel_account_id, ChannelIdentity.user_id)
    return (
        sa.select(CampaignRecipient.id, CampaignRecipient.customer_id, *chat)
        .join(ChannelIdentity, ChannelIdentity.id == CampaignRecipient.identity_id)
        .where(is_next)
        .order_by(*order)
        .limit(BATCH)
    )


def _message(run: CampaignRun, row: sa.Row[Any], purse_id: int | None, now: datetime) -> dict[str, Any]:
    return {
        "public_id": new_public_id(),
        "dedupe_key": dedupe_key(run.id, row.customer_id),
        "lane": int(Lane.PROMOTION),
        "channel_account_id": row.channel_account_id,
        "user_id": row.user_id,
        "thread": f"promotion:{run.id}:{row.channel_account_id}:{row.user_id}",  # one campaign waits for no other
        "customer_id": row.customer_id,
        "recipient_id": row.id,
        "state": "waiting",
        "due_at": now,
        "attempts": 0,
        "created_at": now,
        "purse_id": purse_id,
    }


def dedupe_key(run_id: int, customer_id: int) -> str:
    """One message per run and customer, whatever happens."""
    return f"campaign:{run_id}:customer:{customer_id}"


def settle(session: Session, run: CampaignRun) -> Sequence[int]:
    """Keep with the recipients what became of their messages, so that old messages may go; ids of those not sent to.

    One of unknown fate stays where it is until a person decided.
    """
    done = session.execute(
        sa.update(CampaignRecipient)
        .where(_of(run), OutboundMessage.recipient_id == CampaignRecipient.id, OutboundMessage.state.in_(FINAL))
        .values(outcome=OutboundMessage.state, reason=OutboundMessage.reason)
        .returning(CampaignRecipient.id, CampaignRecipient.outcome, CampaignRecipient.reason)
        .execution_options(synchronize_session=False)
    ).all()
    counted = kept(run) + Counter((row.outcome, row.reason or "") for row in done)
    run.kept = {"counts": [[state, why, number] for (state, why), number in sorted(counted.items())]}
    return [row.id for row in done if row.outcome != "sent"]


def hold_back(session: Session, run: CampaignRun) -> None:
    """No message of the run falls due. One being sent at this moment still is."""
    _update_waiting(session, run, due_at=NEVER)


def let_go(session: Session, run: CampaignRun, *, now: datetime) -> None:
    """Every waiting message is due, also one held for another reason: it is asked again when it begins."""
    _update_waiting(session, run, due_at=now)


def drop(session: Session, run: CampaignRun, *, now: datetime) -> None:
    """Waiting messages are skipped."""
    _update_waiting(session, run, state="skipped", reason="cancelled", settled_at=now)


def drop_unmade(session: Session, run: CampaignRun) -> None:
    """The next recipients without a message get none."""
    ids = sa.select(CampaignRecipient.id).where(_not_made(run)).order_by(CampaignRecipient.id).limit(DROPPED)
    _update(session, CampaignRecipient.id.in_(ids), outcome="skipped", reason="cancelled")


def _update(session: Session, where: sa.ColumnElement[bool], **values: object) -> None:
    statement = sa.update(CampaignRecipient).where(where).values(**values)
    session.execute(statement.execution_options(synchronize_session=False))


def _update_waiting(session: Session, run: CampaignRun, **values: object) -> None:
    recipients = sa.select(CampaignRecipient.id).where(_of(run))
    session.execute(
        sa.update(OutboundMessage)
        .where(OutboundMessage.recipient_id.in_(recipients), OutboundMessage.state == "waiting")
        .values(**values)
        .execution_options(synchronize_session=False)
    )
