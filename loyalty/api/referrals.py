"""/referrals: who brought whom, and what was paid for it."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.api import blueprints, pages, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import Body, Instant, Text
from loyalty.api.pages import PageQuery, page_of
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.purchases.models import Purchase
from loyalty.referrals import bringing
from loyalty.referrals.models import Referral, State
from loyalty.words import Both

blueprint = blueprints.resource("referrals", "Who brought whom.", called=Both("Giới thiệu bạn", "Referrals"), order=47)


class ReferralQuery(PageQuery):
    """`referrer` and `friend` are ids of customers."""

    referrer = Text(1, 64)
    friend = Text(1, 64)
    state = fields.String(validate=validate.OneOf([*State]))


class ReferralSchema(Body):
    """A friend and who brought them.

    `open`: nothing bought yet; `waiting`: the first bill has to stand until `due_on`; `paid`; `cancelled` for a
    `reason`; `taken_back`: the bill went after it was paid, `missing_points` of it were spent by then.
    """

    id = fields.String(required=True)
    state = fields.String(required=True)
    referrer_id = fields.String(required=True)
    friend_id = fields.String(required=True)
    how = fields.String(required=True)  # link, typed, counter
    purchase_id = fields.String(required=True, allow_none=True)
    due_on = fields.Date(required=True, allow_none=True)  # the first shop day it may be paid on
    referrer_points = fields.Integer(required=True)
    friend_points = fields.Integer(required=True)
    missing_points = fields.Integer(required=True)
    reason = fields.String(required=True, allow_none=True)
    brought_at = Instant(required=True)
    paid_at = Instant(required=True, allow_none=True)
    ended_at = Instant(required=True, allow_none=True)


@blueprint.get("/referrals")
@requires_scope("referrals:read")
@blueprint.arguments(ReferralQuery, location="query")
@blueprint.response(200, page_of(ReferralSchema))
def list_referrals(wanted: dict[str, Any]) -> dict[str, Any]:
    """Referrals, newest first."""
    session = work.here().session
    place = f"referrals {wanted.get('referrer')} {wanted.get('friend')} {wanted.get('state')}"
    people = {
        f"{side}_id": profiles.get_public(session, wanted[side]).id for side in ("referrer", "friend") if side in wanted
    }
    before, limit = pages.start(session, wanted, place), wanted["limit"] + 1
    rows = bringing.list_newest(session, **people, state=wanted.get("state"), before=before, limit=limit)
    return pages.page(session, rows, wanted, place, lambda row: row.id, lambda shown: _show_all(session, shown))


def _show_all(session: Session, rows: Sequence[Referral]) -> list[dict[str, Any]]:
    people = _names(session, Customer, {id_ for row in rows for id_ in (row.referrer_id, row.friend_id)})
    bills = _names(session, Purchase, {row.purchase_id for row in rows if row.purchase_id is not None})
    return [_show(row, people, bills) for row in rows]


def _show(row: Referral, people: dict[int, str], bills: dict[int, str]) -> dict[str, Any]:
    as_kept = (
        *("state", "how", "due_on", "referrer_points", "friend_points", "missing_points", "reason"),
        *("brought_at", "paid_at", "ended_at"),
    )
    ids = {
        "id": row.public_id,
        "referrer_id": people[row.referrer_id],
        "friend_id": people[row.friend_id],
        "purchase_id": bills.get(row.purchase_id or 0),
    }
    return ids | {name: getattr(row, name) for name in as_kept}


def _names(session: Session, model: Any, ids: set[int]) -> dict[int, str]:
    """Public ids by id."""
    return {
        row.id: row.public_id for row in session.execute(select(model.id, model.public_id).where(model.id.in_(ids)))
    }
