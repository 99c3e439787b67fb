"""/segments/{segment}/changes and /people: who entered and left, lists of people."""

from typing import Any

from marshmallow import fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.api import blueprints, pages, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import Body, Flag, Instant, NoBody, Text
from loyalty.api.pages import PageQuery
from loyalty.api.segments import SegmentSchema, show
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.segments import lists, log, saved
from loyalty.segments.models import ListChange
from loyalty.segments.rules import Frame

blueprint = blueprints.resource("memberships", "Who entered and left segments, and lists of people.", order=61)
MOST = 10_000  # people in one request


class ChangeSchema(Body):
    """Somebody entered or left. A cause of start, rules or thresholds tells of the segment, not of the person."""

    customer_id = fields.String(required=True)
    entered = fields.Boolean(required=True)
    at = Instant(required=True)
    cause = fields.String(required=True)


class ChangesSchema(Body):
    """In the order they happened. `next_cursor` goes on after the last of them, also when there is nothing more yet."""

    items = fields.List(fields.Nested(ChangeSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class BelongsSchema(Body):
    id = fields.String(required=True)
    name = fields.String(required=True)
    since = Instant(required=True)


class BelongingSchema(Body):
    """As of the last look, which is seconds ago while a worker runs."""

    segments = fields.List(fields.Nested(BelongsSchema), required=True)


class People(Body):
    """Phones in any form and ids of customers; `remove` takes them off. Who matches nobody is told by the place."""

    phones = fields.List(Text(1, 64, example="0912345678"), load_default=list, validate=validate.Length(max=MOST))
    customers = fields.List(Text(1, 64), load_default=list, validate=validate.Length(max=MOST))
    remove = Flag(load_default=False)


class NewList(Body):
    name = Text(1, 100, required=True, example="Khách mời khai trương")


class MissedSchema(Body):
    """The place, from 1: the phones first, then the ids. `why`: nobody, unclear."""

    place = fields.Integer(required=True)
    why = fields.String(required=True)


class OutcomeSchema(Body):
    """`id` is what is undone; `moved` people were put on or off; `missing` rows named nobody, the first are told."""

    id = fields.String(required=True)
    moved = fields.Integer(required=True)
    missing = fields.Integer(required=True)
    missed = fields.List(fields.Nested(MissedSchema), required=True)


class BackSchema(Body):
    moved = fields.Integer(required=True)


@blueprint.get("/segments/<public_id:segment>/changes")
@requires_scope("segments:read")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, ChangesSchema)
def list_changes(wanted: dict[str, Any], segment: str) -> dict[str, Any]:
    """Who entered and left, oldest first."""
    session = work.here().session
    found, place = saved.get_public(session, segment), f"changes {segment}"
    cursor = pages.start(session, wanted, place) or 0
    rows = log.changes_since(session, found, cursor, wanted["limit"])
    named = _names(session, [row.customer_id for row in rows])
    last = rows[-1].id if rows else cursor
    return {
        "items": [
            {"customer_id": named[row.customer_id], "entered": row.entered, "at": row.at, "cause": row.cause}
            for row in rows
        ],
        "next_cursor": pages.cursor(session, last, place) if last else None,
    }


@blueprint.get("/customers/<public_id:customer>/segments")
@requires_scope("segments:read")
@blueprint.response(200, BelongingSchema)
def list_segments_of(customer: str) -> dict[str, Any]:
    """The segments a customer belongs to, with since when."""
    session = work.here().session
    found = log.of_customer(session, profiles.get_public(session, customer).id, limit=100)
    return {"segments": [{"id": each.public_id, "name": each.name, "since": since} for each, since in found]}


@blueprint.post("/segments/lists")
@requires_scope("segments:write")
@blueprint.arguments(NewList)
@blueprint.response(201, SegmentSchema)
def create_list(asked: dict[str, Any]) -> dict[str, Any]:
    """An empty list of people: a segment like others."""
    session = work.here().session
    made = lists.create(session, asked["name"], now=work.now())
    work.note("segment_created", f"segment:{made.public_id}")
    return show(made, Frame.at(session, work.now()))


@blueprint.post("/segments/<public_id:segment>/people")
@requires_scope("segments:write")
@blueprint.arguments(People)
@blueprint.response(200, OutcomeSchema)
def move_people(asked: dict[str, Any], segment: str) -> dict[str, Any]:
    """Put people on a list, or take them off; `undo` moves back whom it moved."""
    session = work.here().session
    found = saved.get_public(session, segment)
    matched = lists.match(session, [*([phone] for phone in asked["phones"]), *([each] for each in asked["customers"])])
    actor = work.here().caller.actor
    change = lists.propose(session, found, matched, adds=not asked["remove"], by=actor, now=work.now())
    moved = lists.apply(session, found, change, now=work.now())
    work.note("segment_list_changed", f"segment:{segment}", people=moved, adds=change.adds)
    return _outcome(change, moved)


@blueprint.post("/segments/<public_id:segment>/people/<public_id:change>/undo")
@requires_scope("segments:write")
@blueprint.arguments(NoBody, required=False)
@blueprint.response(200, BackSchema)
def undo_people(_nothing: dict[str, Any], segment: str, change: str) -> dict[str, Any]:
    """Move back whom a change moved and who was not moved since."""
    session = work.here().session
    found = saved.get_public(session, segment)
    back = lists.undo(session, found, lists.get_change(session, found, change), now=work.now())
    work.note("segment_list_undone", f"segment:{segment}", people=back)
    return {"moved": back}


def _names(session: Session, customer_ids: list[int]) -> dict[int, str]:
    rows = session.execute(select(Customer.id, Customer.public_id).where(Customer.id.in_(customer_ids)))
    return {row.id: row.public_id for row in rows}


def _outcome(change: ListChange, moved: int) -> dict[str, Any]:
    missed = [{"place": place, "why": why} for place, why in change.missed]
    return {"id": change.public_id, "moved": moved, "missing": change.missing, "missed": missed}
