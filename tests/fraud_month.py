"""A month at the counter of a busy shop: honest awards from a seed, and a few planted ones that are not.

The rows are real ones, written in bulk; only their hash chains are left out, which nobody who watches reads.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from jobs.registry import Context
from jobs.watch import watch_staff
from loyalty import many
from loyalty.choices import chosen
from loyalty.customers.models import ChannelIdentity, Customer
from loyalty.db import Database
from loyalty.points.counter.orders import OwnAccount
from loyalty.points.ledger import LEDGER
from loyalty.points.models import EntryKind
from loyalty.purchases.stats import PURCHASES
from loyalty.settings import Settings
from loyalty.staff import audit, stores
from loyalty.staff.audit import Author
from loyalty.staff.models import StaffIdentity
from loyalty.watch import patterns
from loyalty.watch.models import Finding, StaffDay
from tests.builders_staff import make_account, make_staff

DAYS = 30
FIRST = date(2026, 10, 1)
OPENS, CLOSES = 7, 22
PRICES = (35_000, 39_000, 55_000, 55_000, 45_000, 59_000, 49_000, 52_000, 62_000, 38_000, 32_000, 48_000, 58_000)
CAKES = (320_000, 480_000, 360_000)
REWARD = 100  # points
CUSTOMERS = Customer.metadata.tables["customer"]


@dataclass(frozen=True)
class Size:
    staff: int
    honest: int  # awards in the month
    strength: int  # how much of a pattern is planted on its day, where it hides among honest awards


SMALL, FULL = Size(3, 2_000, 1), Size(12, 50_000, 3)


@dataclass
class Clerk:
    """One of the honest staff, with habits: how often they type round sums and how often they err."""

    id: int
    actor: str
    off: int  # weekday
    shift: tuple[int, int]
    rounds: float
    errs: float


@dataclass
class Deed:
    """Something that happens at the counter; the numbers come when all deeds are in their order."""

    at: datetime
    clerk: Clerk
    customer: int
    total: int = 0  # ₫ of a bill
    burn: int = 0
    undoes: "Deed | None" = None
    plant: str = ""
    is_newcomer: bool = False
    entry: int = 0
    points: int = 0


@dataclass
class Month:
    """`planted`: the entries of each planted pattern."""

    size: Size
    chance: Random
    clerks: list[Clerk] = field(default_factory=list)
    customers: int = 0
    deeds: list[Deed] = field(default_factory=list)
    planted: dict[str, set[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What the nights made of the month."""

    caught: Sequence[str]
    missed: Sequence[str]
    false: Mapping[str, int]  # by pattern, findings without a single planted entry
    staff_days: int

    @property
    def false_share(self) -> float:
        return sum(self.false.values()) / self.staff_days


def live_through(database: Database, settings: Settings, size: Size, seed: int) -> Verdict:
    """Write the month, let every night look at its day, and compare."""
    month = Month(size, Random(seed))
    with database.transaction() as session:
        chosen.save(session, {"opening": [[f"{OPENS:02}:00-{CLOSES}:00"]] * 7}, by="cli", now=_at(FIRST, 0))
        _hire(session, month)
    _work(month)
    with database.transaction() as session:
        _plant(session, month)
        _write(session, month)
    for number in range(1, DAYS + 1):
        night = _at(FIRST + timedelta(days=number), 1, 40)
        watch_staff(Context(database, settings, {}, clock=lambda at=night: at), night)  # type: ignore[misc]  # a bound default
    with database.read_only() as session:
        return _compare(session, month)


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    """By the clock in Việt Nam."""
    return datetime.combine(day, time(hour, minute), UTC) - timedelta(hours=7)


def _hire(session: Session, month: Month) -> None:
    for number in range(month.size.staff):
        member = make_staff(session, "cashier", now=_at(FIRST, 0))
        shift = ((OPENS, 15), (14, CLOSES), (10, 19))[number % 3]
        habits = month.chance.uniform(0.7, 1.4), month.chance.uniform(0.5, 1.7)
        month.clerks.append(Clerk(member.id, f"staff:{member.public_id}", number % 7, shift, *habits))


