"""What a person may do with a journey. Whoever changes one locks its row first, the pump included."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty import shop, upsert
from loyalty.activity.models import Activity
from loyalty.alerts import raising
from loyalty.campaigns import approval
from loyalty.campaigns import lifecycle as campaigns
from loyalty.campaigns.approval import Matter, Seen
from loyalty.campaigns.lifecycle import NOBODY
from loyalty.campaigns.models import Campaign
from loyalty.db import new_public_id, public_id_of
from loyalty.journeys import approving, arrivals, former, mail, money, plans
from loyalty.journeys.faults import JourneyNotFound, WrongJourneyState
from loyalty.journeys.models import Journey, JourneyEdition, JourneySend
from loyalty.journeys.plans import Plan
from loyalty.journeys.triggers import InSegment
from loyalty.segments import saved
from loyalty.segments.models import Segment


@dataclass(frozen=True, slots=True)
class Written:
    """What is written of a journey; `plan` is decoded JSON, `segment` a public id: only these may enter.

    `budget`: whole ₫ all it sends may cost; None: as much as the month allows.
    """

    name: str
    plan: Any
    segment: str | None = None
    budget: int | None = None


def create(session: Session, written: Written, *, key: str | None = None, now: datetime) -> Journey:
    """A draft; the same `key` again returns what it made first. Raises BadPlan, SegmentNotFound."""
    segment_id = _check(session, written)
    public_id = public_id_of(key) if key else new_public_id()
    about = {"public_id": public_id, "name": written.name, "created_at": now}
    made = upsert.new(session, Journey, {**about, "state": "draft", "number": 1, "cursor": 0})
    if made is None:
        return get_public(session, public_id)
    _edition(session, made, written.plan, segment_id, now)
    money.set_budget(session, made, written.budget, now=now)
    return made


def edit(
    session: Session, journey: Journey, written: Written, *, by: str = NOBODY, seen: Seen | None = None, now: datetime
) -> bool:
    """Another edition for whoever enters from now on; those inside go on by theirs. False when nothing is different.

    Of one that runs, above the shop's limits, everything waits for somebody else than `by`. Raises WrongJourneyState
    once it is ended and while it waits, BadPlan, SegmentNotFound.
    """
    _hold(session, journey, "draft", "active", "paused")
    segment_id, current = _check(session, written), edition(session, journey)
    before = former.of(session, journey, current) if journey.state == "active" else None
    is_other = (current.plan, current.segment_id) != (written.plan, segment_id)
    is_dearer = money.set_budget(session, journey, written.budget, now=now)
    if not is_other and not is_dearer and journey.name == written.name:
        return False
    journey.name = written.name
    if is_other:
        _replace(session, journey, current, written.plan, segment_id, now)
    if journey.state == "active" and _must_ask(session, journey, seen, by, now):
        journey.approval = {**(journey.approval or {}), former.BEFORE: before}
        _hold_back(session, journey, "waiting_approval")
    session.flush()
    return True


def activate(session: Session, journey: Journey, *, by: str = NOBODY, seen: Seen | None = None, now: datetime) -> None:
    """People enter from now on; above the shop's limits, once somebody else than `by` said yes.

    `seen` was counted ahead, see `look`. Raises WrongJourneyState, SegmentNotFound when a segment it asks for was
    removed, and what `mail.check` does.
    """
    _hold(session, journey, "draft")
    plan = plans.of(edition(session, journey))
    _segments(session, plan)
    for step in plan.sends:
        mail.check(session, step)
    _begin_or_ask(session, journey, seen, by, now)


def look(session: Session, public_id: str, *, now: datetime) -> Seen | None:
    """Count ahead, without a writer's turn, whom it is for; None where nobody has to be asked. Raises BadRules."""
    journey = get_public(session, public_id)
    if not approval.is_limited(session) or approval.stands(_matter(session, journey)):
        return None
    return approving.count(session, journey, edition(session, journey), money.budget_of(session, journey), now=now)


def look_at(session: Session, public_id: str, written: Written, *, now: datetime) -> Seen | None:
    """The same of what one that runs is about to become. Raises BadPlan, BadRules, SegmentNotFound."""
    journey = get_public(session, public_id)
    if journey.state != "active" or not approval.is_limited(session):
        return None
    other = JourneyEdition(plan=written.plan, segment_id=_check(session, written))
    return approving.count(session, journey, other, written.budget, now=now)


