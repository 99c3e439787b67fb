"""A second person's yes before a message to many people, or a dear one, may start. No limit is set by default.

What may wait is a `Matter`: a campaign, or a journey. Its request has a number, one of those `/duyet 88` decides. The
yes is for what was seen: other words, another offer, other rules of the segment or more money ask anew.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.campaigns import letters, offers, preview, terms
from loyalty.campaigns.models import Campaign
from loyalty.choices import chosen
from loyalty.db import new_public_id
from loyalty.errors import Conflict, Forbidden, RuleViolation
from loyalty.segments.models import Segment
from loyalty.staff import approvals, audit
from loyalty.staff.models import StaffMember

KIND = "campaign"  # of the request
LONGEST_REASON = 200  # characters
WAITING, APPROVED, REFUSED = "waiting", "approved", "refused"
REJECTED, GONE = "rejected", "gone"  # of the request: somebody said no, or it does not wait any more
ALONE = "alone"  # below the limits: kept for who asked, should it grow above them before it starts


class OwnCampaign(Forbidden):
    """Nobody approves what they asked to send themselves."""

    code = "own_campaign"


class ChangedSince(Conflict):
    """It is not what was asked for any more, such as by other rules of its segment: it has to be asked anew."""

    code = "changed_since_asked"


class ApprovalNeeded(RuleViolation):
    """More money than one person alone may spend on a campaign that was approved for less; `most` is that amount."""

    code = "campaign_needs_approval"

    def __init__(self, most: int) -> None:
        super().__init__(f"above {most}", field="budget", most=most)


class Waits(Protocol):
    """A row that may wait for a second person."""

    approval: Any

    @property
    def public_id(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Matter:
    """What a second person says yes to; `digest` names everything about it that the yes is for."""

    kind: str
    row: Waits
    digest: str

    @property
    def subject(self) -> str:
        return f"{self.kind}:{self.row.public_id}"


@dataclass(frozen=True, slots=True)
class Seen:
    """How many people, and at most how many whole ₫, of what had this digest when it was counted.

    `is_endless`: it goes on costing money, and nothing was set aside that could be used up.
    """

    people: int
    cost: int
    digest: str
    is_endless: bool = False


def of_campaign(session: Session, campaign: Campaign) -> Matter:
    """The words in every wording, the split, the picture, the offer, the money, the hour, and whom it is for."""
    rules = session.get_one(Segment, campaign.segment_id, populate_existing=True).rules
    letter, offer = letters.of_campaign(session, campaign), offers.find(session, campaign.id)
    said = [campaign.text, campaign.variants, dict(letter.texts), letter.image_url, letter.picture]
    given = None if offer is None else [offer.kind, offer.value, offer.minimum_bill, offer.valid_days, offer.reward_id]
    when = ["best_hour"] if campaign.best_hour else []  # nothing where it is not: what was asked before stays asked
    money = terms.budget_of(session, campaign)
    return Matter(KIND, campaign, digest(*said, given, campaign.holdout, money, rules, *when))


def digest(*stated: Any) -> str:
    """A name of whatever is stated, as JSON."""
    return hashlib.sha256(json.dumps(stated, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def is_limited(session: Session) -> bool:
    """Whether the shop set a limit at all."""
    kept = chosen.row(session)
    return kept.approval_people is not None or kept.approval_cost is not None


def look(session: Session, campaign: Campaign, *, now: datetime) -> Seen | None:
    """Count ahead, without a writer's turn; None where nobody has to be asked. Raises BadRules."""
    matter = of_campaign(session, campaign)
    return None if stands(matter) or not is_limited(session) else count(session, campaign, matter, now=now)


def count(session: Session, campaign: Campaign, matter: Matter, *, now: datetime) -> Seen:
    """Raises BadRules."""
    seen = preview.count(session, campaign, now=now)
    return Seen(seen.count, seen.cost, matter.digest)


def stands(matter: Matter) -> bool:
    """Whether it was approved, or ran before a change that was refused, as it is now."""
    known = matter.row.approval or {}
    is_approved = known.get("state") == APPROVED and known.get("digest") == matter.digest
    return is_approved or known.get("stands") == matter.digest


def request_of(row: Waits) -> Mapping[str, Any] | None:
    """The last request for a second person's yes and what came of it; None where nobody had to be asked."""
    known: Mapping[str, Any] = row.approval or {}
    return None if known.get("state", ALONE) == ALONE else known


