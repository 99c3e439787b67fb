"""An application, and clients that hold keys."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from loyalty.api import scopes
from loyalty.db import Database
from loyalty.settings import Settings
from loyalty.staff import keys
from tests import apps
from tests.builders import NOON, Clock

ALL = tuple(scope for scope in scopes.known() if not scope.endswith(":reveal"))


@dataclass
class Caller:
    """A client that sends its key and gets werkzeug's TestResponse; paths begin after /api/v1."""

    client: FlaskClient
    key: str

    def __call__(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.key}", **options.pop("headers", {})}
        if body is not None:
            options["json"] = body
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **options)

    def get(self, path: str, **options: Any) -> Any:
        return self("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        return self("POST", path, body, **options)

    def patch(self, path: str, body: Any = None, **options: Any) -> Any:
        return self("PATCH", path, body, **options)


_numbers = count(1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(settings: Settings, database: Database, clock: Clock) -> Flask:
    return apps.take(replace(settings, api_rate=0), database, clock)


@pytest.fixture
def call_with(app: Flask, database: Database) -> Callable[..., Caller]:
    """A caller whose new key has these scopes."""

    def make(*scopes: str) -> Caller:
        with database.transaction() as session:
            _key, plain = keys.create(session, f"key {next(_numbers)}", scopes, now=NOON)
        return Caller(app.test_client(), plain)

    return make


@pytest.fixture
def api(call_with: Callable[..., Caller]) -> Caller:
    """A caller that may do everything but see phones."""
    return call_with(*ALL)
