"""/webhooks/<channel>: read the bytes, check who signed them, store the events, answer 200. No work is done here."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime

from flask import Blueprint, Response, request
from structlog import get_logger

from bots import strict_json
from bots.channel import BadSignature, Channel, Inbound, InboundKind, Malformed, SeveralAccounts
from loyalty import metrics
from loyalty.messaging import inbox
from loyalty.messaging.inbox import Arrival
from loyalty.messaging.intake import Intake

log = get_logger()
DRAIN = 8 * 1024 * 1024  # bytes read and dropped of an over-long body, so that its sender can read the answer
PIECE = 64 * 1024


def blueprint(channels: Mapping[str, Channel], intake: Intake, clock: Callable[[], datetime]) -> Blueprint:
    """The webhook addresses of the channels that are on; the others answer 404."""
    webhooks = Blueprint("inbound_webhooks", __name__, url_prefix="/webhooks")
    for channel in channels.values():
        _add(webhooks, channel, intake, clock)
    return webhooks


def _add(webhooks: Blueprint, channel: Channel, intake: Intake, clock: Callable[[], datetime]) -> None:
    def receive() -> Response:
        body = read_body(channel.body_limit)
        if body is None:
            return _answer("too large", 413)
        try:
            accept(channel, intake, dict(request.headers), body, now=clock())
        except Malformed as error:
            return _refuse(channel, "malformed", str(error), 400)
        except BadSignature as error:
            return _refuse(channel, "bad_signature", str(error), 401)
        metrics.WEBHOOKS.labels(channel.kind, "accepted").inc()
        return _answer("ok", 200)

    def shake_hands() -> Response:
        challenge = channel.handshake(request.args)
        return _answer("refused", 403) if challenge is None else _answer(challenge, 200)

    address = f"/{channel.kind}"
    webhooks.add_url_rule(address, f"{channel.kind}_event", receive, methods=["POST"])
    webhooks.add_url_rule(address, f"{channel.kind}_handshake", shake_hands, methods=["GET"])


def accept(channel: Channel, intake: Intake, headers: Mapping[str, str], body: bytes, *, now: datetime) -> None:
    """Store the events of one delivery, committed when this returns. Raises BadSignature, Malformed."""
    if channel.is_probe(headers, body):
        return
    channel.verify(headers, body)
    payload = strict_json.loads(body)
    channel.admit(payload)
    arrivals = [_arrival(channel, event, now) for event in channel.parse(payload)]
    intake.store(arrivals, now=now)


def _arrival(channel: Channel, event: Inbound, now: datetime) -> Arrival:
    """Another account's events, unknown kinds and very old ones are kept as ignored: answered, remembered, not read."""
    foreign = event.account != channel.account and not _is_another_of_ours(channel, event.account)
    stale = now - event.at > inbox.TOO_OLD
    return Arrival(
        channel=channel.kind,
        account=strict_json.clean(event.account)[:64],
        event_id=event.event_id,
        sender=f"{channel.kind}:{event.account}:{event.user}" if event.user else "",
        name=strict_json.clean(event.name)[:64],
        body=json.dumps(event.raw).encode(),
        ignored=foreign or stale or (event.kind is InboundKind.OTHER and not event.interaction),
    )


def _is_another_of_ours(channel: Channel, account: str) -> bool:
    return isinstance(channel, SeveralAccounts) and channel.of(account) is not None


def read_body(limit: int) -> bytes | None:
    """The body, or None when it is longer than `limit`."""
    body = request.stream.read(limit + 1)
    if len(body) <= limit:
        return body
    left = DRAIN - len(body)
    while left > 0 and (piece := request.stream.read(min(PIECE, left))):
        left -= len(piece)
    return None


def _refuse(channel: Channel, outcome: str, why: str, status: int) -> Response:
    metrics.WEBHOOKS.labels(channel.kind, outcome).inc()
    log.warning("webhook_refused", channel=channel.kind, reason=outcome)
    return _answer(why, status)


def _answer(text: str, status: int) -> Response:
    return Response(text, status, mimetype="text/plain")
