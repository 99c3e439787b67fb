"""Writing a journey: what makes people enter, the steps in their order, how many would come; without a script."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from loyalty.campaigns import content
from loyalty.campaigns.approval import Seen
from loyalty.console.campaigns import composing as letters
from loyalty.console.campaigns import extras
from loyalty.console.desk import Desk
from loyalty.console.journeys import here, mails, sheets, words
from loyalty.console.journeys.here import section
from loyalty.console.journeys.sheets import Sheet
from loyalty.console.section import Answer
from loyalty.errors import NotFound, RuleViolation
from loyalty.journeys import foretelling, lifecycle, money, plans, starters, steps
from loyalty.journeys.faults import BadPlan
from loyalty.journeys.foretelling import Foretold
from loyalty.journeys.lifecycle import Written
from loyalty.journeys.models import Journey, JourneyEdition
from loyalty.segments import saved
from loyalty.segments.models import Segment
from loyalty.staff.permissions import Right

OFFERED = 200  # segments in the choice, newest first
LONGEST_NAME = 90
ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where: `name`, `segment`, `trigger`, `again`, `steps`, or `steps.2`."""

    place: str
    text: str


def count_ahead(desk: Desk, public_id: str) -> Seen | None:
    """Whom one that runs is for as it is to be, where a second person may have to be asked."""
    try:
        return lifecycle.look_at(desk.session, public_id, _written(sheets.read(request.form)), now=desk.now)
    except (RuleViolation, NotFound):
        return None  # told beside the form


@section.get("/journeys/new", right=Right.CAMPAIGN)
def begin(desk: Desk) -> Answer:
    """An empty page, or one that a starter filled in."""
    starter = starters.find(desk.args.get("starter", ""))
    sheet = Sheet(segment=desk.args.get("segment", ""))
    if starter is not None:
        sheet = sheets.of_plan(starter.name.in_(desk.locale), sheet.segment, starter.plan(desk.shop.locale))
    return _page(desk, sheet, None)


@section.post("/journeys/new", right=Right.CAMPAIGN)
def create(desk: Desk) -> Answer:
    """Keep a draft."""
    return _keep(desk, None)


@section.post("/journeys/look", right=Right.CAMPAIGN, writes=False)
def look(desk: Desk) -> Answer:
    """The page once more: a step added, moved or taken out, the numbers counted anew; nothing is kept."""
    named = request.form.get("journey", "")
    journey = lifecycle.get_public(desk.session, named) if named else None
    sheet = sheets.change(sheets.read(request.form), request.form.get("do", ""))
    return _page(desk, sheet, journey)


@section.get("/journeys/<public_id>/edit", right=Right.CAMPAIGN)
def edit(desk: Desk, public_id: str) -> Answer:
    """The page of one that is not ended."""
    journey = lifecycle.get_public(desk.session, public_id)
    if journey.state in (ENDED, "waiting_approval"):
        return desk.go(url_for("console.journeys.show", public_id=public_id))
    return _page(desk, _sheet(desk, journey), journey)


@section.post("/journeys/<public_id>/edit", right=Right.CAMPAIGN, ahead=count_ahead)
def change(desk: Desk, public_id: str) -> Answer:
    """Keep what it is from now on; those inside go on as it was."""
    return _keep(desk, lifecycle.get_public(desk.session, public_id))


@section.post("/journeys/<public_id>/duplicate", right=Right.CAMPAIGN)
def duplicate(desk: Desk, public_id: str) -> Answer:
    """The same as a new draft."""
    first = lifecycle.get_public(desk.session, public_id)
    edition, sheet = lifecycle.edition(desk.session, first), _sheet(desk, first)
    name = desk.t(f"{first.name} (bản sao)", f"{first.name} (copy)")[:LONGEST_NAME]
    written = Written(name, edition.plan, sheet.segment or None, money.budget_of(desk.session, first))
    copy = lifecycle.create(desk.session, written, key=desk.key, now=desk.now)
    desk.note("journey_created", f"journey:{copy.public_id}", copied=public_id)
    told = desk.t("Đã chép thành bản nháp mới.", "Copied into a new draft.")
    return desk.done(told, to=url_for("console.journeys.edit", public_id=copy.public_id))


