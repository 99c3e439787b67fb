"""The REST API under /api/v1, and its specification."""

from functools import lru_cache
from typing import Any

from flask import Blueprint, Flask, Response, current_app, render_template, request

from loyalty.api import docs, problems, refusals, resources, specification
from loyalty.api.specification import PREFIX, Api
from loyalty.api.throttle import Throttle
from loyalty.api.work import Turns

BODY_LIMIT = 1024 * 1024  # bytes


def register(app: Flask) -> None:
    """Put the API into an application that has its database, settings and clock among its extensions."""
    app.extensions["loyalty_api_throttle"] = Throttle(app.extensions["loyalty_settings"].api_rate)
    app.extensions["loyalty_api_turns"] = Turns()
    api = specification.make(app)
    for blueprint in resources.blueprints():
        api.register_blueprint(blueprint)
    app.register_blueprint(_pages(api))
    app.before_request(_limit_body)
    app.after_request(problems.translate)


def _limit_body() -> None:
    if problems.is_api(request):
        request.max_content_length = BODY_LIMIT


def _pages(api: Api) -> Blueprint:
    pages = Blueprint("api_pages", __name__, url_prefix=PREFIX)

    @lru_cache(maxsize=1)
    def told() -> dict[str, Any]:
        spec = api.spec.to_dict()
        intro = spec["info"].get("description", "").split("\n\n")
        settings = current_app.extensions["loyalty_settings"]
        return {
            "chapters": docs.chapters(spec, settings.base_url),
            "shapes": docs.shapes(spec),
            "statuses": refusals.MEANINGS.values(),
            "codes": refusals.codes(),
            "intro": intro,
        }

    @pages.get("/docs")
    def read() -> Response:
        shop = current_app.extensions["loyalty_database"].shop
        locale = request.args.get("lang") if request.args.get("lang") in ("vi", "en") else shop.locale
        page = render_template(
            "api.html", shop=shop, locale=locale, t=lambda vi, en: en if locale == "en" else vi, **told()
        )
        return Response(page, mimetype="text/html", headers={"Content-Security-Policy": docs.POLICY})

    return pages
