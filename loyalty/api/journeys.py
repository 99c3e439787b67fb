"""/journeys: messages that go by themselves at the right moment, step by step."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.api import blueprints, pages, work
from loyalty.api.auth import requires_scope
from loyalty.api.budget import OutlookSchema, outlook_of
from loyalty.api.campaign_bodies import CampaignApproval, CampaignNo, CampaignYes, moments
from loyalty.api.fields import Body, Instant, NoBody, Text, Whole
from loyalty.api.pages import PageQuery, page_of
from loyalty.campaigns import approval
from loyalty.campaigns.approval import Seen
from loyalty.campaigns.terms import MOST_BUDGET
from loyalty.customers.models import Customer
from loyalty.journeys import foretelling, lifecycle, money, plans, report
from loyalty.journeys.lifecycle import Written
from loyalty.journeys.models import Journey, JourneyEdition
from loyalty.journeys.plans import PARTS
from loyalty.journeys.report import StepNumbers, Within
from loyalty.segments.models import Segment
from loyalty.words import Both

ABOVE_CAMPAIGNS = 71
blueprint = blueprints.resource(
    "journeys",
    "Messages that go by themselves, step by step.",
    called=Both("Hành trình", "Journeys"),
    order=ABOVE_CAMPAIGNS,
)
TRIGGER = {"kind": "birthday", "days_before": 3}
STEPS = [
    {"do": "send", "text": 'Sắp đến sinh nhật {{ name | "bạn" }} rồi.'},
    {"do": "wait", "days": 3, "at": "10:00"},
    {"do": "branch", "if": "bought", "then": "stop", "else": "on"},
    {"do": "send", "text": 'Chúc mừng sinh nhật {{ name | "bạn" }}!'},
]


def _shown(example: object) -> dict[str, Any]:
    return {"example": example}


class NewJourney(Body):
    """`trigger` and `steps` as the page on journeys has them; `again`: never, yearly, or a number of days."""

    name = Text(1, 90, required=True, example="Quà sinh nhật")
    trigger = fields.Dict(keys=fields.String(), required=True, metadata=_shown(TRIGGER))
    steps = fields.List(fields.Dict(keys=fields.String()), required=True, metadata=_shown(STEPS))
    again = fields.Raw(metadata={"example": "yearly"})
    leave_when_bought = fields.Raw(metadata={"example": False})
    segment_id = Text(1, 64, allow_none=True)
    budget = Whole(0, MOST_BUDGET, allow_none=True, example=200_000)


class JourneyChange(Body):
    """What is not named stays as it is; `segment_id` null: everybody who agreed to offers."""

    name = Text(1, 90)
    trigger = fields.Dict(keys=fields.String())
    steps = fields.List(fields.Dict(keys=fields.String()))
    again = fields.Raw()
    leave_when_bought = fields.Raw()
    segment_id = Text(1, 64, allow_none=True)
    budget = Whole(0, MOST_BUDGET, allow_none=True)


class JourneyStep(Body):
    """What became of whoever came to a step. `campaign_id`: the one it sends by, once it has sent."""

    step = fields.Dict(keys=fields.String(), required=True)
    waiting = fields.Integer(required=True)
    passed = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    left = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    campaign_id = fields.String(required=True, allow_none=True)


class JourneySchema(Body):
    """`edition` is what whoever enters goes by. `budget` is whole ₫ all its messages may cost, `spent` what they did.

    `approval`: the last request for a second person's yes and what came of it.
    """

    id = fields.String(required=True)
    name = fields.String(required=True)
    state = fields.String(required=True)
    edition = fields.Integer(required=True)
    trigger = fields.Dict(keys=fields.String(), required=True)
    steps = fields.List(fields.Dict(keys=fields.String()), required=True)
    again = fields.Raw(required=True)
    leave_when_bought = fields.Boolean(required=True)
    segment_id = fields.String(required=True, allow_none=True)
    budget = fields.Integer(required=True, allow_none=True)
    spent = fields.Integer(required=True)
    budget_outlook = fields.Nested(OutlookSchema, required=True, allow_none=True)
    approval = fields.Nested(CampaignApproval, required=True, allow_none=True)
    created_at = Instant(required=True)
    activated_at = Instant(required=True, allow_none=True)
    ended_at = Instant(required=True, allow_none=True)


class JourneyReport(Body):
    """`entered` is `inside`, `done` and the sum of `left`, of all editions; the steps are those of the current one."""

    entered = fields.Integer(required=True)
    inside = fields.Integer(required=True)
    done = fields.Integer(required=True)
    left = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    steps = fields.List(fields.Nested(JourneyStep), required=True)


class JourneyDay(Body):
    day = fields.Date(required=True)
    people = fields.Integer(required=True)


class JourneyPreview(Body):
    """About how many would enter today, and would have on each of the 30 days before, where that can be told."""

    today = fields.Integer(required=True)
    days = fields.List(fields.Nested(JourneyDay), required=True)


class JourneyEntryQuery(PageQuery):
    """Only those of a state, if it is named."""

    state = fields.String(validate=validate.OneOf(("waiting", "done", "left")))


class JourneyEntrySchema(Body):
    """`step` is the number of the step to come, the first being 1; `edition` says by which steps they go."""

    id = fields.String(required=True)
    customer_id = fields.String(required=True)
    occasion = fields.String(required=True)
    edition = fields.Integer(required=True)
    state = fields.String(required=True)
    step = fields.Integer(required=True)
    due_at = Instant(required=True)
    entered_at = Instant(required=True)
    closed_at = Instant(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


@blueprint.get("/journeys")
@requires_scope("journeys:read")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(JourneySchema))
def list_journeys(wanted: dict[str, Any]) -> dict[str, Any]:
    """Journeys, newest first."""
    session = work.here().session
    before = pages.start(session, wanted, "journeys")
    rows = lifecycle.list_newest(session, before=before, limit=wanted["limit"] + 1)

    def show(shown: Sequence[Journey]) -> list[dict[str, Any]]:
        return [_show(session, journey) for journey in shown]

    return pages.page(session, rows, wanted, "journeys", lambda journey: journey.id, show)


@blueprint.post("/journeys")
@requires_scope("journeys:write")
@blueprint.arguments(NewJourney)
@blueprint.response(201, JourneySchema)
def create_journey(asked: dict[str, Any]) -> dict[str, Any]:
    """A draft: nobody enters before it is activated."""
    session = work.here().session
    plan = {part: asked[part] for part in PARTS if part in asked}
    written = Written(asked["name"], plan, asked.get("segment_id"), asked.get("budget"))
    return _noted(session, lifecycle.create(session, written, now=work.now()), "journey_created")


@blueprint.get("/journeys/<public_id:journey>")
@requires_scope("journeys:read")
@blueprint.response(200, JourneySchema)
def get_journey(journey: str) -> dict[str, Any]:
    """One journey."""
    session = work.here().session
    return _show(session, lifecycle.get_public(session, journey))


@blueprint.patch("/journeys/<public_id:journey>")
@requires_scope("journeys:write")
@blueprint.arguments(JourneyChange)
@blueprint.response(200, JourneySchema)
def change_journey(asked: dict[str, Any], journey: str) -> dict[str, Any]:
    """Another edition for whoever enters from now on; those inside go on by theirs.

    One that runs waits, where the shop wants a second person's yes for what it is now.
    """
    with work.here().database.read_only() as reading:  # people are counted before anybody else has to wait
        seen = lifecycle.look_at(reading, journey, _written(reading, journey, asked), now=work.now())
    session, by = work.here().session, work.here().caller.actor
    found = lifecycle.get_public(session, journey)
    lifecycle.edit(session, found, _written(session, journey, asked), by=by, seen=seen, now=work.now())
    return _noted(session, found, "journey_changed")


@blueprint.post("/journeys/<public_id:journey>/activate")
@requires_scope("journeys:write")
@blueprint.arguments(NoBody, required=False)
@blueprint.response(200, JourneySchema)
def activate_journey(_nothing: dict[str, Any], journey: str) -> dict[str, Any]:
    """People enter from now on; above the shop's limits, once a second person said yes."""
    seen = _count_ahead(journey)
    session, by = work.here().session, work.here().caller.actor
    found = lifecycle.get_public(session, journey)
    lifecycle.activate(session, found, by=by, seen=seen, now=work.now())
    return _noted(session, found, "journey_activated")


