"""An award with every kind of rule on, against the same rows written bare: `python -m benchmarks.award_rules`.

The programme looks at lines, categories, sources, stores, tiers, weekdays, hours, days, birthdays and segments, at
whether it is the first purchase and at what was taken off; it multiplies, excludes, gives bonuses, caps them by person,
day, store and budget, and promises its points for a week. The limit writes the rows one such award left, again and
again, and adds to the totals of everybody: it neither reads, locks, computes nor checks.
"""

import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import count
from typing import Any

import sqlalchemy as sa
from psycopg.types.json import Json
from sqlalchemy.orm import Session

from benchmarks import award, harness
from benchmarks.award import CUSTOMERS, NOON, PER_ROUND, REACH, TODAY
from loyalty.customers import birthdays, profiles
from loyalty.customers.models import CustomerStats
from loyalty.db import Database
from loyalty.points import accounts, accrual, verify
from loyalty.points.accrual import Bill
from loyalty.programme import activation
from loyalty.programme.models import ProgrammeVersion
from loyalty.purchases.bills import Line
from loyalty.purchases.stats import Totals
from loyalty.segments import saved
from loyalty.staff import audit, stores

DAY = timedelta(days=1)
RULES = """
[pending]
release = "after_days"
days = 7

[[rules]]
code = "coffee-hour"
name = { vi = "Giờ cà phê", en = "Coffee hour" }
kind = "multiply"
on = "line"
multiplier = "1.5"
[rules.when]
categories = ["Cà phê"]
products = ["CF-*"]
weekdays = ["sat", "sun"]
hours = ["10:00-14:00"]
[rules.caps]
person_day = 1000000

[[rules]]
code = "member-day"
name = { vi = "Ngày hội", en = "Members' day" }
kind = "multiply"
multiplier = "2"
[rules.when]
tiers = ["member"]
sources = ["counter"]
stores = ["STORE"]
days = ["22/11"]
[rules.caps]
store_day = 100000000

[[rules]]
code = "regulars"
name = { vi = "Khách quen", en = "Regulars" }
kind = "bonus"
points = 5
[rules.when]
segments = ["Khách quen"]
[rules.caps]
day = 100000000

[[rules]]
code = "big-bill"
name = { vi = "Hóa đơn lớn", en = "A big bill" }
kind = "bonus"
points = 3
[rules.when]
minimum_bill = 50000
[rules.caps]
budget = 100000000
person = 1000000
person_month = 1000000

[[rules]]
code = "birthday"
name = { vi = "Tháng sinh nhật", en = "Month of the birthday" }
kind = "multiply"
multiplier = "1.2"
[rules.when]
birthday = "month"

[[rules]]
code = "first"
name = { vi = "Lần đầu", en = "First time" }
kind = "bonus"
points = 50
[rules.when]
first_purchase = true

[[rules]]
code = "sale"
name = { vi = "Hàng giảm giá", en = "On sale" }
kind = "exclude"
on = "line"
[rules.when]
discounted = true
products = ["CAKE-*"]

[limits.cashier]
points_per_day = 1000000
"""
LINES = (
    Line("Cà phê sữa đá", 2, 29_000, sku="CF-01", category="Cà phê"),
    Line("Trà đào", 1, 35_000, sku="TEA-02", category="Trà"),
    Line("Bánh flan", 1, 20_000, discount=5_000, sku="CAKE-03", category="Bánh"),
)
TOTAL = sum(line.quantity * line.unit_price - line.discount for line in LINES)
PARTS = {"coffee-hour", "member-day", "regulars", "big-bill", "birthday", "sale"}  # of every award but the first
WRITTEN = ("purchase", "purchase_line", "ledger_entry", "lot", "rule_award", "award_fact", "activity")
NAMES = ("public_id", "key", "receipt_key", "reference", "idempotency_key")
SAVED = (*accounts.OWN, *Totals.__slots__)


def fill(database: Database) -> Sequence[int]:
    """The programme, its segment, and customers born this month who bought once: no later bill is their first."""
    with database.transaction() as session:
        saved.create(session, "Khách quen", {"all": []}, now=NOON)
        text = RULES.replace("STORE", stores.default(session).code)
        document = f"{session.get_one(ProgrammeVersion, 1).document}\n{text}"
        activation.activate(session, document, TODAY - 2 * DAY, note="every rule", by=audit.CLI, now=NOON - 5 * DAY)
        people = [_person(session, number) for number in range(CUSTOMERS)]
    for number, customer_id in enumerate(people):
        buy(database, customer_id, f"first{number}", number)
    return people


def _person(session: Session, number: int) -> int:
    phone, before = f"+8490{number:07}", NOON - 400 * DAY
    customer = profiles.create(session, source="benchmark", now=before, phone=phone, joined=True)
    birthdays.tell(session, customer, birthdays.read("1990-11-15"), now=before)
    return customer.id


def buy(database: Database, customer_id: int, key: str, seconds: int) -> accrual.Award:
    with database.transaction() as session:
        bill = Bill(total=TOTAL, store_id=1, reference=key, discount=5_000, lines=LINES)
        at = NOON + timedelta(seconds=seconds)
        return accrual.record_purchase(session, customer_id, bill, actor="cli", key=key, now=at)


class Project:
    """The award itself, as every entry point calls it."""

    def __init__(self, database: Database) -> None:
        self.database, self.customers, self.numbers = database, fill(database), count(1)

    def round(self) -> None:
        for _ in range(PER_ROUND):
            number = next(self.numbers)
            buy(self.database, self.customers[(number - 1) % CUSTOMERS], f"k{number}", number)


