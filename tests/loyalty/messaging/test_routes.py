"""From the database to the platform: the way a message goes, what it costs, and what comes after a refusal."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bots.channel import Action, Parameter, PlatformTemplate, Route, SendError
from jobs import outbox as pump
from jobs.registry import Context
from loyalty.channels import accounts, figures
from loyalty.choices import chosen
from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.messaging import budget, eligibility, notices, package, routes, templates
from loyalty.messaging.models import MessageTemplate, OutboundMessage, RouteRefusal, TemplateDay
from loyalty.settings import Settings
from loyalty.staff.audit import Author
from tests.builders import NOON, Clock
from tests.builders_campaigns import make_chat, make_person
from tests.fakes import FakeChannel

BY = Author("cli", "cli")
HOUR = timedelta(hours=1)
LONG_AGO = NOON - 72 * HOUR
TOLD = [
    PlatformTemplate(
        "250001", "Cộng điểm", "vi", "enabled", "transaction", (Parameter("ten"), Parameter("diem")), 560, 800
    ),
    PlatformTemplate("250002", "Ưu đãi", "vi", "enabled", "promotion", (Parameter("loi"),), 600, 900),
]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def channel() -> FakeChannel:
    found = FakeChannel()
    found.account = "zalo-1"
    return found


@pytest.fixture
def context(database: Database, settings: Settings, channel: FakeChannel, clock: Clock) -> Context:
    return Context(database, settings, {"zalo": channel}, clock)


def allow(session: Session, amount: int) -> None:
    chosen.save(session, {"monthly_budget": amount}, by="cli", now=NOON)


def template(session: Session, name: str) -> MessageTemplate:
    return session.scalars(sa.select(MessageTemplate).filter_by(name=name)).one()


def configure(session: Session, amount: int = 10_000) -> None:
    """Both templates chosen, and money for them."""
    account = accounts.ensure(session, "zalo", "zalo-1", window=timedelta(hours=48), now=NOON)
    templates.sync(session, account.id, TOLD, now=NOON)
    points = {"ten": "name", "diem": "points"}
    templates.assign(session, "awarded", template(session, "250001").public_id, points, by=BY, now=NOON)
    templates.assign(session, "promotion", template(session, "250002").public_id, {"loi": "text"}, by=BY, now=NOON)
    allow(session, amount)


def lan(session: Session, *, last: datetime | None = LONG_AGO, chat: bool = True, **more: Any) -> Customer:
    customer = make_person(session, "Lan", phone="+84912345678", **more)
    customer.joined_at = NOON
    if chat:
        make_chat(session, customer, last=last)
    return customer


def tell(session: Session, customer: Customer, key: str = "awarded:1", *, now: datetime = NOON) -> bool:
    return notices.tell_customer(
        session,
        customer.id,
        key,
        lambda _locale: ("Bạn được cộng 25 điểm", ()),
        kind="awarded",
        facts=lambda _locale: {"points": "25 điểm"},
        now=now,
    )


def outcomes(database: Database) -> list[tuple[str, str | None, str | None]]:
    with database.read_only() as session:
        rows = session.scalars(sa.select(OutboundMessage).order_by(OutboundMessage.id))
        return [(row.state, row.route, row.reason) for row in rows]


def spent(database: Database) -> int:
    with database.read_only() as session:
        return budget.of_month(session, now=NOON).spent


def drain(context: Context) -> None:
    for _ in range(20):
        if not pump.send_outbox(context):
            return


def test_a_notice_in_the_free_window_is_free_although_a_template_is_there(
    database: Database, context: Context, channel: FakeChannel
) -> None:
    with database.transaction() as session:
        configure(session)
        tell(session, lan(session, last=NOON - HOUR))
    drain(context)
    [sent] = channel.sent
    assert (sent.route, sent.template, sent.text) == (Route.FREE, None, "Bạn được cộng 25 điểm")
    assert spent(database) == 0


def test_after_the_window_a_notice_goes_by_the_cheapest_template(
    database: Database, context: Context, channel: FakeChannel
) -> None:
    with database.transaction() as session:
        configure(session)
        assert tell(session, lan(session))
    drain(context)
    [sent] = channel.sent
    assert sent.route is Route.TEMPLATE_USER and sent.template is not None
    assert (sent.template.name, dict(sent.template.values)) == ("250001", {"ten": "Lan", "diem": "25 điểm"})
    assert (sent.phone, spent(database)) == ("", 560)


def test_somebody_without_a_chat_is_told_by_phone(database: Database, context: Context, channel: FakeChannel) -> None:
    with database.transaction() as session:
        configure(session)
        assert tell(session, lan(session, chat=False))
    drain(context)
    [sent] = channel.sent
    assert (sent.route, sent.phone, sent.user) == (Route.TEMPLATE_PHONE, "+84912345678", "")
    assert spent(database) == 800


@pytest.mark.parametrize("amount", [0, 559])
def test_without_the_money_nothing_billed_is_queued_or_sent(
    database: Database, context: Context, channel: FakeChannel, amount: int
) -> None:
    with database.transaction() as session:
        configure(session, amount)
        assert not tell(session, lan(session))
    drain(context)
    assert (channel.sent, outcomes(database), spent(database)) == ([], [], 0)


def test_without_a_chosen_template_a_notice_is_kept_for_the_next_contact(database: Database) -> None:
    with database.transaction() as session:
        configure(session)
        templates.release(session, "awarded", template(session, "250001").public_id, by=BY, now=NOON)
        assert not tell(session, lan(session))


def test_a_notice_held_up_beyond_the_window_is_not_billed_as_something_else(
    database: Database, context: Context, channel: FakeChannel, clock: Clock
) -> None:
    with database.transaction() as session:
        tell(session, lan(session, last=NOON - 47 * HOUR))
    clock.now += HOUR
    drain(context)
    assert (channel.sent, outcomes(database)) == ([], [("skipped", None, "window")])


def test_at_night_a_template_waits_for_six_o_clock(
    database: Database, context: Context, channel: FakeChannel, clock: Clock
) -> None:
    clock.now = NOON + 10 * HOUR  # 22:00 at the shop
    with database.transaction() as session:
        configure(session)
        assert tell(session, lan(session), now=clock.now)
    drain(context)
    assert channel.sent == []
    clock.now = NOON + 18 * HOUR
    drain(context)
    assert [sent.route for sent in channel.sent] == [Route.TEMPLATE_USER]


def test_what_a_chat_refuses_goes_by_phone_and_one_price_is_taken(
    database: Database, context: Context, channel: FakeChannel
) -> None:
    channel.failures = [SendError(Action.CONTENT, "-249")]
    with database.transaction() as session:
        configure(session)
        tell(session, lan(session))
    drain(context)
    assert [sent.route for sent in channel.sent] == [Route.TEMPLATE_PHONE]
    assert outcomes(database) == [("sent", "template_phone", None)]
    assert spent(database) == 800


def test_every_way_is_tried_once_and_then_it_has_failed(
    database: Database, context: Context, channel: FakeChannel
) -> None:
    channel.failures = [
        SendError(Action.WINDOW, "-230"),
        SendError(Action.CONTENT, "-249"),
        SendError(Action.PERSON, "-118"),
    ]
    with database.transaction() as session:
        configure(session)
        tell(session, lan(session, last=NOON - HOUR))
    drain(context)
    assert channel.sent == [] and channel.failures == []
    assert outcomes(database) == [("failed", "template_phone", "person")]
    assert spent(database) == 0


def test_a_refusal_of_templates_by_phone_is_kept_as_the_persons_own(
    database: Database, context: Context, channel: FakeChannel
) -> None:
    channel.failures = [SendError(Action.PERSON, "-141")]
    with database.transaction() as session:
        configure(session)
        customer = lan(session, chat=False)
        customer_id = customer.id
        tell(session, customer)
    drain(context)
    with database.transaction() as session:
        refusal = session.scalars(sa.select(RouteRefusal)).one()
        assert (refusal.route, refusal.code) == ("template_phone", "-141")
        assert not tell(session, session.get_one(Customer, customer_id), "awarded:2")


def test_a_billed_message_of_unknown_fate_is_not_billed_again(
    database: Database, context: Context, channel: FakeChannel
) -> None:
    channel.failures = [SendError(Action.UNKNOWN, "timeout")]
    with database.transaction() as session:
        configure(session)
        tell(session, lan(session))
    drain(context)
    assert (channel.sent, outcomes(database)) == ([], [("unknown", "template_user", "unknown")])
    assert spent(database) == 560


def test_a_value_too_long_for_the_template_keeps_the_message_back(
    database: Database, context: Context, channel: FakeChannel
) -> None:
    with database.transaction() as session:
        configure(session)
        customer = lan(session)
        tell(session, customer)
        row = template(session, "250001")
        row.parameters = [blank | {"longest": 2} for blank in row.parameters]
    drain(context)
    assert (channel.sent, outcomes(database)) == ([], [("skipped", None, "template_value")])


def test_the_package_is_used_where_the_shop_says_so_and_costs_its_price(
    database: Database, context: Context, channel: FakeChannel
) -> None:
    with database.transaction() as session:
        customer = lan(session)
        accounts.find(session, "zalo", "zalo-1").bills_package = True  # type: ignore[union-attr]
        allow(session, 55)
        assert tell(session, customer)
    drain(context)
    assert [(sent.route, sent.template) for sent in channel.sent] == [(Route.PACKAGE, None)]
    assert spent(database) == 55


def of_package(left: int, *, at: datetime = NOON, until: str | None = "2026-12-31") -> dict[str, Any]:
    return {"value": {"left": left, "total": 100} | ({"until": until} if until else {}), "at": at}


@pytest.mark.parametrize(
    ("told", "cost"),
    [
        (of_package(1), 55),  # one of two is paid for
        (of_package(2), 0),
        (of_package(0), 110),
        (of_package(9, at=NOON - 4 * HOUR), 110),  # nobody knows what it holds by now
        (of_package(9, until=None), 110),
        (of_package(9, until=NOON.date().isoformat()), 110),  # nobody says whether its last day counts
    ],
)
def test_what_the_package_holds_costs_nothing_and_the_rest_its_price(
    database: Database, context: Context, channel: FakeChannel, told: dict[str, Any], cost: int
) -> None:
    with database.transaction() as session:
        customer = lan(session)
        use_package(session, 110, told)
        assert tell(session, customer) and tell(session, customer, key="again")
    drain(context)
    assert [sent.route for sent in channel.sent] == [Route.PACKAGE] * 2
    assert spent(database) == cost


class Billing(FakeChannel):
    """Says of each message whether it was billed."""

    says: bool | None = None

    def was_billed(self) -> bool | None:
        return self.says


@pytest.mark.parametrize(
    ("holds", "says", "cost", "left"),
    [(5, True, 55, 0), (5, False, 0, 4), (5, None, 0, 4), (0, False, 0, 0), (0, True, 55, 0), (0, None, 55, 0)],
)
def test_what_the_platform_says_of_a_message_is_its_price(
    database: Database, settings: Settings, holds: int, says: bool | None, cost: int, left: int
) -> None:
    channel = Billing()
    channel.account, channel.says = "zalo-1", says
    with database.transaction() as session:
        customer = lan(session)
        account_id = use_package(session, 55, of_package(holds))
        assert tell(session, customer)
    drain(Context(database, settings, {"zalo": channel}, lambda: NOON))
    assert (len(channel.sent), spent(database)) == (1, cost)
    with database.read_only() as session:
        assert package.left(session, [account_id], now=NOON).get(account_id, 0) == left


def use_package(session: Session, allowed: int, told: dict[str, Any]) -> int:
    """Switched on at the only account; its id."""
    allow(session, allowed)
    account = accounts.find(session, "zalo", "zalo-1")
    assert account is not None
    account.bills_package = True
    figures.put(session, account.id, package.NAMES[0], told["value"], at=told["at"])
    return account.id


def test_when_the_days_templates_have_run_out_a_message_waits_for_tomorrow(
    database: Database, context: Context, channel: FakeChannel, clock: Clock
) -> None:
    with database.transaction() as session:
        configure(session)
        tell(session, lan(session))
        account_id = template(session, "250001").channel_account_id
        session.add(TemplateDay(channel_account_id=account_id, day=NOON.date(), used=500))
    drain(context)
    assert channel.sent == []
    clock.now = NOON + 12 * HOUR  # midnight: the new day has none yet, and its hours begin at six
    drain(context)
    clock.now = NOON + 18 * HOUR
    drain(context)
    assert len(channel.sent) == 1


@pytest.mark.parametrize(("told", "sent"), [({"total": 2_000, "left": 1_500}, 1), ({"total": 600, "left": 0}, 0)])
def test_the_days_templates_are_those_the_platform_tells_of(
    database: Database, context: Context, channel: FakeChannel, told: dict[str, int], sent: int
) -> None:
    with database.transaction() as session:
        configure(session)
        tell(session, lan(session))
        account_id = template(session, "250001").channel_account_id
        session.add(TemplateDay(channel_account_id=account_id, day=NOON.date(), used=500))
        figures.put(session, account_id, "quota:templates_day", told, at=NOON)
    drain(context)
    assert len(channel.sent) == sent


def test_two_workers_pay_and_send_one_copy(database: Database, settings: Settings, channel: FakeChannel) -> None:
    with database.transaction() as session:
        configure(session, 10 * 560)
        for number in range(24):
            customer = make_person(session, f"Khách {number}")
            make_chat(session, customer, last=LONG_AGO)
            tell(session, customer, f"awarded:{number}")
    contexts = [Context(database, settings, {"zalo": channel}, lambda: NOON, owner=f"w{n}") for n in range(2)]
    threads = [threading.Thread(target=drain, args=(each,)) for each in contexts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(channel.sent) == len({sent.user for sent in channel.sent}) == 10
    assert spent(database) == 10 * 560
    assert sorted(state for state, _route, _reason in outcomes(database)) == ["sent"] * 10 + ["skipped"] * 14


def test_an_offer_goes_by_the_template_that_was_chosen_for_it(session: Session) -> None:
    configure(session)
    customer = lan(session)
    [first, *others] = routes.of(session, customer.id, "promotion", now=NOON)
    assert (first.route, first.price, first.is_allowed) == (Route.TEMPLATE_USER, 600, True)
    assert [(way.route, way.reason) for way in others] == [(Route.TEMPLATE_PHONE, None), (Route.FREE, "window")]


def test_the_preview_of_one_person_says_the_same(session: Session) -> None:
    customer = make_person(session, "Minh")
    identity = make_chat(session, customer, last=LONG_AGO)
    assert eligibility.why_not(session, identity, now=NOON) == "window"
    configure(session, 0)
    assert eligibility.why_not(session, identity, now=NOON) == "budget"
    allow(session, 600)
    assert eligibility.why_not(session, identity, now=NOON) is None
    assert (
        eligibility.why_not(session, identity, now=NOON + 11 * HOUR) is None
    )  # at night it would wait, not be skipped


def test_somebody_erased_has_no_way(session: Session) -> None:
    configure(session)
    customer = lan(session)
    customer.erased_at = NOON
    session.flush()
    assert routes.of(session, customer.id, "awarded", now=NOON) == []
