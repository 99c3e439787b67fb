"""Before a campaign goes: who gets it and who does not, by name; what it costs; what else goes to them that day. And
the yes or no of a second person."""

from datetime import datetime

from flask import request, url_for

from loyalty.campaigns import approval, certificates, lifecycle, overview, stopping
from loyalty.campaigns.models import Campaign
from loyalty.console.campaigns import here
from loyalty.console.campaigns.here import section
from loyalty.console.desk import Desk
from loyalty.console.forms import FormSchema, Money, Text
from loyalty.console.section import Answer
from loyalty.errors import LoyaltyError
from loyalty.messaging import way_words
from loyalty.segments.models import Segment
from loyalty.staff.permissions import Right


class Verdict(FormSchema):
    reason = Text(longest=approval.LONGEST_REASON)


class BudgetForm(FormSchema):
    budget = Money()


@section.get("/campaigns/<public_id>/before", right=Right.CAMPAIGN)
def before(desk: Desk, public_id: str) -> Answer:
    """The whole picture before it goes; the numbers lead to the people behind them."""
    campaign = lifecycle.get_public(desk.session, public_id)
    try:
        found, problem = overview.of_campaign(desk.session, campaign, now=desk.now), ""
    except LoyaltyError as refused:
        found, problem = None, desk.sentence(refused)
    return desk.render(
        "campaigns/before.html",
        campaign=campaign,
        segment=desk.session.get_one(Segment, campaign.segment_id),
        found=found,
        problem=problem,
        limits=stopping.limits(campaign),
        route_words={str(route): words.in_(desk.locale) for route, words in way_words.ROUTES.items()},
        hour_bars=[
            (each.at.astimezone(desk.shop.timezone).strftime("%H:%M %d/%m"), each.people)
            for each in (found.hours if found else ())
        ],
        here=here,
    )


@section.post("/campaigns/<public_id>/approve", right=Right.APPROVE)
def approve(desk: Desk, public_id: str) -> Answer:
    """It is scheduled as it was asked for."""
    campaign = lifecycle.get_public(desk.session, public_id)
    lifecycle.approve(desk.session, campaign, by=desk.author.actor, reason=_reason(desk), now=desk.now)
    return desk.done(
        desk.t("Đã duyệt, chiến dịch được gửi như đã hẹn.", "Approved: it goes as planned."), to=_page(campaign)
    )


@section.post("/campaigns/<public_id>/refuse", right=Right.APPROVE)
def refuse(desk: Desk, public_id: str) -> Answer:
    """A draft again, with the reason beside it."""
    campaign = lifecycle.get_public(desk.session, public_id)
    lifecycle.refuse(desk.session, campaign, by=desk.author.actor, reason=_reason(desk), now=desk.now)
    told = desk.t("Đã từ chối, chiến dịch trở lại thành nháp.", "Refused: it is a draft again.")
    return desk.done(told, to=_page(campaign))


@section.post("/campaigns/<public_id>/budget", right=Right.CAMPAIGN)
def budget(desk: Desk, public_id: str) -> Answer:
    """More money, or less, for a campaign that is paused; empty: as much as the month allows."""
    campaign = lifecycle.get_public(desk.session, public_id)
    form = desk.form(BudgetForm)
    if not form.carry_out(lambda given: lifecycle.set_budget(desk.session, campaign, given["budget"])):
        desk.say(" ".join(form.errors.values()))
        return desk.go(_page(campaign))
    desk.note("campaign_changed", f"campaign:{public_id}")
    return desk.done(
        desk.t("Đã đổi ngân sách. Bấm «Gửi tiếp» khi sẵn sàng.", "Changed. Press “Go on” when ready."),
        to=_page(campaign),
    )


@section.get("/campaigns/<public_id>/runs/<run>/certificate", right=Right.CAMPAIGN)
def certificate(desk: Desk, public_id: str, run: str) -> Answer:
    """One run that is over, to be printed and kept."""
    campaign = lifecycle.get_public(desk.session, public_id)
    stated = certificates.get(desk.session, campaign, run)
    moments = {name: datetime.fromisoformat(stated[name]) for name in stated if name.endswith("_at") and stated[name]}
    return desk.render("campaigns/certificate.html", campaign=campaign, stated=stated, moments=moments, here=here)


def _reason(desk: Desk) -> str:
    given = desk.form(Verdict).read()
    return str((given or {}).get("reason") or "") if request.method == "POST" else ""


def _page(campaign: Campaign) -> str:
    return url_for("console.campaigns.show", public_id=campaign.public_id)
