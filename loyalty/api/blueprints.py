"""flask-smorest with our own reading of bodies: strict JSON, and refusals that name each field."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import flask_smorest  # type: ignore[import-untyped]  # ships no types
import marshmallow
from flask import Request
from webargs import core
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from loyalty.api import problems
from loyalty.api.problems import Invalid
from loyalty.typed import strict_json
from loyalty.typed.strict_json import Malformed
from loyalty.words import Both

View = TypeVar("View", bound=Callable[..., Any])


class StrictParser(FlaskParser):
    """Bodies are read by `strict_json`; an unknown parameter of an address is refused like an unknown field."""

    DEFAULT_UNKNOWN_BY_LOCATION: Mapping[str, str | None] = {  # type: ignore[assignment]  # the library wants a dict
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": marshmallow.RAISE,
    }

    def load_json(self, req: Request, schema: marshmallow.Schema) -> Any:
        return read_json(req, may_be_empty=getattr(schema, "may_be_empty", False))

    def handle_error(
        self,
        error: marshmallow.ValidationError,
        req: Request,
        schema: marshmallow.Schema,
        *,
        error_status_code: int | None,
        error_headers: Mapping[str, str] | None,
    ) -> NoReturn:
        assert isinstance(error.messages, dict)
        raise Invalid(
            problems.flatten({name: found for part in error.messages.values() for name, found in part.items()})
        )


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]  # an untyped base
    """A group of addresses under /api/v1; `order` is its place among the others, `called` its name for people."""

    ARGUMENTS_PARSER = StrictParser()
    order = 100
    called: Both | None = None

    if TYPE_CHECKING:  # the library's decorators, typed

        def __init__(self, name: str, import_name: str, *, description: str, url_prefix: str) -> None: ...
        def get(self, rule: str) -> Callable[[View], View]: ...
        def post(self, rule: str) -> Callable[[View], View]: ...
        def put(self, rule: str) -> Callable[[View], View]: ...
        def patch(self, rule: str) -> Callable[[View], View]: ...
        def delete(self, rule: str) -> Callable[[View], View]: ...
        def arguments(
            self, schema: type[marshmallow.Schema], *, location: str = "json", required: bool = True
        ) -> Callable[[View], View]: ...
        def response(
            self, status_code: int, schema: type[marshmallow.Schema] | None = None
        ) -> Callable[[View], View]: ...
        def alt_response(self, status_code: int, *, schema: type[marshmallow.Schema]) -> Callable[[View], View]: ...
        @staticmethod
        def doc(**documentation: Any) -> Callable[[View], View]: ...


def resource(name: str, description: str, *, called: Both | None = None, order: int = 100) -> Blueprint:
    """An empty group of addresses. A module here that calls it `blueprint` is found by itself.

    `called` names it where people choose what a key may do; without it, nothing of it is a scope.
    """
    made = Blueprint(name, __name__, description=description, url_prefix="/api/v1")
    made.order, made.called = order, called
    return made


def read_json(req: Request, *, may_be_empty: bool = False) -> Any:
    """The JSON value of a body, with nothing in it a database could not hold.

    Raises UnsupportedMediaType, BadRequest, RequestEntityTooLarge, Invalid.
    """
    body = req.get_data(cache=True)
    if not body and may_be_empty:
        return {}
    if not core.is_json(req.mimetype):
        raise UnsupportedMediaType("The body must be application/json.")
    try:
        value = strict_json.loads(body)
    except Malformed as fault:
        raise BadRequest(f"The body is not JSON: {fault}.") from None
    if (path := strict_json.find_unstorable(value)) is not None:
        raise Invalid({path or "body": ["Holds characters that cannot be kept."]})
    return value
