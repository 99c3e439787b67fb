"""The OpenAPI 3.1 specification, made by flask-smorest from the schemas of requests and answers."""

from typing import Any

import flask_smorest  # type: ignore[import-untyped]  # ships no types
from apispec import BasePlugin
from flask import Flask
from marshmallow import INCLUDE, Schema, fields
from werkzeug.routing import BaseConverter

from loyalty.api import problems
from loyalty.api.refusals import Refusals

PREFIX = "/api/v1"
DESCRIPTION = """JSON over HTTP with `Authorization: Bearer KEY`; keys are made with `loyalty apikey create`, or on \
the console's page for connections.

Every write takes an `Idempotency-Key`. Lists are pages: pass `next_cursor` as `?cursor=`. Money is whole ₫, points \
are integers, times are RFC 3339 with offset, ids are opaque text.

Refusals are application/problem+json (RFC 9457) with a stable `code`; field errors are in `errors`, by path."""
CONFIG = {
    "API_TITLE": "Khách Quen",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": PREFIX,
    "OPENAPI_JSON_PATH": "openapi.json",
}
SPEC: dict[str, Any] = {
    "info": {"description": DESCRIPTION},
    "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
}


class PublicId(BaseConverter):
    """An opaque id; what cannot be one is an address there is not."""

    regex = "[A-Za-z0-9_-]{1,64}"


class EntryId(BaseConverter):
    """The number of a movement, as text."""

    regex = "[1-9][0-9]{0,17}"

    def to_python(self, value: str) -> int:
        return int(value)


class Problem(Schema):
    """RFC 9457; further members are facts of the refusal."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True)
    detail = fields.String()
    errors = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))

    class Meta(Schema.Meta):
        unknown = INCLUDE


class Descriptions(BasePlugin):
    """What a schema says of itself in the code is its description."""

    def schema_helper(
        self, name: str, definition: dict[str, Any], *, schema: Any = None, **_options: Any
    ) -> dict[str, Any] | None:
        kind = schema if isinstance(schema, type) else type(schema)
        said = kind.__dict__.get("__doc__")
        return {"description": " ".join(said.split())} if said else None


class Api(flask_smorest.Api):  # type: ignore[misc]  # an untyped base
    """Refusals are told by `problems`, so the library's own handlers stay out."""

    ERROR_SCHEMA = Problem

    def _register_error_handlers(self) -> None:
        """None: a handler for the whole application would answer for pages and webhooks too."""

    def _register_responses(self) -> None:
        """Every refusal looks alike."""
        refusal = {"description": "Refused", "content": {problems.MEDIA_TYPE: {"schema": self.ERROR_SCHEMA}}}
        for name in (self.DEFAULT_ERROR_RESPONSE_NAME, "UNPROCESSABLE_ENTITY", "UNPROCESSABLE_CONTENT"):
            self.spec.components.response(name, refusal, lazy=True)


def make(app: Flask) -> Api:
    """The API of an application, to register resources with."""
    app.config.update(CONFIG)
    app.url_map.converters.update(public_id=PublicId, entry_id=EntryId)
    api = Api(spec_kwargs={**SPEC, "extra_plugins": [Descriptions(), Refusals()]})
    for converter in (PublicId, EntryId):
        pattern = f"^{converter.regex}$"
        api.register_converter(converter, lambda _, pattern=pattern: {"type": "string", "pattern": pattern})
    api.init_app(app)
    return api
