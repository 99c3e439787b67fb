"""The server both halves of the webhook benchmark run in: `python -m benchmarks.webhook_server URL PORT`."""

import itertools
import os
import sqlite3
import sys
import threading
from typing import Any

import psycopg
import sqlalchemy as sa
from flask import Blueprint, request

from benchmarks.harness import DATA_KEY
from loyalty.cli.web import WebServer
from loyalty.settings import Settings
from tests.world import APP, OA, SECRETS

INSERT = (
    "INSERT INTO bare_event "
    "(public_id, channel, account, event_id, sender, name, state, received_at, due_at, attempts, body) "
    "VALUES (?, 'zalo', ?, ?, ?, 'user_send_text', 'received', ?, ?, 0, ?)"
)
INSTANT = "2026-11-22 05:00:00.000000"


def settings_for(url: str) -> Settings:
    return Settings(
        database_url=url,
        data_keys=(DATA_KEY,),
        secret_key="a benchmark's",
        zalo_app_id=APP,
        zalo_app_secret=SECRETS["LOYALTY_ZALO_APP_SECRET"],
        zalo_oa_id=OA,
        zalo_oa_secret_key=SECRETS["LOYALTY_ZALO_OA_SECRET_KEY"],
    )


class Bare:
    """One INSERT and its commit by the driver, a connection per thread; on SQLite the threads take turns."""

    def __init__(self, url: str) -> None:
        self._url = sa.make_url(url)
        self._local = threading.local()
        self._turn = threading.Lock()
        self._numbers = itertools.count()

    def store(self, body: bytes) -> None:
        number = next(self._numbers)
        row = (
            f"p{number:015}",
            OA,
            f"e{os.getpid()}-{number}",
            f"zalo:{OA}:5123456789012345678",
            INSTANT,
            INSTANT,
            body,
        )
        if self._url.get_backend_name() == "sqlite":
            with self._turn:
                self._sqlite().execute(INSERT, row)
        else:
            self._postgresql().execute(INSERT.replace("?", "%s"), row)

    def _sqlite(self) -> sqlite3.Connection:
        if not hasattr(self._local, "connection"):
            self._local.connection = sqlite3.connect(str(self._url.database), isolation_level=None, timeout=30)
            self._local.connection.execute("PRAGMA synchronous=FULL")
        connection: sqlite3.Connection = self._local.connection
        return connection

    def _postgresql(self) -> "psycopg.Connection[Any]":
        if not hasattr(self._local, "connection"):
            address = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
            self._local.connection = psycopg.connect(address, autocommit=True)
        connection: psycopg.Connection[Any] = self._local.connection
        return connection


def blueprint(url: str) -> Blueprint:
    limit, bare = Blueprint("limit", __name__), Bare(url)

    @limit.post("/limit")
    def store() -> str:
        bare.store(request.get_data())
        return "ok"

    return limit


class Server(WebServer):
    def load(self) -> Any:
        app = super().load()
        app.register_blueprint(blueprint(self._settings.database_url))
        return app


if __name__ == "__main__":
    Server(settings_for(sys.argv[1]), f"127.0.0.1:{sys.argv[2]}").run()
