"""An import against reading the file plus bare inserts: `python -m benchmarks.imports [ENGINE …] [--rows N]`.

The limit reads the same workbook and writes the very rows the project wrote, by the driver alone, 500 customers in a
transaction: it neither parses, seals, looks anybody up nor checks. As with the award, it writes a customer before what
hangs on them and an entry before its lot, and is told their ids. Beside it stands what no importer can do: every row
of a transaction, its ids known beforehand, handed to the driver at once. The dry run has the outcomes for a limit.
"""

import argparse
import random
import sqlite3
import statistics
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import psycopg
import sqlalchemy as sa
import xlsxwriter
from python_calamine import CalamineWorkbook

from benchmarks import harness
from loyalty.db import Database
from loyalty.exchange import batches, receiving, running
from loyalty.exchange.models import Kind
from loyalty.points import verify
from loyalty.staff import audit

REACH = 3.0  # times the limit's time
ROWS = 5_000
ROUNDS = 5
TOGETHER = 500  # customers in one of the limit's transactions
NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
GROUND = ("import_batch",)
OUTCOMES = "import_row"
PLACES = {  # every table an import fills, and where in its rows the customer's number stands
    "customer": 0,
    "customer_key": 0,
    "customer_stats": 0,
    "name_token": 0,
    "ledger_entry": 1,
    "lot": 1,
    "activity": 2,
    OUTCOMES: 6,
}
TABLES = tuple(PLACES)
ASKED = ("customer", "ledger_entry")  # others name their id
Rows = Sequence[tuple[Any, ...]]
FAMILIES, MIDDLES, GIVEN = (
    "Nguyễn Trần Lê Phạm Huỳnh Đỗ",
    "Thị Văn Thu Ngọc Gia Bảo",
    "Lan Hoa Minh Đức Hà Trang Nam Thảo",
)


def make_file(rows: int) -> bytes:
    """A shop's list: names, phones (a third of them as numbers), some e-mails, days, points for all but a few."""
    rng, buffer = random.Random(7), BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet, day = book.add_worksheet("Khách"), book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_row(0, 0, ["Họ tên", "SĐT", "Email", "Ngày tham gia", "Điểm"])
        for number in range(rows):
            words = (rng.choice(choice.split()) for choice in (FAMILIES, MIDDLES, GIVEN))
            phone: str | int = 910_000_000 + number if number % 3 == 0 else f"091{number:07}"
            sheet.write_row(number + 1, 0, [" ".join(words), phone])
            if number % 2:
                sheet.write_string(number + 1, 2, f"khach{number}@example.com")
            sheet.write_datetime(number + 1, 3, datetime(2020, 1, 1) + timedelta(days=number % 2000), day)  # noqa: DTZ001
            sheet.write_number(number + 1, 4, number % 300)
    return buffer.getvalue()


class Project:
    """The import as the command line does it, into a database of its own."""

    def __init__(self, database: Database, data: bytes) -> None:
        self.database, self.data = database, data
        self.batch_id, self.public_id = 0, ""

    def check(self) -> None:
        """The dry run."""
        kind, author = Kind.CUSTOMERS, audit.CLI
        self.public_id = receiving.receive(self.database, self.data, "k.xlsx", kind, author=author, clock=clock)
        with self.database.read_only() as session:
            self.batch_id = batches.get(session, self.public_id).id
        assert running.run(self.database, self.batch_id, owner="benchmark", clock=clock)

    def write(self) -> None:
        with self.database.transaction() as session:
            batches.confirm(session, self.public_id, author=audit.CLI, now=NOON)
        assert running.run(self.database, self.batch_id, owner="benchmark", clock=clock)


class Limit:
    """The file read, and the same rows written, by the driver alone."""

    def __init__(self, source: Database, target: Database, data: bytes) -> None:
        self.data, self.is_sqlite = data, target.is_sqlite
        self.connection: Any = _connect(target)
        with source.engine.connect() as connection:
            for table in GROUND:
                self._put([table], [_rows(connection, table)])
            self.shares = list(zip(*(_shares(_rows(connection, table), table) for table in TABLES), strict=True))
        self.people = [self._in_turn(share) for share in self.shares]
        self.outcomes = [[share[TABLES.index(OUTCOMES)]] for share in self.shares]

    def check(self) -> None:
        """A row for each row of the file."""
        self._read()
        for outcomes in self.outcomes:
            self._put([OUTCOMES], [[(*row[:-2], None, None) for row in outcomes[0]]])

    def write(self) -> None:
        """Row by row, each customer with what hangs on them."""
        self._read()
        for people in self.people:
            cursor = self._begin()
            for statement, row, is_asked in people:
                cursor.execute(statement, row)
                if is_asked:
                    cursor.fetchone()
            self.connection.commit()

    def write_at_once(self) -> None:
        self._read()
        for share in self.shares:
            self._put(TABLES, share)

    def clear(self) -> None:
        """The outcomes away again."""
        self.connection.cursor().execute(f"DELETE FROM {OUTCOMES}")
        self.connection.commit()

    def _read(self) -> None:
        CalamineWorkbook.from_filelike(BytesIO(self.data)).get_sheet_by_index(0).to_python()

    def _put(self, tables: Sequence[str], shares: Sequence[Rows]) -> None:
        """One transaction, each table at once."""
        cursor = self._begin()
        for table, rows in zip(tables, shares, strict=True):
            if rows:
                cursor.executemany(self._insert(table, len(rows[0])), rows)
        self.connection.commit()

    def _begin(self) -> Any:
        """What PostgreSQL's driver opens by itself, SQLite's must be told."""
        cursor = self.connection.cursor()
        if self.is_sqlite:
            cursor.execute("BEGIN IMMEDIATE")
        return cursor

    def _in_turn(self, share: Sequence[Rows]) -> list[tuple[str, tuple[Any, ...], bool]]:
        """The rows of a transaction, customer by customer, as statements; and whether the id is asked for."""
        groups: dict[int, list[tuple[str, tuple[Any, ...], bool]]] = {}
        for table, rows in zip(TABLES, share, strict=True):
            for row in rows:
                is_asked = table in ASKED
                statement = self._insert(table, len(row)) + (" RETURNING id" if is_asked else "")
                groups.setdefault(row[PLACES[table]], []).append((statement, row, is_asked))
        return [each for customer in sorted(groups) for each in groups[customer]]

    def _insert(self, table: str, width: int) -> str:
        sign = "?" if self.is_sqlite else "%s"
        return f"INSERT INTO {table} VALUES ({', '.join([sign] * width)})"


