"""/stores: the places one buys at."""

from collections.abc import Sequence
from typing import Any

from marshmallow import fields

from loyalty.api import blueprints, pages, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import Body, Text
from loyalty.api.pages import PageQuery, page_of
from loyalty.staff import stores
from loyalty.staff.audit import Author
from loyalty.staff.models import Store
from loyalty.words import Both

blueprint = blueprints.resource("stores", "The places one buys at.", called=Both("Cửa hàng", "Stores"))


class NewStore(Body):
    code = Text(
        1,
        60,
        required=True,
        example="LELOI",
        metadata={"description": "Plain letters, digits and dashes; it never changes."},
    )
    name = Text(1, 120, required=True, example="Mây Lê Lợi")


class StoreChange(Body):
    name = Text(1, 120, required=True, example="Mây Lê Lai")


class StoreSchema(Body):
    """A store: `code` is what tills and staff commands call it."""

    id = fields.String(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)


@blueprint.get("/stores")
@requires_scope("stores:read")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(StoreSchema))
def list_stores(wanted: dict[str, Any]) -> dict[str, Any]:
    """Every store, newest first."""
    session = work.here().session
    rows = stores.list_newest(session, before=pages.start(session, wanted, "stores"), limit=wanted["limit"] + 1)
    return pages.page(session, rows, wanted, "stores", lambda store: store.id, _show_all)


@blueprint.post("/stores")
@requires_scope("stores:write")
@blueprint.arguments(NewStore)
@blueprint.response(201, StoreSchema)
def create_store(asked: dict[str, Any]) -> dict[str, Any]:
    """One more store."""
    return _show(stores.add(work.here().session, asked["code"], asked["name"], by=_author(), now=work.now()))


@blueprint.get("/stores/<public_id:store>")
@requires_scope("stores:read")
@blueprint.response(200, StoreSchema)
def get_store(store: str) -> dict[str, Any]:
    """One store."""
    return _show(stores.get_public(work.here().session, store))


@blueprint.patch("/stores/<public_id:store>")
@requires_scope("stores:write")
@blueprint.arguments(StoreChange)
@blueprint.response(200, StoreSchema)
def change_store(asked: dict[str, Any], store: str) -> dict[str, Any]:
    """Another name."""
    session = work.here().session
    found = stores.get_public(session, store)
    return _show(stores.rename(session, found.id, asked["name"], by=_author(), now=work.now()))


def _author() -> Author:
    return Author(work.here().caller.actor, "api")


def _show(store: Store) -> dict[str, Any]:
    return {"id": store.public_id, "code": store.code, "name": store.name}


def _show_all(shown: Sequence[Store]) -> list[dict[str, Any]]:
    return [_show(store) for store in shown]
