"""A second person's yes before a campaign to many people, or a dear one, may start. No limit is set by default.

The yes is for what was seen: other words, other rules of the segment or more money ask anew.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from loyalty.alerts import raising
from loyalty.campaigns import preview, terms
from loyalty.campaigns.models import Campaign
from loyalty.choices import chosen
from loyalty.errors import Forbidden, RuleViolation
from loyalty.segments.models import Segment
from loyalty.staff import audit

ALERT = "campaign_approval"
LONGEST_REASON = 200  # characters
WAITING, APPROVED, REFUSED = "waiting", "approved", "refused"


class OwnCampaign(Forbidden):
    """Nobody approves what they asked to send themselves."""

    code = "own_campaign"


class ApprovalNeeded(RuleViolation):
    """More money than one person alone may spend on a campaign that was approved for less; `most` is that amount."""

    code = "campaign_needs_approval"

    def __init__(self, most: int) -> None:
        super().__init__(f"above {most}", field="budget", most=most)


def needed(session: Session, campaign: Campaign, *, now: datetime) -> Mapping[str, int] | None:
    """{people, cost} when one of the shop's limits is exceeded; counts nobody while there is no limit."""
    kept = chosen.row(session)
    if kept.approval_people is None and kept.approval_cost is None:
        return None
    seen = preview.count(session, campaign, now=now)
    above_people = kept.approval_people is not None and seen.count > kept.approval_people
    above_cost = kept.approval_cost is not None and seen.cost > kept.approval_cost
    return {"people": seen.count, "cost": seen.cost} if above_people or above_cost else None


def stands(session: Session, campaign: Campaign) -> bool:
    """Whether it was approved as it is now."""
    known = campaign.approval or {}
    return known.get("state") == APPROVED and known.get("digest") == digest(session, campaign)


def ask(session: Session, campaign: Campaign, found: Mapping[str, int], *, by: str, now: datetime) -> None:
    """Let it wait; who may decide is told. The caller moves the state."""
    asked = {"state": WAITING, "asked_by": by, "asked_at": now.isoformat(), **found}
    campaign.approval = asked
    raising.raise_alert(session, ALERT, _subject(campaign), str(found["people"]), now=now)
    _note(session, campaign, "campaign_approval_asked", by, now, **found)


def decide(session: Session, campaign: Campaign, state: str, reason: str, *, by: str, now: datetime) -> None:
    """Write down a yes or a no and why. Raises OwnCampaign."""
    asked = campaign.approval or {}
    if asked.get("asked_by") == by:
        raise OwnCampaign
    said = {"state": state, "by": by, "at": now.isoformat(), "reason": reason[:LONGEST_REASON]}
    campaign.approval = {**asked, **said, "digest": digest(session, campaign)}
    raising.close(session, ALERT, _subject(campaign), now=now)
    _note(session, campaign, f"campaign_{state}", by, now, reason=said["reason"])


def withdraw(session: Session, campaign: Campaign, *, now: datetime) -> None:
    """It is changed or cancelled: nothing waits, and what was said of it holds no more."""
    campaign.approval = None
    raising.close(session, ALERT, _subject(campaign), now=now)


def check_more(session: Session, amount: int) -> None:
    """Whether one person may set aside so many whole ₫ alone. Raises ApprovalNeeded."""
    most = chosen.row(session).approval_cost
    if most is not None and amount > most:
        raise ApprovalNeeded(most)


def digest(session: Session, campaign: Campaign) -> str:
    """A name of what was approved: the words, the split, the money, and whom it is for."""
    rules = session.get_one(Segment, campaign.segment_id, populate_existing=True).rules
    stated = [campaign.text, campaign.variants, campaign.holdout, terms.budget_of(session, campaign), rules]
    return hashlib.sha256(json.dumps(stated, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _note(session: Session, campaign: Campaign, action: str, by: str, now: datetime, **detail: Any) -> None:
    source = {"staff": "console", "key": "api"}.get(by.partition(":")[0], "cli")
    audit.record(session, by, action, _subject(campaign), source=source, detail=detail, now=now)


def _subject(campaign: Campaign) -> str:
    return f"campaign:{campaign.public_id}"