def measure(engine: str, rows: int, rounds: int) -> Iterator[str]:
    data = make_file(rows)
    with harness.place(engine) as place:
        source = Project(place.open("source"), data)  # the warm-up, and where the limit's rows come from
        source.check()
        source.write()
        whole, at_once, dry = Ratio(), Ratio(), Ratio()
        for number in range(rounds):
            project = Project(place.open(f"project{number}"), data)
            checked, written = harness.seconds(project.check), harness.seconds(project.write)
            targets = [place.open(f"{way}{number}") for way in ("turn", "once")]
            turn, once = (Limit(source.database, target, data) for target in targets)
            dry.add(harness.seconds(turn.check), checked)
            turn.clear()
            whole.add(harness.seconds(turn.write), checked + written)
            at_once.add(harness.seconds(once.write_at_once), checked + written)
            for limit, target in zip((turn, once), targets, strict=True):
                limit.connection.close()
                _compare(project.database, target)
    yield whole.line(f"import, {engine}", rows)
    yield at_once.line(f"import, ids foreseen, {engine}", rows)
    yield dry.line(f"dry run, {engine}", rows)


class Ratio:
    """The project's time over the limit's, round by round."""

    def __init__(self) -> None:
        self.limit: list[float] = []
        self.project: list[float] = []

    def add(self, limit: float, project: float) -> None:
        self.limit.append(limit)
        self.project.append(project)

    def line(self, name: str, rows: int) -> str:
        times = sorted(ours / theirs for ours, theirs in zip(self.project, self.limit, strict=True))
        limit, project = (statistics.median(each) for each in (self.limit, self.project))
        return (
            f"{name:<34} {statistics.median(times):.2f} times the limit (range {times[0]:.2f}-{times[-1]:.2f}, "
            f"reach {REACH:.2f}); limit {limit:.2f} s, project {project:.2f} s, {len(times)} rounds of {rows} rows"
        )


def clock() -> datetime:
    return NOON


def _rows(connection: sa.Connection, table: str) -> Rows:
    """All rows as the driver takes them back: documents as their text."""
    columns = [sa.column(column["name"], column["type"]) for column in sa.inspect(connection).get_columns(table)]
    if connection.dialect.name == "sqlite":
        found = connection.connection.cursor().execute(f"SELECT * FROM {table}").fetchall()
        return [tuple(row) for row in found]
    shown = [sa.cast(each, sa.Text) if isinstance(each.type, sa.JSON) else each for each in columns]
    return [tuple(row) for row in connection.execute(sa.select(*shown).select_from(sa.table(table)))]


def _shares(rows: Rows, table: str) -> Sequence[Rows]:
    """What goes into each transaction: the rows of the next customers, by the place of their number in the table."""
    place = PLACES[table]
    ordered = sorted(rows, key=lambda row: row[place])
    last = ordered[-1][place]
    groups: list[list[tuple[Any, ...]]] = [[] for _ in range(0, last, TOGETHER)]
    for row in ordered:
        groups[(row[place] - 1) // TOGETHER].append(row)
    return groups


def _compare(project: Database, limit: Database) -> None:
    """Both wrote every row, and the project's books are whole."""
    with project.read_only() as one, limit.read_only() as other:
        for table in TABLES:
            query = sa.text(f"SELECT count(*) FROM {table}")
            assert one.scalar(query) == other.scalar(query), table
        assert list(verify.problems(one)) == []


def _connect(database: Database) -> sqlite3.Connection | psycopg.Connection[Any]:
    """The driver's own connection, flushing like the project's."""
    if not database.is_sqlite:
        return psycopg.connect(database.url.set(drivername="postgresql").render_as_string(hide_password=False))
    connection = sqlite3.connect(str(database.url.database), isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.imports")
    parser.add_argument("engines", nargs="*", default=harness.ENGINES)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    chosen, _others = parser.parse_known_args()
    for engine in chosen.engines:
        for line in measure(engine, chosen.rows, chosen.rounds):
            print(line, flush=True)


if __name__ == "__main__":
    main()
