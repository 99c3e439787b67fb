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
EXPLAINED = ("skipped", "failed", "held_out")
OTHER = "other"  # where no reason was kept


@dataclass(frozen=True, slots=True)
class Report:
    """Numbers of recipients; `frozen` is always the sum of the outcomes."""

    state: str
    outcomes: Mapping[str, int]
    reasons: Mapping[str, Mapping[str, int]]  # of those skipped, failed or held out: how many by which code

    @property
    def frozen(self) -> int:
        return sum(self.outcomes.values())


@dataclass(frozen=True, slots=True)
class RunReport(Report):
    """One occurrence of a recurring campaign, or the only one."""

    run_id: str | None = field(kw_only=True)  # the occurrence's public name
    due_at: datetime = field(kw_only=True)
    finished_at: datetime | None = field(kw_only=True)


def of_campaign(session: Session, campaign: Campaign) -> tuple[Report, Sequence[RunReport]]:
    """Everything, and each run, newest first. Runs whose numbers were kept cost nothing to count."""
    runs = list_runs(session, campaign)
    counted = _count(session, [run for run in runs if run.tally is None])
    tallies = {run.id: counted.get(run.id, Counter()) if run.tally is None else _kept(run.tally) for run in runs}
    whole = Report(campaign.state, *_sort(sum(tallies.values(), Counter())))
    return whole, [_of_run(run, tallies[run.id]) for run in runs]


def of_run(session: Session, run: CampaignRun) -> RunReport:
    """One run, at the cost of its own recipients."""
    return _of_run(run, _count(session, [run]).get(run.id, Counter()))


def of_variants(session: Session, campaign: Campaign) -> Mapping[int, Mapping[str, int]]:
    """By variant, over all runs: how many had which outcome. Empty where everybody got one text."""
    columns = _joined(CampaignRecipient.variant, outcome().label("outcome"))
    runs = sa.select(CampaignRun.id).where(CampaignRun.campaign_id == campaign.id, CampaignRun.variants.is_not(None))
    each = columns.where(CampaignRecipient.run_id.in_(runs), CampaignRecipient.variant.is_not(None)).subquery()
    query = sa.select(each.c.variant, each.c.outcome, sa.func.count()).group_by(each.c.variant, each.c.outcome)
    found: dict[int, dict[str, int]] = {}
    for variant, became, number in session.execute(query):
        found.setdefault(variant, dict.fromkeys(OUTCOMES, 0))[became] = number
    return dict(sorted(found.items()))


def list_unkept(session: Session) -> Sequence[CampaignRun]:
    """Finished runs whose numbers are counted anew whenever somebody looks."""
    query = sa.select(CampaignRun).where(CampaignRun.finished_at.is_not(None), CampaignRun.tally.is_(None))
    return session.scalars(query.order_by(CampaignRun.id)).all()


def tally(session: Session, run: CampaignRun) -> list[Any] | None:
    """The numbers of a finished run, to be kept with it; None while a message of it waits for a person's word."""
    counted = _count(session, [run]).get(run.id, Counter())
    if any(became in ("unknown", "waiting") for became, _why in counted):
        return None
    return [[became, why, number] for (became, why), number in sorted(counted.items())]


def list_runs(session: Session, campaign: Campaign) -> Sequence[CampaignRun]:
    """Every occurrence, newest first."""
    query = sa.select(CampaignRun).filter_by(campaign_id=campaign.id).order_by(CampaignRun.id.desc())
    return session.scalars(query).all()


def list_recipients(
    session: Session,
    campaign: Campaign,
    *,
    became: str | None = None,
    why: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Sequence[Row[Any]]:
    """A page, newest first, of rows (id, person_id, customer_id: the public one, channel, outcome, reason, due_at,
    settled_at).

    Only those of that outcome, and of that reason, when they are named. Runs are walked one by one, each along its
    own index, so that other campaigns cost nothing.
    """
    last = session.get(CampaignRecipient, before) if before is not None else None
    found: list[Row[Any]] = []
    for run in list_runs(session, campaign):
        if last is not None and run.id > last.run_id:
            continue
        if len(found) >= limit:
            break
        query = _recipients(run, became, why).limit(limit - len(found))
        if last is not None and run.id == last.run_id:
            query = query.where(CampaignRecipient.customer_id < last.customer_id)
        found += session.execute(query).all()
    return found


def _recipients(run: CampaignRun, became: str | None, why: str | None) -> sa.Select[Any]:
    query = (
        _joined(
            CampaignRecipient.id,
            CampaignRecipient.customer_id.label("person_id"),
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
        .where(CampaignRecipient.run_id == run.id)
        .order_by(CampaignRecipient.customer_id.desc())
    )
    if became is not None:
        query = query.where(outcome() == became)
    return query if why is None else query.where(sa.func.coalesce(reason(), OTHER) == why)


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


def _count(session: Session, runs: Sequence[CampaignRun]) -> dict[int, Counter[tuple[str, str]]]:
    """By run: how many have which outcome and reason."""
    columns = _joined(CampaignRecipient.run_id, outcome().label("outcome"), reason().label("reason"))
    each = columns.where(CampaignRecipient.run_id.in_([run.id for run in runs])).subquery()
    query = sa.select(each.c.run_id, each.c.outcome, each.c.reason, sa.func.count()).group_by(
        each.c.run_id, each.c.outcome, each.c.reason
    )
    counted: dict[int, Counter[tuple[str, str]]] = {}
    for run_id, became, why, number in session.execute(query) if runs else ():
        counted.setdefault(run_id, Counter())[became, why or OTHER] += number
    return counted


def _kept(numbers: Sequence[Sequence[Any]]) -> Counter[tuple[str, str]]:
    return Counter({(became, why): number for became, why, number in numbers})


def _of_run(run: CampaignRun, counted: Counter[tuple[str, str]]) -> RunReport:
    return RunReport(run.state, *_sort(counted), run_id=run.public_id, due_at=run.due_at, finished_at=run.finished_at)


def _sort(counted: Counter[tuple[str, str]]) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    outcomes = dict.fromkeys(OUTCOMES, 0)
    reasons: dict[str, dict[str, int]] = {"skipped": {}, "failed": {}}
    for (became, why), number in sorted(counted.items()):
        outcomes[became] += number
        if became in EXPLAINED:
            reasons.setdefault(became, {})[why] = number
    return outcomes, reasons
