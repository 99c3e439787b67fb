"""/redemptions: points exchanged for rewards, handed over, taken back."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields, validate
from sqlalchemy.orm import Session

from loyalty.api import blueprints, pages, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import Body, CustomerRef, Instant, NoBody, Text, Whole
from loyalty.api.pages import PageQuery, page_of
from loyalty.customers import profiles
from loyalty.db import keyring
from loyalty.points import ledger
from loyalty.rewards import catalogue, codes, misses, offline, redemptions, vouchers
from loyalty.rewards.models import Redemption, Reward, State
from loyalty.staff import stores
from loyalty.staff.audit import Author
from loyalty.staff.models import Store
from loyalty.words import Both

blueprint = blueprints.resource(
    "redemptions", "Points exchanged for rewards.", called=Both("Đổi quà", "Redemptions"), order=44
)


class NewRedemption(Body):
    """Who takes which reward (its id)."""

    customer = fields.Nested(CustomerRef, required=True)
    reward = Text(1, 64, required=True, example="{reward_id}")


class Fulfilment(Body):
    """Where it is handed over: the store's code; `bill`: ₫ of the bill it is used with, which some vouchers ask for."""

    may_be_empty = True
    store = Text(1, 64, allow_none=True)
    bill = Whole(1, catalogue.MOST, allow_none=True, example=350_000)


class RedemptionQuery(PageQuery):
    """`customer` and `reward` are ids."""

    customer = Text(1, 64)
    reward = Text(1, 64)
    state = fields.String(validate=validate.OneOf([*State]))


class RedemptionSchema(Body):
    """A redemption. `entry_id` is the movement that took the points, and the number staff undo it by.

    `minimum_bill`: ₫ from which on a bill may use it; 0: any.
    """

    id = fields.String(required=True)
    state = fields.String(required=True)
    reward_id = fields.String(required=True)
    reward_number = fields.Integer(required=True)
    reward_name = fields.Dict(required=True)
    customer_id = fields.String(required=True)
    price = fields.Integer(required=True)
    minimum_bill = fields.Integer(required=True)
    entry_id = fields.String(required=True, allow_none=True)
    returned_by = fields.String(required=True, allow_none=True)  # the movement that gave the points back
    valid_on = fields.Date(required=True)  # the last day of the code
    store = fields.String(required=True, allow_none=True)
    actor = fields.String(required=True)
    requested_at = Instant(required=True)
    fulfilled_at = Instant(required=True, allow_none=True)
    ended_at = Instant(required=True, allow_none=True)


class RedemptionCodeSchema(RedemptionSchema):
    """With `code`, which people read out, and `ticket`, the signed text for a QR code. `balance` is theirs, now.

    `voucher` is the code of a reward of codes, which is handed over with that.
    """

    code = fields.String(required=True)
    ticket = fields.String(required=True)
    voucher = fields.String(required=True, allow_none=True)
    balance = fields.Integer(required=True)


class KeySchema(Body):
    """`public_key`: 32 bytes, base64url without padding."""

    algorithm = fields.String(required=True)
    public_key = fields.String(required=True)


@blueprint.get("/redemptions")
@requires_scope("redemptions:read")
@blueprint.arguments(RedemptionQuery, location="query")
@blueprint.response(200, page_of(RedemptionSchema))
def list_redemptions(wanted: dict[str, Any]) -> dict[str, Any]:
    """Redemptions, newest first, without their codes."""
    session, place = work.here().session, f"redemptions {wanted.get('customer')} {wanted.get('reward')}"
    rows = redemptions.list_newest(
        session,
        customer_id=profiles.get_public(session, wanted["customer"]).id if "customer" in wanted else None,
        reward_id=catalogue.get_public(session, wanted["reward"]).id if "reward" in wanted else None,
        state=wanted.get("state"),
        before=pages.start(session, wanted, place),
        limit=wanted["limit"] + 1,
    )

    def show_each(shown: Sequence[Redemption]) -> list[dict[str, Any]]:
        return [_show(session, each) for each in shown]

    return pages.page(session, rows, wanted, place, lambda each: each.id, show_each)


@blueprint.post("/redemptions")
@requires_scope("redemptions:write")
@blueprint.arguments(NewRedemption)
@blueprint.response(201, RedemptionCodeSchema)
def create_redemption(asked: dict[str, Any]) -> dict[str, Any]:
    """Burn a customer's points for a reward and keep one aside; it is fetched with the code."""
    session, actor = work.here().session, work.here().caller.actor
    customer_id, reward = _who(session, asked["customer"]), catalogue.get_public(session, asked["reward"])
    done = redemptions.redeem(session, customer_id, reward.id, key=work.new_key(), actor=actor, now=work.now())
    shown = _show_code(session, done.redemption)
    work.note("redemption_requested", f"redemption:{done.redemption.public_id}", points=done.redemption.price)
    return shown


