"""/segments/…/returns: who came back after each campaign of a segment, against those held out."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields

from loyalty.api import blueprints, pages, work
from loyalty.api.auth import requires_scope
from loyalty.api.campaign_contents import OfferSchema, ResultsSchema, show, show_offer
from loyalty.api.fields import Body, Instant
from loyalty.api.pages import PageQuery, page_of
from loyalty.campaigns import returning
from loyalty.campaigns.returning import Returned
from loyalty.segments import saved

blueprint = blueprints.resource("return_rates", "Which offers bring people back.", order=73)


class ReturnedSchema(Body):
    """One campaign of the segment. `offer`: what its message gave; null: nothing.

    Of `results`, `meant` and `held_out` say how many came back: bought within the window from each run's start.
    """

    campaign_id = fields.String(required=True)
    name = fields.String(required=True)
    offer = fields.Nested(OfferSchema, required=True, allow_none=True)
    first_at = Instant(required=True)
    results = fields.Nested(ResultsSchema, required=True)


@blueprint.get("/segments/<public_id:segment>/returns")
@requires_scope("campaigns:read")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(ReturnedSchema))
def list_returns(wanted: dict[str, Any], segment: str) -> dict[str, Any]:
    """The campaigns that were sent to it, newest first, each with what came of it."""
    session, now = work.here().session, work.now()
    found, place = saved.get_public(session, segment), f"returns {segment}"
    before = pages.start(session, wanted, place)
    rows = returning.of_segment(session, found, before=before, limit=wanted["limit"] + 1, now=now)

    def shown(rows: Sequence[Returned]) -> list[dict[str, Any]]:
        return [_show(row) for row in rows]

    return pages.page(session, rows, wanted, place, lambda row: row.campaign.id, shown)


def _show(row: Returned) -> dict[str, Any]:
    session, campaign = work.here().session, row.campaign
    plain = {"campaign_id": campaign.public_id, "name": campaign.name, "first_at": row.first_at}
    return {**plain, "offer": show_offer(session, row.offer), "results": show(row.found)}
