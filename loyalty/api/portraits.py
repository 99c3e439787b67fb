"""/segments/{id}/portrait and /insights/months: what people are like and buy, as a worker last looked."""

from typing import Any

from marshmallow import fields

from loyalty.api import blueprints, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import Body, Instant, NoBody
from loyalty.insights.portraits import keeping
from loyalty.insights.portraits.portrait import Bought, Portrait, liking
from loyalty.segments import saved
from loyalty.segments.models import Segment

blueprint = blueprints.resource("portraits", "What the people of a segment are like, and what they buy.", order=61)
_PLAIN = """
members people tiers channels agreed reached never once newcomers recency spent spent_12m median_spent baskets
median_basket birthdays favourites buyers earlier returners
"""
PLAIN = _PLAIN.split()


def _whole() -> fields.Integer:
    return fields.Integer(required=True)


class PortraitSoldSchema(Body):
    """In 12 months: ₫ after the lines' discounts, people, those of them on more than one bill.

    `times_tenths`: how many times as many of these buy it as of all the shop's buyers, in tenths; null of fewer than 20
    buyers. `sure`: with 95 percent it is not chance.
    """

    name = fields.String(required=True)
    sales, buyers, again = _whole(), _whole(), _whole()
    times_tenths = fields.Integer(required=True, allow_none=True)
    sure = fields.Boolean(required=True)


class PortraitMonthSchema(Body):
    """What who belongs today bought in a calendar month of the shop (`2026-11`)."""

    month = fields.String(required=True)
    people, orders, revenue = _whole(), _whole(), _whole()


class PortraitFactsSchema(Body):
    """Of the `people` among the `members` who let themselves be counted. Counts, and whole ₫.

    `recency`: last purchase within 7, 30, 90, 180, 365 days, longer ago, never. `spent`: of 12 months: nothing, then
    under 200k, 500k, 1m, 2m, 5m, 10m, more. `baskets`: bills under 50k, 100k, 200k, 500k, 1m, more. `birthdays`: by
    month. `returners` of the `earlier` who bought in the 90 days before the last 90 did again since.
    """

    members, people, agreed, reached, never, once, newcomers = (_whole() for _ in range(7))
    tiers = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    channels = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    recency = fields.List(fields.Integer(), required=True)
    spent = fields.List(fields.Integer(), required=True)
    spent_12m = _whole()
    median_spent = fields.Integer(required=True, allow_none=True)
    baskets = fields.List(fields.Integer(), required=True)
    median_basket = fields.Integer(required=True, allow_none=True)
    birthdays = fields.List(fields.Integer(), required=True)
    favourites = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    buyers, earlier, returners = _whole(), _whole(), _whole()
    products = fields.List(fields.Nested(PortraitSoldSchema), required=True)
    categories = fields.List(fields.Nested(PortraitSoldSchema), required=True)
    months = fields.List(fields.Nested(PortraitMonthSchema), required=True)


class PortraitSchema(Body):
    """`portrait` is null before the first look; `pending`: a worker looks anew."""

    taken_at = Instant(required=True, allow_none=True)
    pending = fields.Boolean(required=True)
    portrait = fields.Nested(PortraitFactsSchema, required=True, allow_none=True)


class MonthsSchema(Body):
    """Every month somebody bought in, the oldest first; the last one is as of `taken_at`."""

    taken_at = Instant(required=True, allow_none=True)
    months = fields.List(fields.Nested(PortraitMonthSchema), required=True)


@blueprint.get("/segments/<public_id:segment>/portrait")
@requires_scope("segments:read")
@blueprint.response(200, PortraitSchema)
def get_portrait(segment: str) -> dict[str, Any]:
    """Who they are and what they buy, as kept; nobody is looked at for it."""
    return _show(saved.get_public(work.here().session, segment))


@blueprint.post("/segments/<public_id:segment>/portrait")
@requires_scope("segments:write")
@blueprint.arguments(NoBody, required=False)
@blueprint.response(202, PortraitSchema)
def ask_portrait(_nothing: dict[str, Any], segment: str) -> dict[str, Any]:
    """Have a worker look anew; asking again before it came changes nothing."""
    session = work.here().session
    found = saved.get_public(session, segment)
    keeping.ask(session, found, now=work.now())
    session.expire_all()
    return _show(found)


@blueprint.get("/insights/months")
@requires_scope("segments:read")
@blueprint.response(200, MonthsSchema)
def list_months() -> dict[str, Any]:
    """People, bills and ₫ of every month there was, to hold years against each other."""
    whole = keeping.of_shop(work.here().session)
    if whole is None:
        return {"taken_at": None, "months": []}
    return {"taken_at": whole.taken_at, "months": whole.portrait.to_json()["months"]}


def _show(segment: Segment) -> dict[str, Any]:
    kept = keeping.find(work.here().session, segment)
    return {"taken_at": kept.taken_at, "pending": kept.is_asked, "portrait": _facts(kept.portrait)}


def _facts(seen: Portrait | None) -> dict[str, Any] | None:
    if seen is None:
        return None
    whole = keeping.of_shop(work.here().session)
    buyers, known = (whole.portrait.buyers, whole.by_name) if whole else (0, {})

    def bought(which: str) -> list[dict[str, Any]]:
        found: list[Bought] = getattr(seen, which)
        return [_bought(each, seen, buyers, known.get(which, {}).get(each.name)) for each in found]

    plain = {name: getattr(seen, name) for name in PLAIN}
    lists = {which: bought(which) for which in ("products", "categories")}
    return {**plain, **lists, "months": seen.to_json()["months"]}


def _bought(each: Bought, seen: Portrait, buyers: int, usual: Bought | None) -> dict[str, Any]:
    held = liking(each, seen, buyers, usual)
    counts = {"name": each.name, "sales": each.sales, "buyers": each.buyers, "again": each.again}
    return {**counts, "times_tenths": held.tenths, "sure": held.is_sure}
