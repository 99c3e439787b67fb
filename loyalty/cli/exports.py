"""`loyalty export`: lists of customers, for a reason that is kept."""

from pathlib import Path

import click

from loyalty.cli import common
from loyalty.cli.common import Both, Refused
from loyalty.exchange import exports, lists
from loyalty.exchange.exports import Taker
from loyalty.segments import saved
from loyalty.staff import audit
from loyalty.staff.models import Role

KINDS = Both(
    vi="Tệp xuất ra là .xlsx hoặc .csv, ví dụ: khach.xlsx", en="A list is .xlsx or .csv, for example: customers.xlsx"
)
DONE = Both(
    vi="Đã xuất {rows} khách ra {path}. Việc này đã ghi vào nhật ký và báo cho chủ cửa hàng.",
    en="{rows} customers are in {path}. It is in the audit, and the owner is told.",
)


@click.group()
def export() -> None:
    """Lists of customers; who took them, how many and why is written down."""


@export.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--reason", required=True, help="Why the list is needed; kept sealed beside the audit.")
@click.option("--segment", metavar="ID", help="Only the members of this segment.")
@click.option("--reveal", is_flag=True, help="Whole phones and e-mails instead of masked ones.")
def customers(file: Path, reason: str, segment: str | None, reveal: bool) -> None:
    """Write the customers to FILE (.xlsx or .csv). Whoever has the machine counts as the owner: 20,000 rows a day."""
    if file.suffix.lower() not in (".xlsx", ".csv"):
        raise Refused(KINDS())
    taker = Taker(audit.CLI, Role.OWNER, "loyalty export", reveal)
    now = common.now()
    with common.open_database() as database:
        with database.transaction() as session:
            choice = exports.everybody()
            if segment is not None:
                choice = exports.members(session, saved.get_public(session, segment), now=now)
            log = exports.begin(session, choice, reason, by=taker, now=now)
        with database.read_only() as session:
            rows = exports.rows(session, log, choice, by=taker, locale=common.locale())
            is_csv = file.suffix.lower() == ".csv"
            common.write_private(file, lists.write_csv(rows) if is_csv else [lists.write_xlsx(rows, heads=2)])
    told = {"id": log.public_id, "rows": log.rows, "file": str(file), "revealed": reveal}
    common.emit(told, DONE(rows=common.whole(log.rows), path=file))


commands = [export]
