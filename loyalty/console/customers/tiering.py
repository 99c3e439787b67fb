"""A customer's tier: why, until when, every step there was; and a tier set by hand, shown before it is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from marshmallow import ValidationError

from loyalty.console import hands, tier_words
from loyalty.console.customers.here import render, section, whole_number
from loyalty.console.desk import Desk, Undo
from loyalty.console.forms import Day, Form, FormSchema, Text
from loyalty.console.section import Answer
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.errors import LoyaltyError
from loyalty.points.models import TierChange
from loyalty.points.tiers import card, changes, granting, manual
from loyalty.points.tiers.card import Card
from loyalty.points.tiers.manual import Set, Setting
from loyalty.programme.document import in_locale
from loyalty.staff.permissions import Right

PAGE = 25


class Wish(FormSchema):
    """A tier to be held, at least, through a day."""

    tier = Text(longest=64, required=True)
    until = Day(required=True)
    reason = Text(required=True, longest=manual.LONGEST_REASON)


@dataclass(frozen=True, slots=True)
class Preview:
    """What the button would do: the tier held afterwards, and through which day no less; `fault` says why it cannot."""

    tier: str = ""
    until: date | None = None
    is_above: bool = False  # what they hold by their purchases is more
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the history. `words`: why it was set by hand."""

    change: TierChange
    reason: str
    by: str
    words: str


@section.get("/customers/<public_id>/tier", right=Right.FIND)
def tier(desk: Desk, public_id: str) -> Answer:
    """Why they are in it, the months behind it, every step; for who may, the form to set it by hand."""
    return _page(desk, profiles.get_public(desk.session, public_id), desk.form(Wish))


@section.post("/customers/<public_id>/tier/look", right=Right.SET_TIER, writes=False)
def look_at_tier(desk: Desk, public_id: str) -> Answer:
    """What would be held, while one chooses; nothing is written."""
    customer, form = profiles.get_public(desk.session, public_id), desk.form(Wish)
    if desk.is_partial:
        return desk.render("customers/_tier_preview.html", preview=_preview(desk, _card(desk, customer), form))
    return _page(desk, customer, form)


@section.post("/customers/<public_id>/tier", right=Right.SET_TIER)
def set_tier(desk: Desk, public_id: str) -> Answer:
    """Hold them in a tier through a day; they are told. The same form once more is the same act."""
    customer, form = profiles.get_public(desk.session, public_id), desk.form(Wish)
    if not form.carry_out(lambda given: _grant(desk, customer, given)):
        return _page(desk, customer, form), 422
    name, day = desk.programme.tier_name(form["tier"], desk.locale), form.result.change.until
    told = desk.t(f"Giữ hạng {name} đến hết {day:%d/%m/%Y}.", f"{name} through {day:%d %b %Y}.")
    way_back = Undo(url_for(".end_tier", public_id=public_id), desk.t("Hoàn tác", "Undo"))
    return desk.done(told, to=url_for(".tier", public_id=public_id), undo=way_back)


@section.post("/customers/<public_id>/tier/end", right=Right.SET_TIER)
def end_tier(desk: Desk, public_id: str) -> Answer:
    """Take back what was set by hand."""
    customer = profiles.get_public(desk.session, public_id)
    done = granting.take_back(desk.session, customer, hands.hand(desk))
    name = desk.programme.tier_name(done.to_tier, desk.locale)
    told = desk.t(f"Đã bỏ hạng đặt bằng tay. Nay ở hạng {name}.", f"Taken back. They are {name} now.")
    return desk.done(told, to=url_for(".tier", public_id=public_id))


def beside(desk: Desk, customer: Customer) -> Sequence[str]:
    """Why they are in their tier, in a few sentences."""
    return list(tier_words.why(desk, _card(desk, customer)))


def _grant(desk: Desk, customer: Customer, given: dict[str, Any]) -> Set:
    return granting.grant(desk.session, customer, Setting(**given), hands.hand(desk))


def _page(desk: Desk, customer: Customer, form: Form) -> str:
    found = _card(desk, customer)
    before = whole_number(desk.args.get("before", ""))
    rows = changes.list_newest(desk.session, customer.id, before=before, limit=PAGE + 1)
    more = url_for(".tier", public_id=customer.public_id, before=rows[PAGE - 1].id) if len(rows) > PAGE else ""
    return render(
        desk,
        "tier.html",
        customer,
        card=found,
        why=list(tier_words.why(desk, found)),
        months=[(month, amount, tier_words.asks(desk, found.programme, amount)) for month, amount in found.months],
        steps=[_step(desk, row) for row in rows[:PAGE]],
        more=more,
        form=form,
        preview=_preview(desk, found, form),
        benefits=in_locale(found.held.benefits, desk.locale) if found.held.benefits else (),
        choices=[(each.code, found.programme.tier_name(each.code, desk.locale)) for each in found.programme.tiers[1:]],
    )


def _card(desk: Desk, customer: Customer) -> Card:
    return card.of_customer(desk.session, customer.id, desk.shop.day(desk.now))


def _step(desk: Desk, row: TierChange) -> Step:
    reason = tier_words.REASONS[row.reason].in_(desk.locale)
    by = "" if row.purchase_id is not None else desk.name_of(row.actor)
    return Step(row, reason, by, changes.words_of(desk.session, row))


def _preview(desk: Desk, found: Card, form: Form) -> Preview | None:
    """None while tier or day are not chosen."""
    try:
        until = Day().deserialize(form["until"])
    except ValidationError:
        return None
    if until is None or not form["tier"]:
        return None
    try:
        wanted = manual.check(found.programme, Setting(form["tier"], until, "…"), desk.shop.day(desk.now))
    except LoyaltyError as refused:
        return Preview(fault=desk.sentence(refused))
    is_above = found.programme.rank(found.held.code) > found.programme.rank(wanted.tier)
    return Preview(found.held.code if is_above else wanted.tier, until, is_above)
