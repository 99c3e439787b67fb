"""What became of a campaign, counted from its recipients; and who they were."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Row
from sqlalchemy.orm import Session

from loyalty.campaigns.models import Campaign, CampaignRecipient, CampaignRun
from loyalty.channels.models import ChannelAccount
from loyalty.customers.models import ChannelIdentity, Customer
from loyalty.messaging import outbox
from loyalty.messaging.models import OutboundMessage

OUTCOMES = ("sent", "failed", "skipped", "held_out", "unknown", "waiting")
EXPLAINED = ("skipped", "failed")


@dataclass(frozen=True, slots=True)
class Report:
    """Numbers of recipients; `frozen` is always the sum of the outcomes."""

    state: str
    outcomes: Mapping[str, int]
    reasons: Mapping[str, Mapping[str, int]]  # of those skipped and of those failed: how many by which code

    @property
    def frozen(self) -> int:
        return sum(self.outcomes.values())


@dataclass(frozen=True, slots=True)
class RunReport(Report):
    """One occurrence of a recurring campaign, or the only one."""

    due_at: datetime = field(kw_only=True)
    finished_at: datetime | None = field(kw_only=True)


def of_campaign(session: Session, campaign: Campaign) -> tuple[Report, Sequence[RunReport]]:
    """Everything, and each run, newest first."""
    runs = session.scalars(
        sa.select(CampaignRun).filter_by(campaign_id=campaign.id).order_by(CampaignRun.id.desc())
    ).all()
    counted = _count(session, campaign)
    reports = [
        RunReport(run.state, *_sort(counted.get(run.id, Counter())), due_at=run.due_at, finished_at=run.finished_at)
        for run in runs
    ]
    return Report(campaign.state, *_sort(sum(counted.values(), Counter()))), reports


def list_recipients(
    session: Session, campaign: Campaign, *, before: int | None = None, limit: int = 50
) -> Sequence[Row[Any]]:
    """A page, newest first, of rows (id, customer_id: the public one, channel, outcome, reason, due_at, settled_at)."""
    query = (
        _joined(
            CampaignRecipient.id,
            Customer.public_id.label("customer_id"),
            ChannelAccount.kind.label("channel"),
            outcome().label("outcome"),
            reason().label("reason"),
            CampaignRun.due_at,
            OutboundMessage.settled_at,
        )
        .join(Customer, Customer.id == CampaignRecipient.customer_id)
        .outerjoin(ChannelIdentity, ChannelIdentity.id == CampaignRecipient.identity_id)
        .outerjoin(ChannelAccount, ChannelAccount.id == ChannelIdentity.channel_account_id)
        .where(CampaignRun.campaign_id == campaign.id)
        .order_by(CampaignRecipient.id.desc())
        .limit(limit)
    )
    return session.execute(query if before is None else query.where(CampaignRecipient.id < before)).all()


def outcome() -> ColumnElement[str]:
    """What became of a recipient: kept with it once final, told by its message before."""
    recipient, message = CampaignRecipient, OutboundMessage
    return sa.case(
        (recipient.outcome.is_not(None), recipient.outcome),
        (sa.and_(sa.not_(recipient.queued), CampaignRun.state == "cancelled"), "skipped"),
        (sa.not_(recipient.queued), "waiting"),
        (message.state.in_(outbox.OPEN), "waiting"),
        else_=sa.func.coalesce(message.state, "unknown"),
    )


def reason() -> ColumnElement[str | None]:
    """Why, as a code, for those skipped or failed."""
    recipient = CampaignRecipient
    dropped = sa.and_(recipient.outcome.is_(None), sa.not_(recipient.queued), CampaignRun.state == "cancelled")
    return sa.case(
        (recipient.outcome.is_not(None), recipient.reason), (dropped, "cancelled"), else_=OutboundMessage.reason
    )


def _joined(*columns: Any) -> sa.Select[Any]:
    """Recipients, their run, and the message of those whose outcome is not kept yet."""
    return (
        sa.select(*columns)
        .select_from(CampaignRecipient)
        .join(CampaignRun, CampaignRun.id == CampaignRecipient.run_id)
        .outerjoin(OutboundMessage, OutboundMessage.recipient_id == CampaignRecipient.id)
    )


def _count(session: Session, campaign: Campaign) -> dict[int, Counter[tuple[str, str]]]:
    """By run: how many have which outcome and reason."""
    columns = _joined(CampaignRecipient.run_id, outcome().label("outcome"), reason().label("reason"))
    each = columns.where(CampaignRun.campaign_id == campaign.id).subquery()
    query = sa.select(each.c.run_id, each.c.outcome, each.c.reason, sa.func.count()).group_by(
        each.c.run_id, each.c.outcome, each.c.reason
    )
    counted: dict[int, Counter[tuple[str, str]]] = {}
    for run_id, became, why, number in session.execute(query):
        counted.setdefault(run_id, Counter())[became, why or "other"] += number
    return counted


def _sort(counted: Counter[tuple[str, str]]) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    outcomes = dict.fromkeys(OUTCOMES, 0)
    reasons: dict[str, dict[str, int]] = {name: {} for name in EXPLAINED}
    for (became, why), number in sorted(counted.items()):
        outcomes[became] += number
        if became in reasons:
            reasons[became][why] = number
    return outcomes, reasons
