"""/campaigns: a message to a segment, from draft to report."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields, validate
from sqlalchemy import Row
from sqlalchemy.orm import Session

from loyalty.api import blueprints, pages, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import Body, Instant, NoBody, Text
from loyalty.api.pages import PageQuery, page_of
from loyalty.campaigns import lifecycle, preview, report
from loyalty.campaigns.models import Campaign
from loyalty.campaigns.preview import Preview
from loyalty.campaigns.report import OUTCOMES, Report, RunReport
from loyalty.segments import saved
from loyalty.segments.models import Segment
from loyalty.words import Both

blueprint = blueprints.resource("campaigns", "Messages to a segment.", called=Both("Chiến dịch", "Campaigns"), order=70)


class NewCampaign(Body):
    """`text` takes {{ name }} or {{ name | "bạn" }}; who sends it and how to stop it is added."""

    name = Text(1, 100, required=True, example="Chào hè")
    segment_id = Text(1, 64, required=True)
    text = Text(1, 1500, lines=True, required=True, example='Chào {{ name | "bạn" }}, mời bạn ghé quán tuần này nhé.')


class CampaignChange(Body):
    """What is not named stays as it is."""

    name = Text(1, 100)
    segment_id = Text(1, 64)
    text = Text(1, 1500, lines=True)


class Copy(Body):
    """`name` of the copy; without one, that of the first."""

    name = Text(1, 100)


class ScheduleChoice(Body):
    """`at` once, `cron` (five fields, shop time) again and again, neither: now."""

    at = Instant()
    cron = Text(1, 100)


class ScheduleSchema(Body):
    at = Instant()
    cron = fields.String()


class CampaignSchema(Body):
    """`next_at` is when the next run starts, if one is to come; `archived_at`, since when it is put away."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    segment_id = fields.String(required=True)
    text = fields.String(required=True)
    state = fields.String(required=True)
    schedule = fields.Nested(ScheduleSchema, required=True, allow_none=True)
    next_at = Instant(required=True, allow_none=True)
    archived_at = Instant(required=True, allow_none=True)
    created_at = Instant(required=True)


class SampleSchema(Body):
    """What one real person would read; `case`: first, longest, shortest, without_name."""

    case = fields.String(required=True)
    customer_id = fields.String(required=True)
    text = fields.String(required=True)


class CampaignPreview(Body):
    """`count` would be frozen; `reasons` says how many of them would get nothing, by code. `no_chat` are not part."""

    count = fields.Integer(required=True)
    would_receive = fields.Integer(required=True)
    no_chat = fields.Integer(required=True)
    reasons = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    samples = fields.List(fields.Nested(SampleSchema), required=True)


class ReasonsSchema(Body):
    skipped = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    failed = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class Outcomes(Body):
    """Numbers of recipients; `frozen` is the sum of the others."""

    state = fields.String(required=True)
    frozen = fields.Integer(required=True)
    sent = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    skipped = fields.Integer(required=True)
    held_out = fields.Integer(required=True)
    waiting = fields.Integer(required=True)
    reasons = fields.Nested(ReasonsSchema, required=True)

    class Meta(Body.Meta):
        include = {"unknown": fields.Integer(required=True)}  # noqa: RUF012  # the library's own way; its name is taken


class RunSchema(Outcomes):
    due_at = Instant(required=True)
    finished_at = Instant(required=True, allow_none=True)


class ReportSchema(Outcomes):
    """All runs together, and each of them, newest first."""

    runs = fields.List(fields.Nested(RunSchema), required=True)


class RecipientQuery(PageQuery):
    """Only those of an outcome, or of a reason of it, if they are named."""

    outcome = fields.String(validate=validate.OneOf(OUTCOMES))
    reason = Text(1, 64)


class RecipientSchema(Body):
    customer_id = fields.String(required=True)
    channel = fields.String(required=True, allow_none=True)
    outcome = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    due_at = Instant(required=True)
    settled_at = Instant(required=True, allow_none=True)


@blueprint.get("/campaigns")
@requires_scope("campaigns:read")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(CampaignSchema))
def list_campaigns(wanted: dict[str, Any]) -> dict[str, Any]:
    """Campaigns, newest first."""
    session = work.here().session
    before = pages.start(session, wanted, "campaigns")
    rows = lifecycle.list_newest(session, before=before, limit=wanted["limit"] + 1)

    def show(shown: Sequence[Campaign]) -> list[dict[str, Any]]:
        return [_show(session, campaign) for campaign in shown]

    return pages.page(session, rows, wanted, "campaigns", lambda campaign: campaign.id, show)


