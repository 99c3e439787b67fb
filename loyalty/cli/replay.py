"""`loyalty replay`: the whole programme worked out again from what went in, to the point."""

import sys
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import click
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.cli import common
from loyalty.cli.common import Both
from loyalty.points.replay import running

DAY = click.DateTime(["%Y-%m-%d", "%d/%m/%Y"])
PROGRESS = Both(vi="Đang tính lại", en="Replaying")
SAME = Both(
    vi="✓ Tính lại đến hết {day} ra đúng như sổ: {customers} khách, {movements} dòng sổ, {points} điểm.",
    en="✓ Replayed to the end of {day}, all is as the ledger says: {customers} customers, {movements} movements, "
    "{points} points.",
)
DUE = Both(
    vi="Đến hết ngày đó còn {kept} điểm hẹn đã đến hạn và {ended} điểm đã hết hạn mà sổ chưa ghi; đã tính vào số trên.",
    en="By the end of that day {kept} promised points were due and {ended} had ended, not in the ledger yet; "
    "the number above has them.",
)
DIFFERS = Both(
    vi="{count} chỗ không khớp. Đừng sửa tay trong cơ sở dữ liệu: chạy loyalty verify, rồi so với bản sao lưu mới.",
    en="{count} differences. Do not mend the database by hand: run loyalty verify, then compare the newest backup.",
)


@click.command()
@click.option("--as-of", "day", type=DAY, help="The last shop day to replay; without it, today.")
def replay(day: datetime | None) -> None:
    """Work every balance out again from purchases, rules and events; exit 1 and a line for whatever differs."""
    with common.reading() as session:
        today = shop.of(session).day(common.now())
        until = running.check(session, day and day.date(), today=today)
        told = _replayed(session, until, is_whole=day is None or until == today)
    common.emit(told, lambda: _said(told, until))
    if found := told["differences"]:
        common.say(DIFFERS(count=common.whole(len(found))))
        click.get_current_context().exit(1)


def _replayed(session: Session, until: date, *, is_whole: bool) -> dict[str, Any]:
    sums = dict.fromkeys(("customers", "movements", "points", "kept", "ended"), 0)
    found = [{"customer": None, "difference": fault} for fault in running.faults(session)]
    with click.progressbar(length=running.count(session), file=sys.stderr, label=PROGRESS()) as bar:
        for each in running.replay(session, until, is_whole=is_whole):
            added = (1, each.movements, each.balance, each.kept, each.ended)
            sums = {name: sums[name] + more for name, more in zip(sums, added, strict=True)}
            found += [{"customer": each.customer, "difference": line} for line in each.differences]
            bar.update(1)
    return {"ok": not found, "as_of": until.isoformat(), **sums, "differences": found}


def _said(told: dict[str, Any], until: date) -> str:
    if told["differences"]:
        return "\n".join(_lines(told["differences"]))
    numbers = {name: common.whole(told[name]) for name in ("customers", "movements", "points", "kept", "ended")}
    same = SAME(day=f"{until:%d/%m/%Y}", **numbers)
    return f"{same}\n{DUE(**numbers)}" if told["kept"] or told["ended"] else same


def _lines(found: Sequence[dict[str, Any]]) -> list[str]:
    """A line for each: whose it is, by public id; a version of the rules is nobody's."""
    return [
        f"✗ customer {each['customer']}: {each['difference']}" if each["customer"] else f"✗ {each['difference']}"
        for each in found
    ]


commands = [replay]
