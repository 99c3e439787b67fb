"""Built applications, used by one test after another: building one, and its templates, costs more than most tests."""

from collections.abc import Callable
from datetime import datetime

from flask import Flask

from loyalty.app import create_app, fit
from loyalty.db import Database
from loyalty.settings import Settings

_spare: list[Flask] = []
_taken: list[Flask] = []
_built: dict[int, set[str]] = {}  # the names of what each was built with


def take(settings: Settings, database: Database, clock: Callable[[], datetime]) -> Flask:
    """An application over this database, as `create_app` makes one, until the test ends."""
    app = _spare.pop() if _spare else create_app(settings, database, clock=clock)
    built = _built.setdefault(id(app), set(app.extensions))
    for name in set(app.extensions) - built:  # what a test before this one added
        del app.extensions[name]
    fit(app, settings, database, clock)
    _taken.append(app)
    return app


def give_back() -> None:
    """The test is over."""
    _spare.extend(_taken)
    _taken.clear()
