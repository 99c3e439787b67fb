"""/segments/thresholds: the numbers the five ready segments are made with."""

from typing import Any

from marshmallow import fields
from sqlalchemy.orm import Session

from loyalty.api import blueprints, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import Body, Whole
from loyalty.segments import thresholds
from loyalty.segments.thresholds import NUMBERS
from loyalty.words import Both

blueprint = blueprints.resource(
    "settings", "What the shop's own words mean.", called=Both("Cài đặt của cửa hàng", "The shop's settings"), order=62
)


class ThresholdSchema(Body):
    """`value` holds: what was `set`, else what was `learned` of so many `people`. Times are hundredths."""

    code = fields.String(required=True)
    segment = fields.String(required=True)
    unit = fields.String(required=True)
    value = fields.Integer(required=True)
    learned = fields.Integer(required=True)
    people = fields.Integer(required=True)
    set = fields.Integer(required=True, allow_none=True)


class ThresholdsSchema(Body):
    thresholds = fields.List(fields.Nested(ThresholdSchema), required=True)


NewThresholds: type[Body] = type(
    "NewThresholds",
    (Body,),
    {
        "__doc__": "What is not named stays; null has it learned again.",
        **{each.code: Whole(each.low, each.high, allow_none=True) for each in NUMBERS},
    },
)


@blueprint.get("/segments/thresholds")
@requires_scope("segments:read")
@blueprint.response(200, ThresholdsSchema)
def list_thresholds() -> dict[str, Any]:
    """The numbers the five ready segments are made with."""
    return _thresholds(work.here().session)


@blueprint.patch("/segments/thresholds")
@requires_scope("settings:write")  # what the five mean in the whole shop: the owner's matter, in the console as well
@blueprint.arguments(NewThresholds)
@blueprint.response(200, ThresholdsSchema)
def set_thresholds(asked: dict[str, Any]) -> dict[str, Any]:
    """Set some of them, or have them learned again."""
    session = work.here().session
    change = thresholds.choose(session, asked, by=work.here().caller.actor, now=work.now())
    if change is not None:
        work.note("segment_thresholds", "shop", before=change.before, after=change.after)
    return _thresholds(session)


def _thresholds(session: Session) -> dict[str, Any]:
    kept, values = thresholds.rows(session), thresholds.of(session)

    def told(number: thresholds.Number) -> dict[str, Any]:
        row = kept.get(number.code)
        return {
            "code": number.code,
            "segment": number.of,
            "unit": number.unit,
            "value": values[number.code],
            "learned": number.default if row is None else row.learned,
            "people": 0 if row is None else row.people,
            "set": None if row is None else row.chosen,
        }

    return {"thresholds": [told(number) for number in NUMBERS]}
