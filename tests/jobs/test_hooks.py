"""Receivers are told everything, in order, at least once, by however many workers."""

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from standardwebhooks import Webhook as Verifier

from jobs import hooks as pump
from jobs.registry import Context
from loyalty.alerts import raising
from loyalty.db import Database
from loyalty.hooks import deliveries, events, feed, subscriptions
from loyalty.hooks.models import Webhook, WebhookDelivery
from loyalty.settings import Settings
from tests.builders import NOON, Clock
from tests.builders_customers import make_customer
from tests.builders_hooks import as_demo, happen, make_webhook
from tests.fakes_http import Answer, RecordingServer, Request


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def demo(database: Database) -> Iterator[Database]:
    """The shop as a demo, so that it may tell this machine."""
    opened = as_demo(database)
    yield opened
    opened.close()


@pytest.fixture
def context(demo: Database, settings: Settings, clock: Clock) -> Context:
    return Context(demo, settings, {}, clock)


@pytest.fixture
def receiver() -> Iterator[RecordingServer]:
    with RecordingServer() as started:
        yield started


@pytest.fixture
def customer_id(demo: Database) -> int:
    with demo.transaction() as session:
        return make_customer(session, name="Lan", phone="+84912345678").id


@pytest.fixture
def webhook(demo: Database, receiver: RecordingServer, customer_id: int) -> int:
    """A receiver of everything that happens after Lan was made."""
    with demo.transaction() as session:
        return make_webhook(session, receiver.url).id


def write(demo: Database, customer_id: int, *kinds: str, **data: Any) -> None:
    from loyalty.customers.models import Customer

    with demo.transaction() as session:
        happen(session, session.get_one(Customer, customer_id), *kinds, **data)


def run(context: Context) -> int:
    """Rounds until nothing is left to do now."""
    told = 0
    for _ in range(100):
        done = pump.deliver_hooks(context)
        told += done
        with context.read_only() as session:
            waits = deliveries.any_waits(session, feed.newest(session), now=context.clock())
        if not done and not waits and pump._couriers.free == pump.AT_ONCE:
            return told
    raise AssertionError("never idle")


def names(receiver: RecordingServer) -> list[str]:
    return [request.json["type"] for request in receiver.requests]


def row(demo: Database, webhook: int) -> Webhook:
    with demo.read_only() as session:
        return session.get_one(Webhook, webhook)


def attempts(demo: Database) -> list[tuple[str, int, str, int | None, str | None]]:
    with demo.read_only() as session:
        found = session.scalars(sa.select(WebhookDelivery).order_by(WebhookDelivery.id))
        return [(each.event, each.attempt, each.outcome, each.status, each.error) for each in found]


def change(demo: Database, webhook: int, act: Callable[[Session, Webhook], Any]) -> Any:
    with demo.transaction() as session:
        return act(session, session.get_one(Webhook, webhook))


def test_what_happens_is_told_in_order_once(
    context: Context, demo: Database, receiver: RecordingServer, webhook: int, customer_id: int
) -> None:
    write(demo, customer_id, "purchase", "tier", "message_in")
    assert run(context) == 3
    assert names(receiver) == ["purchase.recorded", "tier.changed", "message.received"]
    assert run(context) == 0
    assert len(receiver.requests) == 3
    assert attempts(demo)[0] == ("purchase.recorded", 1, "delivered", 200, None)
    found = row(demo, webhook)
    assert (found.failures, found.delivered_at, found.leased_until) == (0, NOON, None)


def test_a_receiver_verifies_with_its_secret(
    context: Context, demo: Database, receiver: RecordingServer, customer_id: int
) -> None:
    with demo.transaction() as session:
        _, secret = subscriptions.create(session, "POS", receiver.url, ["*"], now=NOON)
    write(demo, customer_id, "purchase", total=250_000)
    run(context)
    sent = receiver.last
    signature = Verifier(secret).sign(sent.headers["webhook-id"], NOON, sent.body.decode())
    assert sent.headers["webhook-signature"] == signature
    assert sent.headers["webhook-timestamp"] == str(int(NOON.timestamp()))
    assert sent.json["data"]["total"] == 250_000


def test_only_chosen_events_are_told_and_the_rest_passed_by(
    context: Context, demo: Database, receiver: RecordingServer, webhook: int, customer_id: int
) -> None:
    change(
        demo, webhook, lambda s, w: subscriptions.change(s, w, subscriptions.Change(events=["tier.changed"]), now=NOON)
    )
    write(demo, customer_id, *["message_in"] * 250, "tier", *["message_in"] * 10)
    assert run(context) == 1
    assert names(receiver) == ["tier.changed"]
    with demo.read_only() as session:
        assert not deliveries.any_waits(session, feed.newest(session), now=NOON)


