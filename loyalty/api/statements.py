"""/customers/{id}/statement: what came and went in a span of days."""

from datetime import date
from typing import Any

from marshmallow import fields

from loyalty import shop
from loyalty.api import blueprints, histories, pages, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import Body, Day
from loyalty.api.histories import EntrySchema
from loyalty.api.pages import PageQuery
from loyalty.customers import profiles
from loyalty.points import statements

blueprint = blueprints.resource("statements", "What came and went in a span of days.", order=42)


class StatementQuery(PageQuery):
    """`?from=&to=`, shop days, both included; without them this month until today."""

    first = Day(data_key="from")
    last = Day(data_key="to")


class SumsSchema(Body):
    """Signed whole points by what they came by or went for."""

    earned = fields.Integer(required=True)
    bonus = fields.Integer(required=True)  # on occasions without a bill
    released = fields.Integer(required=True)
    adjusted = fields.Integer(required=True)
    given_back = fields.Integer(required=True)
    taken_back = fields.Integer(required=True)
    used = fields.Integer(required=True)
    expired = fields.Integer(required=True)


class StatementSchema(Body):
    """`opening` and all `sums` together are always `closing`. The movements stand oldest first."""

    first = fields.Date(required=True, data_key="from")
    last = fields.Date(required=True, data_key="to")
    opening = fields.Integer(required=True)
    sums = fields.Nested(SumsSchema, required=True)
    closing = fields.Integer(required=True)
    items = fields.List(fields.Nested(EntrySchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


@blueprint.get("/customers/<public_id:customer>/statement")
@requires_scope("customers:read")
@blueprint.arguments(StatementQuery, location="query")
@blueprint.response(200, StatementSchema)
def get_statement(wanted: dict[str, Any], customer: str) -> dict[str, Any]:
    """Opening, sums by kind, closing, and the movements of a span of days."""
    session = work.here().session
    found, (first, last) = profiles.get_public(session, customer), _period(wanted, shop.of(session).day(work.now()))
    made = statements.of(session, found.id, first, last)
    place = f"statement {customer} {first} {last}"
    after = pages.start(session, wanted, place)
    rows = statements.list_entries(session, made, after=after, limit=wanted["limit"] + 1)
    page = pages.page(session, rows, wanted, place, lambda row: row.seq, histories.show_entries)
    names = ("first", "last", "opening", "sums", "closing")
    return {name: getattr(made, name) for name in names} | page


def _period(wanted: dict[str, Any], today: date) -> tuple[date, date]:
    last = wanted.get("last") or max(today, wanted.get("first") or today)
    return wanted.get("first") or last.replace(day=1), last
