"""Every refusal as RFC 9457 problem+json with a stable `code`; a field's fault also in `errors`, by its path."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask import Request, Response, request
from werkzeug.exceptions import HTTPException

from loyalty.errors import Conflict, Forbidden, LoyaltyError, NotFound, RuleViolation, TooMany, Unauthenticated
from loyalty.typed import fold

MEDIA_TYPE = "application/problem+json"
STATUSES: tuple[tuple[type[LoyaltyError], int], ...] = (
    (NotFound, 404),
    (Conflict, 409),
    (RuleViolation, 422),
    (Forbidden, 403),
    (Unauthenticated, 401),
    (TooMany, 429),
)
CODES = {
    400: "malformed",
    404: "not_found",
    405: "method_not_allowed",
    408: "too_slow",
    413: "too_large",
    415: "unsupported_media_type",
    500: "internal_error",
}
OF_HTTP = {  # what refusals that are no LoyaltyError mean
    "malformed": "The body is not JSON, or not strictly.",
    "not_found": "No such address.",
    "method_not_allowed": "The address has other methods; `Allow` names them.",
    "too_slow": "The body took too long to arrive.",
    "too_large": "The body is over 1 MiB (12 MiB for a picture).",
    "unsupported_media_type": "The body is not application/json.",
    "internal_error": "A fault of ours; it is written down.",
}
TEXT_IDS = frozenset({"number", "reversal", "first"})  # ids are opaque text outside
HIDDEN = frozenset({"field", "problem"})  # said in `errors`


class Invalid(RuleViolation):
    """Fields that cannot be; `errors` says what is wrong with each, by its path (`customer.phone`)."""

    code = "validation_failed"

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        super().__init__()
        self.errors = dict(errors)


class InProgress(Conflict):
    """A request under the same `Idempotency-Key` is still being answered."""

    code = "in_progress"


class KeyReused(Conflict):
    """The `Idempotency-Key` was used for another request."""

    code = "idempotency_conflict"


def is_api(req: Request) -> bool:
    return req.path.startswith("/api/")


def status_of(kind: type[LoyaltyError]) -> int:
    return next((status for known, status in STATUSES if issubclass(kind, known)), 422)


def meaning(kind: type[LoyaltyError]) -> str:
    """What a refusal means in one line: its own words, else those of the more general one it is."""
    documented = next((each for each in kind.__mro__ if each.__doc__), kind)
    return (documented.__doc__ or "").strip().partition("\n")[0]


def answer(refused: LoyaltyError | HTTPException) -> Response:
    """The response for a refusal."""
    if isinstance(refused, HTTPException):
        return _of_http(refused)
    status = status_of(type(refused))
    facts = {name: _plain(name, value) for name, value in refused.facts.items() if _is_public(name, value)}
    code = refused.code
    if errors := _errors(refused):  # a wrong field is one thing to whoever calls, with the finer word beside it
        facts |= {"errors": errors} | ({} if code == Invalid.code else {"reason": code})
        code = Invalid.code
    said = str(refused)
    response = _document(status, code, said if said != refused.code else meaning(type(refused)), facts)
    if isinstance(refused, TooMany):
        response.headers["Retry-After"] = str(refused.facts.get("retry_after", 1))
    if isinstance(refused, Unauthenticated):
        response.headers["WWW-Authenticate"] = 'Bearer realm="loyalty"'
    return response


def translate(response: Response) -> Response:
    """Whatever else refused a request to the API (an unknown address, a method, a crash) says it the same way."""
    if not is_api(request) or response.status_code < 400 or response.mimetype == MEDIA_TYPE:
        return response
    status = response.status_code
    code = CODES.get(status, "refused")
    translated = _document(status, code, OF_HTTP.get(code, ""), {})
    for name in ("Allow", "Retry-After", "Connection"):
        if name in response.headers:
            translated.headers[name] = response.headers[name]
    return translated


def flatten(messages: Any, path: str = "") -> dict[str, list[str]]:
    """`{"customer": {"phone": ["…"]}}` as `{"customer.phone": ["…"]}`; what concerns the whole is `body`."""
    if not isinstance(messages, dict):
        return {path or "body": [str(message) for message in messages]}
    flat: dict[str, list[str]] = {}
    for name, inner in messages.items():
        step = fold.quote(str(name))
        whole = path if step == "_schema" else f"{path}.{step}" if path else step
        for place, found in flatten(inner, whole).items():
            flat.setdefault(place, []).extend(found)
    return flat


def _of_http(refused: HTTPException) -> Response:
    status = refused.code or 500
    response = _document(status, CODES.get(status, "refused"), refused.description or "", {})
    for name, value in refused.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _document(status: int, code: str, detail: str, facts: Mapping[str, Any]) -> Response:
    title = code.replace("_", " ").capitalize()
    document: dict[str, Any] = {"type": f"/api/v1/docs#{code}", "title": title, "status": status, "code": code}
    if detail and detail != code:
        document["detail"] = detail
    document |= {name: value for name, value in facts.items() if name not in document}
    return Response(json.dumps(document), status, mimetype=MEDIA_TYPE)


def _errors(refused: LoyaltyError) -> dict[str, list[str]]:
    """What is wrong with which field, when the refusal knows."""
    if isinstance(refused, Invalid):
        return refused.errors
    path = refused.facts.get("path") or refused.facts.get("field")
    if not isinstance(refused, RuleViolation) or not isinstance(path, str):
        return {}
    return {path: [str(refused.facts.get("problem") or refused)]}


def _is_public(name: str, value: Any) -> bool:
    """Our own numbers of rows stay inside."""
    return name not in HIDDEN and not (name.endswith("_id") and not isinstance(value, str))


def _plain(name: str, value: Any) -> Any:
    """A fact as JSON."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(name, item) for item in value]
    if value is None or isinstance(value, (bool, int)):
        return str(value) if name in TEXT_IDS and value is not None else value
    return str(value)
