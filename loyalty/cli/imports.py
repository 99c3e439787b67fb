"""`loyalty import`: customers and opening balances from a spreadsheet, looked at first or written, and undone."""

import os
import socket
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from loyalty.cli import common
from loyalty.cli.common import Both, Refused
from loyalty.db import Database
from loyalty.exchange import batches, columns, lists, receiving, reports, running, sentences
from loyalty.exchange.batches import FileKnown
from loyalty.exchange.columns import ColumnsUnclear, Field
from loyalty.exchange.models import Fate, ImportBatch, Kind, Outcome, State
from loyalty.exchange.sheets import BadFile
from loyalty.staff import audit

SHOWN = 10  # refused rows on the terminal; the report has all
KINDS = {Kind.CUSTOMERS: Both(vi="khách hàng", en="customers"), Kind.BALANCES: Both(vi="điểm mở đầu", en="balances")}
STATES = {
    State.RECEIVING: Both(vi="đang nhận tệp", en="receiving"),
    State.COLUMNS: Both(vi="chờ chọn cột", en="columns?"),
    State.CHECKING: Both(vi="đang kiểm tra", en="checking"),
    State.CHECKED: Both(vi="đã kiểm tra, chưa ghi", en="checked, not written"),
    State.WRITING: Both(vi="đang ghi", en="writing"),
    State.STOPPED: Both(vi="đã dừng", en="stopped"),
    State.DONE: Both(vi="đã ghi", en="written"),
    State.UNDOING: Both(vi="đang hoàn tác", en="undoing"),
    State.UNDONE: Both(vi="đã hoàn tác", en="undone"),
    State.CANCELLED: Both(vi="đã bỏ", en="cancelled"),
}
CHECKED = Both(
    vi="Xem thử {rows} dòng: {new} khách mới, {known} khách đã có ({adding} được thêm thông tin), "
    "{duplicate} dòng trùng, {refused} dòng không nhận, {points} điểm mở đầu. Chưa ghi gì.",
    en="Looked at {rows} rows: {new} new, {known} known ({adding} would gain something), {duplicate} doubled, "
    "{refused} refused, {points} opening points. Nothing is written.",
)
WRITTEN = Both(
    vi="Đã ghi {written} dòng: {new} khách mới, {known} khách đã có, {openings} người nhận tổng {points} điểm; "
    "{duplicate} dòng trùng, {refused} dòng không nhận.\nSai thì hoàn tác cả lô: loyalty import undo {batch}",
    en="{written} rows written: {new} new, {known} known, {openings} people got {points} points in all; "
    "{duplicate} doubled, {refused} refused.\nTo take all of it back: loyalty import undo {batch}",
)
UNDONE = Both(vi="Đã hoàn tác {undone} dòng, giữ lại {kept} dòng.", en="{undone} rows are undone, {kept} are kept.")
ROW = Both(vi="Dòng {number}: {told}", en="Row {number}: {told}")
MORE = Both(
    vi="… và {count} dòng nữa. Xem đủ: thêm --report TỆP.xlsx", en="… and {count} more. See all: add --report FILE.xlsx"
)
UNUSED = Both(vi="Không giữ các cột: {heads}", en="Columns that are not kept: {heads}")
RESUMED = Both(
    vi="Tệp này đang nhập dở, chạy tiếp lô {batch}.", en="This file was being brought in; going on with {batch}."
)
KNOWN = Both(
    vi="Tệp này đã nhập lúc {at}, lô {batch}. Muốn nhập lại thì hoàn tác trước: loyalty import undo {batch}",
    en="This file was brought in at {at}, import {batch}. To bring it in anew, first: loyalty import undo {batch}",
)
WAITS = Both(
    vi="Tệp này đang chờ ở bảng điều khiển, lô {batch}. Xác nhận hoặc bỏ nó ở đó trước.",
    en="This file waits in the console, import {batch}. Confirm or cancel it there first.",
)
ELSEWHERE = Both(
    vi="Lô {batch} đang được tiến trình khác xử lý. Xem: loyalty import list",
    en="Another process works on the import {batch}. See: loyalty import list",
)
STOPPED = Both(
    vi="Đã dừng ở dòng {done}/{total}. Chạy tiếp: loyalty import {kind} {file}\nHoàn tác: loyalty import undo {batch}",
    en="Stopped at row {done} of {total}. Go on: loyalty import {kind} {file}\nTake back: loyalty import undo {batch}",
)
COLUMNS = Both(
    vi="Chưa rõ cột nào là {missing}. Chỉ rõ bằng tên hoặc chữ cột, ví dụ: --column phone=B. Các cột: {heads}",
    en="Which column is {missing}? Say it by head or letter, for example: --column phone=B. The columns: {heads}",
)
DOUBLED = Both(
    vi="Hai cột cùng là {doubled}. Chỉ rõ một cột, ví dụ: --column phone=B. Các cột: {heads}",
    en="Two columns are {doubled}. Name one, for example: --column phone=B. The columns: {heads}",
)
SPELLING = Both(
    vi="--column viết là CỘT=TÊN, ví dụ: --column phone=B. Các cột nhận: {fields}",
    en="Write --column as FIELD=HEAD, for example: --column phone=B. The fields: {fields}",
)
NONE = Both(vi="Chưa nhập tệp nào.", en="Nothing was brought in yet.")
HEAD = Both(vi="Lô|Tạo lúc|Loại|Trạng thái|Dòng|Đã ghi", en="Import|Created|What|State|Rows|Written")
REPORT = Both(vi="Kết quả từng dòng: {path}", en="What became of each row: {path}")
REPORT_KINDS = Both(vi="Báo cáo ghi ra .xlsx hoặc .csv, ví dụ: --report ket-qua.xlsx", en="A report is .xlsx or .csv")


