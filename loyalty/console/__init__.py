"""The staff web console under /console. A section is a module here with a `section`; there is no list of them."""

import importlib
import pkgutil
from collections.abc import Sequence
from functools import lru_cache

from flask import Blueprint, Flask, request

from loyalty.console import charts, filters, icons
from loyalty.console.admission import admits
from loyalty.console.desk import Desk
from loyalty.console.guard import guarded
from loyalty.console.section import Section
from loyalty.console.uploads import InMemory

PREFIX = "/console"
BODY_LIMIT = 12 * 1024 * 1024  # bytes: a spreadsheet of 10 MB and its form


@lru_cache(maxsize=1)
def sections() -> Sequence[Section]:
    """Every section, in the order of the navigation."""
    modules = (importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    declared = [module.section for module in modules if isinstance(getattr(module, "section", None), Section)]
    return sorted(declared, key=lambda section: (section.order, section.name))


def register(app: Flask) -> None:
    """Put the console into an application that has its database, settings and clock among its extensions."""
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", 12 * 3600)  # as long as one stays signed in
    console = Blueprint("console", __name__, url_prefix=PREFIX, template_folder="templates")
    for section in sections():
        console.register_blueprint(_blueprint(section))
    app.register_blueprint(console)
    app.jinja_env.filters.update(filters.FILTERS)
    app.jinja_env.globals.update(icon_svg=icons.svg, charts=charts, navigation=navigation)
    app.before_request(_limit_body)
    app.request_class = InMemory


def _blueprint(section: Section) -> Blueprint:
    part = Blueprint(section.name, __name__)
    for route in section.routes:
        part.add_url_rule(route.rule, route.endpoint, guarded(section, route), methods=[route.method])
    return part


def _limit_body() -> None:
    if request.path.startswith(PREFIX + "/"):
        request.max_content_length = BODY_LIMIT


def navigation(desk: Desk) -> list[Section]:
    """What whoever sits at the desk may open."""
    return [section for section in sections() if section.nav and admits(section.right, desk)]
