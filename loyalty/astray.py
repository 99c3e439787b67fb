"""What a person sees whose link leads nowhere: an old invitation, a copy whose hour is over, a mistyped address."""

from flask import current_app, make_response, render_template, request
from werkzeug.wrappers import Response

from loyalty.db import Database

OF_PROGRAMS = ("/api/", "/webhooks/", "/metrics", "/healthz", "/static/")


def is_here() -> bool:
    """Whether somebody looks with a browser; programs get the bare status."""
    asks_for_page = "text/html" in request.accept_mimetypes.values()  # named by browsers, `*/*` by programs too
    return request.method == "GET" and asks_for_page and not request.path.startswith(OF_PROGRAMS)


def page() -> Response:
    """In the browser's language, else the shop's, with the way to the shop."""
    database: Database = current_app.extensions["loyalty_database"]
    assert database.shop is not None
    language = request.accept_languages.best_match(("vi", "en")) or database.shop.locale
    return make_response(render_template("astray.html", shop=database.shop, language=language), 404)