def _work(month: Month) -> None:
    """Honest days: regulars and passers-by, groups and cakes, errors put right, rewards taken at the till."""
    chance, days = month.chance, [FIRST + timedelta(days=number) for number in range(DAYS)]
    month.customers = month.size.honest // 8
    weights = [min(chance.paretovariate(1.1), 14) for _ in range(month.customers)]
    shifts = [(day, clerk) for day in days for clerk in month.clerks if day.weekday() != clerk.off]
    came = Counter[tuple[date, int]]()
    busy = [1.35 if day.weekday() >= 5 else 0.9 for day, _clerk in shifts]
    for day, clerk in chance.choices(shifts, busy, k=month.size.honest):
        is_newcomer = chance.random() < 0.06
        customer = _newcomer(month) if is_newcomer else _regular(month, weights, day, came)
        deed = Deed(_moment(chance, day, clerk), clerk, customer, _amount(chance, clerk), is_newcomer=is_newcomer)
        month.deeds.append(deed)
        _afterwards(month, deed)


def _afterwards(month: Month, deed: Deed) -> None:
    """An error taken back and put right; a friend of the group who pays on the same phone."""
    chance, soon = month.chance, timedelta(minutes=month.chance.randint(1, 8))
    if chance.random() < 0.01 * deed.clerk.errs:
        month.deeds.append(Deed(deed.at + soon, deed.clerk, deed.customer, undoes=deed))
        if chance.random() < 0.7:
            month.deeds.append(Deed(deed.at + soon * 1.2, deed.clerk, deed.customer, _amount(chance, deed.clerk)))
    elif chance.random() < 0.004:
        month.deeds.append(Deed(deed.at + soon, deed.clerk, deed.customer, _amount(chance, deed.clerk)))


def _regular(month: Month, weights: Sequence[float], day: date, came: Counter[tuple[date, int]]) -> int:
    """One who comes today: the most faithful once or twice, and seldom more often."""
    while True:
        [customer] = month.chance.choices(range(1, len(weights) + 1), weights)
        if came[day, customer] < 2 or month.chance.random() < 0.1:
            came[day, customer] += 1
            return customer


def _newcomer(month: Month) -> int:
    month.customers += 1
    return month.customers


def _moment(chance: Random, day: date, clerk: Clerk) -> datetime:
    """In the shift; now and then a slip is typed in after the door is closed."""
    begin, end = clerk.shift
    at = _at(day, begin) + timedelta(seconds=chance.randrange((end - begin) * 3600 - 600))
    is_late = end == CLOSES and chance.random() < 0.004
    return _at(day, CLOSES) + timedelta(minutes=chance.randrange(1, 25)) if is_late else at


def _amount(chance: Random, clerk: Clerk) -> int:
    kind = chance.random()
    if kind < 0.03 * clerk.rounds:  # typed from memory
        return chance.choice((100_000, 100_000, 200_000))
    if kind < 0.05:
        return chance.choice(CAKES) + chance.choice((0, 0, *PRICES))
    pieces = chance.randint(7, 18) if kind < 0.07 else chance.choice((1, 1, 2, 2, 2, 3, 4))
    total = sum(chance.choices(PRICES, k=pieces))
    return total * 9 // 10 // 1_000 * 1_000 if chance.random() < 0.1 else total