@blueprint.post("/campaigns")
@requires_scope("campaigns:write")
@blueprint.arguments(NewCampaign)
@blueprint.response(201, CampaignSchema)
def create_campaign(asked: dict[str, Any]) -> dict[str, Any]:
    """A draft."""
    session = work.here().session
    segment = saved.get_public(session, asked["segment_id"])
    campaign = lifecycle.create(session, asked["name"], segment.id, asked["text"], now=work.now())
    work.note("campaign_created", f"campaign:{campaign.public_id}")
    return _show(session, campaign)


@blueprint.get("/campaigns/<public_id:campaign>")
@requires_scope("campaigns:read")
@blueprint.response(200, CampaignSchema)
def get_campaign(campaign: str) -> dict[str, Any]:
    """One campaign."""
    session = work.here().session
    return _show(session, lifecycle.get_public(session, campaign))


@blueprint.patch("/campaigns/<public_id:campaign>")
@requires_scope("campaigns:write")
@blueprint.arguments(CampaignChange)
@blueprint.response(200, CampaignSchema)
def change_campaign(asked: dict[str, Any], campaign: str) -> dict[str, Any]:
    """Change a draft; one that is scheduled is unscheduled first."""
    session = work.here().session
    found = lifecycle.get_public(session, campaign)
    segment = saved.get_public(session, asked["segment_id"]).id if "segment_id" in asked else None
    lifecycle.edit(session, found, name=asked.get("name"), segment_id=segment, text=asked.get("text"))
    return _noted(session, found, "campaign_changed")


@blueprint.post("/campaigns/<public_id:campaign>/duplicate")
@requires_scope("campaigns:write")
@blueprint.arguments(Copy)
@blueprint.response(201, CampaignSchema)
def duplicate_campaign(asked: dict[str, Any], campaign: str) -> dict[str, Any]:
    """A new draft with the same text for the same segment."""
    session = work.here().session
    found = lifecycle.get_public(session, campaign)
    copy = lifecycle.duplicate(session, found, asked.get("name", found.name), now=work.now())
    return _noted(session, copy, "campaign_created")


@blueprint.post("/campaigns/<public_id:campaign>/unschedule")
@requires_scope("campaigns:write")
@blueprint.arguments(NoBody, required=False)
@blueprint.response(200, CampaignSchema)
def unschedule_campaign(_nothing: dict[str, Any], campaign: str) -> dict[str, Any]:
    """Back to a draft; not while it is being sent."""
    session = work.here().session
    found = lifecycle.get_public(session, campaign)
    lifecycle.unschedule(session, found, now=work.now())
    return _noted(session, found, "campaign_unscheduled")


@blueprint.post("/campaigns/<public_id:campaign>/archive")
@requires_scope("campaigns:write")
@blueprint.arguments(NoBody, required=False)
@blueprint.response(200, CampaignSchema)
def archive_campaign(_nothing: dict[str, Any], campaign: str) -> dict[str, Any]:
    """Put away a draft, or one that is over; its report stays."""
    session = work.here().session
    found = lifecycle.get_public(session, campaign)
    lifecycle.archive(session, found, now=work.now())
    return _noted(session, found, "campaign_archived")


@blueprint.post("/campaigns/<public_id:campaign>/unarchive")
@requires_scope("campaigns:write")
@blueprint.arguments(NoBody, required=False)
@blueprint.response(200, CampaignSchema)
def unarchive_campaign(_nothing: dict[str, Any], campaign: str) -> dict[str, Any]:
    """Back into the list."""
    session = work.here().session
    found = lifecycle.get_public(session, campaign)
    lifecycle.unarchive(session, found)
    return _noted(session, found, "campaign_unarchived")


@blueprint.post("/campaigns/<public_id:campaign>/preview")
@requires_scope("campaigns:read")
@blueprint.arguments(NoBody, required=False)
@blueprint.response(200, CampaignPreview)
def preview_campaign(_nothing: dict[str, Any], campaign: str) -> dict[str, Any]:
    """What would happen if it started now: how many, what they would read, who would get nothing and why."""
    session = work.here().session
    seen = preview.of_campaign(session, lifecycle.get_public(session, campaign), now=work.now())
    return _show_preview(seen)


@blueprint.post("/campaigns/<public_id:campaign>/schedule")
@requires_scope("campaigns:write")
@blueprint.arguments(ScheduleChoice)
@blueprint.response(200, CampaignSchema)
def schedule_campaign(choice: dict[str, Any], campaign: str) -> dict[str, Any]:
    """Start at an instant, at every occurrence of a cron rule in shop time, or, with {}, now."""
    session = work.here().session
    found = lifecycle.get_public(session, campaign)
    lifecycle.schedule(session, found, at=choice.get("at"), cron_rule=choice.get("cron"), now=work.now())
    return _noted(session, found, "campaign_scheduled")


