"""/campaigns: a message to a segment, from draft to report."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from loyalty.api import blueprints, pages, work
from loyalty.api.auth import requires_scope
from loyalty.api.budget import outlook_of
from loyalty.api.campaign_bodies import (
    CampaignCertificate,
    CampaignChange,
    CampaignNo,
    CampaignPeopleQuery,
    CampaignPerson,
    CampaignPreview,
    CampaignSchema,
    CampaignYes,
    Copy,
    NewCampaign,
    RecipientQuery,
    RecipientSchema,
    ReportSchema,
    ScheduleChoice,
    moments,
)
from loyalty.api.fields import NoBody
from loyalty.api.pages import PageQuery, page_of
from loyalty.campaigns import approval, certificates, lifecycle, overview, preview, report, stopping, terms
from loyalty.campaigns.forecast import RouteCost
from loyalty.campaigns.judging import Mailing
from loyalty.campaigns.models import Campaign
from loyalty.campaigns.overlap import Overlap
from loyalty.campaigns.overview import Overview
from loyalty.campaigns.report import OUTCOMES, Report, RunReport
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.segments import saved
from loyalty.segments.models import Segment
from loyalty.words import Both

blueprint = blueprints.resource("campaigns", "Messages to a segment.", called=Both("Chiến dịch", "Campaigns"), order=70)


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
    stated = _stated(asked)
    campaign = lifecycle.create(session, asked["name"], segment.id, asked["text"], stated=stated, now=work.now())
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
    """Change a draft; one that is scheduled is unscheduled first. A paused one may get another budget."""
    session = work.here().session
    found = lifecycle.get_public(session, campaign)
    if set(asked) == {"budget"}:
        lifecycle.set_budget(session, found, asked["budget"])
        return _noted(session, found, "campaign_changed")
    segment = saved.get_public(session, asked["segment_id"]).id if "segment_id" in asked else None
    lifecycle.edit(
        session, found, name=asked.get("name"), segment_id=segment, text=asked.get("text"), stated=_stated(asked)
    )
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
    lifecycle.unschedule(session, found, by=work.here().caller.actor, now=work.now())
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
    return _show_preview(overview.of_campaign(session, lifecycle.get_public(session, campaign), now=work.now()))


@blueprint.get("/campaigns/<public_id:campaign>/preview/people")
@requires_scope("campaigns:read")
@blueprint.arguments(CampaignPeopleQuery, location="query")
@blueprint.response(200, page_of(CampaignPerson))
def list_preview_people(wanted: dict[str, Any], campaign: str) -> dict[str, Any]:
    """Everybody behind one number of the preview."""
    session = work.here().session
    found, place = lifecycle.get_public(session, campaign), f"preview {campaign}"
    segment = session.get_one(Segment, found.segment_id)
    before = pages.start(session, wanted, place)
    rows = preview.list_people(
        session,
        segment,
        Mailing.of(session, found),
        wanted.get("reason"),
        before=before,
        limit=wanted["limit"] + 1,
        now=work.now(),
    )

    def show(shown: Sequence[Customer]) -> list[dict[str, Any]]:
        return [{"customer_id": each.public_id, "name": profiles.name_of(session, each)} for each in shown]

    return pages.page(session, rows, wanted, place, lambda customer: customer.id, show)


@blueprint.post("/campaigns/<public_id:campaign>/schedule")
@requires_scope("campaigns:write")
@blueprint.arguments(ScheduleChoice)
@blueprint.response(200, CampaignSchema)
def schedule_campaign(choice: dict[str, Any], campaign: str) -> dict[str, Any]:
    """Start at an instant, at every occurrence of a cron rule in shop time, or, with {}, now."""
    with work.here().database.read_only() as reading:  # people are counted before anybody else has to wait
        seen = approval.look(reading, lifecycle.get_public(reading, campaign), now=work.now())
    session, by = work.here().session, work.here().caller.actor
    found, when = lifecycle.get_public(session, campaign), {"at": choice.get("at"), "cron_rule": choice.get("cron")}
    lifecycle.schedule(session, found, **when, by=by, seen=seen, now=work.now())
    return _noted(session, found, "campaign_scheduled")


@blueprint.post("/campaigns/<public_id:campaign>/approve")
@requires_scope("campaigns:write")
@blueprint.arguments(CampaignYes, required=False)
@blueprint.response(200, CampaignSchema)
def approve_campaign(asked: dict[str, Any], campaign: str) -> dict[str, Any]:
    """Say yes to what somebody else asked to send: it is scheduled."""
    session, by = work.here().session, work.here().caller.actor
    found = lifecycle.get_public(session, campaign)
    lifecycle.approve(session, found, by=by, reason=asked.get("reason", ""), now=work.now())
    return _show(session, found)


@blueprint.post("/campaigns/<public_id:campaign>/refuse")
@requires_scope("campaigns:write")
@blueprint.arguments(CampaignNo)
@blueprint.response(200, CampaignSchema)
def refuse_campaign(asked: dict[str, Any], campaign: str) -> dict[str, Any]:
    """Say no to what somebody else asked to send: it is a draft again."""
    session, by = work.here().session, work.here().caller.actor
    found = lifecycle.get_public(session, campaign)
    lifecycle.refuse(session, found, by=by, reason=asked["reason"], now=work.now())
    return _show(session, found)


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
    lifecycle.cancel(session, found, by=work.here().caller.actor, now=work.now())
    return _noted(session, found, "campaign_cancelled")


@blueprint.get("/campaigns/<public_id:campaign>/report")
@requires_scope("campaigns:read")
@blueprint.response(200, ReportSchema)
def get_report(campaign: str) -> dict[str, Any]:
    """What became of it: the outcomes add up to everybody frozen, always."""
    session = work.here().session
    found = lifecycle.get_public(session, campaign)
    whole, runs = report.of_campaign(session, found)
    variants = [{"variant": number, **numbers} for number, numbers in report.of_variants(session, found).items()]
    told = {"variants": variants} if variants else {}
    return _show_report(whole) | told | {"runs": [_show_run(run) for run in runs]}


@blueprint.get("/campaigns/<public_id:campaign>/runs/<public_id:run>/certificate")
@requires_scope("campaigns:read")
@blueprint.response(200, CampaignCertificate)
def get_certificate(campaign: str, run: str) -> dict[str, Any]:
    """Everybody frozen is accounted for: issued when the run is over, and checked by `loyalty verify`."""
    session = work.here().session
    found = dict(certificates.get(session, lifecycle.get_public(session, campaign), run))
    moments = ("due_at", "started_at", "finished_at", "issued_at")
    return found | {name: datetime.fromisoformat(found[name]) for name in moments}


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


def _stated(asked: dict[str, Any]) -> dict[str, Any]:
    return {name: asked[name] for name in terms.FIELDS if name in asked}


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
        **terms.of(session, campaign),
        "stops": dict(stopping.limits(campaign)),
        "stopped": moments(campaign.stopped, "at"),
        "approval": moments(approval.request_of(campaign), "asked_at", "at"),
        "budget_outlook": outlook_of(campaign.purse_id),
    }


def _schedule(campaign: Campaign) -> dict[str, Any] | None:
    if campaign.cron is not None:
        return {"cron": campaign.cron}
    return None if campaign.at is None else {"at": campaign.at}


def _show_preview(found: Overview) -> dict[str, Any]:
    seen = found.seen
    return {
        "count": seen.count,
        "would_receive": seen.would_receive,
        "no_chat": seen.no_chat,
        "reasons": seen.reasons,
        "samples": [
            {"case": each.case, "customer_id": each.customer.public_id, "text": each.text} for each in seen.samples
        ],
        "people": {
            why: [{"customer_id": each.public_id, "name": each.name} for each in people]
            for why, people in found.named.items()
        },
        "cost": seen.cost,
        "unpaid": seen.unpaid,
        "routes": [_show_route(each) for each in found.routes],
        "finishes_at": found.finishes_at,
        "held_until": found.held_until,
        "overlaps": [_show_overlap(each) for each in found.overlaps],
        "hours": [{"at": each.at, "people": each.people, "own": each.own} for each in found.hours],
    }


def _show_route(cost: RouteCost) -> dict[str, Any]:
    return {
        "route": cost.route,
        "channel": cost.kind,
        "people": cost.people,
        "price": cost.price,
        "cost": cost.cost,
        "quota_left": cost.quota_left,
    }


def _show_overlap(other: Overlap) -> dict[str, Any]:
    return {
        "campaign_id": other.campaign.public_id,
        "name": other.campaign.name,
        "starts_at": other.starts_at,
        "people": other.people,
        "wins": other.wins,
    }


def _show_report(found: Report) -> dict[str, Any]:
    numbers = {name: found.outcomes[name] for name in OUTCOMES}
    return {"state": found.state, "frozen": found.frozen, **numbers, "reasons": found.reasons}


def _show_run(run: RunReport) -> dict[str, Any]:
    return _show_report(run) | {"id": run.run_id, "due_at": run.due_at, "finished_at": run.finished_at}


def _show_recipients(rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    names = ("customer_id", "channel", "outcome", "reason", "due_at", "settled_at")
    return [{name: getattr(row, name) for name in names} for row in rows]
