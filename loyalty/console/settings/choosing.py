"""The settings page: each card saves what it shows, and every change can be taken back."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import partial
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from loyalty.choices import chosen
from loyalty.choices.models import ChoiceChange, ShopChoice
from loyalty.console.desk import Desk, Undo
from loyalty.console.forms import Choice, Day, Flag, Form, FormSchema, Text, WholeNumber
from loyalty.console.section import Answer
from loyalty.console.settings import environment, showing
from loyalty.console.settings.fields import WEEKDAYS, Ceiling, Clock, Language, OpeningDay
from loyalty.console.settings.here import section
from loyalty.messaging import budget, pace_words
from loyalty.shop import Shop
from loyalty.staff.permissions import Right
from loyalty.typed.money import format_points

LONGEST_CLOSURE = 60  # days chosen at once
CHANGES = 10  # shown


class About(FormSchema):
    name = Text(longest=chosen.LONGEST["name"])
    contact = Text(longest=chosen.LONGEST["contact"])
    locale = Language()
    address = Choice(chosen.ADDRESSES)


class Quiet(FormSchema):
    start = Clock()
    end = Clock()


class Budget(FormSchema):
    monthly_budget = Ceiling()


class Answers(FormSchema):
    offers_in_replies = Flag()


class Campaigns(FormSchema):
    """Above which a second person decides, and who never gets a campaign; empty: nobody."""

    approval_people = WholeNumber(low=0, high=10**9)
    approval_cost = Ceiling()
    shop_holdout = WholeNumber(low=0, high=chosen.MOST_HELD_OUT)


class Opening(FormSchema):
    """`WEEKDAYS`, and what to add while closed."""

    mon, tue, wed, thu = OpeningDay(), OpeningDay(), OpeningDay(), OpeningDay()
    fri, sat, sun = OpeningDay(), OpeningDay(), OpeningDay()
    closed_text = Text(longest=chosen.LONGEST["closed_text"])


class Closure(FormSchema):
    first = Day(required=True)
    last = Day()


@section.get("/settings", right=Right.SETTINGS)
def index(desk: Desk) -> Answer:
    """Everything the owner chooses, and what the environment decides."""
    return _page(desk)


@section.post("/settings/about", right=Right.SETTINGS)
def about(desk: Desk) -> Answer:
    """Name, contact, language, form of address; an empty name or contact is the environment's again."""
    form = desk.form(About)
    given = form.read()
    if given is not None and given["address"] is None:  # of a form that does not ask
        del given["address"]
    return _save(desk, form, "about", given)


@section.post("/settings/quiet", right=Right.SETTINGS)
def quiet(desk: Desk) -> Answer:
    """When promotions are held; two empty times: never."""
    form = desk.form(Quiet)
    given = form.read()
    if given is not None and (given["start"] is None) != (given["end"] is None):
        missing = "start" if given["start"] is None else "end"
        form.refuse(missing, desk.t("Điền cả hai giờ, hoặc để trống cả hai.", "Fill both times, or neither."))
    start, end = (given or {}).get("start"), (given or {}).get("end")
    return _save(desk, form, "quiet", {"quiet_hours": f"{start}-{end}" if start and end else ""})


@section.post("/settings/budget", right=Right.SETTINGS)
def allowance(desk: Desk) -> Answer:
    """What billed messages may cost in a month; empty is the environment's again."""
    form = desk.form(Budget)
    return _save(desk, form, "budget", form.read())


@section.post("/settings/answers", right=Right.SETTINGS)
def answering(desk: Desk) -> Answer:
    """Whether an answer may end with the best offer its reader has not used."""
    form = desk.form(Answers)
    return _save(desk, form, "answers", form.read())


@section.post("/settings/campaigns", right=Right.SETTINGS)
def campaigning(desk: Desk) -> Answer:
    """When a campaign waits for a second person, and the part of all customers that gets none, to compare."""
    form = desk.form(Campaigns)
    return _save(desk, form, "campaigning", form.read())


@section.post("/settings/opening", right=Right.SETTINGS)
def opening(desk: Desk) -> Answer:
    """The week; with every day empty the shop tells no hours, and nobody is told that it is closed."""
    form = desk.form(Opening)
    given = form.read() or {}
    week = [given.get(name) or [] for name in WEEKDAYS]
    missing = [name for name in WEEKDAYS if not request.form.get(name, "").strip()]
    is_told = len(missing) < len(WEEKDAYS)
    for name in missing if is_told else ():  # never taken for a day off: customers would be told so
        form.refuse(name, desk.t("Gõ giờ mở cửa, hoặc gõ: nghỉ", "Type the hours, or: closed"))
    return _save(
        desk, form, "opening", {"opening": week if is_told else None, "closed_text": given.get("closed_text") or ""}
    )