class Limit:
    """The rows one award left, written again under other names by the driver alone."""

    def __init__(self, database: Database) -> None:
        self.customers, self.numbers, self.is_sqlite = fill(database), count(1), database.is_sqlite
        made = buy(database, self.customers[0], "sample", 0)
        self.connection: Any = award.connect(database)
        self.rows = {table: self._rows(table, made) for table in WRITTEN}
        assert {row["code"] for row in self.rows["rule_award"]} == PARTS
        self.totals = self._read("SELECT slot, 1 AS more FROM rule_total WHERE slot NOT LIKE '%first%'", ())
        self.stats = self._read("SELECT * FROM customer_stats WHERE customer_id = ?", (self.customers[0],))[0]
        self.connection.commit()
        self.inserts = {table: self._insert(table, rows[0]) for table, rows in self.rows.items()}

    def round(self) -> None:
        for _ in range(PER_ROUND):
            self._award(next(self.numbers))

    def _award(self, number: int) -> None:
        cursor = self.connection.cursor()
        if self.is_sqlite:
            cursor.execute("BEGIN IMMEDIATE")
        self._write(cursor, number, self.customers[(number - 1) % CUSTOMERS], (number - 1) // CUSTOMERS + 3)
        self.connection.commit()

    def _write(self, cursor: Any, number: int, customer: int, seq: int) -> None:
        new = {name: f"{name[:1]}{number:015}" for name in NAMES} | {"customer_id": customer, "seq": seq}
        new["purchase_id"] = self._one(cursor, "purchase", new)
        new["entry_id"] = self._one(cursor, "ledger_entry", new)
        for table in ("lot", "award_fact", "activity"):
            cursor.execute(self.inserts[table], self._values(self.rows[table][0], new))
        for table in ("purchase_line", "rule_award"):
            cursor.executemany(self.inserts[table], [self._values(row, new) for row in self.rows[table]])
        add = self._spell("UPDATE rule_total SET given = given + ? WHERE slot = ?")
        cursor.executemany(add, [(row["more"], row["slot"]) for row in self.totals])
        columns = ", ".join(f"{name} = ?" for name in SAVED)
        save = self._spell(f"UPDATE customer_stats SET {columns} WHERE customer_id = ?")
        cursor.execute(save, (*(self.stats[name] for name in SAVED), customer))

    def _one(self, cursor: Any, table: str, new: Mapping[str, Any]) -> int:
        values = self._values(self.rows[table][0], new)
        return int(cursor.execute(f"{self.inserts[table]} RETURNING id", values).fetchone()[0])

    def _values(self, row: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(new.get(name, value) if value is not None else None for name, value in row.items())

    def _insert(self, table: str, row: Mapping[str, Any]) -> str:
        columns = ", ".join(f'"{name}"' for name in row)
        return self._spell(f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * len(row))})")

    def _rows(self, table: str, made: accrual.Award) -> list[dict[str, Any]]:
        """What the award left in a table, all but the ids the database gives."""
        where = {"purchase": "id", "ledger_entry": "id", "purchase_line": "purchase_id", "activity": "customer_id"}
        ids = {"ledger_entry": made.entry.id, "activity": self.customers[0], "purchase_line": made.purchase.id}
        key = ids.get(table, made.purchase.id if table == "purchase" else made.entry.id)
        rows = self._read(f"SELECT * FROM {table} WHERE {where.get(table, 'entry_id')} = ?", (key,))
        kept = [row for row in rows if table != "activity" or row["kind"] == "purchase"]
        return [{name: value for name, value in row.items() if name != "id"} for row in kept]

    def _read(self, text: str, values: tuple[Any, ...]) -> list[dict[str, Any]]:
        cursor = self.connection.cursor()
        cursor.execute(*((self._spell(text), values) if values else (text,)))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, map(_plain, row), strict=True)) for row in cursor.fetchall()]

    def _spell(self, text: str) -> str:
        return text if self.is_sqlite else text.replace("?", "%s")


def _plain(value: Any) -> Any:
    """What PostgreSQL's driver reads as a list or a dict it takes back as JSON."""
    return Json(value) if isinstance(value, dict | list) else value


def check(limit: Database, project: Database) -> None:
    """Both wrote as many rows (the limit begins with one award more), and the project's books are whole."""
    with limit.read_only() as one, project.read_only() as other:
        for table in WRITTEN:
            counted = [session.scalars(sa.text(f"SELECT count(*) FROM {table}")).one() for session in (one, other)]
            more = {"purchase_line": len(LINES), "rule_award": len(PARTS)}.get(table, 1)
            assert counted[0] == counted[1] + more, (table, counted)
        slots = [
            session.scalars(sa.text("SELECT slot FROM rule_total ORDER BY slot")).all() for session in (one, other)
        ]
        assert slots[0] == slots[1]
        assert other.scalar(sa.select(sa.func.count()).where(CustomerStats.points_pending > 0)) == CUSTOMERS
        assert list(verify.problems(other)) == []


def measure(engine: str) -> str:
    with harness.place(engine) as place:
        limit_at, project_at = place.open("limit"), place.open("project")
        limit, project = Limit(limit_at), Project(project_at)
        rounds = harness.interleave(limit.round, project.round)
        limit.connection.close()
        check(limit_at, project_at)
    return rounds.line(f"award, every rule, {engine}", per_round=PER_ROUND, reach=REACH[engine])


def main() -> None:
    for engine in sys.argv[1:] or harness.ENGINES:
        print(measure(engine), flush=True)


if __name__ == "__main__":
    main()
