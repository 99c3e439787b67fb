"""When a campaign pauses by itself: too many refused, its own words refused, people who want no more, money gone.

What was counted before it was last resumed does not count again: whoever resumes said that they have looked.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.alerts import raising
from loyalty.campaigns.models import Campaign, CampaignRecipient, CampaignRun
from loyalty.customers.models import Case, ConsentEvent
from loyalty.messaging import purses

ALERT = "campaign_paused_itself"
DEFAULTS = {
    "least": 50,  # settled messages before a share says anything
    "failed": 20,  # per cent of those tried that failed, for whatever reason
    "blocked": 10,  # per cent of those tried whom the platform says cannot be written to
    "objections": 2,  # per cent of those who got it that said stop or complained, three people at least
    "content": 3,  # messages whose words the platform refused
}
MOST = {"least": 100_000, "failed": 100, "blocked": 100, "objections": 100, "content": 100_000}
FEW = 3  # people who object are no sign yet, whatever share they are
Counts = Counter[tuple[str, str]]  # by outcome and reason


def limits(campaign: Campaign) -> Mapping[str, int]:
    """What holds for it, by the names of `DEFAULTS`."""
    return {**DEFAULTS, **(campaign.stops or {})}


def seen(counted: Counts) -> dict[str, int]:
    """What the shares are made of."""
    failed = {why: number for (state, why), number in counted.items() if state == "failed"}
    return {
        "sent": sum(number for (state, _why), number in counted.items() if state == "sent"),
        "failed": sum(failed.values()),
        "blocked": failed.get("person", 0),
        "content": failed.get("content", 0),
    }


def cause(session: Session, campaign: Campaign, run: CampaignRun, counted: Counts) -> dict[str, Any] | None:
    """Why it must pause now, as {cause, number, of}; `counted` is all that was settled of the run. None: go on."""
    before, allowed = run.baseline or {}, limits(campaign)
    now = {name: number - before.get(name, 0) for name, number in seen(counted).items()}
    tried = now["sent"] + now["failed"]
    if now["content"] >= allowed["content"]:
        return {"cause": "content", "number": now["content"], "of": tried}
    for name in ("blocked", "failed"):
        if tried >= allowed["least"] and now[name] * 100 >= allowed[name] * tried:
            return {"cause": name, "number": now[name], "of": tried}
    purse = purses.find(session, campaign.purse_id)
    if purse is not None and purse.refused_at is not None:
        return {"cause": "budget", "number": purse.spent, "of": purse.ceiling}
    return None


def objection(session: Session, campaign: Campaign, run: CampaignRun, sent: int) -> dict[str, Any] | None:
    """The same for people who said stop or complained since it began; `sent` got it. Looked at once a minute."""
    before = run.baseline or {}
    number = count_objections(session, run) - before.get("objections", 0)
    got, allowed = sent - before.get("sent", 0), limits(campaign)
    if number >= FEW and got >= allowed["least"] and number * 100 >= allowed["objections"] * got:
        return {"cause": "objections", "number": number, "of": got}
    return None


def count_objections(session: Session, run: CampaignRun) -> int:
    """People of the run who refused offers or complained after it began."""
    refused = sa.select(ConsentEvent.customer_id).where(
        ConsentEvent.purpose == "promotion", sa.not_(ConsentEvent.granted), ConsentEvent.at >= run.started_at
    )
    complained = sa.select(Case.customer_id).where(Case.kind == "complaint", Case.opened_at >= run.started_at)
    people = refused.union(complained).subquery()
    recipient = CampaignRecipient
    theirs = sa.exists().where(
        recipient.run_id == run.id, recipient.customer_id == people.c.customer_id, recipient.queued
    )
    return session.scalar(sa.select(sa.func.count()).select_from(people).where(theirs)) or 0


def note(session: Session, campaign: Campaign, why: Mapping[str, Any], *, now: datetime) -> None:
    """Keep why, and tell the owner."""
    campaign.stopped = {**why, "at": now.isoformat()}
    raising.raise_alert(session, ALERT, _subject(campaign), why["cause"], now=now)


def forget(session: Session, campaign: Campaign, run: CampaignRun | None, counted: Counts, *, now: datetime) -> None:
    """A person resumes it: counting begins anew, the alert is over."""
    if campaign.stopped is not None:
        campaign.stopped = None
        raising.close(session, ALERT, _subject(campaign), now=now)
        purses.forget_refusal(session, campaign.purse_id)
        if run is not None:
            run.baseline = {**seen(counted), "objections": count_objections(session, run)}


def _subject(campaign: Campaign) -> str:
    return f"campaign:{campaign.public_id}"
