"""/customers/{id}/tags: words customers are marked with."""

from typing import Any

from marshmallow import fields

from loyalty.api import blueprints, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import Body, Text
from loyalty.customers import profiles, tags
from loyalty.customers.models import Customer
from loyalty.staff.audit import Author

blueprint = blueprints.resource("tags", "Words customers are marked with, for segments to ask for.", order=16)


class OneTag(Body):
    """Kept in small letters."""

    tag = Text(1, tags.LONGEST, required=True, example="khách sỉ")


class TagsSchema(Body):
    tags = fields.List(fields.String(), required=True)


@blueprint.get("/customers/<public_id:customer>/tags")
@requires_scope("customers:read")
@blueprint.response(200, TagsSchema)
def list_tags(customer: str) -> dict[str, Any]:
    """The tags of a customer."""
    return _show(profiles.get_public(work.here().session, customer))


@blueprint.post("/customers/<public_id:customer>/tags")
@requires_scope("customers:write")
@blueprint.arguments(OneTag)
@blueprint.response(200, TagsSchema)
def give_tag(asked: dict[str, Any], customer: str) -> dict[str, Any]:
    """Mark a customer; a tag they have changes nothing."""
    here = work.here()
    found = profiles.get_public(here.session, customer)
    by = Author(here.caller.actor, "api")
    if tags.give(here.session, found.id, asked["tag"], by=by, now=work.now()):
        work.note("tagged", f"customer:{found.public_id}")
    return _show(found)


@blueprint.post("/customers/<public_id:customer>/tags/remove")
@requires_scope("customers:write")
@blueprint.arguments(OneTag)
@blueprint.response(200, TagsSchema)
def take_tag(asked: dict[str, Any], customer: str) -> dict[str, Any]:
    """Take a tag away; one they do not have changes nothing."""
    session = work.here().session
    found = profiles.get_public(session, customer)
    if tags.take(session, found.id, asked["tag"], now=work.now()):
        work.note("untagged", f"customer:{found.public_id}")
    return _show(found)


def _show(customer: Customer) -> dict[str, Any]:
    return {"tags": list(tags.list_of(work.here().session, customer.id))}
