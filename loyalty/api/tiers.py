"""/customers/{id}/tier and /tiers: the tier held and what is behind it, set by hand, and every step there was."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields
from sqlalchemy import select

from loyalty import shop
from loyalty.api import blueprints, hands, pages, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import Body, Day, Instant, Text
from loyalty.api.pages import PageQuery, page_of
from loyalty.api.problems import Invalid
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.points.models import TierChange
from loyalty.points.tiers import card, changes, granting, manual
from loyalty.points.tiers.card import Card
from loyalty.points.tiers.manual import BadTier, Setting
from loyalty.purchases.models import Purchase

blueprint = blueprints.resource("tiers", "The tier of a customer, why, and every step there was.", order=43)


class NewTier(Body):
    """No less than `tier` (its code) is held through `until`, a shop day; the reason is kept sealed."""

    tier = Text(1, 64, required=True, example="gold")
    until = Day(required=True, metadata={"example": "2030-12-31"})
    reason = Text(1, manual.LONGEST_REASON, required=True, example="Khách thân của chủ quán")


class MonthSchema(Body):
    """What one month of the window brought."""

    month = fields.Date(required=True)  # its first day
    amount = fields.Integer(required=True)


class NextSchema(Body):
    """The tier that comes next, from what on, and how much is missing."""

    tier = fields.String(required=True)
    needs = fields.Integer(required=True)
    missing = fields.Integer(required=True)


class FallSchema(Body):
    """The shop day the tier is lost if nothing more is bought, to which it falls, and what would keep it."""

    on = fields.Date(required=True)
    to = fields.String(required=True)
    missing = fields.Integer(required=True)


class ByHandSchema(Body):
    """No less than this is held through `until`."""

    tier = fields.String(required=True)
    until = fields.Date(required=True)


class StandingSchema(Body):
    """Amounts are whole ₫ (`metric` is spend), points or orders, counted from `first` to `last`, shop days."""

    tier = fields.String(required=True)
    since = Instant(required=True)
    needs = fields.Integer(required=True)
    metric = fields.String(required=True)
    counted = fields.Integer(required=True)
    first = fields.Date(required=True)
    last = fields.Date(required=True)
    months = fields.List(fields.Nested(MonthSchema), required=True)  # newest first, those with anything
    next = fields.Nested(NextSchema, required=True, allow_none=True)
    falls = fields.Nested(FallSchema, required=True, allow_none=True)
    by_hand = fields.Nested(ByHandSchema, required=True, allow_none=True)


class TierStepSchema(Body):
    """One step. `reason`: rise, review, undo, return, return_undone, manual, manual_end, kept.

    `text`, why it was set by hand, only with the scope customers:reveal.
    """

    id = fields.String(required=True)
    before = fields.String(required=True)
    after = fields.String(required=True)
    reason = fields.String(required=True)
    at = Instant(required=True)
    purchase_id = fields.String(required=True, allow_none=True)
    programme = fields.Integer(required=True, allow_none=True)  # the version it was decided by
    until = fields.Date(required=True, allow_none=True)
    actor = fields.String(required=True)
    text = fields.String(required=True, allow_none=True)


@blueprint.get("/customers/<public_id:customer>/tier")
@requires_scope("customers:read")
@blueprint.response(200, StandingSchema)
def get_tier(customer: str) -> dict[str, Any]:
    """The tier held today, the months behind it, what the next one takes, and until when it is safe."""
    return _standing(profiles.get_public(work.here().session, customer))


@blueprint.put("/customers/<public_id:customer>/tier")
@requires_scope("points:write")
@blueprint.arguments(NewTier)
@blueprint.response(200, StandingSchema)
def set_tier(asked: dict[str, Any], customer: str) -> dict[str, Any]:
    """Hold a customer in a tier, at least, through a day; the customer is told."""
    session = work.here().session
    found = profiles.get_public(session, customer)
    try:
        granting.grant(session, found, Setting(**asked), hands.hand())
    except BadTier as bad:
        raise Invalid({bad.facts["field"]: [_fault(bad)]}) from None
    return _standing(found)


@blueprint.delete("/customers/<public_id:customer>/tier")
@requires_scope("points:write")
@blueprint.response(204)
def end_tier(customer: str) -> None:
    """Take back what was set by hand: what was held below it, or is earned by now, is held again."""
    session = work.here().session
    granting.take_back(session, profiles.get_public(session, customer), hands.hand())


@blueprint.get("/customers/<public_id:customer>/tiers")
@requires_scope("customers:read")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(TierStepSchema))
def list_tiers(wanted: dict[str, Any], customer: str) -> dict[str, Any]:
    """Every step of a customer's tiers, each beginning where the one before it ended."""
    session, place = work.here().session, f"tiers {customer}"
    found = profiles.get_public(session, customer)
    before = pages.start(session, wanted, place)
    rows = changes.list_newest(session, found.id, before=before, limit=wanted["limit"] + 1)
    return pages.page(session, rows, wanted, place, lambda row: row.id, lambda shown: _steps(found, shown))


def _fault(bad: BadTier) -> str:
    if bad.facts["field"] == "tier":
        return f"One of {', '.join(bad.facts['known'])}."
    if bad.facts["field"] == "until":
        return f"From today on, at most {manual.LONGEST} months ahead."
    return f"1 to {manual.LONGEST_REASON} characters."


def _standing(customer: Customer) -> dict[str, Any]:
    session = work.here().session
    found = card.of_customer(session, customer.id, shop.of(session).day(work.now()))
    return {
        "tier": found.held.code,
        "since": found.account.tier_since,
        "needs": found.held.spend,
        "metric": found.counted.metric,
        "counted": found.counted.number,
        "first": found.span.first,
        "last": found.span.last,
        "months": [{"month": month, "amount": amount} for month, amount in found.months],
        "next": _next(found),
        "falls": _fall(found),
        "by_hand": None if found.hand is None else found.hand._asdict(),
    }


def _next(found: Card) -> dict[str, Any] | None:
    if found.next is None:
        return None
    return {"tier": found.next.code, "needs": found.next.spend, "missing": found.missing(found.next).number}


def _fall(found: Card) -> dict[str, Any] | None:
    to_come = found.outlook
    if to_come is None:
        return None
    return {"on": to_come.falls_on, "to": to_come.left.code, "missing": to_come.missing.number}


def _steps(customer: Customer, rows: Sequence[TierChange]) -> list[dict[str, Any]]:
    here = work.here()
    words = [changes.words_of(here.session, row) or None if here.caller.reveals else None for row in rows]
    if any(words):
        here.revealed.add(customer.public_id)
    query = select(Purchase.id, Purchase.public_id).where(Purchase.id.in_({row.purchase_id for row in rows}))
    bills: dict[int, str] = {row.id: row.public_id for row in here.session.execute(query)}
    return [_step(row, bills.get(row.purchase_id or 0), text) for row, text in zip(rows, words, strict=True)]


def _step(row: TierChange, purchase: str | None, text: str | None) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "before": row.from_tier,
        "after": row.to_tier,
        "reason": row.reason,
        "at": row.at,
        "purchase_id": purchase,
        "programme": row.programme,
        "until": row.until,
        "actor": row.actor,
        "text": text,
    }