def test_a_failing_receiver_is_tried_again_ever_later_and_nothing_overtakes(
    context: Context, demo: Database, receiver: RecordingServer, webhook: int, customer_id: int, clock: Clock
) -> None:
    receiver.default = Answer(status=500)
    write(demo, customer_id, "purchase", "tier")
    waits = []
    for _ in range(len(deliveries.WAITS)):
        run(context)
        due = row(demo, webhook).due_at
        waits.append(due - clock.now)
        clock.now = due
    assert waits == list(deliveries.WAITS)
    assert set(names(receiver)) == {"purchase.recorded"}
    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1
    receiver.default = Answer()
    run(context)
    assert names(receiver)[-2:] == ["purchase.recorded", "tier.changed"]
    assert [attempt for _, attempt, *_ in attempts(demo)] == [*range(1, 11), 1]
    assert row(demo, webhook).failures == 0


def test_after_the_last_retry_it_stops_with_an_alert_and_goes_on_when_resumed(
    context: Context, demo: Database, receiver: RecordingServer, webhook: int, customer_id: int, clock: Clock
) -> None:
    receiver.default = Answer(status=503)
    write(demo, customer_id, "purchase")
    for _ in range(len(deliveries.WAITS) + 1):
        run(context)
        clock.now = max(clock.now, row(demo, webhook).due_at)
    assert (row(demo, webhook).state, len(receiver.requests)) == ("stopped", 10)
    with demo.read_only() as session:
        [alert] = raising.list_open(session)
    assert (alert.kind, alert.subject, alert.detail) == (
        "webhook_stopped", f"webhook:{row(demo, webhook).public_id}", "http_503",
    )  # fmt: skip
    receiver.default = Answer()
    write(demo, customer_id, "tier")
    run(context)
    assert len(receiver.requests) == 10
    change(demo, webhook, lambda s, w: subscriptions.resume(s, w, now=clock.now))
    run(context)
    assert names(receiver)[10:] == ["purchase.recorded", "tier.changed"]
    with demo.read_only() as session:
        assert raising.list_open(session) == []


def test_a_receiver_that_is_gone_is_stopped_at_once(
    context: Context, demo: Database, receiver: RecordingServer, webhook: int, customer_id: int
) -> None:
    receiver.default = Answer(status=410)
    write(demo, customer_id, "purchase", "tier")
    run(context)
    assert (row(demo, webhook).state, len(receiver.requests)) == ("stopped", 1)


def test_a_receiver_may_ask_for_a_longer_wait_but_not_for_ever(
    context: Context, demo: Database, receiver: RecordingServer, webhook: int, customer_id: int
) -> None:
    receiver.answers.append(Answer(status=429, headers={"Retry-After": "3600"}))
    write(demo, customer_id, "purchase")
    run(context)
    assert row(demo, webhook).due_at == NOON + timedelta(hours=1)
    receiver.answers.append(Answer(status=429, headers={"Retry-After": "999999"}))
    change(demo, webhook, lambda s, w: subscriptions.resume(s, w, now=NOON))
    run(context)
    assert row(demo, webhook).due_at == NOON + timedelta(hours=24)


