"""/rewards: what there is for points."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from marshmallow import fields, validate
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.api import blueprints, pages, pictures, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import MONEY_MOST, Body, Flag, Instant, Text, Whole
from loyalty.api.pages import PageQuery, page_of
from loyalty.api.problems import Invalid
from loyalty.pictures import gallery
from loyalty.programme import versions
from loyalty.rewards import catalogue
from loyalty.rewards.catalogue import BadReward, Terms
from loyalty.rewards.models import Kind, Reward
from loyalty.segments import saved
from loyalty.segments.models import Segment
from loyalty.staff import stores
from loyalty.words import Both

blueprint = blueprints.resource("rewards", "What there is for points.", called=Both("Quà", "Rewards"), order=42)
NAMES = {"description": "By language", "example": {"vi": "Bánh croissant", "en": "Croissant"}}
LOCALES = validate.OneOf(("vi", "en"))


class RewardTerms(Body):
    """What the shop decides of a reward; without a limit, null. Money is whole ₫, `weekdays` 0 (Monday) to 6."""

    name = fields.Dict(keys=fields.String(validate=LOCALES), values=Text(1, catalogue.LONGEST_NAME), metadata=NAMES)
    about = fields.Dict(keys=fields.String(validate=LOCALES), values=Text(0, 500, lines=True))
    kind = fields.String(validate=validate.OneOf([*Kind]))
    price = Whole(1, MONEY_MOST, example=100)
    value = Whole(0, MONEY_MOST)
    cost = Whole(0, MONEY_MOST)
    stock = Whole(0, MONEY_MOST, allow_none=True)
    budget = Whole(0, MONEY_MOST, allow_none=True)
    per_person = Whole(1, MONEY_MOST, allow_none=True)
    per_month = Whole(1, MONEY_MOST, allow_none=True)
    minimum_balance = Whole(0, MONEY_MOST)
    tiers = fields.List(Text(1, 64))
    stores = fields.List(Text(1, 64))
    segment = Text(1, 64, allow_none=True)  # its id
    visible_from = Instant(allow_none=True)
    visible_until = Instant(allow_none=True)
    weekdays = fields.List(Whole(0, 6))
    hours = Text(1, 11, allow_none=True)
    valid_days = Whole(0, 1000)
    returns_points = Flag()


class NewReward(RewardTerms):
    """A reward; `name` and `price` are needed, `picture` is the id of an uploaded one. A reward of kind `code` gets its
    codes in the console.
    """

    name = fields.Dict(
        keys=fields.String(validate=LOCALES), values=Text(1, catalogue.LONGEST_NAME), required=True, metadata=NAMES
    )
    price = Whole(1, MONEY_MOST, required=True, example=100)
    picture = Text(1, 64, allow_none=True)


class RewardChange(RewardTerms):
    """What is given changes; what was promised keeps its price. `archived` offers it to nobody any more."""

    archived = Flag()
    picture = Text(1, 64, allow_none=True, example=None)  # the id of an uploaded one
    stock = Whole(0, MONEY_MOST, allow_none=True, example=20)


class RewardSchema(Body):
    """A reward. `number` is what customers type; `stock` can still be promised, `held` is and waits to be fetched."""

    id = fields.String(required=True)
    number = fields.Integer(required=True)
    name = fields.Dict(required=True)
    about = fields.Dict(required=True)
    kind = fields.String(required=True)
    price = fields.Integer(required=True)
    value = fields.Integer(required=True)
    cost = fields.Integer(required=True)
    stock = fields.Integer(required=True, allow_none=True)
    held = fields.Integer(required=True)
    budget = fields.Integer(required=True, allow_none=True)
    spent = fields.Integer(required=True)  # ₫ of what is promised and handed over
    per_person = fields.Integer(required=True, allow_none=True)
    per_month = fields.Integer(required=True, allow_none=True)
    minimum_balance = fields.Integer(required=True)
    tiers = fields.List(fields.String(), required=True)
    stores = fields.List(fields.String(), required=True)
    segment = fields.String(required=True, allow_none=True)
    visible_from = Instant(required=True, allow_none=True)
    visible_until = Instant(required=True, allow_none=True)
    weekdays = fields.List(fields.Integer(), required=True)
    hours = fields.String(required=True, allow_none=True)
    valid_days = fields.Integer(required=True)
    returns_points = fields.Boolean(required=True)
    picture = fields.String(required=True, allow_none=True)
    picture_url = fields.String(required=True, allow_none=True)
    created_at = Instant(required=True)
    archived_at = Instant(required=True, allow_none=True)


@blueprint.get("/rewards")
@requires_scope("rewards:read")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(RewardSchema))
def list_rewards(wanted: dict[str, Any]) -> dict[str, Any]:
    """Every reward, those put away as well, newest first."""
    session = work.here().session
    before = pages.start(session, wanted, "rewards")
    rows = catalogue.list_newest(session, before=before, limit=wanted["limit"] + 1)

    def show_each(shown: Sequence[Reward]) -> list[dict[str, Any]]:
        return [show(session, reward) for reward in shown]

    return pages.page(session, rows, wanted, "rewards", lambda reward: reward.number, show_each)


@blueprint.post("/rewards")
@requires_scope("rewards:write")
@blueprint.arguments(NewReward)
@blueprint.response(201, RewardSchema)
def create_reward(asked: dict[str, Any]) -> dict[str, Any]:
    """A new reward under the next number."""
    session = work.here().session
    terms = _carry_out(lambda: _terms(session, Terms(name=asked["name"], price=asked["price"]), asked))
    made = _carry_out(lambda: catalogue.make(session, terms, key=work.new_key(), now=work.now()))
    _show_with(session, made, asked)
    work.note("reward_made", f"reward:{made.public_id}", number=made.number)
    return show(session, made)


@blueprint.get("/rewards/<public_id:reward>")
@requires_scope("rewards:read")
@blueprint.response(200, RewardSchema)
def get_reward(reward: str) -> dict[str, Any]:
    """One reward."""
    session = work.here().session
    return show(session, catalogue.get_public(session, reward))


@blueprint.patch("/rewards/<public_id:reward>")
@requires_scope("rewards:write")
@blueprint.arguments(RewardChange)
@blueprint.response(200, RewardSchema)
def change_reward(asked: dict[str, Any], reward: str) -> dict[str, Any]:
    """Put a reward on other terms, or away."""
    session = work.here().session
    found = catalogue.get_public(session, reward)
    archived = asked.pop("archived", None)
    _show_with(session, found, asked)
    if asked:
        _carry_out(lambda: catalogue.change(session, found, _terms(session, catalogue.terms_of(found), asked)))
    if archived is not None:
        catalogue.archive(session, found, now=work.now()) if archived else catalogue.bring_back(session, found)
    shown = show(session, found)
    work.note("reward_changed", f"reward:{found.public_id}", fields=sorted(asked), archived=archived)
    return shown


def show(session: Session, reward: Reward) -> dict[str, Any]:
    """A reward as JSON."""
    segment = session.get(Segment, reward.segment_id) if reward.segment_id is not None else None
    columns = {name: getattr(reward, name) for name in RewardSchema._declared_fields if hasattr(reward, name)}
    photo = gallery.name_of(session, reward.picture_id)
    shown = {"picture": photo or None, "picture_url": pictures.address(session, photo) if photo else None}
    return columns | shown | {"id": reward.public_id, "segment": segment and segment.public_id}


def _show_with(session: Session, reward: Reward, asked: dict[str, Any]) -> None:
    """Its picture, if one is named or taken away. Raises PictureNotFound."""
    if "picture" in asked:
        named = asked.pop("picture")
        catalogue.picture(session, reward, gallery.get_public(session, named) if named else None)


def _terms(session: Session, begin: Terms, asked: dict[str, Any]) -> Terms:
    """Raises SegmentNotFound, StoreNotFound, BadReward for a tier there is not."""
    given = {name: value for name, value in asked.items() if name in catalogue.NAMES}
    if "segment" in asked:
        given["segment_id"] = saved.get_public(session, asked["segment"]).id if asked["segment"] else None
    for code in given.get("stores", ()):
        stores.get_by_code(session, code)
    known = {tier.code for tier in versions.at(session, shop.of(session).day(work.now())).tiers}
    if unknown := sorted(set(given.get("tiers", ())) - known):
        raise BadReward("tiers", f"no tier {unknown[0]}; there are {', '.join(sorted(known))}")
    return replace(begin, **given)


def _carry_out(act: Any) -> Any:
    """Do it; terms that cannot be are a fault of their field."""
    try:
        return act()
    except BadReward as bad:
        raise Invalid({bad.facts["field"]: [bad.facts["problem"]]}) from None
