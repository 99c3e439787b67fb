"""Billed messages: never more in a month than the owner allowed."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bots.channel import Action, SendError
from jobs import outbox as pump
from jobs.registry import Context
from loyalty.channels import accounts
from loyalty.choices import chosen
from loyalty.db import Database
from loyalty.messaging import budget, outbox, purses
from loyalty.messaging.models import BudgetMonth, OutboundMessage, Purse
from loyalty.messaging.outbox import Lane
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_campaigns import make_chat, make_person
from tests.fakes import FakeChannel

PRICE = 300  # ₫


def put(session: Session, key: str, price: int = PRICE) -> OutboundMessage:
    account = accounts.ensure(session, "zalo", "oa1", window=timedelta(hours=48), now=NOON)
    made = outbox.enqueue(
        session,
        dedupe_key=key,
        lane=Lane.NOTICE,
        channel_account_id=account.id,
        user_id=key,
        customer_id=None,
        text=key,
        price=price,
        now=NOON,
    )
    return session.get_one(OutboundMessage, made)


def allow(database: Database, amount: int) -> None:
    with database.transaction() as session:
        chosen.save(session, {"monthly_budget": amount}, by="cli", now=NOON)


def spent(database: Database) -> budget.Budget:
    with database.read_only() as session:
        return budget.of_month(session, now=NOON)


@pytest.fixture
def channel() -> FakeChannel:
    return FakeChannel()


@pytest.fixture
def context(database: Database, settings: Settings, channel: FakeChannel) -> Context:
    return Context(database, settings, {"zalo": channel}, lambda: NOON)


def outcomes(database: Database) -> list[tuple[str, str | None]]:
    with database.read_only() as session:
        rows = session.scalars(sa.select(OutboundMessage).order_by(OutboundMessage.id))
        return [(row.state, row.reason) for row in rows]


def test_without_an_allowance_nothing_billed_is_ever_sent(
    database: Database, context: Context, channel: FakeChannel
) -> None:
    with database.transaction() as session:
        put(session, "billed")
        put(session, "free", price=0)
    pump.send_outbox(context)
    assert [message.text for message in channel.sent] == ["free"]
    assert outcomes(database) == [("skipped", "budget"), ("sent", None)]


def test_an_offer_nobody_can_pay_for_takes_no_place_in_the_day(database: Database, context: Context) -> None:
    with database.transaction() as session:
        customer = make_person(session, "Lan")
        chat = make_chat(session, customer)
        for number, price in enumerate((PRICE, 0)):
            outbox.enqueue(
                session,
                dedupe_key=f"offer {number}",
                lane=Lane.PROMOTION,
                channel_account_id=chat.channel_account_id,
                user_id=chat.user_id,
                customer_id=customer.id,
                text="Giảm 20%",
                price=price,
                now=NOON,
            )
    pump.send_outbox(context)
    pump.send_outbox(context)
    assert outcomes(database) == [("skipped", "budget"), ("sent", None)]


def test_messages_leave_until_the_month_is_spent(database: Database, context: Context) -> None:
    allow(database, 1_000)
    with database.transaction() as session:
        for number in range(5):
            put(session, f"m{number}")
    pump.send_outbox(context)
    assert outcomes(database) == [("sent", None)] * 3 + [("skipped", "budget")] * 2
    found = spent(database)
    assert (found.month, found.ceiling, found.spent, found.left) == ("2026-11", 1_000, 900, 100)
    assert [(cost, messages) for _account, cost, messages in found.shares] == [(900, 3)]


def test_what_a_platform_refused_costs_nothing(database: Database, context: Context, channel: FakeChannel) -> None:
    allow(database, PRICE)
    channel.failures = [SendError(Action.PERSON, "-213")]
    with database.transaction() as session:
        put(session, "refused")
    pump.send_outbox(context)
    assert spent(database).spent == 0
    with database.transaction() as session:
        put(session, "sent")
    pump.send_outbox(context)
    assert outcomes(database) == [("failed", "person"), ("sent", None)]
    assert spent(database).left == 0


def test_what_may_have_arrived_stays_paid(database: Database, context: Context, channel: FakeChannel) -> None:
    allow(database, PRICE)
    channel.failures = [SendError(Action.UNKNOWN, "timeout")]
    with database.transaction() as session:
        put(session, "billed")
    pump.send_outbox(context)
    pump.send_outbox(context)  # a free notice would go once more; a second copy of this one would be billed again
    assert outcomes(database) == [("unknown", "unknown")]
    assert channel.sent == []
    assert spent(database).spent == PRICE


def test_paying_twice_for_one_message_takes_once(database: Database) -> None:
    allow(database, 10 * PRICE)
    with database.transaction() as session:
        message = put(session, "billed")
        assert budget.take(session, message, now=NOON) and budget.take(session, message, now=NOON)
        assert budget.left(session, now=NOON) == 9 * PRICE
        budget.give_back(session, message)
        budget.give_back(session, message)
        assert budget.left(session, now=NOON) == 10 * PRICE


def test_many_workers_at_once_never_spend_more_than_allowed(database: Database) -> None:
    allow(database, 7 * PRICE + PRICE - 1)
    with database.transaction() as session:
        ids = [put(session, f"m{number}").id for number in range(24)]
    paid: list[bool] = []

    def pay(mine: list[int]) -> None:
        for message_id in mine:
            with database.transaction() as session:
                paid.append(budget.take(session, session.get_one(OutboundMessage, message_id), now=NOON))

    threads = [threading.Thread(target=pay, args=(ids[number::6],)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (paid.count(True), paid.count(False)) == (7, 17)
    assert spent(database).spent == 7 * PRICE


def test_a_new_month_begins_with_nothing_spent(database: Database) -> None:
    allow(database, PRICE)
    with database.transaction() as session:
        assert budget.take(session, put(session, "a"), now=NOON)
        assert not budget.take(session, put(session, "b"), now=NOON)
        december = NOON.replace(day=30, hour=17)  # 1 December at the shop
        assert budget.take(session, put(session, "c"), now=december)


def test_an_allowance_lowered_under_what_is_spent_lets_nothing_more_go(database: Database) -> None:
    allow(database, 2 * PRICE)
    with database.transaction() as session:
        assert budget.take(session, put(session, "a"), now=NOON)
    allow(database, 100)
    with database.transaction() as session:
        assert not budget.take(session, put(session, "b"), now=NOON)
        assert budget.of_month(session, now=NOON).left == 0


def test_the_database_refuses_to_spend_beyond_the_ceiling(database: Database) -> None:
    allow(database, PRICE)
    with database.transaction() as session:
        budget.lock(session, now=NOON)
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.execute(sa.update(BudgetMonth).values(spent=PRICE + 1))


def test_a_persons_word_that_it_failed_gives_the_money_back_and_taking_it_back_takes_it_again(
    database: Database,
) -> None:
    allow(database, PRICE)
    with database.transaction() as session:
        message = put(session, "billed")
        assert budget.take(session, message, now=NOON)
        message.state = "unknown"
        outbox.settle_by_hand(session, message.public_id, "failed", now=NOON)
        assert budget.left(session, now=NOON) == PRICE
        outbox.doubt_again(session, message.public_id, now=NOON)
        assert (message.state, budget.left(session, now=NOON)) == ("unknown", 0)


def test_one_that_went_as_free_and_was_billed_comes_out_of_the_month_and_of_its_purse(session: Session) -> None:
    message = put(session, "package")
    message.purse_id = purses.open_with(session, PRICE - 1)
    purse = session.get_one(Purse, message.purse_id)
    budget.charge(session, message, now=NOON)
    assert (budget.of_month(session, now=NOON).spent, purse.spent) == (PRICE, PRICE)
    budget.give_back(session, message)
    assert (budget.of_month(session, now=NOON).spent, purse.spent) == (0, 0)