@blueprint.get("/redemptions/public-key")
@requires_scope("redemptions:read")
@blueprint.response(200, KeySchema)
def get_public_key() -> dict[str, Any]:
    """What a till without a connection checks the tickets of QR codes with."""
    return {"algorithm": "Ed25519", "public_key": offline.public_key(keyring(work.here().session))}


@blueprint.get("/redemptions/<string(maxlength=200):code>")
@requires_scope("redemptions:read")
@blueprint.response(200, RedemptionSchema)
def get_redemption(code: str) -> dict[str, Any]:
    """What a code is worth: also the text of its QR code, or the redemption's id, will do."""
    found = _find(code)
    return _show(work.here().session, found)


@blueprint.post("/redemptions/<string(maxlength=200):code>/fulfil")
@requires_scope("redemptions:write")
@blueprint.arguments(Fulfilment, required=False)
@blueprint.response(200, RedemptionSchema)
def fulfil_redemption(asked: dict[str, Any], code: str) -> dict[str, Any]:
    """Hand it over, at most once. A voucher with a `minimum_bill` needs the bill, and one that reaches it."""
    found, bill = _find(code), asked.get("bill")
    session, actor = work.here().session, work.here().caller.actor
    store = stores.get_by_code(session, asked["store"]) if asked.get("store") else None
    redemptions.fulfil(session, found, actor=actor, key=work.new_key(), store=store, bill=bill, now=work.now())
    shown = _show(session, found)
    noted = {"points": found.price} | ({"bill": bill} if bill else {})
    work.note("redemption_fulfilled", f"redemption:{found.public_id}", **noted)
    return shown


@blueprint.post("/redemptions/<string(maxlength=200):code>/cancel")
@requires_scope("redemptions:write")
@blueprint.arguments(NoBody, required=False)
@blueprint.response(200, RedemptionSchema)
def cancel_redemption(_: dict[str, Any], code: str) -> dict[str, Any]:
    """Give the points back, and the reward with its place in the limits; what was handed over is taken back."""
    found = _find(code)
    session, actor = work.here().session, work.here().caller.actor
    if redemptions.cancel(session, found, actor=actor, key=work.new_key(), now=work.now()):
        work.note("redemption_cancelled", f"redemption:{found.public_id}", points=found.price)
    return _show(session, found)


def _who(session: Session, customer: dict[str, str]) -> int:
    """Raises CustomerNotFound."""
    if "id" in customer:
        return profiles.get_public(session, customer["id"]).id
    if (found := profiles.find_by_phone(session, customer["phone"])) is None:
        raise profiles.CustomerNotFound
    return found.id


def _find(code: str) -> Redemption:
    """By code, ticket or id. Codes nobody has are counted: a key may miss as often as a member of staff.

    Call it before the request's own transaction is opened. Raises Slowed, WrongRewardCode, RedemptionNotFound.
    """
    public_id = _look_up(code) if codes.is_code(offline.code_in(code)) else code
    return redemptions.get_public(work.here().session, public_id)


def _look_up(code: str) -> str:
    """The id; a miss is written down in a transaction of its own, for the refused request leaves nothing behind."""
    here, now = work.here(), work.now()
    with here.database.read_only() as session:
        misses.refuse_waiting(session, here.caller.actor, now=now)
        if (found := redemptions.find_by_code(session, code)) is not None:
            return found.public_id
    with here.database.transaction() as session:
        refusal = misses.count(session, Author(here.caller.actor, "api"), now=now)
    raise refusal


def _show(session: Session, redemption: Redemption) -> dict[str, Any]:
    reward = session.get_one(Reward, redemption.reward_id)
    store = session.get(Store, redemption.store_id) if redemption.store_id is not None else None
    columns = {
        name: getattr(redemption, name)
        for name in ("state", "price", "valid_on", "actor", "requested_at", "fulfilled_at", "ended_at")
    }
    return columns | {
        "id": redemption.public_id,
        "reward_id": reward.public_id,
        "reward_number": reward.number,
        "reward_name": reward.name,
        "minimum_bill": reward.minimum_bill,
        "customer_id": profiles.get(session, redemption.customer_id).public_id,
        "entry_id": redemption.entry_id and str(redemption.entry_id),
        "returned_by": redemption.returned_id and str(redemption.returned_id),
        "store": store and store.code,
    }


def _show_code(session: Session, redemption: Redemption) -> dict[str, Any]:
    return _show(session, redemption) | {
        "code": codes.write(redemptions.code_of(session, redemption)),
        "ticket": redemptions.ticket_text(session, redemption),
        "voucher": vouchers.of(session, redemption),
        "balance": ledger.balance(session, redemption.customer_id),
    }
