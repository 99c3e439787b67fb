"""/privacy/: what the shop keeps of people and why, in plain words."""

from flask import Blueprint, current_app, render_template, request

from loyalty.db import Database

notice = Blueprint("notice", __name__)
LANGUAGES = ("vi", "en")


@notice.get("/privacy/")
def show() -> str:
    """In the language of `?lang=`, else the browser's, else the shop's."""
    database = current_app.extensions["loyalty_database"]
    assert isinstance(database, Database) and database.shop is not None
    asked = request.args.get("lang") or request.accept_languages.best_match(LANGUAGES) or database.shop.locale
    language = asked if asked in LANGUAGES else "vi"
    return render_template(f"privacy.{language}.html", shop=database.shop)