def _plant(session: Session, month: Month) -> None:
    """Nine patterns, each by one of the staff on a day of the second half; the friend all month."""
    strength, clerks = month.size.strength, month.clerks
    plans = {
        "own_account": [(120_000, number) for number in (1, 2, 3)],
        "far_above": [(month.chance.randint(2_600, 4_900) * 1_000, number) for number in range(2 + strength)],
        "same_customer": [(month.chance.choice(PRICES) * 3, number) for number in range(5)],
        "outside_hours": [(180_000, 0)] * 3,
        "new_customer": [(month.chance.randint(900, 1_900) * 1_000, number) for number in range(2 + strength)],
        "quick_exit": [(1_000_000, number) for number in range(3 + 2 * strength)],
        "many_undos": [(month.chance.choice(PRICES) * 2, number) for number in range(3 + 3 * strength)],
        "round_amounts": [(month.chance.randint(1, 4) * 100_000, number) for number in range(8 * strength)],
    }
    for number, (code, bills) in enumerate(plans.items()):
        clerk = clerks[number % len(clerks)]
        day = next(d for n in range(14 + number, DAYS) if (d := FIRST + timedelta(days=n)).weekday() != clerk.off)
        friend = _newcomer(month)
        for total, step in bills:
            _cheat(month, code, clerk, day, friend, total, step)
        if code == "own_account":
            _share_a_chat(session, clerk, friend)
    _befriend(month, clerks[-1])
    _attempt(session, clerks[0])


def _cheat(month: Month, code: str, clerk: Clerk, day: date, friend: int, total: int, step: int) -> None:
    is_alone = code in ("own_account", "same_customer")
    customer = friend if is_alone else _newcomer(month)
    hour, minute = clerk.shift[0] + 1 + step % 6, month.chance.randrange(60)
    at = _at(day, 23, 5 + minute % 50) if code == "outside_hours" else _at(day, hour, minute)
    deed = Deed(at, clerk, customer, total, plant=code, is_newcomer=code == "new_customer")
    month.deeds.append(deed)
    if code == "quick_exit":
        month.deeds.append(Deed(at + timedelta(minutes=4), clerk, customer, burn=REWARD, plant=code))
    if code == "many_undos":
        month.deeds.append(Deed(at + timedelta(minutes=40), clerk, customer, undoes=deed, plant=code))


def _befriend(month: Month, clerk: Clerk) -> None:
    """Two small bills on every working day for one friend: each day looks like nothing."""
    friend = _newcomer(month)
    for day in (FIRST + timedelta(days=number) for number in range(DAYS)):
        for hour in (1, 5) if day.weekday() != clerk.off else ():
            at = _at(day, clerk.shift[0] + hour, month.chance.randrange(60))
            month.deeds.append(Deed(at, clerk, friend, _amount(month.chance, clerk), plant="one_customer"))


def _share_a_chat(session: Session, clerk: Clerk, friend: int) -> None:
    """The friend's chat was the clerk's own for a while."""
    account, at = make_account(session).id, _at(FIRST, 9)
    session.add(
        StaffIdentity(
            staff_id=clerk.id,
            channel_account_id=account,
            user_id="77",
            bound_at=at,
            unbound_at=at,
            last_interaction_at=at,
        )
    )
    _customers(session, [friend], at)
    session.add(
        ChannelIdentity(
            customer_id=friend, channel_account_id=account, user_id="77", proof="none", promotion=False,
            follows=False, first_seen_at=at, profile_tries=0, misses=0,
        )
    )  # fmt: skip
    session.flush()


def _attempt(session: Session, clerk: Clerk) -> None:
    """Tried to award themselves, and was refused."""
    day = FIRST + timedelta(days=20)
    audit.note_refused(session, Author(clerk.actor, "zalo"), OwnAccount(), now=_at(day, 15))


def _write(session: Session, month: Month) -> None:
    """Number the deeds in their order, with balances as they follow, and write all rows."""
    month.deeds.sort(key=lambda deed: deed.at)
    known = set(session.scalars(select(Customer.id)))
    _customers(session, sorted({deed.customer for deed in month.deeds} - known), _at(FIRST, 0))
    purchases, entries = _rows(session, month)
    connection = session.connection()
    many.execute(connection, insert(PURCHASES), purchases)
    many.execute(connection, insert(LEDGER), entries)


