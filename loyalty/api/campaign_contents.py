"""/campaigns/…/content and /results: all a campaign says and gives besides its text, and what came of it."""

from dataclasses import asdict
from typing import Any

from marshmallow import fields, validate
from sqlalchemy.orm import Session

from loyalty.api import blueprints, pictures, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import Body, Instant, Text, Whole
from loyalty.campaigns import letters, lifecycle, offers, results
from loyalty.campaigns.letters import KEYS, Draft
from loyalty.campaigns.models import Campaign, CampaignOffer
from loyalty.campaigns.offers import KINDS, LARGEST, Offer
from loyalty.campaigns.results import NAMES, Results

blueprint = blueprints.resource("results", "What a campaign gives, and what came of it.", order=71)


class OfferSchema(Body):
    """`value` is ₫ of an `amount`, percent of a `percent`; a `reward` is one of the catalogue, given without points."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS), metadata={"example": "amount"})
    value = Whole(0, LARGEST, load_default=0, example=20_000)
    minimum_bill = Whole(0, LARGEST, load_default=0)
    valid_days = Whole(1, 365, load_default=14)
    reward = Text(1, 64, allow_none=True, load_default=None)


class ContentChange(Body):
    """What is not named stays as it is; `offer` null takes it away. `picture` is the id of an uploaded one, which takes
    the place of `image_url`, as an `image_url` takes its place.

    `texts` by language (`en`), channel (`zalo`) or both (`zalo.en`).
    """

    texts = fields.Dict(keys=fields.String(validate=validate.OneOf(KEYS)), values=Text(0, 1500, lines=True))
    image_url = Text(0, 1000, allow_none=True)
    picture = Text(1, 64, allow_none=True)
    window_days = Whole(1, 30)
    offer = fields.Nested(OfferSchema, allow_none=True)


class ContentSchema(Body):
    """`vouchers_left`: how many can still be given; null: no end, or no offer."""

    texts = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    image_url = fields.String(required=True, allow_none=True)
    picture = fields.String(required=True, allow_none=True)
    picture_url = fields.String(required=True, allow_none=True)
    window_days = fields.Integer(required=True)
    offer = fields.Nested(OfferSchema, required=True, allow_none=True)
    vouchers_left = fields.Integer(required=True, allow_none=True)


class GroupSchema(Body):
    """How many people, how many of them bought, and the share from 0 to 1."""

    people = fields.Integer(required=True)
    buyers = fields.Integer(required=True)
    orders = fields.Integer(required=True)
    rate = fields.Float(required=True, allow_none=True)


class DifferenceSchema(Body):
    """The first share less the other, and the bounds it lies between with 95 percent (Newcombe's)."""

    by = fields.Float(required=True)
    low = fields.Float(required=True)
    high = fields.Float(required=True)


class HourResultSchema(Body):
    """By the hour of the shop's day the message went out at: people."""

    hour = fields.Integer(required=True)
    sent = fields.Integer(required=True)
    answered = fields.Integer(required=True)
    buyers = fields.Integer(required=True)


class VariantResultSchema(Body):
    """One of the texts people are split between; buyers and orders by last touch."""

    sent = fields.Integer(required=True)
    seen = fields.Integer(required=True)
    buyers = fields.Integer(required=True)
    orders = fields.Integer(required=True)
    revenue = fields.Integer(required=True)


class ResultsSchema(Body):
    """Sums of all runs. Money is whole ₫; `buyers`, `orders` and `revenue` are by last touch within `window_days`.

    `meant` is everybody frozen and not held out, from each run's start; `verdict`: more, less, unsure, none.
    """

    sent = fields.Integer(required=True)
    delivered = fields.Integer(required=True)
    seen = fields.Integer(required=True)
    answered = fields.Integer(required=True)
    vouchers = fields.Integer(required=True)
    vouchers_used = fields.Integer(required=True)
    buyers = fields.Integer(required=True)
    orders = fields.Integer(required=True)
    revenue = fields.Integer(required=True)
    unsubscribed = fields.Integer(required=True)
    complained = fields.Integer(required=True)
    message_cost = fields.Integer(required=True)
    voucher_cost = fields.Integer(required=True)
    cost_per_message = fields.Integer(required=True, allow_none=True)
    cost_per_extra_order = fields.Integer(required=True, allow_none=True)
    extra_orders = fields.Integer(required=True, allow_none=True)
    meant = fields.Nested(GroupSchema, required=True)
    held_out = fields.Nested(GroupSchema, required=True)
    difference = fields.Nested(DifferenceSchema, required=True, allow_none=True)
    verdict = fields.String(required=True)
    window_days = fields.Integer(required=True)
    closes_at = Instant(required=True, allow_none=True)
    orders_by_day = fields.List(fields.Integer(), required=True)
    variants = fields.List(fields.Nested(VariantResultSchema), required=True)
    hours = fields.List(fields.Nested(HourResultSchema), required=True)


@blueprint.get("/campaigns/<public_id:campaign>/content")
@requires_scope("campaigns:read")
@blueprint.response(200, ContentSchema)
def get_content(campaign: str) -> dict[str, Any]:
    """Other wordings, picture, offer."""
    session = work.here().session
    return _show(session, lifecycle.get_public(session, campaign))


@blueprint.patch("/campaigns/<public_id:campaign>/content")
@requires_scope("campaigns:write")
@blueprint.arguments(ContentChange)
@blueprint.response(200, ContentSchema)
def change_content(asked: dict[str, Any], campaign: str) -> dict[str, Any]:
    """Change what a draft says and gives."""
    session = work.here().session
    found = lifecycle.get_public(session, campaign)
    offer = asked.get("offer")
    draft = Draft(
        texts=asked.get("texts"),
        image_url=(asked["image_url"] or "") if "image_url" in asked else None,
        picture=(asked["picture"] or "") if "picture" in asked else None,
        window_days=asked.get("window_days"),
        offer=None if offer is None else Offer(**{**offer, "reward": offer["reward"] or ""}),
        drops_offer="offer" in asked and offer is None,
    )
    lifecycle.furnish(session, found, draft, now=work.now())
    work.note("campaign_changed", f"campaign:{found.public_id}")
    return _show(session, found)


@blueprint.get("/campaigns/<public_id:campaign>/results")
@requires_scope("campaigns:read")
@blueprint.response(200, ResultsSchema)
def get_results(campaign: str) -> dict[str, Any]:
    """Who got it, answered, bought; against those held out; and what it cost."""
    session = work.here().session
    return show(results.of_campaign(session, lifecycle.get_public(session, campaign), now=work.now()))


def show(found: Results) -> dict[str, Any]:
    numbers, up = found.numbers, found.uplift
    plain = {name: getattr(numbers, name) for name in NAMES if name in ResultsSchema().fields and name != "held_out"}
    plain.pop("meant", None)
    return plain | {
        "cost_per_message": found.cost_per_message,
        "cost_per_extra_order": found.cost_per_extra_order,
        "extra_orders": found.extra_orders,
        "meant": _group(found.meant.people, found.meant.hits, numbers.meant_orders, found.meant.rate),
        "held_out": _group(found.held.people, found.held.hits, numbers.held_orders, found.held.rate),
        "difference": None if up is None else {"by": up.by, "low": up.low, "high": up.high},
        "verdict": found.verdict,
        "window_days": found.window_days,
        "closes_at": found.closes_at,
        "orders_by_day": list(found.by_day),
        "variants": list(found.variants),
        "hours": [{"hour": hour, **numbers} for hour, numbers in found.hours.items()],
    }


def show_offer(session: Session, offer: CampaignOffer | None) -> dict[str, Any] | None:
    """As it was asked for."""
    if offer is None:
        return None
    told = offers.told(session, offer)
    return {**asdict(told), "reward": told.reward or None}


def _group(people: int, buyers: int, orders: int, rate: float | None) -> dict[str, Any]:
    return {"people": people, "buyers": buyers, "orders": orders, "rate": rate}


def _show(session: Session, campaign: Campaign) -> dict[str, Any]:
    letter, offer = letters.of_campaign(session, campaign), offers.find(session, campaign.id)
    return {
        "texts": dict(letter.texts),
        "image_url": letter.image_url or None,
        "picture": letter.picture or None,
        "picture_url": pictures.address(session, letter.picture) if letter.picture else None,
        "window_days": letter.window_days,
        "offer": show_offer(session, offer),
        "vouchers_left": letter.codes_left,
    }
