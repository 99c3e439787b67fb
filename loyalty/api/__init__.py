"""The REST API under /api/v1, and its specification."""

from functools import lru_cache
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, render_template, request

from loyalty.api import docs, problems, refusals, resources, specification
from loyalty.api.pages import MOST, USUAL
from loyalty.api.specification import PREFIX, Api
from loyalty.api.throttle import Throttle
from loyalty.api.work import Turns

BODY_LIMIT = 1024 * 1024  # bytes
LARGER = {"pictures.create_picture": 12 * 1024 * 1024}  # a picture of 8 MiB in base64
LANGUAGES = ("vi", "en")  # of the documentation


def register(app: Flask) -> None:
    """Put the API into an application that has its database, settings and clock among its extensions."""
    api = specification.make(app)
    for blueprint in resources.blueprints():
        api.register_blueprint(blueprint)
    app.register_blueprint(_pages(api))
    app.before_request(_limit_body)
    app.after_request(problems.translate)


def fit(app: Flask) -> None:
    """What the API remembers from call to call begins anew, with the application's settings."""
    app.extensions["loyalty_api_throttle"] = Throttle(app.extensions["loyalty_settings"].api_rate)
    app.extensions["loyalty_api_turns"] = Turns()


def _limit_body() -> None:
    if problems.is_api(request):
        request.max_content_length = LARGER.get(request.endpoint or "", BODY_LIMIT)


def _pages(api: Api) -> Blueprint:
    """The documentation: a first page with what holds everywhere, and a page for each resource."""
    pages = Blueprint("api_pages", __name__, url_prefix=PREFIX)

    @lru_cache(maxsize=1)
    def told() -> dict[str, Any]:
        settings = current_app.extensions["loyalty_settings"]
        return {
            "chapters": {chapter.name: chapter for chapter in docs.chapters(api.spec.to_dict(), settings.base_url)},
            "statuses": refusals.MEANINGS.values(),
            "codes": refusals.codes(),
            "rate": settings.api_rate,
            "usual": USUAL,
            "most": MOST,
        }

    @pages.get("/docs")
    def first() -> Response:
        return _page("api/first.html", **told())

    @pages.get("/docs/<name>")
    def resource(name: str) -> Response:
        if name not in told()["chapters"]:
            abort(404)
        return _page("api/resource.html", **told(), chapter=told()["chapters"][name])

    return pages


def _page(template: str, **told: Any) -> Response:
    """A page in the language its address asks for, which its links then keep; else in the shop's."""
    shop = current_app.extensions["loyalty_database"].shop
    lang = request.args.get("lang") if request.args.get("lang") in LANGUAGES else None
    locale = lang or shop.locale
    page = render_template(
        template, shop=shop, locale=locale, lang=lang, t=lambda vi, en: en if locale == "en" else vi, **told
    )
    return Response(page, mimetype="text/html", headers={"Content-Security-Policy": docs.POLICY})
