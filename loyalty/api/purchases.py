"""/purchases: what was bought, and the points it earned."""

from typing import Any

from marshmallow import fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.api import blueprints, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import MONEY_MOST, Body, CustomerRef, Instant, Text, Whole
from loyalty.customers import profiles
from loyalty.points import accrual, ledger
from loyalty.points.models import LedgerEntry
from loyalty.purchases import recording
from loyalty.purchases.bills import Bill, Line
from loyalty.purchases.models import Purchase
from loyalty.staff import stores
from loyalty.staff.models import Store

blueprint = blueprints.resource("purchases", "What was bought, and the points it earned.")
MOST_LINES = 500


class LineSchema(Body):
    """One line of a bill; money in whole ₫."""

    sku = Text(1, 64, allow_none=True)
    name = Text(1, 200, required=True)
    category = Text(1, 100, allow_none=True)
    quantity = Whole(1, 1_000_000, load_default=1)
    unit_price = Whole(0, MONEY_MOST, load_default=0)
    discount = Whole(0, MONEY_MOST, load_default=0)


class NewPurchase(Body):
    """`source`, `store` and `reference` (the receipt's number) together name a purchase; `total` is what was paid."""

    source = Text(1, 32, required=True)
    reference = Text(1, 64, required=True)
    customer = fields.Nested(CustomerRef, required=True)
    store = Text(1, 64)  # its code; without it the first one
    purchased_at = Instant()  # without it now
    lines = fields.List(fields.Nested(LineSchema), load_default=list, validate=validate.Length(max=MOST_LINES))
    total = Whole(1, MONEY_MOST, required=True)
    discount = Whole(0, MONEY_MOST, load_default=0)


class PurchaseLine(Body):
    sku = fields.String(required=True, allow_none=True)
    name = fields.String(required=True)
    category = fields.String(required=True, allow_none=True)
    quantity = fields.Integer(required=True)
    unit_price = fields.Integer(required=True)
    discount = fields.Integer(required=True)


class PurchaseSchema(Body):
    """A purchase, and the movement of points it made. `balance` is the customer's, now."""

    id = fields.String(required=True)
    source = fields.String(required=True)
    reference = fields.String(required=True, allow_none=True)
    store = fields.String(required=True)
    customer_id = fields.String(required=True)
    customer_is_new = fields.Boolean(required=True)
    total = fields.Integer(required=True)
    discount = fields.Integer(required=True)
    eligible = fields.Integer(required=True)
    state = fields.String(required=True)
    points = fields.Integer(required=True)
    balance = fields.Integer(required=True)
    entry_id = fields.String(required=True)
    tier_before = fields.String(required=True)
    tier_after = fields.String(required=True)
    purchased_at = Instant(required=True)
    recorded_at = Instant(required=True)
    lines = fields.List(fields.Nested(PurchaseLine), required=True)


@blueprint.post("/purchases")
@requires_scope("purchases:write")
@blueprint.arguments(NewPurchase)
@blueprint.response(201, PurchaseSchema)
@blueprint.alt_response(200, schema=PurchaseSchema)
def create_purchase(asked: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Record a purchase and earn its points; the same source, store and reference again answers 200 with the first."""
    session = work.here().session
    award = accrual.record_purchase(
        session,
        _who(session, asked["customer"]),
        _bill(session, asked),
        actor=work.here().caller.actor,
        key=work.new_key(),
        now=work.now(),
    )
    shown = show(session, award.purchase, award.entry)
    if award.is_new:
        work.note(
            "award", f"purchase:{award.purchase.public_id}", total=award.purchase.total, points=award.entry.points
        )
    return shown, 201 if award.is_new else 200


@blueprint.get("/purchases/<public_id:purchase>")
@requires_scope("purchases:read")
@blueprint.response(200, PurchaseSchema)
def get_purchase(purchase: str) -> dict[str, Any]:
    """One purchase with its lines."""
    session = work.here().session
    found = session.scalar(select(Purchase).filter_by(public_id=purchase))
    if found is None:
        raise recording.PurchaseNotFound
    return show(session, found, ledger.earned_by(session, found.id))


def _who(session: Session, customer: dict[str, str]) -> int | str:
    """What points know a customer by: our number of them, or their phone."""
    if "phone" in customer:
        return customer["phone"]
    return profiles.get_public(session, customer["id"]).id


def _bill(session: Session, asked: dict[str, Any]) -> Bill:
    store = stores.get_by_code(session, asked["store"]) if "store" in asked else stores.default(session)
    return Bill(
        total=asked["total"],
        store_id=store.id,
        source=asked["source"],
        reference=asked["reference"],
        discount=asked["discount"],
        lines=tuple(Line(**line) for line in asked["lines"]),
        purchased_at=asked.get("purchased_at"),
    )


def show(session: Session, purchase: Purchase, entry: LedgerEntry) -> dict[str, Any]:
    """A purchase as JSON."""
    return {
        "id": purchase.public_id,
        "source": purchase.source,
        "reference": purchase.reference,
        "store": session.get_one(Store, purchase.store_id).code,
        "customer_id": profiles.get(session, purchase.customer_id).public_id,
        "customer_is_new": purchase.made_customer,
        "total": purchase.total,
        "discount": purchase.discount,
        "eligible": purchase.eligible,
        "state": purchase.state,
        "points": entry.points,
        "balance": ledger.balance(session, purchase.customer_id),
        "entry_id": str(entry.id),
        "tier_before": purchase.tier_before,
        "tier_after": purchase.tier_after,
        "purchased_at": purchase.purchased_at,
        "recorded_at": purchase.recorded_at,
        "lines": recording.lines_of(session, purchase),
    }
