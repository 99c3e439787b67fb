"""/customers/{id}/adjustments: points given or taken by hand."""

from typing import Any

from flask import Response, current_app
from marshmallow import fields

from loyalty.api import blueprints, hands, histories, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import Body, Instant, Text, Whole
from loyalty.api.histories import EntrySchema
from loyalty.customers import profiles
from loyalty.points import adjusting
from loyalty.points.counter import actions
from loyalty.points.counter.deciding import Waiting

blueprint = blueprints.resource("adjustments", "Points given or taken by hand.", order=45)


class NewAdjustment(Body):
    """`points` above 0 are given, below 0 taken. The reason stays in the customer's timeline, sealed."""

    points = Whole(-adjusting.MOST, adjusting.MOST, required=True, example=50)
    reason = Text(1, adjusting.LONGEST_REASON, required=True, example="Đền ly hỏng")


class ApprovalSchema(Body):
    """Something that waits for a manager or owner, who decide by its `id` in chat or at the console."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    state = fields.String(required=True)
    asked_at = Instant(required=True)


@blueprint.post("/customers/<public_id:customer>/adjustments")
@requires_scope("points:write")
@blueprint.arguments(NewAdjustment)
@blueprint.response(201, EntrySchema)
@blueprint.alt_response(202, schema=ApprovalSchema)
def create_adjustment(asked: dict[str, Any], customer: str) -> dict[str, Any] | Response:
    """Give or take points for a reason; the customer is told. Above the programme's limit it waits: 202."""
    session = work.here().session
    found = profiles.get_public(session, customer)
    done = actions.adjust(session, found, asked["points"], asked["reason"], hands.hand())
    if isinstance(done, Waiting):
        return _waits(done)
    [shown] = histories.show_entries([done.entry])
    return shown


def _waits(waiting: Waiting) -> Response:
    request = waiting.request
    shown = {"id": str(request.id), "kind": request.kind, "state": request.state, "asked_at": request.asked_at}
    return current_app.make_response((ApprovalSchema().dump(shown), 202))