@section.post("/settings/closures", right=Right.SETTINGS)
def close_days(desk: Desk) -> Answer:
    """Days on which the weekly hours do not hold; those that are past are forgotten."""
    form = desk.form(Closure)
    given = form.read()
    if given is None:
        return _page(desk, closure=form), 422
    first, last = given["first"], given["last"] or given["first"]
    if not timedelta() <= last - first < timedelta(days=LONGEST_CLOSURE) or last < desk.shop.day(desk.now):
        form.refuse("last" if given["last"] else "first", showing.WRONG_DAYS.in_(desk.locale, most=LONGEST_CLOSURE))
        return _page(desk, closure=form), 422
    days = {first + timedelta(days=number) for number in range((last - first).days + 1)}
    return _save(desk, form, "closure", {"closed_days": _with_days(desk, days)})


@section.post("/settings/closures/<day>/open", right=Right.SETTINGS)
def open_day(desk: Desk, day: str) -> Answer:
    """That day keeps its weekly hours after all."""
    kept = [each for each in chosen.row(desk.session).closed_days or [] if each != day]
    return _save(desk, desk.form(FormSchema), "closure", {"closed_days": kept})


@section.post("/settings/changes/<int:number>/undo", right=Right.SETTINGS)
def undo(desk: Desk, number: int) -> Answer:
    """What was before that change is chosen again."""
    change = chosen.undo(desk.session, min(number, 2**62), by=desk.author.actor, now=desk.now)
    return _done(desk, change, "settings_undone")


def _with_days(desk: Desk, days: set[date]) -> list[str]:
    kept = {date.fromisoformat(day) for day in chosen.row(desk.session).closed_days or []}
    return [day.isoformat() for day in sorted(kept | days) if day >= desk.shop.day(desk.now)]


def _save(desk: Desk, form: Form, card: str, changes: Mapping[str, Any] | None) -> Answer:
    """Choose what differs from what holds now; the page again when something is wrong."""
    if changes is None or form.errors:
        return _page(desk, **{card: form}), 422
    differing = showing.differing(desk.session, changes)
    by = desk.author.actor
    if not form.carry_out(lambda _given: chosen.save(desk.session, differing, by=by, now=desk.now)):
        return _page(desk, **{card: form}), 422
    return _done(desk, form.result, "settings_changed")


def _done(desk: Desk, change: ChoiceChange | None, action: str) -> Response:
    home = url_for(".index")
    if change is None:
        return desk.done(desk.t("Không có gì thay đổi.", "Nothing has changed."), to=home)
    desk.note(action, "shop", fields=sorted(change.after), change=change.id)
    back = Undo(url_for(".undo", number=change.id), desk.t("Hoàn tác", "Undo"))
    return desk.done(showing.sentence(desk, change), to=home, undo=back)


def _page(desk: Desk, **forms: Form) -> str:
    here, kept = chosen.of(desk.session), chosen.row(desk.session)
    return desk.render(
        "settings/index.html",
        **_cards(desk, here, kept) | forms,
        here=here,
        settled=showing.settled(desk.session),
        weekdays=list(zip(WEEKDAYS, showing.weekday_names(desk.locale), strict=True)),
        closures=showing.closures(desk, kept.closed_days or []),
        month=budget.of_month(desk.session, now=desk.now),
        outlook=pace_words.of_month(desk.session, desk.locale, now=desk.now),
        shares=showing.shares(desk),
        changes=showing.changes(desk, CHANGES),
        environment=environment.show(desk.settings, desk.locale),
    )


def _cards(desk: Desk, here: Shop, kept: ShopChoice) -> dict[str, Form]:
    """Each card's form as it begins."""
    quiet_hours = here.quiet_hours
    times = {"start": quiet_hours.start, "end": quiet_hours.end} if quiet_hours else {}
    week = here.opening.plain() if here.opening else []
    days = {name: ", ".join(spans) or desk.t("nghỉ", "closed") for name, spans in zip(WEEKDAYS, week, strict=False)}
    form = partial(showing.fresh_form, desk)
    return {
        "about": form(
            About, name=kept.name or "", contact=kept.contact or "", locale=here.locale, address=here.address
        ),
        "quiet": form(Quiet, **{name: f"{at:%H:%M}" for name, at in times.items()}),
        "budget": form(Budget, monthly_budget=_written(desk, kept.monthly_budget)),
        "opening": form(Opening, **days, closed_text=here.closed_text),
        "closure": form(Closure),
        "campaigning": form(
            Campaigns,
            approval_people=_written(desk, kept.approval_people),
            approval_cost=_written(desk, kept.approval_cost),
            shop_holdout=_written(desk, kept.shop_holdout),
        ),
        "answers": form(Answers, offers_in_replies="1" if here.offers_in_replies else ""),
    }


def _written(desk: Desk, amount: int | None) -> str:
    return "" if amount is None else format_points(amount, desk.locale)
