"""/staff: who works here."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.api import blueprints, pages, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import Body, Instant
from loyalty.api.pages import PageQuery, page_of
from loyalty.staff import accounts, binding
from loyalty.staff.models import StaffMember, Store
from loyalty.words import Both

blueprint = blueprints.resource(
    "staff", "Who works here. People are added and removed at the console.", called=Both("Nhân viên", "Staff")
)


class StaffSchema(Body):
    """A member of staff: role is cashier, manager, marketer or owner; `store` is the code of theirs."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    role = fields.String(required=True)
    store = fields.String(required=True)
    channels = fields.List(fields.String(), required=True)  # where their chats are bound
    created_at = Instant(required=True)


@blueprint.get("/staff")
@requires_scope("staff:read")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(StaffSchema))
def list_staff(wanted: dict[str, Any]) -> dict[str, Any]:
    """Everybody who works here, newest first."""
    session = work.here().session
    rows = accounts.list_newest(session, before=pages.start(session, wanted, "staff"), limit=wanted["limit"] + 1)
    return pages.page(session, rows, wanted, "staff", lambda member: member.id, lambda shown: _show(session, shown))


def _show(session: Session, members: Sequence[StaffMember]) -> list[dict[str, Any]]:
    codes = {store.id: store.code for store in session.scalars(select(Store))}
    return [
        {
            "id": member.public_id,
            "name": accounts.name_of(session, member),
            "role": member.role,
            "store": codes[member.store_id],
            "channels": sorted({chat.account.kind for chat in binding.chats_of_member(session, member.id)}),
            "created_at": member.created_at,
        }
        for member in members
    ]