def approve(session: Session, journey: Journey, *, by: str, reason: str = "", source: str = "", now: datetime) -> None:
    """It begins, or goes on, as it was asked for. Raises WrongJourneyState, OwnCampaign, ChangedSince."""
    _hold(session, journey, "waiting_approval")
    _decide(session, journey, approval.APPROVED, reason, by, source, now)
    _begin(session, journey, now)


def refuse(session: Session, journey: Journey, *, by: str, reason: str, source: str = "", now: datetime) -> None:
    """A draft again; a change to one that runs is left aside and it runs on as before; what was paused stays so.

    Raises WrongJourneyState, OwnCampaign.
    """
    _hold(session, journey, "waiting_approval")
    _decide(session, journey, approval.REFUSED, reason, by, source, now)
    _go_back(session, journey, former.put_back(session, journey, now=now), now)


def take_back(session: Session, journey: Journey, *, by: str, now: datetime) -> None:
    """Nobody is asked any more, and it is what it was, as after a no. Raises WrongJourneyState."""
    _hold(session, journey, "waiting_approval")
    ran = former.put_back(session, journey, now=now)
    _withdraw(session, journey, by, now)
    _go_back(session, journey, ran, now)


def pause(session: Session, journey: Journey) -> None:
    """Nobody enters, nobody goes on, nothing more is sent, until `resume`. Raises WrongJourneyState."""
    _hold(session, journey, "active")
    _hold_back(session, journey, "paused")
    session.flush()


def resume(session: Session, journey: Journey, *, by: str = NOBODY, seen: Seen | None = None, now: datetime) -> None:
    """Go on where it was paused, or ask a second person of what it was changed to. Raises WrongJourneyState."""
    _hold(session, journey, "paused")
    _begin_or_ask(session, journey, seen, by, now)


def let_go(session: Session, journey: Journey, *, now: datetime) -> None:
    """What its steps had ready to be sent, and was held back, is sent: also where that stopped by itself."""
    for campaign in _sending(session, journey, "paused"):
        campaigns.resume(session, campaign, now=now)


def end(session: Session, journey: Journey, *, by: str = NOBODY, now: datetime) -> None:
    """For good: whoever is inside stays where they are, and what was not sent yet is not. Raises WrongJourneyState."""
    _hold(session, journey, "draft", "waiting_approval", "active", "paused")
    if journey.state == "waiting_approval":
        _withdraw(session, journey, by, now)
    journey.state, journey.ended_at, journey.look = "ended", now, None
    for campaign in _sending(session, journey, "running", "paused"):
        campaigns.cancel(session, campaign, by=by, now=now)
    session.flush()


def pause_all(session: Session) -> list[str]:
    """Pause whatever is active; their names. For a database that was restored."""
    active = session.scalars(select(Journey).filter_by(state="active").order_by(Journey.id)).all()
    for journey in active:
        pause(session, journey)
    return [journey.name for journey in active]


def stop(session: Session, journey_id: int, why: str, *, now: datetime) -> None:
    """Pause one that cannot go on, such as for a segment whose rules hold no more, and tell the owner."""
    journey = hold_next(session, journey_id)
    if journey is not None:
        pause(session, journey)
        raising.raise_alert(session, "journey_stopped", f"journey:{journey.public_id}", why, now=now)


def hold_next(session: Session, journey_id: int) -> Journey | None:
    """Lock an active journey to move it on; None when it is not active, or another worker has it."""
    query = select(Journey).where(Journey.id == journey_id).with_for_update(skip_locked=True)
    journey = session.scalar(query, execution_options={"populate_existing": True})
    return journey if journey is not None and journey.state == "active" else None


def get_public(session: Session, public_id: str) -> Journey:
    """The journey known outside by this id. Raises JourneyNotFound."""
    journey = session.scalar(select(Journey).filter_by(public_id=public_id))
    if journey is None:
        raise JourneyNotFound
    return journey


def edition(session: Session, journey: Journey) -> JourneyEdition:
    """What whoever enters goes by."""
    return session.scalars(select(JourneyEdition).filter_by(journey_id=journey.id, number=journey.number)).one()


def list_editions(session: Session, journey: Journey) -> Sequence[JourneyEdition]:
    """Every edition, newest first."""
    query = select(JourneyEdition).filter_by(journey_id=journey.id).order_by(JourneyEdition.number.desc())
    return session.scalars(query).all()


def list_newest(
    session: Session, *, states: Sequence[str] = (), before: int | None = None, limit: int = 50
) -> Sequence[Journey]:
    """A page, newest first, of those in `states` if some are named; `before` is the id of the last one before."""
    query = select(Journey).order_by(Journey.id.desc()).limit(limit)
    if states:
        query = query.where(Journey.state.in_(states))
    return session.scalars(query if before is None else query.where(Journey.id < before)).all()


