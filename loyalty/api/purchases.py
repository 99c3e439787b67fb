"""/purchases: what was bought, and the points it earned."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields, validate
from sqlalchemy.orm import Session

from loyalty.api import blueprints, hands, pages, returns, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import MONEY_MOST, Body, CustomerRef, Instant, Text, Whole, WholeOr
from loyalty.api.pages import PageQuery, page_of
from loyalty.api.returns import ReturnSchema
from loyalty.customers import profiles
from loyalty.errors import LoyaltyError
from loyalty.points import accrual, ledger, promises
from loyalty.points.accrual import ReceiptTaken
from loyalty.points.counter import actions
from loyalty.points.models import LedgerEntry
from loyalty.purchases import recording
from loyalty.purchases.bills import Bill, Line
from loyalty.purchases.models import Purchase
from loyalty.staff import stores
from loyalty.staff.models import Store
from loyalty.words import Both

blueprint = blueprints.resource(
    "purchases", "What was bought, and the points it earned.", called=Both("Đơn hàng", "Purchases"), order=30
)
MOST_LINES = 500


class LineSchema(Body):
    """One line of a bill; money in whole ₫."""

    sku = Text(1, 64, allow_none=True, example="LT")
    name = Text(1, 200, required=True, example="Latte đá")
    category = Text(1, 100, allow_none=True, example="Cà phê")
    quantity = Whole(1, 1_000_000, load_default=1, example=5)
    unit_price = Whole(0, MONEY_MOST, load_default=0, example=50_000)
    discount = Whole(0, MONEY_MOST, load_default=0)


class NewPurchase(Body):
    """`source`, `store` and `reference` (the receipt's number) together name a purchase; `total` is what was paid.

    Lines with prices must add up to it: what they come to, less the discounts.
    """

    source = Text(1, 32, required=True, example="kiotviet")
    reference = Text(1, 64, required=True, example="HD123")
    customer = fields.Nested(CustomerRef, required=True)
    store = Text(1, 64, allow_none=True)  # its code; without it the first one
    purchased_at = Instant(allow_none=True)  # without it now
    lines = fields.List(fields.Nested(LineSchema), load_default=list, validate=validate.Length(max=MOST_LINES))
    total = Whole(1, MONEY_MOST, required=True, example=250_000)
    discount = Whole(0, MONEY_MOST, load_default=0)
    pay_points = WholeOr(1, MONEY_MOST, "max", allow_none=True)  # the customer's points that pay of it, as many as may


class ReceiptTakenHere(ReceiptTaken):
    """Both customers, by what a key holder may know them by; `asked_customer` is null for a phone nobody has."""

    def __init__(self, session: Session, taken: ReceiptTaken, asked: str | None) -> None:
        LoyaltyError.__init__(self, **taken.facts)
        owner = profiles.get(session, taken.purchase.customer_id).public_id
        self.facts |= {"customer": owner, "asked_customer": asked}


class PurchaseLine(Body):
    """`line` is its place on the bill; `returned` pieces of it came back."""

    line = fields.Integer(required=True, attribute="position")
    sku = fields.String(required=True, allow_none=True)
    name = fields.String(required=True)
    category = fields.String(required=True, allow_none=True)
    quantity = fields.Integer(required=True)
    unit_price = fields.Integer(required=True)
    discount = fields.Integer(required=True)
    returned = fields.Integer(required=True, attribute="returned_quantity")


class BoughtSchema(Body):
    """A purchase, and the movement of points it made. `returned` is whole ₫ that came back of its total."""

    id = fields.String(required=True)
    source = fields.String(required=True)
    reference = fields.String(required=True, allow_none=True)
    store = fields.String(required=True)
    customer_id = fields.String(required=True)
    customer_is_new = fields.Boolean(required=True)
    total = fields.Integer(required=True)
    discount = fields.Integer(required=True)
    eligible = fields.Integer(required=True)
    returned = fields.Integer(required=True)
    paid_points = fields.Integer(required=True)  # the customer's points that paid `paid_amount` whole ₫ of the total
    paid_amount = fields.Integer(required=True)
    state = fields.String(required=True)
    points = fields.Integer(required=True)
    points_pending = fields.Integer(required=True)  # promised: no part of the balance yet
    points_usable_on = fields.Date(required=True, allow_none=True)  # the shop day promised points may be used from
    entry_id = fields.String(required=True)
    tier_before = fields.String(required=True)
    tier_after = fields.String(required=True)
    purchased_at = Instant(required=True)
    recorded_at = Instant(required=True)


class PurchaseSchema(BoughtSchema):
    """A purchase with its lines and what came back of it. `balance` is the customer's, now."""

    balance = fields.Integer(required=True)
    lines = fields.List(fields.Nested(PurchaseLine), required=True)
    returns = fields.List(fields.Nested(ReturnSchema), required=True)


@blueprint.post("/purchases")
@requires_scope("purchases:write")
@blueprint.arguments(NewPurchase)
@blueprint.response(201, PurchaseSchema)
@blueprint.alt_response(200, schema=PurchaseSchema)
def create_purchase(asked: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Record a purchase and earn its points; the same source, store and reference again answers 200 with the first."""
    session, actor = work.here().session, work.here().caller.actor
    who, bill = _who(session, asked["customer"]), bill_of(session, asked)
    try:
        award = accrual.record_purchase(session, who, bill, actor=actor, key=work.new_key(), now=work.now())
    except ReceiptTaken as taken:
        raise ReceiptTakenHere(session, taken, _public_id(session, who)) from None
    shown = show(session, award.purchase, award.entry)
    if award.is_new:
        work.note("award", f"purchase:{award.purchase.public_id}", total=award.purchase.total, points=award.points)
    return shown, 201 if award.is_new else 200


@blueprint.get("/customers/<public_id:customer>/purchases")
@requires_scope("purchases:read")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(BoughtSchema))
def list_purchases(wanted: dict[str, Any], customer: str) -> dict[str, Any]:
    """What a customer bought, the last recorded first, without lines."""
    session = work.here().session
    found, place = profiles.get_public(session, customer), f"purchases {customer}"
    before = pages.start(session, wanted, place)
    rows = ledger.list_purchases(session, found.id, before=before, limit=wanted["limit"] + 1)
    codes = {store.id: store.code for store in stores.list_all(session)}
    promised = promises.of_entries(session, [entry.id for _, entry in rows if not entry.points])

    def show_each(shown: Sequence[tuple[Purchase, LedgerEntry]]) -> list[dict[str, Any]]:
        return [
            _head(purchase, entry, codes[purchase.store_id], customer, promised.get(entry.id))
            for purchase, entry in shown
        ]

    return pages.page(session, rows, wanted, place, lambda row: row[1].seq, show_each)


@blueprint.get("/purchases/<public_id:purchase>")
@requires_scope("purchases:read")
@blueprint.response(200, PurchaseSchema)
def get_purchase(purchase: str) -> dict[str, Any]:
    """One purchase with its lines."""
    session = work.here().session
    found = recording.get_public(session, purchase)
    return show(session, found, ledger.earned_by(session, found.id))


@blueprint.post("/purchases/<public_id:purchase>/delivered")
@requires_scope("purchases:write")
@blueprint.response(200, PurchaseSchema)
def deliver_purchase(purchase: str) -> dict[str, Any]:
    """Its goods arrived: points that waited for that may be used, the customer is told. Again changes nothing."""
    session = work.here().session
    found = recording.get_public(session, purchase)
    actions.release(session, found.id, hands.hand())
    return show(session, found, ledger.earned_by(session, found.id))


def _who(session: Session, customer: dict[str, str]) -> int | str:
    """What points know a customer by: our number of them, or their phone."""
    if "phone" in customer:
        return customer["phone"]
    return profiles.get_public(session, customer["id"]).id


def _public_id(session: Session, who: int | str) -> str | None:
    found = profiles.get(session, who) if isinstance(who, int) else profiles.find_by_phone(session, who)
    return None if found is None else found.public_id


def bill_of(session: Session, asked: dict[str, Any]) -> Bill:
    """The bill a body states."""
    store = stores.get_by_code(session, asked["store"]) if asked.get("store") else stores.default(session)
    return Bill(
        total=asked["total"],
        store_id=store.id,
        source=asked["source"],
        reference=asked.get("reference"),
        discount=asked["discount"],
        lines=tuple(Line(**line) for line in asked["lines"]),
        purchased_at=asked.get("purchased_at"),
        pay_points=asked.get("pay_points"),
    )


def show(session: Session, purchase: Purchase, entry: LedgerEntry) -> dict[str, Any]:
    """A purchase as JSON."""
    store = session.get_one(Store, purchase.store_id).code
    customer = profiles.get(session, purchase.customer_id).public_id
    balance, lines = ledger.balance(session, purchase.customer_id), recording.lines_of(session, purchase)
    back = returns.show_all(session, purchase)
    lot = promises.of_entries(session, [entry.id]).get(entry.id)
    return _head(purchase, entry, store, customer, lot) | {"balance": balance, "lines": lines, "returns": back}


def _head(purchase: Purchase, entry: LedgerEntry, store: str, customer: str, lot: Any) -> dict[str, Any]:
    """`lot` is that of the earning, where it only promised its points."""
    promised = promises.waiting(lot)
    return {
        "id": purchase.public_id,
        "source": purchase.source,
        "reference": purchase.reference,
        "store": store,
        "customer_id": customer,
        "customer_is_new": purchase.made_customer,
        "total": purchase.total,
        "discount": purchase.discount,
        "eligible": purchase.eligible,
        "returned": purchase.returned,
        "paid_points": purchase.paid_points,
        "paid_amount": purchase.paid_amount,
        "state": purchase.state,
        "points": entry.points,
        "points_pending": promised.points if promised is not None else 0,
        "points_usable_on": promised.on if promised is not None else None,
        "entry_id": str(entry.id),
        "tier_before": purchase.tier_before,
        "tier_after": purchase.tier_after,
        "purchased_at": purchase.purchased_at,
        "recorded_at": purchase.recorded_at,
    }
