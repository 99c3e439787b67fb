"""`loyalty verify`: every stored promise of every subject, recomputed."""

from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

import loyalty
from loyalty.cli import common
from loyalty.cli.common import Both

COUNTED = {
    "customer": Both(vi="{count} khách", en="{count} customers"),
    "purchase": Both(vi="{count} đơn hàng", en="{count} purchases"),
    "ledger_entry": Both(vi="{count} dòng sổ điểm", en="{count} ledger entries"),
    "consent_event": Both(vi="{count} lần đồng ý hoặc từ chối", en="{count} consents"),
    "audit_entry": Both(vi="{count} dòng nhật ký", en="{count} audit entries"),
}
SOUND = Both(vi="✓ Tất cả đều khớp: {counts}.", en="✓ Everything agrees: {counts}.")
DIFFERS = Both(
    vi="{count} chỗ không khớp. Đừng sửa tay trong cơ sở dữ liệu: giữ nguyên, rồi đối chiếu với bản sao lưu gần nhất.",
    en="{count} differences. Do not mend the database by hand: keep it as it is and compare the newest backup.",
)
LOOKING = Both(vi="Đang kiểm tra {subject} …", en="Looking at {subject} …")


@click.command()
def verify() -> None:
    """Recompute every balance, lot, total and chain; exit 1 and a list if anything differs."""
    with common.reading() as session:
        found = [problem for subject, problems in subjects() for problem in _problems(session, subject, problems)]
        counts = {name: _count(session, name) for name in COUNTED}
    common.emit({"ok": not found, "problems": found, "counts": counts}, lambda: _told(found, counts))
    if found:
        common.say(DIFFERS(count=common.whole(len(found))))
        click.get_current_context().exit(1)


def subjects() -> Iterator[tuple[str, Callable[[Session], Iterator[str]]]]:
    """Each subject whose `verify` module has `problems`."""
    for subject in iter_modules(loyalty.__path__):
        name = f"loyalty.{subject.name}.verify"
        if subject.ispkg and find_spec(name) and (problems := getattr(import_module(name), "problems", None)):
            yield subject.name, problems


def _problems(session: Session, subject: str, problems: Callable[[Session], Iterator[str]]) -> Iterator[str]:
    common.say(LOOKING(subject=subject))
    yield from problems(session)


def _count(session: Session, table: str) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(sa.table(table))) or 0


def _told(found: list[str], counts: dict[str, int]) -> str:
    if found:
        return "\n".join(f"✗ {problem}" for problem in found)
    return SOUND(counts=", ".join(COUNTED[name](count=common.whole(count)) for name, count in counts.items()))


commands = [verify]
