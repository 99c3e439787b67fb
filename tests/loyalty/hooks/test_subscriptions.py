"""Receivers keep their place through changes, restores and removals."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.activity.models import Activity
from loyalty.hooks import deliveries, events, feed, subscriptions
from loyalty.hooks.deliveries import Outcome
from loyalty.hooks.models import Webhook, WebhookDelivery
from loyalty.hooks.subscriptions import Change, WebhookNotFound
from tests.builders import NOON
from tests.builders_customers import make_customer
from tests.builders_hooks import OUTSIDE, happen, make_webhook

TAKEN = Outcome(5, 200)


def next_event(session: Session, webhook: Webhook) -> events.Event:
    return feed.after(session, webhook.position, feed.newest(session), limit=1)[0]


def claim(session: Session) -> deliveries.Lease:
    [lease] = deliveries.claim(session, feed.newest(session), limit=9, now=NOON)
    return lease


def test_a_receiver_begins_at_the_end(session: Session) -> None:
    customer = make_customer(session)
    webhook = make_webhook(session)
    assert deliveries.claim(session, feed.newest(session), limit=9, now=NOON) == []
    happen(session, customer, "note")
    assert next_event(session, webhook).name == "note.added"


def test_whoever_has_it_has_it_alone_until_the_lease_ends(session: Session) -> None:
    webhook = make_webhook(session)
    happen(session, make_customer(session), "note")
    lease = claim(session)
    assert deliveries.claim(session, feed.newest(session), limit=9, now=NOON) == []
    assert not deliveries.any_waits(session, feed.newest(session), now=NOON)
    late = NOON + deliveries.LEASE
    [taken] = deliveries.claim(session, feed.newest(session), limit=9, now=late)
    assert not deliveries.settle(session, lease, next_event(session, webhook), TAKEN, now=late)
    assert deliveries.settle(session, taken, next_event(session, webhook), TAKEN, now=late)
    assert session.scalar(sa.select(sa.func.count()).select_from(WebhookDelivery)) == 2  # both attempts are known


@pytest.mark.parametrize("act", ["url", "replay", "remove"])
def test_an_answer_that_comes_after_a_change_moves_nothing(session: Session, act: str) -> None:
    webhook = make_webhook(session)
    happen(session, make_customer(session), "note")
    lease, event, stood = claim(session), next_event(session, webhook), webhook.position
    if act == "url":
        subscriptions.change(session, webhook, Change(url=OUTSIDE + "/2"), now=NOON)
    elif act == "replay":
        subscriptions.replay(session, webhook, stood, now=NOON)
    else:
        subscriptions.remove(session, webhook, now=NOON)
    assert not deliveries.settle(session, lease, event, TAKEN, now=NOON)
    assert webhook.position == stood


@pytest.mark.parametrize("act", ["pause", "rotate", "name", "test"])
def test_other_changes_let_the_answer_count(session: Session, act: str) -> None:
    webhook = make_webhook(session)
    happen(session, make_customer(session), "note")
    lease, event = claim(session), next_event(session, webhook)
    match act:
        case "pause":
            subscriptions.pause(session, webhook)
        case "rotate":
            subscriptions.rotate(session, webhook, now=NOON)
        case "name":
            subscriptions.change(session, webhook, Change(name="Kho"), now=NOON)
        case _:
            subscriptions.ask_test(session, webhook)
    assert deliveries.settle(session, lease, event, TAKEN, now=NOON) is (act != "pause")
    assert webhook.position == event.position


def test_after_a_restore_nobody_stands_beyond_the_end(session: Session) -> None:
    ahead, behind = make_webhook(session), make_webhook(session)
    happen(session, make_customer(session), "note")
    end = feed.newest(session)
    ahead.position, behind.position = end + 500, end - 1
    session.flush()
    subscriptions.come_back(session)
    session.expire_all()
    assert (ahead.position, behind.position) == (end, end - 1)


def test_a_row_removed_while_it_is_told_leaves_the_place_at_the_end(session: Session) -> None:
    webhook = make_webhook(session)
    customer = make_customer(session)
    happen(session, customer, "note")
    lease = claim(session)
    event = feed.after(session, 0, feed.newest(session), limit=99)[-1]
    session.execute(sa.delete(Activity).where(Activity.kind == "note"))
    deliveries.settle(session, lease, event, TAKEN, now=NOON)
    happen(session, customer, "tier")
    session.expire_all()
    assert [each.name for each in feed.after(session, webhook.position, 10**9, limit=9)] == ["tier.changed"]


def test_the_old_secret_signs_for_a_day(session: Session) -> None:
    webhook, old = subscriptions.create(session, "POS", OUTSIDE, ["*"], now=NOON)
    new = subscriptions.rotate(session, webhook, now=NOON)
    day = timedelta(hours=24)
    assert subscriptions.secrets_of(session, webhook, now=NOON + day - timedelta(seconds=1)) == [new, old]
    assert subscriptions.secrets_of(session, webhook, now=NOON + day) == [new]


def test_a_removed_receiver_is_not_there(session: Session) -> None:
    webhook = make_webhook(session)
    subscriptions.remove(session, webhook, now=NOON)
    assert subscriptions.list_newest(session) == []
    with pytest.raises(WebhookNotFound):
        subscriptions.get_public(session, webhook.public_id)
    with pytest.raises(WebhookNotFound):
        subscriptions.ask_test(session, webhook)