@click.group("import")
def import_() -> None:
    """Customers and opening balances from a spreadsheet; every import can be undone."""


def _accept(function: Any) -> Any:
    """What both kinds of file take."""
    for option in (
        click.option(
            "--report", type=click.Path(dir_okay=False, path_type=Path), help="Write what became of each row."
        ),
        click.option("--column", "named", multiple=True, metavar="FIELD=HEAD", help="Which column is what: phone=B."),
        click.option("--dry-run", is_flag=True, help="Only look: nothing is written."),
        click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
    ):
        function = option(function)
    return function


@import_.command()
@_accept
def customers(file: Path, dry_run: bool, named: Sequence[str], report: Path | None) -> None:
    """Customers from FILE (XLSX, XLS, ODS, CSV); those known gain what they lack, and opening points where given."""
    _bring_in(Kind.CUSTOMERS, file, dry_run, named, report, create_missing=False)


@import_.command()
@_accept
@click.option("--create-missing", is_flag=True, help="Make customers of phones nobody has.")
def balances(file: Path, dry_run: bool, named: Sequence[str], report: Path | None, create_missing: bool) -> None:
    """Opening points of customers from FILE, each amount with its own last day where there is one."""
    _bring_in(Kind.BALANCES, file, dry_run, named, report, create_missing=create_missing)


@import_.command(context_settings=common.TAKES_IDS)
@click.argument("batch")
def undo(batch: str) -> None:
    """Take BATCH back, row by row; what was used since is kept and counted."""
    with common.open_database() as database:
        with database.transaction() as session:
            asked = batches.begin_undo(session, batch, author=audit.CLI, now=common.now())
        if asked.state == State.UNDOING:
            _run(database, asked)
        done = _read(database, batch)
    counts = Counter(done.counts.get("undo", {}))
    told = _told(done)
    common.emit(told, UNDONE(undone=common.whole(counts[Fate.UNDONE]), kept=common.whole(counts[Fate.KEPT])))


