"""/webhooks: who else is told what happens, as signed messages (Standard Webhooks)."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from marshmallow import ValidationError, fields, validate, validates_schema
from sqlalchemy.orm import Session

from loyalty.api import blueprints, pages, work
from loyalty.api.auth import requires_scope
from loyalty.api.fields import Body, Instant, NoBody, Text
from loyalty.api.pages import PageQuery, page_of
from loyalty.hooks import deliveries, events, feed, subscriptions
from loyalty.hooks.models import Webhook, WebhookDelivery
from loyalty.hooks.subscriptions import Change
from loyalty.words import Both

blueprint = blueprints.resource(
    "webhooks", "Who else is told what happens.", called=Both("Webhook", "Webhooks"), order=80
)
URL = {"format": "uri", "description": "https, on the open internet", "example": "https://example.com/webhooks"}
EVENTS = {"description": "Names of events; * is all of them", "example": ["purchase.recorded", "tier.changed"]}


class NewWebhook(Body):
    """`name` is for people; without it the host. Without `events` it is told everything."""

    name = Text(1, 80, allow_none=True)
    url = Text(1, 2000, required=True, metadata=URL)
    events = fields.List(Text(1, 60), load_default=lambda: [events.ALL], metadata=EVENTS)


class WebhookChange(Body):
    """What is given changes. `active` goes on where it stands, `paused` tells it nothing meanwhile."""

    name = Text(1, 80, example="Kho")
    url = Text(1, 2000)
    events = fields.List(Text(1, 60))
    state = fields.String(validate=validate.OneOf(("active", "paused")))


class WebhookSchema(Body):
    """`stopped`: it refused one event ten times, or said it is gone. `cursor` is where it stands."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    url = fields.String(required=True)
    events = fields.List(fields.String(), required=True)
    state = fields.String(required=True)
    cursor = fields.String(required=True)
    failures = fields.Integer(required=True)  # in a row, of the event it stands at
    error = fields.String(required=True, allow_none=True)  # why the last attempt failed
    next_attempt_at = Instant(required=True, allow_none=True)  # while it fails
    delivered_at = Instant(required=True, allow_none=True)  # the last success
    created_at = Instant(required=True)


class WebhookMadeSchema(WebhookSchema):
    """`secret` is shown only here."""

    secret = fields.String(required=True)


class SecretSchema(Body):
    """`secret` is shown only here; until `old_valid_until` the one before signs as well."""

    secret = fields.String(required=True)
    old_valid_until = Instant(required=True)


class TestSentSchema(Body):
    """The `webhook-id` the test will have."""

    event_id = fields.String(required=True)


class ReplayChoice(Body):
    """From an instant on, or from a `cursor` of a webhook or a delivery; one of them."""

    since = Instant(metadata={"example": "2026-11-22T09:00:00+07:00"})
    cursor = Text(1, 200)

    @validates_schema
    def check(self, asked: dict[str, Any], **_: Any) -> None:
        if len(asked) != 1:
            raise ValidationError('Give either since or cursor, such as {"since": "2026-11-22T09:00:00+07:00"}.')


class DeliveryQuery(PageQuery):
    outcome = fields.String(validate=validate.OneOf(("failed",)))


class DeliverySchema(Body):
    """One attempt. A replay from `cursor` tells this event again, and all after it."""

    id = fields.String(required=True)
    event_id = fields.String(required=True)
    event = fields.String(required=True)
    attempt = fields.Integer(required=True)
    outcome = fields.String(required=True)
    status = fields.Integer(required=True, allow_none=True)
    error = fields.String(required=True, allow_none=True)
    ms = fields.Integer(required=True)
    response = fields.String(required=True, allow_none=True)  # the beginning of the answer
    cursor = fields.String(required=True, allow_none=True)
    at = Instant(required=True)


@blueprint.get("/webhooks")
@requires_scope("webhooks:read")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(WebhookSchema))
def list_webhooks(wanted: dict[str, Any]) -> dict[str, Any]:
    """Receivers, newest first."""
    session = work.here().session
    before = pages.start(session, wanted, "webhooks")
    rows = subscriptions.list_newest(session, before=before, limit=wanted["limit"] + 1)

    def show(shown: Sequence[Webhook]) -> list[dict[str, Any]]:
        return [_show(session, webhook) for webhook in shown]

    return pages.page(session, rows, wanted, "webhooks", lambda webhook: webhook.id, show)


@blueprint.post("/webhooks")
@requires_scope("webhooks:write")
@blueprint.arguments(NewWebhook)
@blueprint.response(201, WebhookMadeSchema)
def create_webhook(asked: dict[str, Any]) -> dict[str, Any]:
    """A receiver of whatever happens from now on. Its secret is shown only in this answer."""
    session = work.here().session
    name = asked.get("name") or _host(asked["url"])
    webhook, secret = subscriptions.create(session, name, asked["url"], asked["events"], now=work.now())
    return _noted(session, webhook, "webhook_created") | {"secret": secret}


@blueprint.get("/webhooks/<public_id:webhook>")
@requires_scope("webhooks:read")
@blueprint.response(200, WebhookSchema)
def get_webhook(webhook: str) -> dict[str, Any]:
    """One receiver."""
    session = work.here().session
    return _show(session, subscriptions.get_public(session, webhook))


