"""/healthz: alive. /readyz: able to serve. /metrics: numbers."""

from datetime import timedelta

import sqlalchemy as sa
from flask import Blueprint, Response, current_app
from sqlalchemy.exc import SQLAlchemyError

from loyalty import metrics
from loyalty.db import Database
from loyalty.installation import schema
from loyalty.messaging import inbox

health = Blueprint("health", __name__)
TOO_LATE = timedelta(minutes=5)  # an event older than this is a sign that no worker works


@health.get("/healthz")
def alive() -> dict[str, str]:
    return {"status": "alive"}


@health.get("/readyz")
def ready() -> tuple[dict[str, str], int]:
    """503 with the reason when the database, its schema or the queue is not as it should be."""
    problem = _problem()
    return ({"status": "ready"}, 200) if problem is None else ({"status": "not ready", "reason": problem}, 503)


@health.get("/metrics")
def numbers() -> Response:
    text = metrics.render(_database(), current_app.extensions["loyalty_clock"])
    return Response(text, mimetype="text/plain; version=0.0.4")


def _problem() -> str | None:
    try:
        if schema.current(_database()) != schema.newest():
            return "schema"
        with _database().read_only() as session:
            session.execute(sa.select(1))
            age = inbox.oldest_waiting(session, current_app.extensions["loyalty_clock"]())
    except SQLAlchemyError:
        return "database"
    return "queue age" if age > TOO_LATE else None


def _database() -> Database:
    database = current_app.extensions["loyalty_database"]
    assert isinstance(database, Database)
    return database
