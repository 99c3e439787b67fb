"""/ledger and /simulations: movements undone, and what a bill would be worth."""

from typing import Any

from marshmallow import fields, validate
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.api import blueprints, histories, purchases, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import MONEY_MOST, Body, CustomerRef, Instant, Text, Whole, WholeOr
from loyalty.api.histories import EntrySchema
from loyalty.api.purchases import MOST_LINES, LineSchema
from loyalty.customers import profiles
from loyalty.points import ledger
from loyalty.points.rating import estimating, explaining
from loyalty.points.rating.estimating import Estimate
from loyalty.points.returns import reversal
from loyalty.rewards import redemptions
from loyalty.rewards.models import Redemption
from loyalty.words import Both

blueprint = blueprints.resource("points", "Movements of points.", called=Both("Điểm", "Points"), order=40)


class Undoing(Body):
    """Why, in words; kept in the customer's timeline."""

    may_be_empty = True
    reason = Text(1, 300, allow_none=True, example="Khách trả hàng")


class Simulation(Body):
    """A bill of `total` whole ₫. A phone nobody has stands for a new customer, and so does none.

    Without `purchased_at` it is bought now; a time to come asks the rules of that day. `tier` asks what another tier
    would get. Lines as in a purchase: rules for products and categories look at them.
    """

    customer = fields.Nested(CustomerRef, allow_none=True)
    tier = Text(1, 32, allow_none=True, example="silver")  # its code; without it the customer's own
    store = Text(1, 64, allow_none=True)  # its code; without it the first one
    source = Text(1, 32, load_default="counter", example="kiotviet")
    purchased_at = Instant(allow_none=True)
    lines = fields.List(fields.Nested(LineSchema), load_default=list, validate=validate.Length(max=MOST_LINES))
    total = Whole(1, MONEY_MOST, required=True, example=250_000)
    discount = Whole(0, MONEY_MOST, load_default=0)
    pay_points = WholeOr(1, MONEY_MOST, "max", allow_none=True)  # points that would pay of it, as many as may


class EstimateSchema(Body):
    points = fields.Integer(required=True)
    points_pending = fields.Integer(required=True)  # of these points, promised only
    points_usable_on = fields.Date(required=True, allow_none=True)  # the shop day promised points may be used from
    paid_points = fields.Integer(required=True)  # points that would pay `paid_amount` whole ₫ of it
    paid_amount = fields.Integer(required=True)
    most_points = fields.Integer(required=True)  # points that could pay of it
    credit = fields.Integer(required=True)  # whole ₫ after the multiplier
    multiplier = fields.String(required=True)
    tier = fields.String(required=True)
    tier_code = fields.String(required=True)
    programme = fields.Integer(required=True)  # the version of the rules
    explanation = fields.String(required=True)  # every step in its fixed order, in the shop's language


@blueprint.post("/ledger/<entry_id:entry>/reversal")
@requires_scope("points:write")
@blueprint.arguments(Undoing, required=False)
@blueprint.response(201, EntrySchema)
def reverse_entry(asked: dict[str, Any], entry: int) -> dict[str, Any]:
    """Undo a movement: its points, its share of what is carried over, and its purchase go back."""
    session = work.here().session
    actor, reason = work.here().caller.actor, asked.get("reason")
    if (redemption := redemptions.find_by_entry(session, entry)) is not None:
        return _return(redemption)
    undone = reversal.undo(session, entry, actor=actor, key=work.new_key(), now=work.now(), reason=reason)
    [shown] = histories.show_entries([undone.entry])
    work.note("undo", f"entry:{entry}", points=undone.entry.points)
    return shown


@blueprint.post("/simulations/accrual")
@requires_scope("points:read")
@blueprint.arguments(Simulation)
@blueprint.response(200, EstimateSchema)
def simulate_accrual(asked: dict[str, Any]) -> dict[str, Any]:
    """What a bill would be awarded; nothing is written."""
    session = work.here().session
    customer_id = _who(session, asked.get("customer") or {})
    bill = purchases.bill_of(session, asked)
    told = estimating.of_bill(session, customer_id, bill, now=work.now(), tier=asked.get("tier"))
    return _show(told, shop.of(session).locale)


def _return(redemption: Redemption) -> dict[str, Any]:
    """What a redemption took is given back with its reward."""
    here = work.here()
    redemptions.cancel(here.session, redemption, actor=here.caller.actor, key=work.new_key(), now=work.now())
    assert redemption.returned_id is not None
    [shown] = histories.show_entries([ledger.get(here.session, redemption.returned_id)])
    work.note("redemption_cancelled", f"redemption:{redemption.public_id}", points=redemption.price)
    return shown


def _who(session: Session, customer: dict[str, str]) -> int | None:
    if "id" in customer:
        return profiles.get_public(session, customer["id"]).id
    found = profiles.find_by_phone(session, customer["phone"]) if "phone" in customer else None
    return None if found is None else found.id


def _show(estimate: Estimate, locale: str) -> dict[str, Any]:
    promised = estimate.promised
    return {
        "points": estimate.credit.points,
        "points_pending": promised.points if promised is not None else 0,
        "points_usable_on": promised.on if promised is not None else None,
        "paid_points": estimate.paid.points,
        "paid_amount": estimate.paid.amount,
        "most_points": estimate.most,
        "credit": estimate.credit.credit,
        "multiplier": estimate.tier.multiplier_text,
        "tier": estimate.programme.tier_name(estimate.tier.code, locale),
        "tier_code": estimate.tier.code,
        "programme": estimate.programme.version,
        "explanation": explaining.explain(estimate.outcome, estimate.programme, locale),
    }
