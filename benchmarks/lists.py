"""Every list and search against its bare query, at 100,000 customers: `python -m benchmarks.lists [sqlite|postgresql]`.

The limit is the one statement a page needs, written by hand; the project is every statement the domain function sends
for that page. Both are sent by the bare driver on one connection and read to the end, so that what is compared is what
the database has to do: a list whose cost grew with the table, that counted it or asked row by row, would show here.
Behind it stands how long the whole call takes, with rows made into objects and names opened where they are compared.
"""

import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from benchmarks import harness
from loyalty.activity import timeline
from loyalty.campaigns import lifecycle, report
from loyalty.campaigns.models import Campaign, CampaignRecipient, CampaignRun
from loyalty.customers import bulk, profiles, searching
from loyalty.customers.bulk import Newcomer
from loyalty.customers.models import Customer, CustomerStats
from loyalty.db import Database
from loyalty.hooks import deliveries, subscriptions
from loyalty.hooks.models import Webhook, WebhookDelivery
from loyalty.points import accrual, ledger
from loyalty.points.accrual import Bill
from loyalty.segments import membership, saved
from loyalty.segments.rules import Frame
from loyalty.staff import stores
from loyalty.typed import fold

CUSTOMERS, TOGETHER = 100_000, 5_000
PAGE = 51  # fifty, and one more to know whether there are more
PER_ROUND = 60
REACH = 1.5  # times the limit's time
NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
FAMILIES = "Nguyễn Trần Lê Phạm Huỳnh Hoàng Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý"
MIDDLES = "Thị Văn Thu Ngọc Gia Bảo Minh Thanh Quang Hải"
GIVEN = "Lan Hoa Minh Đức Hà Trang Nam Thảo Quân Vy Khoa Linh My Tú Yến Sơn Dũng Hạnh Oanh Phúc"


Statement = tuple[str, Any]  # and what is put into it


@dataclass(frozen=True, slots=True)
class Case:
    """A list: what the project calls, and the statement it needs."""

    name: str
    project: Callable[[Session], Sequence[Any]]
    limit: str
    facts: dict[str, Any] = field(default_factory=dict)
    at_least: int = 1  # rows, of both