@blueprint.post("/journeys/<public_id:journey>/approve")
@requires_scope("journeys:write")
@blueprint.arguments(CampaignYes, required=False)
@blueprint.response(200, JourneySchema)
def approve_journey(asked: dict[str, Any], journey: str) -> dict[str, Any]:
    """Say yes to what somebody else asked to let run."""
    session, by = work.here().session, work.here().caller.actor
    found = lifecycle.get_public(session, journey)
    lifecycle.approve(session, found, by=by, reason=asked.get("reason", ""), now=work.now())
    return _show(session, found)


@blueprint.post("/journeys/<public_id:journey>/refuse")
@requires_scope("journeys:write")
@blueprint.arguments(CampaignNo)
@blueprint.response(200, JourneySchema)
def refuse_journey(asked: dict[str, Any], journey: str) -> dict[str, Any]:
    """Say no: a draft again; one that ran runs on as before the change, what was paused stays so."""
    session, by = work.here().session, work.here().caller.actor
    found = lifecycle.get_public(session, journey)
    lifecycle.refuse(session, found, by=by, reason=asked["reason"], now=work.now())
    return _show(session, found)


@blueprint.post("/journeys/<public_id:journey>/take-back")
@requires_scope("journeys:write")
@blueprint.arguments(NoBody, required=False)
@blueprint.response(200, JourneySchema)
def take_back_journey(_nothing: dict[str, Any], journey: str) -> dict[str, Any]:
    """Ask nobody any more: it is what it was, as after a no."""
    session, by = work.here().session, work.here().caller.actor
    found = lifecycle.get_public(session, journey)
    lifecycle.take_back(session, found, by=by, now=work.now())
    return _noted(session, found, "journey_taken_back")