@import_.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
def list_(limit: int) -> None:
    """Imports, newest first. The files' names are not shown."""
    with common.reading() as session:
        found = [_told(batch) for batch in batches.list_newest(session, limit=limit)]
    common.emit(found, lambda: _listed(found))


def _bring_in(
    kind: Kind, file: Path, dry_run: bool, named: Sequence[str], report: Path | None, *, create_missing: bool
) -> None:
    if report is not None and report.suffix.lower() not in (".xlsx", ".csv"):
        raise Refused(REPORT_KINDS())
    with common.open_database() as database:
        batch = _received(database, kind, file, _columns(named), create_missing)
        if batch.state == State.CHECKING:
            _run(database, batch)
        if not dry_run:
            with database.transaction() as session:
                batch = batches.confirm(session, batch.public_id, author=audit.CLI, now=common.now())
            _write(database, batch, file)
        batch = _read(database, batch.public_id)
        refused = _refused(database, batch)
        if report is not None:
            _report(database, batch, report)
        if dry_run:
            with database.transaction() as session:
                batches.cancel(session, batch.public_id, author=audit.CLI, now=common.now())
    for line in refused:
        common.say(line)
    common.emit(_told(batch), _summary(batch, written=not dry_run))


def _received(database: Database, kind: Kind, file: Path, named: dict[Field, str], create_missing: bool) -> ImportBatch:
    """The batch of this file: a new one, or the one an earlier run of this command left unfinished."""
    try:
        public_id = receiving.receive(
            database,
            file.read_bytes(),
            file.name,
            kind,
            author=audit.CLI,
            clock=common.now,
            columns_given=named,
            create_missing=create_missing,
        )
    except FileKnown as known:
        return _resumed(database, known)
    except BadFile as bad:
        facts = {name: value for name, value in bad.facts.items() if name != "reason"}
        raise Refused(sentences.of_file(bad.reason, common.locale(), **facts)) from None
    except ColumnsUnclear as unclear:
        raise Refused(_unclear(unclear)) from None
    return _understood(database, public_id, kind)


def _understood(database: Database, public_id: str, kind: Kind) -> ImportBatch:
    """The batch, when nobody need be asked about its columns; else it is forgotten again."""
    with database.read_only() as session:
        batch = batches.get(session, public_id)
        layout = receiving.layout_of(session, batch)
    if batch.state == State.COLUMNS:
        with database.transaction() as session:
            batches.cancel(session, public_id, author=audit.CLI, now=common.now())
        raise Refused(_unclear(columns.doubt(layout, kind)))
    unused = [
        each.head or each.letter
        for each in layout.columns
        if each.index not in {*batches.columns_of(batch).values(), *batch.options.get("own", {}).values()}
    ]
    if unused:
        common.say(UNUSED(heads=", ".join(unused)))
    return batch


def _resumed(database: Database, known: FileKnown) -> ImportBatch:
    """What an earlier run of the command line began with this file and did not finish."""
    batch = _read(database, known.facts["batch"])
    if batch.state in (State.DONE, State.UNDOING):
        raise Refused(KNOWN(at=common.moment(known.facts["at"]), batch=batch.public_id))
    if batch.state == State.RECEIVING:
        raise Refused(ELSEWHERE(batch=batch.public_id))
    if batch.source != audit.CLI.source or batch.state == State.COLUMNS:
        raise Refused(WAITS(batch=batch.public_id))
    common.say(RESUMED(batch=batch.public_id))
    return batch


def _write(database: Database, batch: ImportBatch, file: Path) -> None:
    """Write it all; Ctrl-C stops after the rows at hand, and the same command goes on."""
    if batch.state != State.WRITING:
        return
    try:
        _run(database, batch)
    except KeyboardInterrupt:
        with database.transaction() as session:
            stopped = batches.get(session, batch.public_id)
            batches.stop(session, stopped)
        done, total = batches.progress(stopped)
        kind = "customers" if stopped.kind == Kind.CUSTOMERS else "balances"
        raise Refused(STOPPED(done=done, total=total, kind=kind, file=file, batch=batch.public_id)) from None


