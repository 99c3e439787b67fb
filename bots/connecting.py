"""/channels/<kind>/callback: where people come back to after they consented at a platform."""

import importlib
from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, make_response, render_template, request

from bots import registry
from loyalty.channels.connectors import COOKIE, Connector, Connectors
from loyalty.channels.consent_words import in_words
from loyalty.db import Database
from loyalty.errors import LoyaltyError
from loyalty.settings import Settings

MOST = 2000  # characters of one value that comes back


def connectors(settings: Settings, database: Database, clock: Callable[[], datetime]) -> Connectors:
    """Those of the channels whose folder has one and whose app is set, by kind."""
    found = {}
    for kind in registry.kinds():
        make = getattr(importlib.import_module(f"bots.{kind}"), "connector", None)
        if make is not None and (made := make(settings, database, clock)) is not None:
            found[kind] = made
    return found


def blueprint(made: Connectors, database: Database) -> Blueprint:
    pages = Blueprint("consents", __name__)
    for each in made.values():
        _add(pages, each, database)
    return pages


def _add(pages: Blueprint, connector: Connector, database: Database) -> None:
    address = f"/channels/{connector.kind}/callback"

    def come_back() -> Response:
        """What became of the consent, on a page of its own: it may have begun in a terminal."""
        came = {name: value[:MOST] for name, value in request.args.items()}
        try:
            account = connector.finish(came, browser=request.cookies.get(COOKIE, "")[:MOST])
        except LoyaltyError as refusal:
            return _page(database, refusal, "", address)
        return _page(database, None, account, address)

    pages.add_url_rule(address, f"{connector.kind}_callback", come_back)


def _page(database: Database, refusal: LoyaltyError | None, account: str, path: str) -> Response:
    assert database.shop is not None
    locale = request.accept_languages.best_match(("vi", "en")) or database.shop.locale
    said = in_words(refusal).in_(locale) if refusal is not None else ""
    page = render_template("consented.html", shop=database.shop, said=said, account=account, locale=locale)
    answer = make_response(page, 422 if refusal is not None else 200)
    answer.headers["Cache-Control"] = "no-store"
    answer.delete_cookie(COOKIE, path=path)
    return answer