def ask_if_needed(
    session: Session, matter: Matter, seen: Seen | None, anew: Callable[[], Seen], *, by: str, now: datetime
) -> bool:
    """Let it wait where the shop wants a second person and nobody approved it as it is; whether it waits.

    `seen` was counted ahead; of something else meanwhile, it is counted `anew`. The caller moves the state.
    """
    if stands(matter):
        return False
    fresh = _fresh(matter, seen, anew) if is_limited(session) else None
    if fresh is None or not _exceeds(session, fresh):
        matter.row.approval = {"state": ALONE, "asked_by": by}
        return False
    _ask(session, matter, fresh, by=by, now=now)
    return True


def decide(session: Session, matter: Matter, state: str, reason: str, *, by: str, source: str, now: datetime) -> None:
    """Write down a yes or a no and why. Raises OwnCampaign, ChangedSince."""
    asked = matter.row.approval or {}
    if asked.get("asked_by") == by:
        raise OwnCampaign
    if state == APPROVED and asked.get("digest", matter.digest) != matter.digest:
        raise ChangedSince
    said = {"state": state, "by": by, "at": now.isoformat(), "reason": reason[:LONGEST_REASON]}
    matter.row.approval = {**asked, **said, "digest": matter.digest}
    _close(session, asked, APPROVED if state == APPROVED else REJECTED, by=by, now=now)
    _note(session, matter, state, by, now, source=source, detail={"reason": said["reason"]})


def withdraw(session: Session, matter: Matter, *, by: str, now: datetime) -> None:
    """It is changed or cancelled: nothing waits, and what was said of it holds no more, but what ran before stands."""
    asked = matter.row.approval or {}
    matter.row.approval = {"stands": asked["stands"]} if "stands" in asked else None
    if asked.get("state") == WAITING:
        _close(session, asked, GONE, by=by, now=now)


def check_more(session: Session, amount: int | None) -> None:
    """Whether one person may set aside so many whole ₫ alone; None: without an end. Raises ApprovalNeeded."""
    most = chosen.row(session).approval_cost
    if most is not None and (amount is None or amount > most):
        raise ApprovalNeeded(most)


def _fresh(matter: Matter, seen: Seen | None, anew: Callable[[], Seen]) -> Seen:
    return seen if seen is not None and seen.digest == matter.digest else anew()


def _exceeds(session: Session, seen: Seen) -> bool:
    kept = chosen.row(session)
    above_people = kept.approval_people is not None and seen.people > kept.approval_people
    return above_people or (kept.approval_cost is not None and (seen.is_endless or seen.cost > kept.approval_cost))


def _ask(session: Session, matter: Matter, seen: Seen, *, by: str, now: datetime) -> None:
    """A request with a number; whoever may decide is told of it by `jobs.approvals`."""
    found = {"people": seen.people, "cost": seen.cost}
    asked = {"id": matter.row.public_id, "digest": matter.digest, "shown": [], **found}
    key, who = f"{matter.subject}:{new_public_id()}", _staff(session, by) or by
    request = approvals.ask(session, matter.kind, asked, key=key, asked_by=who, now=now)
    told = {"state": WAITING, "asked_by": by, "asked_at": now.isoformat(), "number": request.id}
    matter.row.approval = {**told, "digest": matter.digest, **found}
    _note(session, matter, "approval_asked", by, now, detail=found)


def _close(session: Session, asked: Mapping[str, Any], outcome: str, *, by: str, now: datetime) -> None:
    """Close the request and keep in it what came of it. One that was asked by an older version has no number."""
    if (number := asked.get("number")) is None:
        return
    state = APPROVED if outcome == APPROVED else REJECTED
    approvals.close(session, number, state, by=_staff(session, by), now=now)
    request = approvals.hold(session, number)
    request.payload = {"outcome": outcome, **request.payload}


def _staff(session: Session, actor: str) -> StaffMember | None:
    kind, _, public_id = actor.partition(":")
    return session.scalar(select(StaffMember).filter_by(public_id=public_id)) if kind == "staff" else None


def _note(
    session: Session, matter: Matter, what: str, by: str, now: datetime, *, detail: Mapping[str, Any], source: str = ""
) -> None:
    source = source or {"staff": "console", "key": "api"}.get(by.partition(":")[0], "cli")
    audit.record(session, by, f"{matter.kind}_{what}", matter.subject, source=source, detail=dict(detail), now=now)