@blueprint.post("/campaigns/<public_id:campaign>/pause")
@requires_scope("campaigns:write")
@blueprint.arguments(NoBody, required=False)
@blueprint.response(200, CampaignSchema)
def pause_campaign(_nothing: dict[str, Any], campaign: str) -> dict[str, Any]:
    """Send nothing more until it is resumed."""
    session = work.here().session
    found = lifecycle.get_public(session, campaign)
    lifecycle.pause(session, found)
    return _noted(session, found, "campaign_paused")


@blueprint.post("/campaigns/<public_id:campaign>/resume")
@requires_scope("campaigns:write")
@blueprint.arguments(NoBody, required=False)
@blueprint.response(200, CampaignSchema)
def resume_campaign(_nothing: dict[str, Any], campaign: str) -> dict[str, Any]:
    """Go on where it was paused."""
    session = work.here().session
    found = lifecycle.get_public(session, campaign)
    lifecycle.resume(session, found, now=work.now())
    return _noted(session, found, "campaign_resumed")


@blueprint.post("/campaigns/<public_id:campaign>/cancel")
@requires_scope("campaigns:write")
@blueprint.arguments(NoBody, required=False)
@blueprint.response(200, CampaignSchema)
def cancel_campaign(_nothing: dict[str, Any], campaign: str) -> dict[str, Any]:
    """End it for good; whoever was not written to yet is skipped."""
    session = work.here().session
    found = lifecycle.get_public(session, campaign)
    lifecycle.cancel(session, found, now=work.now())
    return _noted(session, found, "campaign_cancelled")


@blueprint.get("/campaigns/<public_id:campaign>/report")
@requires_scope("campaigns:read")
@blueprint.response(200, ReportSchema)
def get_report(campaign: str) -> dict[str, Any]:
    """What became of it: the outcomes add up to everybody frozen, always."""
    session = work.here().session
    whole, runs = report.of_campaign(session, lifecycle.get_public(session, campaign))
    return _show_report(whole) | {"runs": [_show_run(run) for run in runs]}


@blueprint.get("/campaigns/<public_id:campaign>/recipients")
@requires_scope("campaigns:read")
@blueprint.arguments(RecipientQuery, location="query")
@blueprint.response(200, page_of(RecipientSchema))
def list_recipients(wanted: dict[str, Any], campaign: str) -> dict[str, Any]:
    """Everybody it was for, and what became of each."""
    session = work.here().session
    found, place = lifecycle.get_public(session, campaign), f"recipients {campaign}"
    before = pages.start(session, wanted, place)
    chosen = {"became": wanted.get("outcome"), "why": wanted.get("reason")}
    rows = report.list_recipients(session, found, **chosen, before=before, limit=wanted["limit"] + 1)
    return pages.page(session, rows, wanted, place, lambda row: int(row.id), _show_recipients)


def _noted(session: Session, campaign: Campaign, action: str) -> dict[str, Any]:
    work.note(action, f"campaign:{campaign.public_id}")
    return _show(session, campaign)


def _show(session: Session, campaign: Campaign) -> dict[str, Any]:
    return {
        "id": campaign.public_id,
        "name": campaign.name,
        "segment_id": session.get_one(Segment, campaign.segment_id).public_id,
        "text": campaign.text,
        "state": campaign.state,
        "schedule": _schedule(campaign),
        "next_at": campaign.next_at,
        "archived_at": campaign.archived_at,
        "created_at": campaign.created_at,
    }


def _schedule(campaign: Campaign) -> dict[str, Any] | None:
    if campaign.cron is not None:
        return {"cron": campaign.cron}
    return None if campaign.at is None else {"at": campaign.at}


def _show_preview(seen: Preview) -> dict[str, Any]:
    samples = [
        {"case": sample.case, "customer_id": sample.customer.public_id, "text": sample.text} for sample in seen.samples
    ]
    return {
        "count": seen.count,
        "would_receive": seen.would_receive,
        "no_chat": seen.no_chat,
        "reasons": seen.reasons,
        "samples": samples,
    }


def _show_report(found: Report) -> dict[str, Any]:
    numbers = {name: found.outcomes[name] for name in OUTCOMES}
    return {"state": found.state, "frozen": found.frozen, **numbers, "reasons": found.reasons}


def _show_run(run: RunReport) -> dict[str, Any]:
    return _show_report(run) | {"due_at": run.due_at, "finished_at": run.finished_at}


def _show_recipients(rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    names = ("customer_id", "channel", "outcome", "reason", "due_at", "settled_at")
    return [{name: getattr(row, name) for name in names} for row in rows]