@blueprint.patch("/webhooks/<public_id:webhook>")
@requires_scope("webhooks:write")
@blueprint.arguments(WebhookChange)
@blueprint.response(200, WebhookSchema)
def change_webhook(asked: dict[str, Any], webhook: str) -> dict[str, Any]:
    """Another name, address or choice of events; paused, or told on from where it stands."""
    session = work.here().session
    found = subscriptions.get_public(session, webhook)
    change = Change(asked.get("name"), asked.get("url"), asked.get("events"))
    subscriptions.change(session, found, change, now=work.now())
    if asked.get("state") == "paused":
        subscriptions.pause(session, found)
    elif asked.get("state") == "active":
        subscriptions.resume(session, found, now=work.now())
    return _noted(session, found, "webhook_changed", fields=sorted(asked))


@blueprint.delete("/webhooks/<public_id:webhook>")
@requires_scope("webhooks:write")
@blueprint.response(204)
def remove_webhook(webhook: str) -> None:
    """Tell it nothing more, and forget its address and secrets."""
    session = work.here().session
    found = subscriptions.get_public(session, webhook)
    subscriptions.remove(session, found, now=work.now())
    work.note("webhook_removed", subscriptions.subject(found))


@blueprint.post("/webhooks/<public_id:webhook>/secret")
@requires_scope("webhooks:write")
@blueprint.arguments(NoBody, required=False)
@blueprint.response(201, SecretSchema)
def rotate_secret(_nothing: dict[str, Any], webhook: str) -> dict[str, Any]:
    """A new secret; for 24 hours every message bears both signatures."""
    session = work.here().session
    found = subscriptions.get_public(session, webhook)
    secret = subscriptions.rotate(session, found, now=work.now())
    work.note("webhook_secret_rotated", subscriptions.subject(found))
    return {"secret": secret, "old_valid_until": found.old_secret_until}


@blueprint.post("/webhooks/<public_id:webhook>/test")
@requires_scope("webhooks:write")
@blueprint.arguments(NoBody, required=False)
@blueprint.response(202, TestSentSchema)
def send_test(_nothing: dict[str, Any], webhook: str) -> dict[str, Any]:
    """Send `webhook.test` once, whatever the state; its deliveries say what became of it."""
    session = work.here().session
    found = subscriptions.get_public(session, webhook)
    event_id = subscriptions.ask_test(session, found)
    work.note("webhook_tested", subscriptions.subject(found))
    return {"event_id": event_id}


@blueprint.post("/webhooks/<public_id:webhook>/replay")
@requires_scope("webhooks:write")
@blueprint.arguments(ReplayChoice)
@blueprint.response(200, WebhookSchema)
def replay_webhook(asked: dict[str, Any], webhook: str) -> dict[str, Any]:
    """Tell it everything from there on again, under the same `webhook-id`s."""
    session = work.here().session
    found = subscriptions.get_public(session, webhook)
    if "since" in asked:
        position = feed.before_time(session, asked["since"])
    else:
        position = pages.read_cursor(session, asked["cursor"], _place(found))
    subscriptions.replay(session, found, position, now=work.now())
    return _noted(session, found, "webhook_replayed")


@blueprint.get("/webhooks/<public_id:webhook>/deliveries")
@requires_scope("webhooks:read")
@blueprint.arguments(DeliveryQuery, location="query")
@blueprint.response(200, page_of(DeliverySchema))
def list_deliveries(wanted: dict[str, Any], webhook: str) -> dict[str, Any]:
    """Every attempt of the last 30 days, newest first; `outcome=failed` only those that failed."""
    session = work.here().session
    found = subscriptions.get_public(session, webhook)
    failed_only = "outcome" in wanted
    place = f"deliveries {webhook} {failed_only}"
    before, most = pages.start(session, wanted, place), wanted["limit"] + 1
    rows = deliveries.list_newest(session, found, failed_only=failed_only, before=before, limit=most)

    def show(shown: Sequence[WebhookDelivery]) -> list[dict[str, Any]]:
        return [_show_delivery(session, found, delivery) for delivery in shown]

    return pages.page(session, rows, wanted, place, lambda delivery: delivery.id, show)


def _noted(session: Session, webhook: Webhook, action: str, **detail: Any) -> dict[str, Any]:
    shown = _show(session, webhook)
    work.note(action, subscriptions.subject(webhook), **detail)
    return shown


def _show(session: Session, webhook: Webhook) -> dict[str, Any]:
    return {
        "id": webhook.public_id,
        "name": webhook.name,
        "url": subscriptions.url_of(session, webhook),
        "events": webhook.events,
        "state": webhook.state,
        "cursor": pages.cursor(session, webhook.position, _place(webhook)),
        "failures": webhook.failures,
        "error": webhook.error,
        "next_attempt_at": webhook.due_at if webhook.failures and webhook.state == "active" else None,
        "delivered_at": webhook.delivered_at,
        "created_at": webhook.created_at,
    }


def _show_delivery(session: Session, webhook: Webhook, delivery: WebhookDelivery) -> dict[str, Any]:
    names = ("event_id", "event", "attempt", "outcome", "status", "error", "ms", "at")
    position = delivery.activity_id
    return {name: getattr(delivery, name) for name in names} | {
        "id": delivery.public_id,
        "response": deliveries.response_of(session, delivery),
        "cursor": None if position is None else pages.cursor(session, position - 1, _place(webhook)),
    }


def _place(webhook: Webhook) -> str:
    return f"webhook {webhook.public_id}"


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "?"
    except ValueError:
        return "?"  # the address itself is refused with its reason
