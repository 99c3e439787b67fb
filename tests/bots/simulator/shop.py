"""A demo shop around a test's database: the real webhooks and page over HTTP, the real pumps turned by hand."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from bots import pages, registry, webhooks
from bots.simulator import page, server
from bots.simulator.courier import Courier
from jobs.inbox import process_inbox
from jobs.outbox import send_outbox
from jobs.registry import Context
from loyalty.app import create_app, utc_now
from loyalty.channels import accounts
from loyalty.customers import identities, linking
from loyalty.db import Database
from loyalty.demo.people import Person
from loyalty.installation import opening
from loyalty.installation.models import Installation
from loyalty.messaging.intake import Intake
from loyalty.points import accrual
from loyalty.settings import Settings
from loyalty.staff import accounts as staff
from loyalty.staff import binding, stores
from tests.bots.simulator.conftest import World


@dataclass
class Shop:
    """The program in demo mode, connected to a test's platforms."""

    world: World
    database: Database
    context: Context
    courier: Courier
    app: Flask

    @property
    def page(self) -> FlaskClient:
        return self.app.test_client()

    def work(self) -> None:
        """Let everything that waits be done: events delivered, worked on, answers sent, receipts delivered."""
        for _ in range(10):
            while event := self.world.board.store.next_event(self.world.board.now() + 1000):
                self.courier.deliver(event)
            if not process_inbox(self.context) + send_outbox(self.context):
                return

    def news(self, key: str, channel: str, **query: object) -> Any:
        chat = self.world.chat(key, channel)
        return self.page.get(f"/simulator/api/chats/{channel}/{chat.user}", query_string=query).json

    def write(self, key: str, channel: str, text: str) -> None:
        """Say something and let the shop answer."""
        chat = self.world.chat(key, channel)
        address = f"/simulator/api/chats/{channel}/{chat.user}/text"
        assert self.page.post(address, json={"text": text}).status_code == 200
        self.work()


@contextmanager
def opened(world: World, settings: Settings) -> Iterator[Shop]:
    """A demo shop without people; its web half listens on a free port."""
    chosen = replace(world.settings, database_url=settings.database_url, data_keys=settings.data_keys, var=settings.var)
    before = opening.open_database(chosen)
    with before.transaction() as session:
        session.execute(sa.delete(Installation))
        session.add(Installation(id=1, demo=True))
    before.close()
    database = opening.open_database(chosen)
    channels = registry.build(chosen, database, utc_now)
    hooks = webhooks.blueprint(channels, Intake(database), utc_now)
    app = create_app(chosen, database, [hooks, page.blueprint(chosen), pages.blueprint(chosen, database, utc_now)])
    listener = server.listen(0, app)
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    courier = Courier(world.board, f"http://127.0.0.1:{listener.server_address[1]}")
    yield Shop(world, database, Context(database, chosen, channels), courier, app)
    listener.shutdown()
    thread.join()
    listener.server_close()
    database.close()


def settle(shop: Shop, person: Person, *bills: int) -> None:
    """Make somebody known to the shop: a customer with a proven phone and these bills (₫), or staff, bound."""
    now = datetime.now(UTC)
    channel = "zalo" if person.zalo else "messenger"
    user = person.zalo or person.psid or ""
    with shop.database.transaction() as session:
        played = shop.context.channels[channel]
        account = accounts.ensure(session, channel, played.account, window=played.window, now=now)
        if person.role != "customer":
            member = staff.add(session, person.name, person.role, now=now)
            code = binding.issue_code(session, member.id, now=now)
            binding.bind(session, code, channel_account_id=account.id, user_id=user, now=now)
            return
        identity, _ = identities.arrive(session, account, user, source="demo", now=now, name=person.name)
        identities.touch(session, identity, now=now)
        if person.phone:
            linking.prove_phone(session, identity, person.phone, proof="shared", now=now)
        store = stores.default(session)
        for number, total in enumerate(bills):
            bill = accrual.Bill(total, store.id)
            key = f"demo:{person.key}:{number}"
            accrual.record_purchase(session, identity.customer_id, bill, actor="demo", key=key, now=now)