@blueprint.post("/journeys/<public_id:journey>/pause")
@requires_scope("journeys:write")
@blueprint.arguments(NoBody, required=False)
@blueprint.response(200, JourneySchema)
def pause_journey(_nothing: dict[str, Any], journey: str) -> dict[str, Any]:
    """Nobody enters, goes on or is written to until it is resumed."""
    session = work.here().session
    found = lifecycle.get_public(session, journey)
    lifecycle.pause(session, found)
    return _noted(session, found, "journey_paused")


@blueprint.post("/journeys/<public_id:journey>/resume")
@requires_scope("journeys:write")
@blueprint.arguments(NoBody, required=False)
@blueprint.response(200, JourneySchema)
def resume_journey(_nothing: dict[str, Any], journey: str) -> dict[str, Any]:
    """Go on where it was paused; what it was changed to meanwhile may need a second person's yes."""
    seen = _count_ahead(journey)
    session, by = work.here().session, work.here().caller.actor
    found = lifecycle.get_public(session, journey)
    lifecycle.resume(session, found, by=by, seen=seen, now=work.now())
    return _noted(session, found, "journey_resumed")


@blueprint.post("/journeys/<public_id:journey>/end")
@requires_scope("journeys:write")
@blueprint.arguments(NoBody, required=False)
@blueprint.response(200, JourneySchema)
def end_journey(_nothing: dict[str, Any], journey: str) -> dict[str, Any]:
    """End it for good; whoever is inside stays where they are."""
    session = work.here().session
    found = lifecycle.get_public(session, journey)
    lifecycle.end(session, found, by=work.here().caller.actor, now=work.now())
    return _noted(session, found, "journey_ended")


@blueprint.post("/journeys/<public_id:journey>/preview")
@requires_scope("journeys:read")
@blueprint.arguments(NoBody, required=False)
@blueprint.response(200, JourneyPreview)
def preview_journey(_nothing: dict[str, Any], journey: str) -> dict[str, Any]:
    """About how many would enter today, and would have on each of the 30 days before."""
    session = work.here().session
    edition = lifecycle.edition(session, lifecycle.get_public(session, journey))
    told = foretelling.foretell(session, plans.of(edition), edition, now=work.now())
    return {"today": told.today, "days": [{"day": day, "people": number} for day, number in told.days]}


