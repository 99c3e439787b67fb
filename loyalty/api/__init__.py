"""The REST API under /api/v1, and its specification."""

from functools import lru_cache

from flask import Blueprint, Flask, Response, request

from loyalty.api import campaigns, customers, docs, histories, points, problems, purchases, segments, specification
from loyalty.api.specification import PREFIX, Api
from loyalty.api.throttle import Throttle
from loyalty.api.work import Turns

BODY_LIMIT = 1024 * 1024  # bytes
RESOURCES = (customers, histories, purchases, points, segments, campaigns)


def register(app: Flask) -> None:
    """Put the API into an application that has its database, settings and clock among its extensions."""
    app.extensions["loyalty_api_throttle"] = Throttle(app.extensions["loyalty_settings"].api_rate)
    app.extensions["loyalty_api_turns"] = Turns()
    api = specification.make(app)
    for resource in RESOURCES:
        api.register_blueprint(resource.blueprint)
    app.register_blueprint(_pages(api))
    app.before_request(_limit_body)
    app.after_request(problems.translate)


def _limit_body() -> None:
    if problems.is_api(request):
        request.max_content_length = BODY_LIMIT


def _pages(api: Api) -> Blueprint:
    pages = Blueprint("api_pages", __name__, url_prefix=PREFIX)

    @lru_cache(maxsize=1)
    def page() -> str:
        return docs.render(api.spec.to_dict())

    @pages.get("/docs")
    def read() -> Response:
        return Response(page(), mimetype="text/html", headers={"Content-Security-Policy": docs.POLICY})

    return pages