def _keep(desk: Desk, journey: Journey | None) -> Answer:
    sheet = sheets.read(request.form)
    try:
        with desk.session.begin_nested():
            kept = _write(desk, sheet, journey)
    except RuleViolation as refused:
        return _page(desk, sheet, journey, _fault(desk, refused)), 422
    except NotFound as gone:
        return _page(desk, sheet, journey, Fault("segment", desk.sentence(gone))), 422
    desk.note("journey_changed" if journey else "journey_created", f"journey:{kept.public_id}")
    told = desk.t("Đã lưu. Ai đang ở trong vẫn đi theo bản cũ.", "Kept. Those inside go on as it was.")
    if kept.state == "waiting_approval":
        told = desk.t("Đã lưu. Chờ người khác duyệt rồi mới chạy tiếp.", "Kept. It waits for somebody else's yes.")
    elif kept.state == "draft":
        told = desk.t("Đã lưu nháp. Chưa ai vào hành trình cả.", "The draft is kept. Nobody enters yet.")
    return desk.done(told, to=url_for("console.journeys.show", public_id=kept.public_id))


def _write(desk: Desk, sheet: Sheet, journey: Journey | None) -> Journey:
    if not 0 < len(sheet.name) <= LONGEST_NAME or "\n" in sheet.name:
        raise BadPlan("name", "must be a name", "missing")
    written = _written(sheet)
    if journey is None:
        return lifecycle.create(desk.session, written, key=desk.key, now=desk.now)
    lifecycle.edit(desk.session, journey, written, by=desk.author.actor, seen=desk.ahead, now=desk.now)
    return journey


def _written(sheet: Sheet) -> Written:
    return Written(sheet.name, sheets.plan_of(sheet), sheet.segment or None, sheets.budget_of(sheet))


def _fault(desk: Desk, refused: RuleViolation) -> Fault:
    """Beside the part of the form it is about."""
    if not isinstance(refused, BadPlan):
        return Fault("segment", desk.sentence(refused))
    parts = refused.path.split(".")
    place = ".".join(parts[:2]) if parts[0] == "steps" else parts[0]
    return Fault(place, here.fault(refused, desk.locale))


def _sheet(desk: Desk, journey: Journey) -> Sheet:
    edition = lifecycle.edition(desk.session, journey)
    return sheets.of_plan(journey.name, segment_of(desk, edition), edition.plan, money.budget_of(desk.session, journey))


def segment_of(desk: Desk, edition: JourneyEdition) -> str:
    """The public id of the segment that narrows it; "" for none."""
    if edition.segment_id is None:
        return ""
    return desk.session.get_one(Segment, edition.segment_id).public_id


def foretold(desk: Desk, raw: Any, segment: str) -> tuple[Foretold | None, Fault | None]:
    """How many would enter, of a plan that can be used."""
    try:
        plan = plans.parse(raw)
        chosen = saved.get_public(desk.session, segment).id if segment else None
        return foretelling.foretell(desk.session, plan, JourneyEdition(segment_id=chosen), now=desk.now), None
    except RuleViolation as refused:
        return None, _fault(desk, refused)
    except NotFound as gone:
        return None, Fault("segment", desk.sentence(gone))


def _page(desk: Desk, sheet: Sheet, journey: Journey | None, fault: Fault | None = None) -> str:
    numbers, found = foretold(desk, sheets.plan_of(sheet), sheet.segment)
    segments = saved.list_newest(desk.session, limit=OFFERED)
    return desk.render(
        "journeys/compose.html",
        sheet=sheet,
        journey=journey,
        fault=fault,
        foretold=numbers,
        not_yet=found,
        bars=bars(numbers),
        cards=words.CARDS,
        does=words.DOES,
        tests=[(code, told.in_(desk.locale)) for code, told in words.TESTS.items()],
        segments=[(each.public_id, each.name) for each in segments],
        tiers=[(tier.code, tier.names.get(desk.locale, tier.code)) for tier in desk.programme.tiers[1:]],
        later=[
            [(each + 1, desk.t(f"sang bước {each + 1}", f"go to step {each + 1}")) for each in _after(sheet, place)]
            for place in range(len(sheet.steps))
        ],
        most=steps.MOST,
        longest=content.LONGEST,
        insert=letters.INSERTED.in_(desk.locale),
        others=mails.OTHERS,
        wordings=extras.wordings(desk),
        offered=extras.vocabulary(desk),
        has_more=mails.has_any,
    )


def _after(sheet: Sheet, place: int) -> range:
    return range(place + 1, len(sheet.steps))


def bars(numbers: Foretold | None) -> Sequence[tuple[str, int]]:
    """The days before, as a chart takes them."""
    return [(day.strftime("%d/%m"), number) for day, number in numbers.days] if numbers else []
