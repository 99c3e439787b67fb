"""/privacy/: what the shop keeps of people and why, in plain words; behind a signed link, all about one person.

A platform that looks at a link to show a preview of it sees nothing personal: the data comes only after a press.
"""

import json
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, current_app, make_response, render_template, request

from loyalty.db import Database
from loyalty.privacy import copies
from loyalty.shop import Shop

notice = Blueprint("notice", __name__)
LANGUAGES = ("vi", "en")
PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}


@notice.get("/privacy/")
def show() -> str:
    """In the language of `?lang=`, else the browser's, else the shop's."""
    language = _language()
    return render_template(f"privacy.{language}.html", shop=_shop())


@notice.get("/privacy/copy/<signed>")
def ask_for_copy(signed: str) -> Response:
    """A button and nothing personal; 404 for a link that is over or was never ours."""
    with _database().read_only() as session:
        try:
            copies.find_chat(session, signed, now=_now())
        except copies.CopyGone:
            abort(404)
    return _private(render_template("copy.html", shop=_shop(), language=_language(), signed=signed, found=None))


@notice.post("/privacy/copy/<signed>")
def give_copy(signed: str) -> Response:
    """Everything about the person, to read or, with `as=json`, as a file to take away."""
    with _database().read_only() as session:
        try:
            found = copies.open_copy(session, signed, now=_now())
        except copies.CopyGone:
            abort(404)
    if request.form.get("as") == "json":
        answer = _private(json.dumps(found, ensure_ascii=False, indent=2))
        answer.mimetype = "application/json"
        answer.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
        return answer
    return _private(render_template("copy.html", shop=_shop(), language=_language(), signed=signed, found=found))


def _private(body: str) -> Response:
    answer = make_response(body)
    answer.headers.update(PRIVATE)
    return answer


def _language() -> str:
    asked = request.args.get("lang") or request.accept_languages.best_match(LANGUAGES) or _shop().locale
    return asked if asked in LANGUAGES else "vi"


def _database() -> Database:
    database = current_app.extensions["loyalty_database"]
    assert isinstance(database, Database)
    return database


def _shop() -> Shop:
    shop = _database().shop
    assert shop is not None
    return shop


def _now() -> datetime:
    clock: Any = current_app.extensions["loyalty_clock"]
    now = clock()
    assert isinstance(now, datetime)
    return now