def list_active(session: Session) -> Sequence[Journey]:
    return session.scalars(select(Journey).filter_by(state="active").order_by(Journey.id)).all()


def _begin_or_ask(session: Session, journey: Journey, seen: Seen | None, by: str, now: datetime) -> None:
    if _must_ask(session, journey, seen, by, now):
        journey.state = "waiting_approval"
        session.flush()
    else:
        _begin(session, journey, now)


def _begin(session: Session, journey: Journey, now: datetime) -> None:
    """The first time people enter from now on; later it goes on where it stood."""
    journey.state = "active"
    if journey.activated_at is None:
        journey.activated_at = now
        _look_from(session, journey, now)
    for campaign in _sending(session, journey, "paused"):
        if campaign.stopped is None:  # who lets go what stopped by itself must have looked at it: `let_go`
            campaigns.resume(session, campaign, now=now)
    session.flush()


def _go_back(session: Session, journey: Journey, ran: bool, now: datetime) -> None:
    """What was asked for is not to be: one that ran runs on, a draft is one again, what was paused stays so."""
    if ran:
        _begin(session, journey, now)
    else:
        journey.state = "draft" if journey.activated_at is None else "paused"
        session.flush()


def _hold_back(session: Session, journey: Journey, state: str) -> None:
    journey.state = state
    for campaign in _sending(session, journey, "running"):
        campaigns.pause(session, campaign)


def _must_ask(session: Session, journey: Journey, seen: Seen | None, by: str, now: datetime) -> bool:
    return approving.must_ask(session, journey, edition(session, journey), seen, by=by, now=now)


def _matter(session: Session, journey: Journey) -> Matter:
    return approving.matter(session, journey, edition(session, journey), money.budget_of(session, journey))


def _decide(session: Session, journey: Journey, state: str, reason: str, by: str, source: str, now: datetime) -> None:
    approval.decide(session, _matter(session, journey), state, reason, by=by, source=source, now=now)


def _withdraw(session: Session, journey: Journey, by: str, now: datetime) -> None:
    approval.withdraw(session, _matter(session, journey), by=by, now=now)


def _check(session: Session, written: Written) -> int | None:
    _segments(session, plans.parse(written.plan))
    return saved.get_public(session, written.segment).id if written.segment else None


def _segments(session: Session, plan: Plan) -> list[Segment]:
    """Those it asks for are there."""
    return [saved.get_public(session, public_id) for public_id in plan.segments]


def _edition(session: Session, journey: Journey, plan: Any, segment_id: int | None, now: datetime) -> None:
    session.add(
        JourneyEdition(
            public_id=new_public_id(),
            journey_id=journey.id,
            number=journey.number,
            segment_id=segment_id,
            plan=plan,
            made_at=now,
        )
    )
    session.flush()


def _replace(
    session: Session, journey: Journey, current: JourneyEdition, plan: Any, segment_id: int | None, now: datetime
) -> None:
    """The next edition; where other people enter by it than by the current one, they do from now on."""
    is_moved = plans.of(current).trigger != plans.parse(plan).trigger and journey.state != "draft"
    journey.number = former.next_number(session, journey)
    journey.look = None
    _edition(session, journey, plan, segment_id, now)
    if is_moved:
        _look_from(session, journey, now)


def _look_from(session: Session, journey: Journey, now: datetime) -> None:
    """What happened before does not count; today does, once."""
    journey.looked_on, journey.look = shop.of(session).day(now) - timedelta(days=1), None
    trigger = plans.of(edition(session, journey)).trigger
    if isinstance(trigger, InSegment):
        journey.cursor = arrivals.newest(session, saved.get_public(session, trigger.segment))
    else:
        journey.cursor = session.scalar(select(func.max(Activity.id))) or 0


def _sending(session: Session, journey: Journey, *states: str) -> Sequence[Campaign]:
    """The campaigns its steps send by, those in these states, lowest first."""
    query = (
        select(Campaign)
        .join(JourneySend, JourneySend.campaign_id == Campaign.id)
        .join(JourneyEdition, JourneyEdition.id == JourneySend.edition_id)
        .where(JourneyEdition.journey_id == journey.id, Campaign.state.in_(states))
        .order_by(Campaign.id)
    )
    return session.scalars(query).all()


def _hold(session: Session, journey: Journey, *needed: str) -> None:
    """Lock the journey and see it as it is now. Raises WrongJourneyState."""
    session.refresh(journey, with_for_update=True)
    if journey.state not in needed:
        raise WrongJourneyState(journey.state, needed)
