"""/templates: what the platforms approved, and which template stands in for which message."""

from typing import Any

from marshmallow import fields

from loyalty.api import blueprints, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import Body, Text
from loyalty.channels import accounts
from loyalty.messaging import templates
from loyalty.messaging.models import MessageTemplate, TemplateUse
from loyalty.staff.audit import Author
from loyalty.words import Both

blueprint = blueprints.resource(
    "templates",
    "Approved templates of the platforms, and which stands in for which message once the free window is over.",
    called=Both("Mẫu tin", "Templates"),
)


class BlankSchema(Body):
    """One blank of a template."""

    name = fields.String(required=True)
    is_required = fields.Boolean(required=True)
    shortest = fields.Integer(required=True)
    longest = fields.Integer(required=True, allow_none=True)


class UseSchema(Body):
    """What a template stands in for, and which of our values fills each blank."""

    purpose = fields.String(required=True)
    mapping = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class TemplateSchema(Body):
    """A template as the platform last told of it. Prices are whole ₫; null: it cannot go that way, or nobody says."""

    id = fields.String(required=True)
    channel = fields.String(required=True)
    account = fields.String(required=True)
    name = fields.String(required=True)
    title = fields.String(required=True)
    locale = fields.String(required=True)
    status = fields.String(required=True)
    tag = fields.String(required=True)
    quality = fields.String(required=True)
    price_user = fields.Integer(required=True, allow_none=True)
    price_phone = fields.Integer(required=True, allow_none=True)
    parameters = fields.List(fields.Nested(BlankSchema), required=True)
    uses = fields.List(fields.Nested(UseSchema), required=True)


class TemplatesSchema(Body):
    """All there are: an account has few."""

    items = fields.List(fields.Nested(TemplateSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class Assignment(Body):
    """Which of our values fills each blank: `{"customer_name": "name", "points": "points"}`."""

    mapping = fields.Dict(
        keys=Text(1, templates.LONGEST),
        values=Text(1, 40),
        required=True,
        metadata={"example": {"customer_name": "name", "points": "points"}},
    )


@blueprint.get("/templates")
@requires_scope("templates:read")
@blueprint.response(200, TemplatesSchema)
def list_templates() -> dict[str, Any]:
    """Every template, those that can be sent first."""
    session = work.here().session
    uses = templates.list_uses(session)
    return {"items": [_show(found, uses) for found in templates.list_all(session)], "next_cursor": None}


@blueprint.put("/templates/<public_id:template>/uses/<purpose>")
@requires_scope("templates:write")
@blueprint.arguments(Assignment)
@blueprint.response(200, TemplateSchema)
def assign_template(asked: dict[str, Any], template: str, purpose: str) -> dict[str, Any]:
    """It stands in for the purpose at its account from now on: awarded, adjusted, expiring, service or promotion."""
    session = work.here().session
    templates.assign(session, purpose, template, asked["mapping"], by=_author(), now=work.now())
    return _show(templates.get_public(session, template), templates.list_uses(session))


@blueprint.delete("/templates/<public_id:template>/uses/<purpose>")
@requires_scope("templates:write")
@blueprint.response(204)
def release_template(template: str, purpose: str) -> None:
    """It stands in for that no more. Repeating changes nothing."""
    templates.release(work.here().session, purpose, template, by=_author(), now=work.now())


def _author() -> Author:
    return Author(work.here().caller.actor, "api")


def _show(found: MessageTemplate, uses: Any) -> dict[str, Any]:
    account = accounts.get(work.here().session, found.channel_account_id)
    mine: list[TemplateUse] = [use for use in uses if use.template_id == found.id]
    return {
        "id": found.public_id,
        "channel": account.kind,
        "account": account.external_id,
        **{name: getattr(found, name) for name in ("name", "title", "locale", "status", "tag", "quality")},
        "price_user": found.price_user,
        "price_phone": found.price_phone,
        "parameters": found.parameters,
        "uses": [{"purpose": use.purpose, "mapping": use.mapping} for use in mine],
    }