def fill(database: Database) -> int:
    """Customers with totals and names; one of them bought and did a lot. Returns that one's id."""
    assert database.keyring is not None and database.shop is not None
    chance = Random(7)
    for start in range(0, CUSTOMERS, TOGETHER):
        people = [_newcomer(number, chance) for number in range(start, start + TOGETHER)]
        sealed = [bulk.seal(each, database.keyring, database.shop, source="import", now=NOON) for each in people]
        with database.transaction() as session:
            bulk.create_many(session, sealed)
    with database.transaction() as session:
        totals = sa.update(CustomerStats).values(
            points=CustomerStats.customer_id % 500, spent=CustomerStats.customer_id % 97 * 10_000, orders=1
        )
        session.execute(totals)
        regular = session.scalars(sa.select(Customer.id).order_by(Customer.id).offset(CUSTOMERS // 2).limit(1)).one()
    _busy(database, regular)
    _campaign(database)
    _webhook(database)
    with database.engine.connect() as connection:
        connection.execute(sa.text("ANALYZE"))
        connection.commit()
    return regular


def _newcomer(number: int, chance: Random) -> Newcomer:
    name = " ".join(chance.choice(words.split()) for words in (FAMILIES, MIDDLES, GIVEN))
    return Newcomer(f"+849{number:08}", name, joined_at=NOON)


def _busy(database: Database, customer_id: int) -> None:
    """Three hundred purchases of one customer, and a long timeline."""
    for number in range(300):
        with database.transaction() as session:
            bill = Bill(total=50_000, store_id=stores.default(session).id, source="web", reference=f"R{number}")
            accrual.record_purchase(session, customer_id, bill, actor="cli", key=f"bench:{number}", now=NOON)
    with database.transaction() as session:
        for _ in range(1_000):
            timeline.record(session, customer_id, "message_in", at=NOON, data={"channel": "zalo"})


def _campaign(database: Database) -> None:
    """One that went to everybody."""
    with database.transaction() as session:
        segment = saved.create(session, "Tất cả", {"all": []}, now=NOON)
        campaign = lifecycle.create(session, "Tháng 11", segment.id, "Chào bạn", now=NOON)
        columns = {column.key for column in sa.inspect(CampaignRun).columns}
        run = {"campaign_id": campaign.id, "due_at": NOON, "started_at": NOON, "finished_at": NOON, "top": 10**9}
        run |= {"cursor": 10**9, "state": "finished"}
        session.add(CampaignRun(**{name: value for name, value in run.items() if name in columns}))
        session.flush()
        chosen = sa.select(sa.select(CampaignRun.id).scalar_subquery(), Customer.id, sa.true(), sa.literal("sent"))
        names = ["run_id", "customer_id", "queued", "outcome"]
        session.execute(sa.insert(CampaignRecipient).from_select(names, chosen))


def _webhook(database: Database) -> None:
    """A receiver with a month of attempts."""
    with database.transaction() as session:
        webhook, _ = subscriptions.create(session, "Kho", "https://example.com/hooks", ["*"], now=NOON)
        values = {"event": "purchase.recorded", "attempt": 1, "status": 200, "ms": 20, "at": NOON}
        rows = [
            {**values, "webhook_id": webhook.id, "public_id": f"d{number:015}", "event_id": f"evt_{number}"}
            | {"activity_id": number, "outcome": "failed" if number % 1_000 == 0 else "delivered"}
            for number in range(100_000)
        ]
        session.execute(sa.insert(WebhookDelivery), rows)


def cases(database: Database, regular: int) -> Iterator[Case]:
    middle = {"before": CUSTOMERS // 2, "limit": PAGE}
    customers = sa.select(Customer).where(Customer.erased_at.is_(None), Customer.id < CUSTOMERS // 2)
    yield Case(
        "customers, a page amid",
        lambda s: s.scalars(customers.order_by(Customer.id.desc()).limit(PAGE)).all(),
        "SELECT * FROM customer WHERE erased_at IS NULL AND id < :before ORDER BY id DESC LIMIT :limit",
        middle, PAGE,
    )  # fmt: skip
    assert database.keyring is not None
    key = database.keyring.look_up("phone", f"+849{777:08}")
    yield Case(
        "customers by phone",
        lambda s: [profiles.find_by_phone(s, f"+849{777:08}")],
        "SELECT * FROM customer WHERE phone_key = :key", {"key": key},
    )  # fmt: skip
    for words in ("Yến", "Nguyễn Thị Lan"):
        yield _by_name(database, words)
    yield Case(
        "timeline of a regular",
        lambda s: timeline.list_newest(s, regular, limit=PAGE),
        "SELECT * FROM activity WHERE customer_id = :id ORDER BY id DESC LIMIT :limit",
        {"id": regular, "limit": PAGE}, PAGE,
    )  # fmt: skip
    yield Case(
        "ledger of a regular",
        lambda s: ledger.list_newest(s, regular, limit=PAGE),
        "SELECT * FROM ledger_entry WHERE customer_id = :id ORDER BY seq DESC LIMIT :limit",
        {"id": regular, "limit": PAGE}, PAGE,
    )  # fmt: skip
    yield Case(
        "purchases of a regular",
        lambda s: ledger.list_purchases(s, regular, limit=PAGE),
        "SELECT p.*, e.* FROM ledger_entry e JOIN purchase p ON p.id = e.purchase_id"
        " WHERE e.customer_id = :id AND e.kind = 'earn' ORDER BY e.seq DESC LIMIT :limit",
        {"id": regular, "limit": PAGE}, PAGE,
    )  # fmt: skip
    yield _members(database)
    yield _recipients(database)
    yield from _deliveries(database)


def _by_name(database: Database, words: str) -> Case:
    assert database.keyring is not None
    tokens = sorted({database.keyring.name_token(word) for word in fold.tokens(words)})
    others = "".join(
        f" AND EXISTS (SELECT 1 FROM name_token o WHERE o.customer_id = t.customer_id AND o.token = :t{place})"
        for place in range(1, len(tokens))
    )
    query = (
        "SELECT c.*, k.wrapped FROM name_token t JOIN customer c ON c.id = t.customer_id"
        f" JOIN customer_key k ON k.customer_id = c.id WHERE t.token = :t0{others}"
        " ORDER BY t.customer_id DESC LIMIT :limit"
    )
    facts = {f"t{place}": token for place, token in enumerate(tokens)} | {"limit": PAGE}
    return Case(f"search «{words}»", lambda s: searching.by_name(s, words, limit=PAGE), query, facts)


def _members(database: Database) -> Case:
    with database.read_only() as session:
        segment = saved.tree(session.merge(saved_segment(session)), Frame.at(session, NOON))
        frame = Frame.at(session, NOON)
    return Case(
        "members of a segment",
        lambda s: membership.list_members(s, segment, frame, before=CUSTOMERS // 2, limit=PAGE),
        "SELECT c.* FROM customer_stats t JOIN customer c ON c.id = t.customer_id"
        " WHERE t.erased_at IS NULL AND t.customer_id < :before ORDER BY t.customer_id DESC LIMIT :limit",
        {"before": CUSTOMERS // 2, "limit": PAGE}, PAGE,
    )  # fmt: skip


def saved_segment(session: Session) -> Any:
    return saved.list_newest(session, limit=1)[0]


def _recipients(database: Database) -> Case:
    with database.read_only() as session:
        campaign = session.scalars(sa.select(Campaign)).one()
    return Case(
        "recipients of a campaign",
        lambda s: report.list_recipients(s, campaign, limit=PAGE),
        "SELECT r.id, c.id, c.public_id, a.kind, coalesce(r.outcome, m.state), coalesce(r.reason, m.reason), u.due_at,"
        " m.settled_at FROM campaign_run u JOIN campaign_recipient r ON r.run_id = u.id"
        " JOIN customer c ON c.id = r.customer_id LEFT JOIN outbound_message m ON m.recipient_id = r.id"
        " LEFT JOIN channel_identity i ON i.id = r.identity_id LEFT JOIN channel_account a"
        " ON a.id = i.channel_account_id WHERE u.campaign_id = :id"
        " ORDER BY r.run_id DESC, r.customer_id DESC LIMIT :limit",
        {"id": campaign.id, "limit": PAGE}, PAGE,
    )  # fmt: skip


def _deliveries(database: Database) -> Iterator[Case]:
    with database.read_only() as session:
        webhook = session.scalars(sa.select(Webhook)).one()
    for name, condition in (("all", ""), ("failed", " AND outcome = 'failed'")):
        yield Case(
            f"attempts of a webhook, {name}",
            partial(deliveries.list_newest, webhook=webhook, failed_only=bool(condition), limit=PAGE),
            f"SELECT * FROM webhook_delivery WHERE webhook_id = :id{condition} ORDER BY id DESC LIMIT :limit",
            {"id": webhook.id, "limit": PAGE},
            PAGE,
        )


def measure(database: Database, case: Case) -> str:
    """The case as a line: how many times the limit's time its statements take."""
    limit = capture(database, lambda session: session.execute(sa.text(case.limit), case.facts).all(), case.at_least)
    project = capture(database, case.project, case.at_least)
    connection = database.engine.raw_connection()
    try:
        rounds = harness.interleave(lambda: send(connection, limit), lambda: send(connection, project), rounds=9)
    finally:
        connection.close()
    ratios = sorted(1 / ratio for ratio in rounds.ratios)
    bare, ours = (1000 * statistics.median(taken) / PER_ROUND for taken in (rounds.limit, rounds.project))
    return (
        f"{case.name:<30} {statistics.median(ratios):.2f} × its bare query (range {ratios[0]:.2f}-{ratios[-1]:.2f}, "
        f"reach {REACH:.2f}); {bare:.3f} ms, {ours:.3f} ms in {len(project)}; whole call {whole(database, case):.1f} ms"
    )


def capture(database: Database, work: Callable[[Session], Sequence[Any]], at_least: int) -> list[Statement]:
    """What is sent to the database, as the driver takes it."""
    sent: list[Statement] = []

    def note(_connection: Any, _cursor: Any, statement: str, facts: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            sent.append((statement, facts))

    with database.read_only() as session:  # which looks what the shop chose, now and then
        sa.event.listen(database.engine, "before_cursor_execute", note)
        assert len(work(session)) >= at_least
        sa.event.remove(database.engine, "before_cursor_execute", note)
    return sent


def send(connection: Any, statements: Sequence[Statement], times: int = PER_ROUND) -> None:
    for _ in range(times):
        for statement, facts in statements:
            cursor = connection.cursor()
            cursor.execute(statement, facts)
            cursor.fetchall()
            cursor.close()
    connection.rollback()


def whole(database: Database, case: Case) -> float:
    """Milliseconds of the domain function, in a session of its own."""
    times = []
    for _ in range(PER_ROUND):
        with database.read_only() as session:
            times.append(harness.seconds(partial(case.project, session)))
    return 1000 * statistics.median(times)


def main() -> None:
    for engine in sys.argv[1:] if sys.argv[1:] in (["sqlite"], ["postgresql"]) else harness.ENGINES:
        with harness.place(engine) as place:
            database = place.open("lists")
            regular = fill(database)
            print(f"-- {engine}, {CUSTOMERS:,} customers", flush=True)
            for case in cases(database, regular):
                print(measure(database, case), flush=True)


if __name__ == "__main__":
    main()
