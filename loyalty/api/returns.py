"""/purchases/{id}/returns: goods that came back."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema
from sqlalchemy.orm import Session

from loyalty.api import blueprints, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import MONEY_MOST, Body, Instant, Text, Whole
from loyalty.points import ledger
from loyalty.points.returns import returning
from loyalty.points.returns.returning import Returned
from loyalty.purchases import recording, returns
from loyalty.purchases.models import Purchase, PurchaseReturn
from loyalty.purchases.returns import Goods
from loyalty.staff import stores
from loyalty.staff.models import Store

blueprint = blueprints.resource("returns", "Goods that came back, and the points they take with them.", order=31)
MOST_LINES = 500


class ReturnedPieces(Body):
    """Pieces of one line: `line` is its place on the bill (1, 2, 3 …); or of a `sku`, whose lines are used in order."""

    line = Whole(1, MOST_LINES)
    sku = Text(1, 64)
    quantity = Whole(1, 1_000_000, load_default=1, example=1)

    @validates_schema
    def one_name(self, data: Mapping[str, Any], **_options: Any) -> None:
        """Which line it is must be said, once."""
        if ("line" in data) == ("sku" in data):
            raise ValidationError("Give line or sku.", "line")


class NewReturn(Body):
    """Whole ₫ given back, or pieces of lines, or both; neither is all that is left of the purchase.

    Of lines alone the amount is what they were worth, a discount of the whole bill shared. `reference` is the number of
    the return slip; the same one of the same purchase again is the first return.
    """

    may_be_empty = True
    amount = Whole(1, MONEY_MOST, allow_none=True, example=50_000)
    lines = fields.List(fields.Nested(ReturnedPieces), load_default=list, validate=validate.Length(max=MOST_LINES))
    reference = Text(1, 64, allow_none=True, example="TH45")
    reason = Text(1, 300, allow_none=True, example="Ly bị vỡ")
    store = Text(1, 64, allow_none=True)  # its code; without it where the goods were bought


class PiecesSchema(Body):
    line = fields.Integer(required=True)
    quantity = fields.Integer(required=True)


class ReturnSchema(Body):
    """Goods that came back. `points` were taken back; `shortfall` more were due by then, but had been used."""

    id = fields.String(required=True)
    purchase_id = fields.String(required=True)
    reference = fields.String(required=True, allow_none=True)
    store = fields.String(required=True)
    amount = fields.Integer(required=True)
    lines = fields.List(fields.Nested(PiecesSchema), required=True)
    points = fields.Integer(required=True)
    shortfall = fields.Integer(required=True)
    paid_back = fields.Integer(required=True)  # points that had paid the goods, given back
    state = fields.String(required=True)
    entry_id = fields.String(required=True)
    returned_at = Instant(required=True)


class MadeReturn(ReturnSchema):
    """`left` is what of the purchase can still come back; `balance` the customer's, now."""

    left = fields.Integer(required=True)
    balance = fields.Integer(required=True)


@blueprint.post("/purchases/<public_id:purchase>/returns")
@requires_scope("purchases:write")
@blueprint.arguments(NewReturn, required=False)
@blueprint.response(201, MadeReturn)
@blueprint.alt_response(200, schema=MadeReturn)
def create_return(asked: dict[str, Any], purchase: str) -> tuple[dict[str, Any], int]:
    """Take goods of a purchase back; its points follow. The same slip again answers 200 with the first."""
    session, actor = work.here().session, work.here().caller.actor
    bought = recording.get_public(session, purchase)
    goods = _goods(session, bought, asked)
    done = returning.take_back(session, bought.id, goods, actor=actor, key=work.new_key(), now=work.now())
    shown = _show_made(session, done)
    if done.is_new:
        work.note("return", f"purchase:{purchase}", amount=done.done.amount, points=done.entry.points)
    return shown, 201 if done.is_new else 200


def show_all(session: Session, purchase: Purchase) -> list[dict[str, Any]]:
    """Returns of a purchase as JSON, the undone ones among them, in their order."""
    return [_show(session, purchase, done) for done in returns.list_all(session, purchase.id)]


def _goods(session: Session, purchase: Purchase, asked: Mapping[str, Any]) -> Goods:
    store = stores.get_by_code(session, asked["store"]) if asked.get("store") else None
    return Goods(
        asked.get("amount"),
        _places(session, purchase, asked["lines"]),
        asked.get("reference"),
        asked.get("reason"),
        None if store is None else store.id,
    )


def _places(session: Session, purchase: Purchase, asked: Sequence[Mapping[str, Any]]) -> Mapping[int, int]:
    """Pieces by the place of their line. Raises BadReturn, OverReturn."""
    lines = recording.lines_of(session, purchase) if asked else []
    found: Counter[int] = Counter()
    for each in asked:
        if "line" in each:
            found[each["line"]] += each["quantity"]
        else:
            found.update(returns.pick(lines, each["sku"], each["quantity"]))
    return found


def _show_made(session: Session, done: Returned) -> dict[str, Any]:
    balance = ledger.balance(session, done.purchase.customer_id)
    return _show(session, done.purchase, done.done) | {"left": done.purchase.left, "balance": balance}


def _show(session: Session, purchase: Purchase, done: PurchaseReturn) -> dict[str, Any]:
    places = returns.places_of(session, purchase, done)
    return {
        "id": done.public_id,
        "purchase_id": purchase.public_id,
        "reference": done.reference,
        "store": session.get_one(Store, done.store_id).code,
        "amount": done.amount,
        "lines": [{"line": place, "quantity": quantity} for place, quantity in sorted(places.items())],
        "points": done.points,
        "shortfall": done.shortfall,
        "paid_back": done.paid_back,
        "state": done.state,
        "entry_id": str(done.entry_id),
        "returned_at": done.returned_at,
    }
