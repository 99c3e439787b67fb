"""From draft to finished: what a person may do with a campaign, and when its runs start.

draft → (waiting_approval) → scheduled → running ⇄ paused → finished | cancelled; a recurring one is scheduled again
after each run. Whoever changes a campaign locks its row first, the pump included.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from loyalty import shop, upsert
from loyalty.campaigns import approval, content, cron, letters, queue, split, stopping, terms
from loyalty.campaigns.approval import Seen
from loyalty.campaigns.models import Campaign, CampaignRun
from loyalty.db import new_public_id, public_id_of
from loyalty.errors import Conflict, NotFound, RuleViolation
from loyalty.messaging import budget
from loyalty.segments.models import Segment

ON_TIME = timedelta(minutes=10)  # a restart makes nothing late
SLACK = timedelta(minutes=1)  # how far a caller's clock may lag behind ours
FARTHEST = timedelta(days=366 * 2)
NOBODY = "system"  # who asks where no person does
IDLE = ("draft", "finished", "cancelled")  # nothing is to come of it by itself


class CampaignNotFound(NotFound):
    """No campaign has this id."""

    code = "campaign_not_found"


class WrongState(Conflict):
    """Not from this `state`; `needed` are those it can be done in."""

    code = "campaign_state"

    def __init__(self, state: str, needed: Sequence[str]) -> None:
        super().__init__(f"the campaign is {state}", state=state, needed=list(needed))


class SegmentRemoved(RuleViolation):
    """The segment it is for was removed: bring it back, or choose another."""

    code = "segment_removed"


class BadSchedule(RuleViolation):
    """A start that cannot be; `field` is at or cron, `problem` what is wrong."""

    code = "campaign_schedule"

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}", field=field, problem=problem)
        self.problem = problem


def create(
    session: Session,
    name: str,
    segment_id: int,
    text: str,
    *,
    stated: Mapping[str, Any] | None = None,
    key: str | None = None,
    now: datetime,
) -> Campaign:
    """A draft; the same `key` again returns what it made first. `stated`: some of `terms.FIELDS`.

    Raises BadText, BadTerms.
    """
    content.parse(text)
    public_id = public_id_of(key) if key else new_public_id()
    about = {"public_id": public_id, "name": name, "segment_id": segment_id, "text": text, "created_at": now}
    made = upsert.new(session, Campaign, {**about, "state": "draft", "salt": split.new_salt()})
    if made is None:
        return get_public(session, public_id)
    if stated:
        terms.change(session, made, stated)
    return made


def edit(
    session: Session,
    campaign: Campaign,
    *,
    name: str | None = None,
    segment_id: int | None = None,
    text: str | None = None,
    stated: Mapping[str, Any] | None = None,
) -> None:
    """Change a draft; None stays as it is, of `stated` what is not named. Raises WrongState, BadText, BadTerms."""
    _hold(session, campaign, "draft")
    if text is not None:
        content.parse(text)
    campaign.name = campaign.name if name is None else name
    campaign.segment_id = segment_id or campaign.segment_id
    if text is not None:
        terms.change_text(campaign, text)
    terms.change(session, campaign, stated or {})


def set_budget(session: Session, campaign: Campaign, amount: int | None) -> None:
    """What all its runs together may cost, also while it is paused. Raises WrongState, BadTerms, ApprovalNeeded.

    A draft is looked at when it is scheduled.
    """
    _hold(session, campaign, "draft", "paused")
    before = terms.budget_of(session, campaign)
    if campaign.state == "paused" and before is not None and (amount is None or amount > before):
        approval.check_more(session, amount)
    terms.change(session, campaign, {"budget": amount})


def duplicate(session: Session, campaign: Campaign, name: str, *, key: str | None = None, now: datetime) -> Campaign:
    """A new draft with the same words, terms and offer for the same segment; in whatever state the first one is."""
    stated = terms.of(session, campaign)
    copy = create(session, name, campaign.segment_id, campaign.text, stated=stated, key=key, now=now)
    letters.copy(session, campaign, copy, now=now)
    return copy


def furnish(session: Session, campaign: Campaign, draft: letters.Draft, *, now: datetime) -> None:
    """Give a draft other wordings, a picture, an offer. Raises WrongState, and what `letters.keep` does."""
    _hold(session, campaign, "draft")
    letters.keep(session, campaign, draft, now=now)


def get_public(session: Session, public_id: str) -> Campaign:
    """The campaign known outside by this id. Raises CampaignNotFound."""
    campaign = session.scalar(select(Campaign).filter_by(public_id=public_id))
    if campaign is None:
        raise CampaignNotFound
    return campaign


def list_newest(
    session: Session,
    *,
    states: Sequence[str] = (),
    archived: bool | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Sequence[Campaign]:
    """A page, newest first; `before` is the id of the last one of the page before.

    Only those in `states`, if some are named; those put away, those that are not, or, with None, both.
    """
    query = select(Campaign).where(Campaign.kind == "campaign").order_by(Campaign.id.desc()).limit(limit)
    if states:
        query = query.where(Campaign.state.in_(states))
    if archived is not None:
        query = query.where(Campaign.archived_at.is_not(None) if archived else Campaign.archived_at.is_(None))
    return session.scalars(query if before is None else query.where(Campaign.id < before)).all()


def schedule(
    session: Session,
    campaign: Campaign,
    *,
    at: datetime | None = None,
    cron_rule: str | None = None,
    by: str = NOBODY,
    seen: Seen | None = None,
    now: datetime,
) -> None:
    """Start at an instant, at each occurrence of a cron rule in shop time, or, with neither, now.

    What is scheduled already is scheduled anew. Above the shop's limits it waits for somebody else than `by` (an
    actor, as the audit names people); `seen` was counted ahead, see `approval.look`. Raises WrongState, SegmentRemoved,
    BadSchedule, BadCron, BadRules, and what `letters.check` does.
    """
    _hold(session, campaign, "draft", "scheduled")
    if session.get_one(Segment, campaign.segment_id).removed_at is not None:
        raise SegmentRemoved
    letters.check(session, campaign)
    _set_start(session, campaign, at, cron_rule, now)
    campaign.state, campaign.archived_at = "scheduled", None
    ask_if_needed(session, campaign, seen=seen, by=by, now=now)
    session.flush()


def _set_start(session: Session, campaign: Campaign, at: datetime | None, cron_rule: str | None, now: datetime) -> None:
    if at is not None and cron_rule is not None:
        raise BadSchedule("cron", "either at or cron, not both")
    if cron_rule is None:
        campaign.at, campaign.cron = now if at is None else check_start(at, now=now), None
        campaign.next_at = campaign.at
    else:
        campaign.at, campaign.cron = None, cron_rule
        campaign.next_at = _next_start(session, cron_rule, now)
        if campaign.next_at is None:
            raise BadSchedule("cron", "never comes")


def ask_if_needed(session: Session, campaign: Campaign, *, seen: Seen | None, by: str, now: datetime) -> bool:
    """Let what is scheduled wait for a second person where the shop wants one and nobody approved it as it is."""
    matter = approval.of_campaign(session, campaign)

    def anew() -> Seen:
        return approval.count(session, campaign, matter, now=now)

    if not approval.ask_if_needed(session, matter, seen, anew, by=by, now=now):
        return False
    campaign.state = "waiting_approval"
    return True


def approve(
    session: Session, campaign: Campaign, *, by: str, reason: str = "", source: str = "", now: datetime
) -> None:
    """Scheduled as it was asked for; a start that passed meanwhile comes at once.

    Raises WrongState, OwnCampaign, ChangedSince.
    """
    _hold(session, campaign, "waiting_approval")
    matter = approval.of_campaign(session, campaign)
    approval.decide(session, matter, approval.APPROVED, reason, by=by, source=source, now=now)
    campaign.state = "scheduled"
    session.flush()


def refuse(session: Session, campaign: Campaign, *, by: str, reason: str, source: str = "", now: datetime) -> None:
    """A draft again, with the reason beside it. Raises WrongState, OwnCampaign."""
    _hold(session, campaign, "waiting_approval")
    matter = approval.of_campaign(session, campaign)
    approval.decide(session, matter, approval.REFUSED, reason, by=by, source=source, now=now)
    _make_draft(campaign)
    session.flush()


def check_start(at: datetime, *, now: datetime) -> datetime:
    """The instant itself, when a campaign may start then. Raises BadSchedule."""
    if at < now - SLACK:
        raise BadSchedule("at", "lies in the past")
    if at > now + FARTHEST:
        raise BadSchedule("at", "lies more than two years ahead")
    return at


def unschedule(session: Session, campaign: Campaign, *, by: str = NOBODY, now: datetime) -> None:
    """Back to a draft, to be changed or left: no start is to come, and an approval holds no more.

    Raises WrongState, also while a run is under way.
    """
    _hold(session, campaign, "scheduled", "paused", "waiting_approval")
    if open_run(session, campaign):
        raise WrongState(campaign.state, ("scheduled",))
    approval.withdraw(session, approval.of_campaign(session, campaign), by=by, now=now)
    campaign.stopped = None
    _make_draft(campaign)
    session.flush()


def pause(session: Session, campaign: Campaign) -> None:
    """Nothing more is begun until `resume`, and a start that falls due waits. Raises WrongState."""
    _hold(session, campaign, "running", "scheduled")
    campaign.state = "paused"
    if run := open_run(session, campaign):
        queue.hold_back(session, run)
    session.flush()


def resume(session: Session, campaign: Campaign, *, now: datetime) -> None:
    """Go on where it was paused: a start that was missed comes at once, missed occurrences of a cron rule do not.

    Raises WrongState.
    """
    _lock_money(session, campaign, now)
    _hold(session, campaign, "paused")
    run = open_run(session, campaign)
    stopping.forget(session, campaign, run, queue.settled(session, run), now=now)
    campaign.state = "running" if run else "scheduled"
    if run:
        queue.let_go(session, run, now=now)
    elif campaign.cron and campaign.next_at and campaign.next_at <= now:
        campaign.next_at = _next_start(session, campaign.cron, now)
    session.flush()


def cancel(session: Session, campaign: Campaign, *, by: str = NOBODY, now: datetime) -> None:
    """For good: whoever was not written to yet is skipped, reason `cancelled`. Raises WrongState."""
    _lock_money(session, campaign, now)
    _hold(session, campaign, "draft", "waiting_approval", "scheduled", "running", "paused")
    approval.withdraw(session, approval.of_campaign(session, campaign), by=by, now=now)
    stopping.forget(session, campaign, None, Counter(), now=now)
    campaign.state, campaign.next_at = "cancelled", None
    if run := open_run(session, campaign):
        run.state = "cancelled"
        queue.drop(session, run, now=now)
    session.flush()


def archive(session: Session, campaign: Campaign, *, now: datetime) -> None:
    """Put away a draft, or what is over: out of the list, its report stays. Twice: nothing. Raises WrongState."""
    _hold(session, campaign, *IDLE)
    campaign.archived_at = campaign.archived_at or now
    session.flush()


def unarchive(session: Session, campaign: Campaign) -> None:
    campaign.archived_at = None
    session.flush()


def due_start(session: Session, campaign: Campaign, *, now: datetime) -> datetime | None:
    """Which occurrence a campaign that is due runs now. None: it was missed by too long, the next one comes.

    A start that was chosen by its instant always comes. Of a cron rule the newest occurrence comes once, up to
    `late_hours` late; those before it do not.
    """
    assert campaign.next_at is not None
    if campaign.cron is None:
        return campaign.next_at
    since = max(campaign.next_at, now - max(ON_TIME, timedelta(hours=campaign.late_hours)))
    return cron.parse(campaign.cron).last_between(since, now, shop.of(session).timezone)


def skip_missed(session: Session, campaign: Campaign, *, now: datetime) -> None:
    """Wait for the next occurrence."""
    assert campaign.cron is not None
    campaign.next_at = _next_start(session, campaign.cron, max(now, campaign.next_at or now))
    campaign.state = "scheduled" if campaign.next_at else "finished"


def list_active(session: Session, *, now: datetime) -> Sequence[int]:
    """Ids of campaigns there may be something to do about: a start is due, or a run is open."""
    is_open = select(CampaignRun.id).where(CampaignRun.campaign_id == Campaign.id, CampaignRun.finished_at.is_(None))
    is_due = (Campaign.state == "scheduled") & (Campaign.next_at <= now)
    return session.scalars(select(Campaign.id).where(or_(is_due, is_open.exists())).order_by(Campaign.id)).all()


def open_run(session: Session, campaign: Campaign) -> CampaignRun | None:
    """The occurrence under way, if there is one, as it is now."""
    query = select(CampaignRun).where(CampaignRun.campaign_id == campaign.id, CampaignRun.finished_at.is_(None))
    return session.scalar(query, execution_options={"populate_existing": True})


def finish(session: Session, campaign: Campaign, run: CampaignRun, *, now: datetime) -> None:
    """The run is over. A recurring campaign waits for its next occurrence, counted from now."""
    run.finished_at = now
    if run.state != "cancelled":
        run.state = "finished"
        after = max(now, run.due_at)  # whose clock is behind finds no occurrence a second time
        campaign.next_at = _next_start(session, campaign.cron, after) if campaign.cron else None
        campaign.state = "scheduled" if campaign.next_at else "finished"
    session.flush()


def _make_draft(campaign: Campaign) -> None:
    campaign.state, campaign.at, campaign.cron, campaign.next_at = "draft", None, None, None


def _lock_money(session: Session, campaign: Campaign, now: datetime) -> None:
    """Whoever is to touch its purse, and then its messages, locks the month first, as whoever sends does."""
    if campaign.purse_id is not None:
        budget.lock(session, now=now)


def _hold(session: Session, campaign: Campaign, *needed: str) -> None:
    """Lock the campaign and see it as it is now. Raises WrongState."""
    session.refresh(campaign, with_for_update=True)
    if campaign.state not in needed:
        raise WrongState(campaign.state, needed)


def _next_start(session: Session, rule: str, now: datetime) -> datetime | None:
    return cron.parse(rule).next_after(now, shop.of(session).timezone)
