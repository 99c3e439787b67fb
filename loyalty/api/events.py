"""/customers/{id}/events: what other programs tell of, for rules that give points for it."""

from typing import Any

from flask import Response, current_app
from marshmallow import fields

from loyalty.api import blueprints, hands, histories, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import Body, Instant, Text
from loyalty.api.histories import EntrySchema
from loyalty.customers import profiles
from loyalty.points import gifts, occasions

blueprint = blueprints.resource("events", "What happened elsewhere, told by other programs.", order=46)


class NewEvent(Body):
    """`event` is what a rule of the programme calls it, `key` your own name of this occurrence: it counts once."""

    event = Text(1, 32, required=True, example="{event_id}")
    key = Text(1, occasions.LONGEST_KEY, required=True, example="review-2041")
    at = fields.AwareDateTime(allow_none=True)  # when it happened, at most 180 days ago; now without it


class EventAnswer(Body):
    """The movements it made, one for each rule that gave something."""

    event = fields.String(required=True)
    key = fields.String(required=True)
    at = Instant(required=True)
    entries = fields.List(fields.Nested(EntrySchema), required=True)


@blueprint.post("/customers/<public_id:customer>/events")
@requires_scope("points:write")
@blueprint.arguments(NewEvent)
@blueprint.response(201, EventAnswer)
@blueprint.alt_response(200, schema=EventAnswer)
def tell_event(asked: dict[str, Any], customer: str) -> dict[str, Any] | Response:
    """Give what the rules say for an event; the customer is told. The same event and key once more answers 200."""
    session, hand = work.here().session, hands.hand()
    found = profiles.get_public(session, customer)
    at = asked.get("at") or work.now()
    given = occasions.happened(
        session, found.id, asked["event"], reference=asked["key"], at=at, actor=hand.author.actor, now=work.now()
    )
    gifts.tell(session, hand.voice, given, now=work.now())
    is_new = not given or any(gift.is_new for gift in given)
    entries = histories.show_entries([gift.entry for gift in given])
    if is_new and given:
        work.note(
            "event_told", f"customer:{found.public_id}", event=asked["event"], points=sum(g.entry.points for g in given)
        )
    shown = {"event": asked["event"], "key": asked["key"], "at": at, "entries": entries}
    return shown if is_new else current_app.make_response((EventAnswer().dump(shown), 200))
