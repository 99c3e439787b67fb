"""Receivers of events: made, changed, stopped, told again from an earlier place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty import crypto, shop
from loyalty.alerts import raising
from loyalty.db import keyring, new_public_id
from loyalty.errors import Conflict, NotFound, Unreadable
from loyalty.hooks import events, feed, signing, targets
from loyalty.hooks.models import Webhook
from loyalty.typed import fold

ALERT = "webhook_stopped"
LONGEST_NAME = 80
MOST = 50  # receivers: each is looked after on its own
BOTH_VALID = timedelta(hours=24)  # how long the secret before signs too


class WebhookNotFound(NotFound):
    """No receiver has this id, or it was removed."""

    code = "webhook_not_found"


class TooManyWebhooks(Conflict):
    """There are `most` already."""

    code = "too_many_webhooks"

    def __init__(self) -> None:
        super().__init__(f"at most {MOST} webhooks", most=MOST)


class WebhookNameUnclear(Unreadable):
    """A name that shows nothing, or is longer than `limit` characters."""

    code = "webhook_name_unclear"

    def __init__(self, typed: str) -> None:
        problem = f"Must show something, at most {LONGEST_NAME} characters."
        super().__init__(problem, path="name", problem=problem, typed=fold.quote(typed), limit=LONGEST_NAME)


@dataclass(frozen=True, slots=True)
class Change:
    """What is given changes; None stays."""

    name: str | None = None
    url: str | None = None
    events: Sequence[str] | None = None


def create(session: Session, name: str, url: str, wanted: Sequence[str], *, now: datetime) -> tuple[Webhook, str]:
    """A receiver of whatever happens from now on, and its secret, which cannot be had again.

    Raises BadUrl, UnknownEvent, NoEvents, WebhookNameUnclear, TooManyWebhooks.
    """
    targets.parse(url, demo=shop.of(session).demo)
    count = session.scalar(sa.select(sa.func.count()).select_from(Webhook).where(Webhook.state != "removed")) or 0
    if count >= MOST:
        raise TooManyWebhooks
    public_id, secret = new_public_id(), signing.new_secret()
    webhook = Webhook(
        public_id=public_id,
        name=_name(name),
        url=_seal(session, public_id, "url", url),
        events=events.check(wanted),
        state="active",
        secret=_seal(session, public_id, "secret", secret),
        position=feed.newest(session),
        due_at=now,
        failures=0,
        fence=0,
        created_at=now,
    )
    session.add(webhook)
    session.flush()
    return webhook, secret


def get_public(session: Session, public_id: str) -> Webhook:
    """The receiver known outside by this id. Raises WebhookNotFound."""
    found = session.scalar(select_known().where(Webhook.public_id == public_id))
    if found is None:
        raise WebhookNotFound
    return found


def list_newest(session: Session, *, before: int | None = None, limit: int = MOST) -> Sequence[Webhook]:
    query = select_known().order_by(Webhook.id.desc()).limit(limit)
    return session.scalars(query if before is None else query.where(Webhook.id < before)).all()


def select_known() -> sa.Select[Webhook]:
    return sa.select(Webhook).where(Webhook.state != "removed")


def change(session: Session, webhook: Webhook, wanted: Change, *, now: datetime) -> None:
    """Another name, address or choice of events. Raises BadUrl, UnknownEvent, NoEvents, WebhookNameUnclear."""
    _hold(session, webhook)
    if wanted.name is not None:
        webhook.name = _name(wanted.name)
    if wanted.events is not None:
        webhook.events = events.check(wanted.events)
    if wanted.url is not None:
        targets.parse(wanted.url, demo=shop.of(session).demo)
        webhook.url = _seal(session, webhook.public_id, "url", wanted.url)
        webhook.due_at = now
        _cut_off(webhook)
    session.flush()


def pause(session: Session, webhook: Webhook) -> None:
    """Tell it nothing until it is resumed; what happens meanwhile waits. Repeating changes nothing."""
    _hold(session, webhook)
    if webhook.state == "active":
        webhook.state = "paused"
    session.flush()


def resume(session: Session, webhook: Webhook, *, now: datetime) -> None:
    """Go on where it stands, at once, with all retries. Repeating changes nothing."""
    _hold(session, webhook)
    webhook.state = "active"
    _start_over(session, webhook, now)


def remove(session: Session, webhook: Webhook, *, now: datetime) -> None:
    """Tell it nothing more, and forget address and secrets; what became of earlier events stays for its month."""
    _hold(session, webhook)
    webhook.state, webhook.test_id = "removed", None
    webhook.url = webhook.secret = b""
    webhook.old_secret = webhook.old_secret_until = None
    _cut_off(webhook)
    session.flush()
    raising.close(session, ALERT, subject(webhook), now=now)


def rotate(session: Session, webhook: Webhook, *, now: datetime) -> str:
    """A new secret, which cannot be had again; for a day the one before signs as well."""
    _hold(session, webhook)
    secret = signing.new_secret()
    webhook.old_secret = _seal(session, webhook.public_id, "old_secret", _open(session, webhook, "secret"))
    webhook.old_secret_until = now + BOTH_VALID
    webhook.secret = _seal(session, webhook.public_id, "secret", secret)
    session.flush()
    return secret


def replay(session: Session, webhook: Webhook, position: int, *, now: datetime) -> None:
    """Tell it everything after that position, again where it was told before, under the same ids."""
    _hold(session, webhook)
    webhook.position = min(position, feed.newest(session))
    _cut_off(webhook)
    _start_over(session, webhook, now)


def ask_test(session: Session, webhook: Webhook) -> str:
    """Have a test event sent once, whatever the state; the id it will have. One waiting already is that one."""
    _hold(session, webhook)
    webhook.test_id = webhook.test_id or events.new_test_id()
    session.flush()
    return webhook.test_id


def come_back(session: Session) -> None:
    """Nobody stands beyond the end of the timeline: numbers drawn since a backup come again after it is restored."""
    newest = feed.newest(session)
    session.execute(sa.update(Webhook).where(Webhook.position > newest).values(position=newest))


def url_of(session: Session, webhook: Webhook) -> str:
    return _open(session, webhook, "url")


def secrets_of(session: Session, webhook: Webhook, *, now: datetime) -> list[str]:
    """What signs now, the newest first."""
    valid = [_open(session, webhook, "secret")]
    if webhook.old_secret is not None and webhook.old_secret_until is not None and now < webhook.old_secret_until:
        valid.append(_open(session, webhook, "old_secret"))
    return valid


def subject(webhook: Webhook) -> str:
    """What alerts and the audit call it."""
    return f"webhook:{webhook.public_id}"


def _hold(session: Session, webhook: Webhook) -> None:
    """Be the one who changes it, and read it again. Raises WebhookNotFound when it was removed meanwhile."""
    session.refresh(webhook, with_for_update=True)
    if webhook.state == "removed":
        raise WebhookNotFound


def _cut_off(webhook: Webhook) -> None:
    """Whatever is on its way to it at this moment moves nothing any more."""
    webhook.fence += 1
    webhook.leased_until = None


def _start_over(session: Session, webhook: Webhook, now: datetime) -> None:
    webhook.failures, webhook.error, webhook.due_at = 0, None, now
    session.flush()
    raising.close(session, ALERT, subject(webhook), now=now)


def _name(typed: str) -> str:
    shown = fold.quote(typed, LONGEST_NAME + 1)
    if not fold.tokens(shown) or len(shown) > LONGEST_NAME:
        raise WebhookNameUnclear(typed)
    return shown


def _seal(session: Session, public_id: str, column: str, text: str) -> bytes:
    return keyring(session).seal(text.encode(), crypto.aad("webhook", column, public_id))


def _open(session: Session, webhook: Webhook, column: str) -> str:
    cell: bytes = getattr(webhook, column)
    return keyring(session).open(cell, crypto.aad("webhook", column, webhook.public_id)).decode()