@blueprint.get("/journeys/<public_id:journey>/report")
@requires_scope("journeys:read")
@blueprint.response(200, JourneyReport)
def report_journey(journey: str) -> dict[str, Any]:
    """What became of whoever entered, in whole and at each step of the current edition."""
    session = work.here().session
    found = lifecycle.get_public(session, journey)
    edition, whole = lifecycle.edition(session, found), report.of_journey(found)
    numbers = zip(edition.plan["steps"], report.of_steps(session, edition), strict=True)
    counted = {"entered": whole.entered, "inside": whole.inside, "done": whole.done, "left": whole.left}
    return {**counted, "steps": [_show_step(raw, each) for raw, each in numbers]}


@blueprint.get("/journeys/<public_id:journey>/entries")
@requires_scope("journeys:read")
@blueprint.arguments(JourneyEntryQuery, location="query")
@blueprint.response(200, page_of(JourneyEntrySchema))
def list_entries(wanted: dict[str, Any], journey: str) -> dict[str, Any]:
    """Everybody who entered, newest first, and where they are."""
    session = work.here().session
    found, place = lifecycle.get_public(session, journey), f"entries {journey}"
    before = pages.start(session, wanted, place)
    rows = report.list_entries(session, found, state=wanted.get("state"), before=before, limit=wanted["limit"] + 1)

    def show(shown: Sequence[Within]) -> list[dict[str, Any]]:
        return _show_entries(session, shown)

    return pages.page(session, rows, wanted, place, lambda row: row.entry.id, show)


def _count_ahead(journey: str) -> Seen | None:
    """People are counted before anybody else has to wait."""
    with work.here().database.read_only() as reading:
        return lifecycle.look(reading, journey, now=work.now())


def _written(session: Session, public_id: str, asked: dict[str, Any]) -> Written:
    """What it is to be: what is not named stays as it is."""
    found = lifecycle.get_public(session, public_id)
    edition = lifecycle.edition(session, found)
    plan = {**edition.plan, **{part: asked[part] for part in PARTS if part in asked}}
    segment = asked["segment_id"] if "segment_id" in asked else _segment(session, edition)
    budget = asked["budget"] if "budget" in asked else money.budget_of(session, found)
    return Written(asked.get("name", found.name), plan, segment, budget)


def _noted(session: Session, journey: Journey, action: str) -> dict[str, Any]:
    work.note(action, f"journey:{journey.public_id}")
    return _show(session, journey)


def _show(session: Session, journey: Journey) -> dict[str, Any]:
    edition = lifecycle.edition(session, journey)
    plan = plans.of(edition)
    return {
        "id": journey.public_id,
        "name": journey.name,
        "state": journey.state,
        "edition": edition.number,
        "trigger": edition.plan["trigger"],
        "steps": edition.plan["steps"],
        "again": plan.again,
        "leave_when_bought": plan.leave_when_bought,
        "segment_id": _segment(session, edition),
        "budget": money.budget_of(session, journey),
        "spent": money.spent(session, journey),
        "budget_outlook": outlook_of(journey.purse_id),
        "approval": moments(approval.request_of(journey), "asked_at", "at"),
        "created_at": journey.created_at,
        "activated_at": journey.activated_at,
        "ended_at": journey.ended_at,
    }


def _segment(session: Session, edition: JourneyEdition) -> str | None:
    return session.get_one(Segment, edition.segment_id).public_id if edition.segment_id else None


def _show_step(raw: dict[str, Any], numbers: StepNumbers) -> dict[str, Any]:
    return {
        "step": raw,
        "waiting": numbers.waiting,
        "passed": numbers.passed,
        "left": numbers.left,
        "campaign_id": numbers.campaign.public_id if numbers.campaign else None,
    }


def _show_entries(session: Session, rows: Sequence[Within]) -> list[dict[str, Any]]:
    ids = {row.entry.customer_id for row in rows}
    found = session.execute(select(Customer.id, Customer.public_id).where(Customer.id.in_(ids)))
    public: dict[int, str] = {row[0]: row[1] for row in found}
    return [
        {
            "id": row.entry.public_id,
            "customer_id": public[row.entry.customer_id],
            "occasion": row.entry.occasion,
            "edition": row.edition.number,
            "state": row.entry.state,
            "step": row.entry.position + 1,
            "due_at": row.entry.due_at,
            "entered_at": row.entry.entered_at,
            "closed_at": row.entry.closed_at,
            "reason": row.entry.reason,
        }
        for row in rows
    ]