def _run(database: Database, batch: ImportBatch) -> None:
    """One phase, with a bar on the terminal. A process that died while at it is waited for."""
    owner = f"cli:{socket.gethostname()}:{os.getpid()}"
    with _bar(batch) as tell:
        done = running.run(database, batch.id, owner=owner, clock=common.now, tell=tell)
    if not done:
        raise Refused(ELSEWHERE(batch=batch.public_id))


@contextmanager
def _bar(batch: ImportBatch) -> Iterator[running.Tell]:
    _done, total = batches.progress(batch)
    if common.state().json or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    with click.progressbar(length=total, file=sys.stderr, label=STATES[State(batch.state)]()) as bar:
        yield lambda done, total: bar.update(done - bar.pos)


def _read(database: Database, public_id: str) -> ImportBatch:
    with database.read_only() as session:
        return batches.get(session, public_id)


NAMES = [field for field in Field if field is not Field.OWN]


def _columns(named: Sequence[str]) -> dict[Field, str]:
    """`phone=B` as the column of a field."""
    found: dict[Field, str] = {}
    for each in named:
        field, equals, head = each.partition("=")
        if not equals or not head.strip() or field.strip().lower() not in NAMES:
            raise Refused(SPELLING(fields=", ".join(NAMES)))
        found[Field(field.strip().lower())] = head.strip()
    return found


def _unclear(unclear: ColumnsUnclear) -> str:
    facts = {name: ", ".join(values) for name, values in unclear.facts.items()}
    return (DOUBLED if facts["doubled"] else COLUMNS)(**facts)


def _refused(database: Database, batch: ImportBatch) -> list[str]:
    """The first rows that were not taken, and how many more there are."""
    total = batch.counts.get("check", {}).get(Outcome.REFUSED, 0)
    with database.read_only() as session:
        rows = batches.list_rows(session, batch, which=Outcome.REFUSED, limit=SHOWN)
    told = [ROW(number=row.number, told=sentences.of_row(row, common.locale())) for row in rows]
    return [*told, MORE(count=total - len(rows))] if total > len(rows) else told


def _report(database: Database, batch: ImportBatch, path: Path) -> None:
    """The whole report, readable to whoever runs the command and to nobody else."""
    with database.read_only() as session:
        rows = reports.rows(session, batch, common.locale())
        written = lists.write_csv(rows) if path.suffix.lower() == ".csv" else [lists.write_xlsx(rows, heads=1)]
        common.write_private(path, written)
    common.say(REPORT(path=path))


def _told(batch: ImportBatch) -> dict[str, Any]:
    return {
        "id": batch.public_id,
        "kind": batch.kind,
        "state": batch.state,
        "rows": max(0, batch.rows - batch.options.get("header", 0)),
        "counts": batch.counts,
        "created_at": batch.created_at,
    }


def _summary(batch: ImportBatch, *, written: bool) -> str:
    checked, done = Counter(batch.counts.get("check", {})), Counter(batch.counts.get("write", {}))
    counts = checked if not written else done + Counter(duplicate=checked["duplicate"], refused=checked["refused"])
    names = ("new", "known", "adding", "duplicate", "refused", "points", "written", "openings")
    facts = {name: common.whole(counts[name]) for name in names}
    rows = common.whole(max(0, batch.rows - batch.options.get("header", 0)))
    return (WRITTEN if written else CHECKED)(batch=batch.public_id, rows=rows, **facts)


def _listed(found: list[dict[str, Any]]) -> str:
    if not found:
        return NONE()
    rows = [
        [
            each["id"],
            common.moment(each["created_at"]),
            KINDS[Kind(each["kind"])](),
            STATES[State(each["state"])](),
            common.whole(each["rows"]),
            common.whole(each["counts"].get("write", {}).get("written", 0)),
        ]
        for each in found
    ]
    return common.table(HEAD().split("|"), rows)


commands = [import_]
