"""Campaigns as they go: the list, one of them with what became of it, and its numbers as a table to take away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import url_for
from sqlalchemy import Row, select
from werkzeug.wrappers import Response

from loyalty.campaigns import letters, lifecycle, report, terms
from loyalty.campaigns import stopping as halting
from loyalty.campaigns.models import Campaign, CampaignRun
from loyalty.campaigns.report import OUTCOMES, Report, RunReport
from loyalty.choices import sending as stopping
from loyalty.console import authors, persons
from loyalty.console.campaigns import here, picture, starts
from loyalty.console.campaigns.here import section
from loyalty.console.desk import Desk
from loyalty.console.section import Answer
from loyalty.customers.models import Customer
from loyalty.errors import NotFound
from loyalty.messaging import pace_words
from loyalty.segments.models import Segment
from loyalty.staff.permissions import Right
from loyalty.typed import csv_text

PAGE = 20
RECIPIENTS = 50
RUNS = 60  # bars of a chart
SURE_AFTER = 10  # seconds of watching before a forecast is honest
MOVED = "moved"  # the event the page listens for
NEAR = timedelta(minutes=1)  # a start that one may wait for
WATCHED = 90  # seconds after which the watch begins anew: speeds change
VIEWS = {
    "all": (),
    "draft": ("draft",),
    "scheduled": ("waiting_approval", "scheduled"),
    "running": ("running", "paused"),
    "over": ("finished", "cancelled"),
}


@dataclass(frozen=True, slots=True)
class Progress:
    """A run under way. `minutes_left` from the speed just watched; None while that says nothing."""

    campaign: Campaign
    run: RunReport
    is_freezing: bool
    quiet_until: datetime | None
    watched_from: int  # recipients done when the watch began, which was at
    watched_since: int  # seconds since 1970
    minutes_left: int | None

    @property
    def done(self) -> int:
        return self.run.frozen - self.run.outcomes["waiting"]


@dataclass(frozen=True, slots=True)
class Listed:
    """One campaign in the list; `progress` of one that is under way."""

    campaign: Campaign
    segment: Segment
    when: str
    progress: Progress | None


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person of a run and what became of their message."""

    person: persons.Person
    channel: str | None
    outcome: str
    reason: str
    due_at: datetime
    settled_at: datetime | None


class RecipientNotFound(NotFound):
    """There is no such place in the list."""

    code = "not_found"


@section.get("/campaigns", right=Right.CAMPAIGN)
def index(desk: Desk) -> Answer:
    """Campaigns, newest first; some of them by their state, or those put away."""
    view = desk.args.get("view", "all")
    states = VIEWS.get(view, ())
    last = desk.args.get("after", "")
    found = lifecycle.list_newest(
        desk.session,
        states=states,
        archived=view == "away",
        before=lifecycle.get_public(desk.session, last).id if last else None,
        limit=PAGE + 1,
    )
    shown = found[:PAGE]
    more = url_for("console.campaigns.index", view=view, after=shown[-1].public_id) if len(found) > PAGE else ""
    return desk.render(
        "campaigns/index.html",
        listed=[_listed(desk, campaign) for campaign in shown],
        view=view,
        more=more,
        here=here,
        stop=stopping.find_stop(desk.session),
    )


@section.get("/campaigns/<public_id>", right=Right.CAMPAIGN)
def show(desk: Desk, public_id: str) -> Answer:
    """One campaign: what it says, when it goes, how far it is, what became of it."""
    campaign = lifecycle.get_public(desk.session, public_id)
    segment = desk.session.get_one(Segment, campaign.segment_id)
    start = starts.of_campaign(campaign)
    whole, runs = report.of_campaign(desk.session, campaign)
    is_waiting = campaign.state in ("draft", "waiting_approval", "scheduled")
    return desk.render(
        "campaigns/show.html",
        campaign=campaign,
        segment=segment,
        when=starts.in_words(desk, start) if campaign.at or campaign.cron else "",
        upcoming=starts.upcoming(desk, start) if campaign.state == "scheduled" and campaign.cron else [],
        progress=_progress(desk, campaign),
        whole=whole,
        runs=runs[:RUNS],
        charted=[(desk.shop.day(run.due_at).strftime("%d/%m"), run.outcomes["sent"]) for run in runs[RUNS - 1 :: -1]],
        picture=picture.of_campaign(desk, segment, campaign) if is_waiting else None,
        image=letters.of_campaign(desk.session, campaign).picture,
        is_near=campaign.next_at is not None and campaign.next_at <= desk.now + NEAR,
        outcome_bars=[
            (words[0].in_(desk.locale), whole.outcomes[name])
            for name, words in here.OUTCOMES.items()
            if whole.outcomes[name]
        ],
        outbox_url=url_for("console.channels.messages", state="unknown"),
        terms=terms.of(desk.session, campaign),
        outlook=pace_words.of_purse(desk.session, campaign.purse_id, desk.locale, now=desk.now),
        limits=halting.limits(campaign),
        halted=here.cause(campaign.stopped, desk.locale) if campaign.stopped else None,
        asked_by=_asked_by(desk, campaign),
        is_own=(campaign.approval or {}).get("asked_by") == desk.author.actor,
        variants=report.of_variants(desk.session, campaign),
        is_under_way=any(run.finished_at is None for run in runs),
        cases=picture.CASES,
        here=here,
        stop=stopping.find_stop(desk.session),
    )


