"""The lists of the desk at 100,000 rows each: `python -m benchmarks.desk_lists [sqlite|postgresql]`.

Audit, messages, events, conversations, cases, redemptions, findings, requests: each also with a filter that one row
in a thousand passes. The limit is the same rows read by their keys, in one statement: a list that walks past rows it
does not show, or counts the table, costs many times that.
"""

import statistics
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from benchmarks import harness
from benchmarks.lists import PER_ROUND, Statement, capture, send
from loyalty.channels.models import ChannelAccount
from loyalty.customers import bulk, cases
from loyalty.customers.bulk import Newcomer
from loyalty.customers.cases import CaseState, Wanted
from loyalty.customers.models import Case, ChannelIdentity, Customer
from loyalty.db import Base, Database
from loyalty.messaging import inbox, threads, traffic
from loyalty.messaging.models import Conversation, InboundEvent, OutboundMessage
from loyalty.rewards import catalogue, redemptions
from loyalty.rewards.catalogue import Terms
from loyalty.rewards.models import Redemption
from loyalty.staff import accounts, approvals, audit_log
from loyalty.staff.models import Approval, AuditEntry
from loyalty.watch import findings
from loyalty.watch.models import Finding

ROWS, TOGETHER = 100_000, 10_000
PAGE = 51
RARE = 1_000  # one in so many
REACH = 1.5  # times the limit's time
NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of the desk, the table its rows are of, and the column that tells them apart."""

    name: str
    project: Callable[[Session], Sequence[Any]]
    model: type[Base]
    key: str = "id"


def fill(database: Database) -> None:
    """One person to hang everything on, and `ROWS` rows of each kind."""
    assert database.keyring is not None and database.shop is not None
    newcomer = Newcomer("+84912345678", "Lan", joined_at=NOON)
    lan = bulk.seal(newcomer, database.keyring, database.shop, source="import", now=NOON)
    with database.transaction() as session:
        bulk.create_many(session, [lan])
        customer = session.scalars(sa.select(Customer.id)).one()
        member = accounts.add(session, "Mai", "owner", now=NOON).id
        account = ChannelAccount(kind="zalo", external_id="1", window_seconds=172_800, created_at=NOON)
        session.add(account)
        session.flush()
        reward = catalogue.make(session, Terms(name={"vi": "Trà đá"}, price=10), now=NOON).id
        kinds = dict(_kinds(customer, member, account.id, reward))
    for model, row in kinds.items():
        for start in range(0, ROWS, TOGETHER):
            with database.transaction() as session:
                session.execute(sa.insert(model), [dict(row(number)) for number in range(start, start + TOGETHER)])
    with database.engine.connect() as connection:
        connection.execute(sa.text("ANALYZE"))
        connection.commit()


def _kinds(customer: int, member: int, account: int, reward: int) -> Iterator[tuple[type[Base], Callable[[int], Row]]]:
    """The rows of each table, by their number."""
    yield AuditEntry, _audit
    yield ChannelIdentity, lambda n: _identity(n, customer, account)
    yield Conversation, lambda n: _conversation(n, customer)
    yield OutboundMessage, lambda n: _message(n, account)
    yield InboundEvent, _event
    yield Case, lambda n: _case(n, customer, member)
    yield Redemption, lambda n: _redemption(n, customer, reward)
    yield Finding, lambda n: _finding(n, member)
    yield Approval, lambda n: _approval(n, member)


def _is_rare(number: int) -> bool:
    return number % RARE == 0


def _at(number: int) -> datetime:
    return NOON - timedelta(days=200) + timedelta(minutes=number)


def _audit(number: int) -> Row:
    actor = f"staff:{'rare' if _is_rare(number) else number % 20}"
    told: dict[str, Any] = {"subject": f"customer:{number}", "source": "console", "detail": {}, "chain": b"x" * 32}
    return {"actor": actor, "seq": number, "action": "rare" if _is_rare(number) else "often", "at": _at(number)} | told


def _identity(number: int, customer: int, account: int) -> Row:
    row: dict[str, Any] = {
        "customer_id": customer,
        "channel_account_id": account,
        "user_id": str(number),
        "proof": "none",
    }
    return row | {"promotion": False, "follows": True, "first_seen_at": NOON, "profile_tries": 0, "misses": 0}


def _conversation(number: int, customer: int) -> Row:
    row: dict[str, Any] = {
        "identity_id": number + 1,
        "public_id": f"c{number:015}",
        "customer_id": customer,
        "earlier": [],
    }
    state = "waiting" if _is_rare(number) else "bot"
    return row | {"state": state, "since": _at(number), "last_at": _at(number), "unanswered": 0}


def _message(number: int, account: int) -> Row:
    row: dict[str, Any] = {
        "public_id": f"m{number:015}",
        "dedupe_key": f"m{number}",
        "lane": 0,
        "channel_account_id": account,
    }
    row |= {"user_id": "1", "thread": "t", "attempts": 1, "price": 0, "created_at": _at(number), "due_at": _at(number)}
    return row | {"state": "failed" if _is_rare(number) else "sent", "settled_at": _at(number)}


def _event(number: int) -> Row:
    row: dict[str, Any] = {
        "public_id": f"e{number:015}",
        "channel": "zalo",
        "account": "1",
        "event_id": str(number),
        "sender": "1",
    }
    row |= {"name": "message", "received_at": _at(number), "due_at": _at(number), "attempts": 1}
    return row | {"state": "parked" if _is_rare(number) else "processed", "settled_at": _at(number)}


def _case(number: int, customer: int, member: int) -> Row:
    row: dict[str, Any] = {
        "public_id": f"k{number:015}",
        "customer_id": customer,
        "kind": "feedback",
        "words": b"x",
        "source": "zalo",
    }
    row |= {"opened_by": "", "opened_at": _at(number), "due_on": TODAY}
    row |= {"owner_id": member if _is_rare(number) else None}
    closed = not _is_rare(number // 2)
    return row | {"state": "closed" if closed else "open", "closed_at": _at(number) if closed else None}


def _redemption(number: int, customer: int, reward: int) -> Row:
    row: dict[str, Any] = {
        "public_id": f"d{number:015}",
        "key": f"d{number}",
        "code_hash": str(number).encode(),
        "code": b"x",
    }
    row |= {"reward_id": reward, "customer_id": customer, "price": 10, "cost": 0, "actor": "", "valid_on": TODAY}
    return row | {"state": "requested", "requested_at": _at(number), "requested_on": TODAY}


def _finding(number: int, member: int) -> Row:
    row: dict[str, Any] = {
        "pattern": "undone",
        "staff_id": member,
        "subject": str(number),
        "day": TODAY,
        "entries": [],
        "facts": {},
    }
    return row | {"score": 40, "state": "open" if _is_rare(number) else "explained", "found_at": _at(number)}


def _approval(number: int, member: int) -> Row:
    row: dict[str, Any] = {
        "kind": "award",
        "key": f"a{number}",
        "payload": {},
        "asked_by_id": member,
        "asked_by": "staff:x",
    }
    return row | {"state": "waiting" if _is_rare(number) else "approved", "asked_at": _at(number)}


def listings() -> Iterator[Listing]:
    yield Listing("audit", partial(audit_log.list_newest, limit=PAGE), AuditEntry)
    yield Listing("audit of one actor", partial(audit_log.list_newest, actor="staff:rare", limit=PAGE), AuditEntry)
    yield Listing("audit of one action", partial(audit_log.list_newest, action="rare", limit=PAGE), AuditEntry)
    yield Listing("conversations", partial(threads.list_newest, limit=PAGE), Conversation, "identity_id")
    yield Listing(
        "conversations waiting", partial(threads.list_newest, view="waiting", limit=PAGE), Conversation, "identity_id"
    )
    yield Listing("messages", lambda s: traffic.list_messages(s, None, limit=PAGE)[0], OutboundMessage)
    yield Listing("messages that failed", lambda s: traffic.list_messages(s, "failed", limit=PAGE)[0], OutboundMessage)
    yield Listing("events", partial(inbox.list_newest, limit=PAGE), InboundEvent)
    yield Listing("events parked", partial(traffic.list_parked, limit=PAGE), InboundEvent)
    yield Listing("cases open", partial(cases.list_due, wanted=Wanted(), limit=PAGE), Case)
    yield Listing("cases closed", partial(cases.list_due, wanted=Wanted(CaseState.CLOSED), limit=PAGE), Case)
    yield Listing("redemptions", partial(redemptions.list_newest, limit=PAGE), Redemption)
    yield Listing("findings open", partial(findings.list_newest, open_only=True, limit=PAGE), Finding)
    yield Listing("findings judged", partial(findings.list_newest, open_only=False, limit=PAGE), Finding)
    yield Listing("requests waiting", partial(approvals.list_waiting, limit=PAGE), Approval)
    yield Listing("requests decided", partial(approvals.list_decided, limit=PAGE), Approval)


def measure(database: Database, listing: Listing) -> str:
    """The list as a line: how many times as long its statements take as the same rows by their keys."""
    project = capture(database, listing.project, PAGE)
    limit = capture(database, lambda session: session.execute(_by_keys(session, listing)).all(), PAGE)[-1:]
    ratios, bare, ours = _times(database, limit, project)
    return (
        f"{listing.name:<24} {statistics.median(ratios):.2f} × its rows by key (range {ratios[0]:.2f}-{ratios[-1]:.2f}"
        f", reach {REACH:.2f}); {bare:.3f} ms, {ours:.3f} ms in {len(project)}"
    )


def _by_keys(session: Session, listing: Listing) -> sa.Select[Any]:
    keys = [getattr(row, listing.key) for row in listing.project(session)]
    columns = listing.model.__table__.c
    return sa.select(*columns).where(columns[listing.key].in_(keys))


def _times(
    database: Database, limit: Sequence[Statement], project: Sequence[Statement]
) -> tuple[list[float], float, float]:
    connection = database.engine.raw_connection()
    try:
        rounds = harness.interleave(lambda: send(connection, limit), lambda: send(connection, project), rounds=9)
    finally:
        connection.close()
    bare, ours = (1000 * statistics.median(taken) / PER_ROUND for taken in (rounds.limit, rounds.project))
    return sorted(1 / ratio for ratio in rounds.ratios), bare, ours


def main() -> None:
    for engine in sys.argv[1:] if sys.argv[1:] in (["sqlite"], ["postgresql"]) else harness.ENGINES:
        with harness.place(engine) as place:
            database = place.open("desk")
            fill(database)
            print(f"-- {engine}, {ROWS:,} rows of each", flush=True)
            for listing in listings():
                print(measure(database, listing), flush=True)


if __name__ == "__main__":
    main()