def test_killed_between_telling_and_settling_it_is_told_again_under_the_same_id(
    context: Context, demo: Database, receiver: RecordingServer, webhook: int, customer_id: int, clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    write(demo, customer_id, "purchase", "tier")

    def die(*_: Any, **__: Any) -> bool:
        raise SystemError("killed")

    with monkeypatch.context() as broken:
        broken.setattr(deliveries, "settle", die)
        pump.deliver_hooks(context)
    assert names(receiver) == ["purchase.recorded"]
    assert pump.deliver_hooks(context) == 0  # the dead one's lease still runs
    clock.now += deliveries.LEASE
    assert run(context) == 2
    first, again, other = (request.headers["webhook-id"] for request in receiver.requests)
    assert first == again != other


def _deliver(settings: Settings) -> None:
    """A worker of its own."""
    from loyalty.installation import opening

    context = Context(as_demo(opening.open_database(settings)), settings, {}, Clock())
    pump.deliver_hooks(context)


def test_a_worker_killed_while_the_receiver_answers_leaves_the_event_to_another(
    context: Context, demo: Database, settings: Settings, receiver: RecordingServer, webhook: int, customer_id: int,
    clock: Clock,
) -> None:  # fmt: skip
    worker = multiprocessing.get_context("spawn").Process(target=_deliver, args=(settings,))

    def kill(_request: Request) -> Answer:
        worker.kill()
        return Answer()

    receiver.default = kill
    write(demo, customer_id, "purchase")
    worker.start()
    worker.join(60)
    assert (worker.exitcode, len(receiver.requests), attempts(demo)) == (-9, 1, [])
    receiver.default = Answer()
    clock.now += deliveries.LEASE
    run(context)
    assert [request.headers["webhook-id"] for request in receiver.requests] == [receiver.last.headers["webhook-id"]] * 2


def test_many_workers_tell_each_event_once_in_order(
    context: Context, demo: Database, receiver: RecordingServer, webhook: int, customer_id: int
) -> None:
    with demo.transaction() as session:
        second = make_webhook(session, f"{receiver.url}/second").id
    write(demo, customer_id, *["note"] * 20)
    workers = [threading.Thread(target=_take_turns, args=(context,)) for _ in range(4)]
    for worker in workers:
        worker.start()
    write(demo, customer_id, *["tier"] * 20)
    for worker in workers:
        worker.join()
    for path in ("/", "/second"):
        told = [request.json["type"] for request in receiver.requests if request.path == path]
        assert told == ["note.added"] * 20 + ["tier.changed"] * 20
    assert row(demo, webhook).position == row(demo, second).position


def _take_turns(context: Context) -> None:
    """A worker without the pump's threads: claim, deliver, again."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with context.transaction() as session:
            newest = feed.newest(session)
            leases = deliveries.claim(session, newest, limit=1, now=NOON)
        for lease in leases:
            pump.deliver(context, lease)
        if not leases:
            with context.read_only() as session:
                positions = set(session.scalars(sa.select(Webhook.position)))
                if positions == {feed.newest(session)} and feed.newest(session) >= 42:
                    return
        time.sleep(0.001)


def test_a_slow_receiver_holds_up_no_other(
    context: Context, demo: Database, receiver: RecordingServer, webhook: int, customer_id: int
) -> None:
    let_go = threading.Event()

    def slow(_request: Request) -> Answer:
        let_go.wait(10)
        return Answer()

    with RecordingServer(slow) as crawling:
        with demo.transaction() as session:
            make_webhook(session, crawling.url)
        write(demo, customer_id, *["note"] * 3)
        pump.deliver_hooks(context)
        write(demo, customer_id, *["tier"] * 3)
        pump.deliver_hooks(context)
        assert (len(receiver.requests), len(crawling.requests)) == (6, 1)
        let_go.set()
        run(context)
        assert len(crawling.requests) == 6


def test_leases_of_the_living_are_renewed(
    context: Context, demo: Database, receiver: RecordingServer, webhook: int, customer_id: int, clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(pump, "RENEW_EVERY", 0.0)
    let_go = threading.Event()
    receiver.default = lambda _request: (let_go.wait(10), Answer())[1]
    write(demo, customer_id, "note")
    pump.deliver_hooks(context)
    clock.now += deliveries.LEASE - timedelta(seconds=1)
    pump.deliver_hooks(context)
    assert row(demo, webhook).leased_until == clock.now + deliveries.LEASE
    let_go.set()
    run(context)
    assert len(receiver.requests) == 1


def test_a_paused_receiver_waits_and_loses_nothing(
    context: Context, demo: Database, receiver: RecordingServer, webhook: int, customer_id: int
) -> None:
    change(demo, webhook, subscriptions.pause)
    write(demo, customer_id, "purchase", "tier")
    assert run(context) == 0
    change(demo, webhook, lambda s, w: subscriptions.resume(s, w, now=NOON))
    assert run(context) == 2
    assert names(receiver) == ["purchase.recorded", "tier.changed"]


def test_a_replay_tells_again_from_there_under_the_same_ids(
    context: Context, demo: Database, receiver: RecordingServer, webhook: int, customer_id: int
) -> None:
    write(demo, customer_id, "purchase", "tier", "note")
    run(context)
    with demo.read_only() as session:
        second = session.scalars(sa.select(WebhookDelivery).order_by(WebhookDelivery.id)).all()[1]
    place = (second.activity_id or 0) - 1
    change(demo, webhook, lambda s, w: subscriptions.replay(s, w, place, now=NOON))
    run(context)
    ids = [request.headers["webhook-id"] for request in receiver.requests]
    assert names(receiver) == ["purchase.recorded", "tier.changed", "note.added", "tier.changed", "note.added"]
    assert ids[3:] == ids[1:3]


def test_a_replay_asked_while_one_is_told_is_not_lost(
    context: Context, demo: Database, receiver: RecordingServer, webhook: int, customer_id: int
) -> None:
    start = row(demo, webhook).position

    def meanwhile(_request: Request) -> Answer:
        if len(receiver.requests) == 2:
            change(demo, webhook, lambda s, w: subscriptions.replay(s, w, start, now=NOON))
        return Answer()

    receiver.default = meanwhile
    write(demo, customer_id, "purchase", "tier")
    run(context)
    assert names(receiver) == ["purchase.recorded", "tier.changed"] * 2


def test_a_test_is_sent_once_whatever_the_state_and_moves_nothing(
    context: Context, demo: Database, receiver: RecordingServer, webhook: int, customer_id: int
) -> None:
    change(demo, webhook, subscriptions.pause)
    write(demo, customer_id, "purchase")
    asked = change(demo, webhook, subscriptions.ask_test)
    assert change(demo, webhook, subscriptions.ask_test) == asked
    receiver.answers.append(Answer(status=500))
    assert run(context) == 1
    assert (receiver.last.headers["webhook-id"], names(receiver)) == (asked, [events.TEST])
    assert attempts(demo) == [("webhook.test", 1, "failed", 500, "http_500")]
    assert (row(demo, webhook).state, row(demo, webhook).failures, row(demo, webhook).test_id) == ("paused", 0, None)


def test_a_new_secret_signs_beside_the_old_one_for_a_day(
    context: Context, demo: Database, receiver: RecordingServer, customer_id: int, clock: Clock
) -> None:
    with demo.transaction() as session:
        made, old = subscriptions.create(session, "POS", receiver.url, ["*"], now=NOON)
    new = change(demo, made.id, lambda s, w: subscriptions.rotate(s, w, now=NOON))
    for moved, secrets in ((timedelta(), (new, old)), (timedelta(hours=24), (new,))):
        clock.now = NOON + moved
        write(demo, customer_id, "note")
        run(context)
        sent = receiver.last
        signed = [Verifier(s).sign(sent.headers["webhook-id"], clock.now, sent.body.decode()) for s in secrets]
        assert sent.headers["webhook-signature"] == " ".join(signed)


def test_a_removed_receiver_is_told_nothing_and_its_secrets_are_gone(
    context: Context, demo: Database, receiver: RecordingServer, webhook: int, customer_id: int
) -> None:
    write(demo, customer_id, "note")
    change(demo, webhook, lambda s, w: subscriptions.remove(s, w, now=NOON))
    assert run(context) == 0
    assert (row(demo, webhook).secret, row(demo, webhook).url) == (b"", b"")
    with pytest.raises(subscriptions.WebhookNotFound):
        change(demo, webhook, lambda s, w: subscriptions.resume(s, w, now=NOON))


def test_neither_secret_nor_address_nor_answer_is_readable_in_the_database(
    context: Context, demo: Database, receiver: RecordingServer, customer_id: int
) -> None:
    with demo.transaction() as session:
        made, secret = subscriptions.create(session, "POS", f"{receiver.url}/t0ken", ["*"], now=NOON)
    receiver.default = Answer({"said": "canary"})
    write(demo, customer_id, "note")
    run(context)
    with demo.read_only() as session:
        told = deliveries.list_newest(session, session.get_one(Webhook, made.id))
        assert deliveries.response_of(session, told[0]) == '{"said": "canary"}'
        raw = repr(session.execute(sa.text("SELECT * FROM webhook")).all())
        raw += repr(session.execute(sa.text("SELECT * FROM webhook_delivery")).all())
    for canary in (secret, "t0ken", "canary"):
        assert canary not in raw


def test_the_demo_over_a_receiver_on_this_machine_is_refused(
    context: Context, demo: Database, database: Database, receiver: RecordingServer, webhook: int, customer_id: int
) -> None:
    write(demo, customer_id, "note")
    run(replace(context, database=database))
    assert attempts(demo) == [("note.added", 1, "failed", None, "bad_url")]
    assert receiver.requests == []


def test_an_idle_round_writes_nothing(context: Context, demo: Database, webhook: int) -> None:
    statements: list[str] = []
    sa.event.listen(demo.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    assert pump.deliver_hooks(context) == 0
    assert not [statement for statement in statements if not statement.startswith(("SELECT", "BEGIN", "PRAGMA"))]
    assert len([statement for statement in statements if statement.startswith("SELECT")]) <= 2