@section.get("/campaigns/<public_id>/progress", right=Right.CAMPAIGN)
def progress(desk: Desk, public_id: str) -> Answer:
    """The bar alone, asked for again and again while one looks; a word to the page when the campaign moved on."""
    campaign = lifecycle.get_public(desk.session, public_id)
    under_way = _progress(desk, campaign)
    if not desk.is_partial:
        return desk.go(url_for("console.campaigns.show", public_id=public_id))
    if desk.args.get("state") != campaign.state or (under_way is None and campaign.state != "scheduled"):
        return Response("", 204, {"HX-Trigger": MOVED})
    if under_way is None:
        return Response("", 204)
    return desk.render("campaigns/_progress.html", progress=under_way, here=here)


@section.get("/campaigns/<public_id>/recipients", right=Right.CAMPAIGN)
def recipients(desk: Desk, public_id: str) -> Answer:
    """Everybody it was for, or those of one outcome and reason."""
    campaign = lifecycle.get_public(desk.session, public_id)
    chosen: dict[str, Any] = {name: desk.args.get(name) or None for name in ("outcome", "reason")}
    found = report.list_recipients(
        desk.session,
        campaign,
        became=chosen["outcome"],
        why=chosen["reason"],
        before=_place(desk.args.get("after", "")),
        limit=RECIPIENTS + 1,
    )
    shown, more = found[:RECIPIENTS], ""
    if len(found) > RECIPIENTS:
        more = url_for("console.campaigns.recipients", public_id=public_id, after=shown[-1].id, **chosen)
    return desk.render(
        "campaigns/recipients.html", campaign=campaign, rows=_people(desk, shown), more=more, here=here, **chosen
    )


@section.get("/campaigns/<public_id>/report.csv", right=Right.CAMPAIGN)
def download(desk: Desk, public_id: str) -> Answer:
    """Every run with its outcomes and reasons, for a spreadsheet."""
    campaign = lifecycle.get_public(desk.session, public_id)
    _whole, runs = report.of_campaign(desk.session, campaign)
    head = [
        desk.t("Lần gửi", "Run"),
        desk.t("Kết quả", "Outcome"),
        desk.t("Lý do", "Reason"),
        desk.t("Số người", "People"),
    ]
    rows = [line for run in runs for line in _lines(desk, run)]
    sheet = csv_text.write([[desk.t("Chiến dịch", "Campaign"), campaign.name], head, *rows])
    kind = {"Content-Disposition": f'attachment; filename="campaign-{public_id}.csv"'}
    return Response(sheet, 200, kind, content_type="text/csv; charset=utf-8")


def _lines(desk: Desk, run: RunReport) -> list[list[str | int]]:
    at = run.due_at.astimezone(desk.shop.timezone).strftime("%Y-%m-%d %H:%M")
    frozen: list[list[str | int]] = [[at, desk.t("Tất cả", "Everybody"), "", run.frozen]]
    for outcome in OUTCOMES:
        words = here.OUTCOMES[outcome][0].in_(desk.locale)
        reasons = run.reasons.get(outcome) or {"": run.outcomes[outcome]}
        frozen += [[at, words, here.reason(code, desk.locale), number] for code, number in reasons.items() if number]
    return frozen


def _asked_by(desk: Desk, campaign: Campaign) -> str:
    """Who asked for a second person, or who decided."""
    known = campaign.approval or {}
    actor = known.get("by") or known.get("asked_by")
    return authors.name_of(desk.session, actor, desk.locale) if actor else ""


def _place(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise RecipientNotFound
    return int(text)


def _people(desk: Desk, rows: Sequence[Row[Any]]) -> list[Recipient]:
    ids = [row.person_id for row in rows]
    found = {one.id: one for one in desk.session.scalars(select(Customer).where(Customer.id.in_(ids)))}
    shown = persons.show_all(desk.session, [found[each] for each in ids])
    return [
        Recipient(
            person,
            row.channel,
            row.outcome,
            here.reason(row.reason, desk.locale) if row.reason else "",
            row.due_at,
            row.settled_at,
        )
        for person, row in zip(shown, rows, strict=True)
    ]


def _listed(desk: Desk, campaign: Campaign) -> Listed:
    start = starts.of_campaign(campaign)
    return Listed(
        campaign,
        desk.session.get_one(Segment, campaign.segment_id),
        starts.in_words(desk, start) if campaign.at or campaign.cron else "",
        _progress(desk, campaign) if campaign.state in VIEWS["running"] else None,
    )


def _progress(desk: Desk, campaign: Campaign) -> Progress | None:
    run: CampaignRun | None = lifecycle.open_run(desk.session, campaign)
    if run is None:
        return None
    found = report.of_run(desk.session, run)
    done, now = found.frozen - found.outcomes["waiting"], int(desk.now.timestamp())
    watched_from, since = _watch(desk, done, now)
    quiet = desk.shop.quiet_until(desk.now) if desk.shop.is_quiet(desk.now) else None
    left = _minutes_left(found, done - watched_from, now - since) if campaign.state == "running" and not quiet else None
    return Progress(campaign, found, run.state == "freezing", quiet, watched_from, since, left)


def _watch(desk: Desk, done: int, now: int) -> tuple[int, int]:
    """What was done when whoever looks began to look, and when that was; begun anew when it is long ago or strange."""
    told = [desk.args.get(name, "") for name in ("seen", "since")]
    if not all(text.isascii() and text.isdigit() and len(text) < 12 for text in told):
        return done, now
    seen, since = map(int, told)
    return (seen, since) if seen <= done and 0 <= now - since <= WATCHED else (done, now)


def _minutes_left(run: Report, done: int, seconds: int) -> int | None:
    if done <= 0 or seconds < SURE_AFTER:
        return None
    return -(-run.outcomes["waiting"] * seconds // (done * 60))
