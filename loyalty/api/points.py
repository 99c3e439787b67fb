"""/ledger and /simulations: movements undone, and what a bill would be worth."""

from decimal import Decimal
from typing import Any

from marshmallow import fields
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.api import blueprints, histories, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import MONEY_MOST, Body, CustomerRef, NoBody, Whole
from loyalty.api.histories import EntrySchema
from loyalty.customers import profiles
from loyalty.points import accrual, programme, reversal
from loyalty.points.accrual import Estimate

blueprint = blueprints.resource("points", "Movements of points.")


class Simulation(Body):
    """A bill of `total` whole ₫, bought now. A phone nobody has stands for a new customer, and so does none."""

    customer = fields.Nested(CustomerRef)
    total = Whole(1, MONEY_MOST, required=True)


class EstimateSchema(Body):
    points = fields.Integer(required=True)
    credit = fields.Integer(required=True)  # whole ₫ after the multiplier
    multiplier = fields.String(required=True)
    tier = fields.String(required=True)
    tier_code = fields.String(required=True)
    programme = fields.Integer(required=True)  # the version of the rules


@blueprint.post("/ledger/<entry_id:entry>/reversal")
@requires_scope("points:write")
@blueprint.arguments(NoBody, required=False)
@blueprint.response(201, EntrySchema)
def reverse_entry(_nothing: dict[str, Any], entry: int) -> dict[str, Any]:
    """Undo a movement: its points, its share of what is carried over, and its purchase go back."""
    session = work.here().session
    undone = reversal.undo(session, entry, actor=work.here().caller.actor, key=work.new_key(), now=work.now())
    [shown] = histories.show_entries([undone.entry])
    work.note("undo", f"entry:{entry}", points=undone.entry.points)
    return shown


@blueprint.post("/simulations/accrual")
@requires_scope("points:read")
@blueprint.arguments(Simulation)
@blueprint.response(200, EstimateSchema)
def simulate_accrual(asked: dict[str, Any]) -> dict[str, Any]:
    """What a bill would be awarded now; nothing is written."""
    session = work.here().session
    customer_id = _who(session, asked.get("customer", {}))
    return _show(accrual.estimate(session, customer_id, asked["total"], now=work.now()), shop.of(session).locale)


def _who(session: Session, customer: dict[str, str]) -> int | None:
    if "id" in customer:
        return profiles.get_public(session, customer["id"]).id
    found = profiles.find_by_phone(session, customer["phone"]) if "phone" in customer else None
    return None if found is None else found.id


def _show(estimate: Estimate, locale: str) -> dict[str, Any]:
    multiplier = estimate.tier.multiplier
    exact = Decimal(multiplier.numerator) / Decimal(multiplier.denominator)  # it was written as a decimal
    return {
        "points": estimate.credit.points,
        "credit": estimate.credit.credit,
        "multiplier": f"{exact.normalize():f}",
        "tier": programme.tier_name(estimate.programme, estimate.tier.code, locale),
        "tier_code": estimate.tier.code,
        "programme": estimate.programme.version,
    }
