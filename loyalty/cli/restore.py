"""`loyalty restore`: the way back to an earlier picture of the shop."""

from pathlib import Path
from typing import Any

import click

from loyalty.cli import backup, common, verify
from loyalty.cli.common import Both
from loyalty.installation.backups import restoring
from loyalty.installation.backups.restoring import Restored

RESTORED = Both(
    vi="✓ Đã khôi phục {rows} dòng, như lúc {at}. Những gì xảy ra sau đó không còn: xem lại lời từ chối nhận tin,\n"
    "  mật khẩu và vai trò đã đổi từ lúc ấy. Khởi động lại loyalty serve hoặc worker.",
    en="✓ {rows} rows restored, as of {at}. What happened since is gone: look again at refusals of offers,\n"
    "  passwords and roles changed since. Start loyalty serve or the worker again.",
)
KEPT = Both(
    vi="  Dữ liệu cũ vẫn còn, chưa xóa ai: {kept}. Xong việc thì xóa nó đi.",
    en="  The replaced data is still there, with everybody in it: {kept}. Remove it when all is well.",
)
PAUSED = Both(vi="  Chiến dịch tạm dừng: {names}", en="  Campaigns paused: {names}")
HELD = Both(
    vi="  {count} tin chưa rõ đã gửi chưa, chờ bạn quyết định: loyalty outbox list --state unknown",
    en="  {count} messages of unknown fate wait for you: loyalty outbox list --state unknown",
)
ERASED = Both(vi="  {count} khách đã xóa từ lúc ấy vẫn được xóa.", en="  {count} customers erased since stay erased.")

LEFT = Both(
    vi="  {count} nhân viên nghỉ từ lúc ấy vẫn nghỉ; {keys} khóa API đã thu hồi vẫn bị từ chối.",
    en="  {count} who left since stay away; {keys} API keys revoked since stay refused.",
)


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--keys", "keys_path", type=click.Path(path_type=Path), help="The keys file, when it is not beside FILE.")
def restore(file: Path, keys_path: Path | None) -> None:
    """Replace the database by a backup: all is verified first, what is replaced is kept aside. Stop the shop before."""
    with backup.told():
        restored = restoring.restore(common.chosen(), file, keys_path=keys_path, now=common.now(), say=backup.step)
    with common.reading() as session:
        problems = [problem for _subject, found in verify.subjects() for problem in found(session)]
    common.emit(_facts(restored) | {"problems": problems}, lambda: _restored(restored, problems))
    if problems:
        click.get_current_context().exit(1)


def _facts(restored: Restored) -> dict[str, Any]:
    return {
        "created_at": restored.created_at,
        "rows": sum(restored.rows.values()),
        "paused": list(restored.settled.paused),
        "held": restored.settled.held,
        "erased": restored.settled.erased,
        "left": restored.settled.left,
        "revoked": restored.settled.revoked,
        "tokens_kept": restored.tokens,
        "replaced": restored.kept,
    }


def _restored(restored: Restored, problems: list[str]) -> str:
    settled = restored.settled
    lines = [RESTORED(rows=common.whole(sum(restored.rows.values())), at=common.moment(restored.created_at))]
    if restored.kept:
        lines.append(KEPT(kept=restored.kept))
    if settled.paused:
        lines.append(PAUSED(names=", ".join(settled.paused)))
    if settled.held:
        lines.append(HELD(count=common.whole(settled.held)))
    if settled.erased:
        lines.append(ERASED(count=common.whole(settled.erased)))
    if settled.left or settled.revoked:
        lines.append(LEFT(count=common.whole(settled.left), keys=common.whole(settled.revoked)))
    return "\n".join([*lines, *(f"✗ {problem}" for problem in problems)])


commands: list[click.Command] = [restore]
