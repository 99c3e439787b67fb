"""The certificate of a run that is over: everybody frozen is accounted for, and for what and whom it was.

frozen = sent + failed + skipped + held out + unknown, with nobody waiting. Unknown ones wait for a person's word: what
is decided later stands in the report, the certificate stays as it was issued.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.campaigns import report
from loyalty.campaigns.models import Campaign, CampaignRecipient, CampaignRun
from loyalty.errors import NotFound
from loyalty.messaging.models import OutboundMessage

DIED = "process died"  # what the outbox writes to a message whose sender did
CHUNK = 5_000
AT_ONCE = 5  # runs certified in one round


class NoCertificate(NotFound):
    """The run is not over, or its certificate is issued in a moment."""

    code = "certificate_not_found"


def list_due(session: Session) -> Sequence[CampaignRun]:
    """Runs that are over and have none yet, oldest first."""
    query = sa.select(CampaignRun).where(CampaignRun.finished_at.is_not(None), CampaignRun.certificate.is_(None))
    return session.scalars(query.order_by(CampaignRun.id).limit(AT_ONCE)).all()


def issue(session: Session, run: CampaignRun, *, now: datetime) -> dict[str, Any]:
    """What is certified, as it is at this moment. Reads every recipient once, locks nothing."""
    found = report.of_run(session, run)
    campaign = session.get_one(Campaign, run.campaign_id)
    document = {
        "run": run.public_id,
        "campaign": campaign.public_id,
        "name": campaign.name,
        "state": run.state,
        "due_at": run.due_at.isoformat(),
        "started_at": run.started_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "frozen": found.frozen,
        **found.outcomes,
        "reasons": found.reasons,
        "text_hash": text_hash(run, campaign),
        "audience_hash": audience_hash(session, run.id),
        "crashed": _crashed(session, run),
        "issued_at": now.isoformat(),
    }
    return {**document, "digest": digest(document)}


def keep(session: Session, run_id: int, document: Mapping[str, Any]) -> None:
    """With the run, once."""
    run = session.get_one(CampaignRun, run_id, with_for_update=True, populate_existing=True)
    run.certificate = run.certificate or dict(document)
    session.flush()


def get(session: Session, campaign: Campaign, public_id: str) -> Mapping[str, Any]:
    """The certificate of a run of this campaign. Raises NoCertificate."""
    run = session.scalar(sa.select(CampaignRun).filter_by(campaign_id=campaign.id, public_id=public_id))
    if run is None or run.certificate is None:
        raise NoCertificate(public_id)
    return run.certificate


def problems(session: Session) -> Iterator[str]:
    """One line for each certificate that does not say what the rows say."""
    query = sa.select(CampaignRun).where(CampaignRun.certificate.is_not(None)).order_by(CampaignRun.id)
    for run in session.scalars(query):
        stated = run.certificate or {}
        campaign = session.get_one(Campaign, run.campaign_id)
        for name, holds in _checks(session, run, campaign, stated):
            if not holds:
                yield f"campaign run {run.id}: its certificate states another {name}"


def text_hash(run: CampaignRun, campaign: Campaign) -> str:
    """A name of the words of every variant, with their shares."""
    texts = run.variants or [{"text": campaign.text if run.text is None else run.text, "share": 100}]
    return hashlib.sha256(json.dumps(texts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def audience_hash(session: Session, run_id: int) -> str:
    """A name of who was frozen, as which variant, and who was held out; none of it changes afterwards."""
    found, last = hashlib.sha256(), 0
    recipient = CampaignRecipient
    held = sa.case((recipient.outcome == "held_out", 1), else_=0)
    query = (
        sa.select(recipient.customer_id, recipient.variant, held)
        .where(recipient.run_id == run_id, recipient.customer_id > sa.bindparam("last"))
        .order_by(recipient.customer_id)
        .limit(CHUNK)
    )
    while rows := session.execute(query, {"last": last}).all():
        found.update("".join(f"{row[0]}:{row[1]}:{row[2]};" for row in rows).encode())
        last = rows[-1][0]
    return found.hexdigest()


def digest(document: Mapping[str, Any]) -> str:
    """Over everything else a certificate says."""
    said = {name: value for name, value in document.items() if name != "digest"}
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _checks(
    session: Session, run: CampaignRun, campaign: Campaign, stated: Mapping[str, Any]
) -> Iterator[tuple[str, bool]]:
    found = report.of_run(session, run)
    yield "digest", stated.get("digest") == digest(stated)
    yield "sum", stated["frozen"] == sum(stated[name] for name in report.OUTCOMES) and not stated["waiting"]
    yield "number of people", stated["frozen"] == found.frozen
    yield "number held out", stated["held_out"] == found.outcomes["held_out"]
    if run.text is not None:
        yield "text", stated["text_hash"] == text_hash(run, campaign)
    yield "audience", stated["audience_hash"] == audience_hash(session, run.id)


def _crashed(session: Session, run: CampaignRun) -> int:
    """Messages whose sender died between the intent and the answer."""
    query = (
        sa.select(sa.func.count())
        .select_from(OutboundMessage)
        .join(CampaignRecipient, CampaignRecipient.id == OutboundMessage.recipient_id)
        .where(CampaignRecipient.run_id == run.id, OutboundMessage.error == DIED)
    )
    return session.scalar(query) or 0
