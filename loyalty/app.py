"""The web application: what every page and address has in common."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from flask import Blueprint, Flask, Response, current_app
from structlog import get_logger
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from loyalty import api, astray, console, static_files
from loyalty.console import faults
from loyalty.db import Database
from loyalty.health import health
from loyalty.notice import notice
from loyalty.settings import Settings

log = get_logger()
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
ONLY_TLS = f"max-age={int(timedelta(days=180).total_seconds())}"


def utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(
    settings: Settings,
    database: Database,
    blueprints: Iterable[Blueprint] = (),
    *,
    clock: Callable[[], datetime] = utc_now,
) -> Flask:
    """The Flask application over an opened database; `blueprints` are what other packages add."""
    app = Flask("loyalty", static_folder="static", template_folder="templates")
    fit(app, settings, database, clock)
    app.register_blueprint(health)
    app.register_blueprint(notice)
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    api.register(app)
    console.register(app)
    static_files.register(app)
    app.register_error_handler(Exception, _failed)
    app.after_request(_harden)
    return app


def fit(app: Flask, settings: Settings, database: Database, clock: Callable[[], datetime]) -> None:
    """Give an application everything it works with; one that is built already begins anew with it."""
    app.config.update(
        SECRET_KEY=database.keyring.secret if database.keyring else None,
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https://"),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
    )
    app.extensions.update(loyalty_database=database, loyalty_settings=settings, loyalty_clock=clock)
    api.fit(app)


def _failed(error: Exception) -> BaseResponse | HTTPException:
    """Anything unforeseen: written down with its place, answered without a word of it."""
    if isinstance(error, HTTPException):
        if faults.is_here() and error.response is None:
            return faults.page(error)
        return astray.page() if error.code == 404 and astray.is_here() else error
    log.exception("request_failed")
    if faults.is_here():
        return faults.page(None)
    return Response("Có lỗi ở phía cửa hàng, thử lại sau nhé. / Something went wrong here.", 500, mimetype="text/plain")


def _harden(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if current_app.config["SESSION_COOKIE_SECURE"]:  # the shop's address is https: a browser that saw it stays there
        response.headers.setdefault("Strict-Transport-Security", ONLY_TLS)
    return response