def _customers(session: Session, ids: Sequence[int], at: datetime) -> None:
    blank: dict[str, Any] = dict.fromkeys((column.name for column in CUSTOMERS.columns), None)
    rows = [
        blank
        | {
            "id": each,
            "public_id": f"person-{each:08}",
            "bucket": 0,
            "source": "staff",
            "created_at": at,
            "demo": False,
        }
        for each in ids
    ]
    session.execute(insert(CUSTOMERS), rows)


def _rows(session: Session, month: Month) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    store, balance, seqs = stores.default(session).id, Counter[int](), Counter[int]()
    purchases: list[dict[str, Any]] = []
    entries: list[dict[str, Any]] = []
    redeems: list[Deed] = []
    for deed in month.deeds:
        for each in (deed, *redeems):
            _post(each, store, balance, seqs, purchases, entries)
            if each.plant and each.entry:
                month.planted.setdefault(each.plant, set()).add(each.entry)
        happy = deed.total and not deed.plant and balance[deed.customer] >= REWARD and month.chance.random() < 0.3
        redeems = [Deed(deed.at + timedelta(minutes=2), deed.clerk, deed.customer, burn=REWARD)] if happy else []
    return purchases, entries


def _post(
    deed: Deed,
    store: int,
    balance: Counter[int],
    seqs: Counter[int],
    purchases: list[dict[str, Any]],
    entries: list[dict[str, Any]],
) -> None:
    deed.points = deed.total // 10_000 - deed.burn - (deed.undoes.points if deed.undoes else 0)
    if balance[deed.customer] + deed.points < 0:
        return  # spent by now: refused
    deed.entry = len(entries) + 1
    balance[deed.customer] += deed.points
    seqs[deed.customer] += 1
    on = (deed.at + timedelta(hours=7)).date()
    if deed.total:
        purchases.append(_purchase(deed, len(purchases) + 1, store, on))
    kind = EntryKind.EARN if deed.total else EntryKind.REVERSE if deed.undoes else EntryKind.BURN
    entries.append(
        {
            "id": deed.entry, "customer_id": deed.customer, "seq": seqs[deed.customer], "kind": kind.value,
            "points": deed.points, "balance_after": balance[deed.customer], "carry_change": 0, "carry": 0,
            "idempotency_key": f"month:{deed.entry}", "reverses_id": deed.undoes.entry if deed.undoes else None,
            "purchase_id": len(purchases) if deed.total else None, "programme": None, "tier": None, "credit": 0,
            "actor": deed.clerk.actor if not deed.burn else "customer", "posted_at": deed.at, "posted_on": on,
            "chain": b"",
        }
    )  # fmt: skip


def _purchase(deed: Deed, number: int, store: int, on: date) -> dict[str, Any]:
    return {
        "id": number, "public_id": f"bill-{number:08}", "key": f"month:{number}", "receipt_key": None,
        "customer_id": deed.customer, "store_id": store, "source": "counter", "reference": None,
        "staff_id": deed.clerk.id, "total": deed.total, "discount": 0, "eligible": deed.total, "state": "recorded",
        "made_customer": deed.is_newcomer, "purchased_at": deed.at, "purchased_on": on, "recorded_at": deed.at,
        "tier_before": "member", "tier_after": "member",
    }  # fmt: skip


def _compare(session: Session, month: Month) -> Verdict:
    everything = set().union(*month.planted.values())
    found = session.scalars(select(Finding)).all()
    caught = {each.pattern for each in found if month.planted.get(each.pattern, set()) & set(each.entries)}
    false = Counter(each.pattern for each in found if each.entries and not everything & set(each.entries))
    attempts = {each.pattern for each in found if not each.entries}
    codes = set(patterns.known())
    days = len(session.scalars(select(StaffDay.staff_id)).all())
    return Verdict(sorted(caught | attempts), sorted(codes - caught - attempts), false, days)
