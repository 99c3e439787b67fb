"""Who asks, and whether they may: bearer keys and their scopes. A route without a declared scope does not exist."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, current_app, request

from loyalty.api import problems, scopes, work
from loyalty.api.blueprints import Blueprint, View
from loyalty.api.throttle import Allowance, Throttle, TooManyCalls
from loyalty.api.work import HEADER, Caller
from loyalty.db import Database
from loyalty.errors import Forbidden, LoyaltyError, Unauthenticated
from loyalty.staff import keys

IDEMPOTENCY = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "The same key and body replays the first answer for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}


class NoKey(Unauthenticated):
    """No key, or none that is in force."""

    code = "unauthenticated"


class ScopeMissing(Forbidden):
    """The key lacks the scope `needed`."""

    code = "insufficient_scope"


def requires_scope(scope: str) -> Callable[[View], View]:
    """Let in only keys with this scope; the view runs in one transaction, which may write if the scope says so."""
    scopes.declare(scope)

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Response:
            return _admit(scope, lambda: view(*args, **kwargs))

        guarded.required_scope = scope  # type: ignore[attr-defined]  # read by the test that every route has one
        parameters = {"parameters": [IDEMPOTENCY]} if scope.endswith(":write") else {}
        documented = Blueprint.doc(security=[{"key": []}], **{"x-scope": scope}, **parameters)
        return documented(guarded)  # type: ignore[return-value]  # the same call, guarded

    return decorate


def _admit(scope: str, view: Callable[[], Any]) -> Response:
    allowance: Allowance | None = None
    try:
        caller = _authenticate()
        allowance = _throttle().take(caller.public_id)
        if scope not in caller.scopes:
            raise ScopeMissing(f"the key needs the scope {scope}", needed=scope)
        response = work.perform(caller, view, writes=scope.endswith(":write"))
    except LoyaltyError as refused:
        allowance = refused.allowance if isinstance(refused, TooManyCalls) else allowance
        response = problems.answer(refused)
    if allowance is not None:
        response.headers.extend(allowance.headers)
    response.headers["Cache-Control"] = "no-store"
    return response


def _authenticate() -> Caller:
    scheme, _, plain = request.headers.get("Authorization", "").partition(" ")
    database: Database = current_app.extensions["loyalty_database"]
    if scheme.lower() == "bearer":
        with database.read_only() as session:
            key = keys.find(session, plain.strip())
        if key is not None:
            if not keys.is_fresh(key, work.now()):
                with database.transaction() as session:
                    keys.touch(session, key.id, now=work.now())
            return Caller(key.id, key.public_id, frozenset(key.scopes))
    raise NoKey("send a key: Authorization: Bearer kq_…")


def _throttle() -> Throttle:
    throttle = current_app.extensions["loyalty_api_throttle"]
    assert isinstance(throttle, Throttle)
    return throttle
