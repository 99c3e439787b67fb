"""/privacy/<channel>/…: what a platform tells of people who leave it, and the page where they see what came of it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import parse_qsl

from flask import Blueprint, Response, abort, jsonify, render_template, request

from bots.channel import BadSignature, Channel, Malformed
from bots.messenger import MessengerChannel
from bots.webhooks import read_body
from loyalty import metrics
from loyalty.alerts import raising
from loyalty.db import Database
from loyalty.privacy import from_platforms
from loyalty.privacy.models import PlatformRequest

BODY_LIMIT = 16 * 1024  # bytes; a signed request has a few hundred
MOST_FIELDS = 16
LANGUAGES = ("vi", "en")


def blueprint(channels: Mapping[str, Channel], database: Database, clock: Callable[[], datetime]) -> Blueprint:
    """The addresses of Meta's dashboard; without the Messenger channel they answer 404."""
    pages = Blueprint("privacy_callbacks", __name__, url_prefix="/privacy/messenger")
    channel = channels.get("messenger")
    if not isinstance(channel, MessengerChannel):
        return pages

    @pages.post("/deletion")
    def delete() -> tuple[Response, int]:
        """Somebody removed the app on Facebook and wants their data deleted: kept, answered with where to look."""
        name, refused = _asked(channel, "deletion")
        if refused is not None:
            return refused
        with database.transaction() as session:
            code = from_platforms.receive(session, channel.kind, name, now=clock()).code
        return jsonify(url=f"{_base(database)}/privacy/messenger/deletion/{code}", confirmation_code=code), 200

    @pages.post("/deauthorize")
    def withdraw() -> tuple[Response, int]:
        """Somebody removed the app; often who had granted the page's token, so the owner is told."""
        _name, refused = _asked(channel, "deauthorize")
        if refused is not None:
            return refused
        with database.transaction() as session:
            raising.raise_alert(session, "grant_withdrawn", f"{channel.kind}:{channel.account}", "", now=clock())
        return jsonify(ok=True), 200

    @pages.get("/deletion")
    def explain() -> str:
        """How to have one's data deleted."""
        return _page(database, None)

    @pages.get("/deletion/<code>")
    def show(code: str) -> tuple[str, int]:
        """What has become of a request; an unknown code is told as one."""
        with database.read_only() as session:
            found = from_platforms.find(session, code)
            return _page(database, found, code=code[: from_platforms.CODE_LENGTH]), 200 if found is not None else 404

    return pages


def _asked(channel: MessengerChannel, what: str) -> tuple[str, tuple[Response, int] | None]:
    """The person a signed request names; or what to answer instead: 413, 400, 401, as at the webhooks."""
    body = read_body(BODY_LIMIT)
    if body is None:
        return "", _refuse(what, "too large", 413)
    try:
        return channel.read_signed_request(_field(body)), None
    except Malformed as error:
        return "", _refuse(what, str(error), 400)
    except BadSignature as error:
        return "", _refuse(what, str(error), 401)


def _field(body: bytes) -> str:
    """The one form field `signed_request`. Raises Malformed."""
    try:
        fields = parse_qsl(body.decode("ascii"), max_num_fields=MOST_FIELDS)
    except ValueError:
        raise Malformed("the body is no form") from None
    given = [value for name, value in fields if name == "signed_request"]
    if len(given) != 1:
        raise Malformed(f"{len(given)} fields signed_request; one is needed")
    return given[0]


def _refuse(what: str, why: str, status: int) -> tuple[Response, int]:
    metrics.WEBHOOKS.labels("messenger", f"{what}_refused").inc()
    return jsonify(error=why), status


def _page(database: Database, found: PlatformRequest | None, code: str = "") -> str:
    if database.shop is None:
        abort(404)
    asked = request.args.get("lang") or request.accept_languages.best_match(LANGUAGES) or database.shop.locale
    locale = asked if asked in LANGUAGES else "vi"
    zone = database.shop.timezone
    days = {name: f"{at.astimezone(zone):%d/%m/%Y}" for name, at in _days(found).items()}
    return render_template("deletion.html", shop=database.shop, locale=locale, found=found, code=code, days=days)


def _days(found: PlatformRequest | None) -> dict[str, datetime]:
    if found is None:
        return {}
    return {"received": found.received_at} | ({"settled": found.settled_at} if found.settled_at else {})


def _base(database: Database) -> str:
    assert database.shop is not None
    return database.shop.base_url
