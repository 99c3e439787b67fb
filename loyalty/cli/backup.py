"""`loyalty backup`: an encrypted picture of the shop; and why one cannot be made or used."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from loyalty.cli import common
from loyalty.cli.common import Both, Refused
from loyalty.installation.backups import making
from loyalty.installation.backups.envelope import BadBackup
from loyalty.installation.backups.making import Made

WHY = {
    "backup_name_taken": Both(
        vi="{path} đã có rồi. Chờ một giây rồi chạy lại.", en="{path} is there already. Wait a second."
    ),
    "backup_keys_of_another": Both(
        vi="{path} là khóa của một cơ sở dữ liệu khác. Chọn thư mục khác, hoặc đặt đúng file khóa vào đó.",
        en="{path} holds the keys of another database. Choose another folder, or put the right keys file there.",
    ),
    "backup_keys_unreadable": Both(
        vi="Không đọc được {path} ({reason}) nên không ghi đè lên nó. Chuyển nó đi, hoặc chọn thư mục khác.",
        en="{path} cannot be read ({reason}), so it is not replaced. Move it away, or choose another folder.",
    ),
    "backup_keys_newer": Both(
        vi="{path} mới hơn bản sao lưu này: xem lại giờ của máy, hoặc một bản khác vừa xong.",
        en="{path} is newer than this backup: check the machine's clock, or another backup has just ended.",
    ),
    "backup_keys_missing": Both(
        vi="Thiếu {path}: không có khóa của khách thì không đọc được gì về họ. Đặt file đó vào, hoặc dùng --keys.",
        en="{path} is missing: without customers' keys nothing of them can be read. Put it there, or use --keys.",
    ),
    "backup_keys_older": Both(
        vi="{path} cũ hơn bản sao lưu. Đặt vào đó file khóa mới nhất của cơ sở dữ liệu này.",
        en="{path} is older than the backup. Put the newest keys file of this database there.",
    ),
    "backup_root_missing": Both(
        vi="Cần khóa gốc có dấu vân tay {root}. Thêm vào LOYALTY_DATA_KEYS (cách bằng dấu phẩy, mới nhất trước).",
        en="The root key with fingerprint {root} is needed. Add it to LOYALTY_DATA_KEYS (commas, newest first).",
    ),
    "backup_no_backup": Both(
        vi="File này không phải bản sao lưu. Chọn một file khach-quen-….kqb do loyalty backup làm ra.",
        en="This file is no backup. Name a file khach-quen-….kqb made by loyalty backup.",
    ),
    "backup_not_data": Both(
        vi="{path} không phải file dữ liệu. Chọn file khach-quen-….kqb; file khóa nằm bên cạnh được tự tìm.",
        en="{path} is no data file. Name the file khach-quen-….kqb; the keys file beside it is found by itself.",
    ),
    "backup_damaged": Both(
        vi="Bản sao lưu bị hỏng hoặc bị cắt cụt. Lấy một bản chép khác của nó, hoặc một bản cũ hơn.",
        en="The backup is damaged or was cut off. Take another copy of it, or an older one.",
    ),
    "backup_torn": Both(
        vi="Dữ liệu trong bản sao lưu không khớp với nhau ({detail}). Dùng một bản cũ hơn.",
        en="What is in the backup does not hold together ({detail}). Take an older one.",
    ),
    "backup_newer_program": Both(
        vi="Bản sao lưu ở phiên bản {schema}, mới hơn chương trình này. Cập nhật chương trình trước.",
        en="The backup is at schema {schema}, newer than this program. Update the program first.",
    ),
    "backup_in_use": Both(
        vi="Cơ sở dữ liệu đang được dùng. Dừng loyalty serve, worker, gunicorn và mọi chương trình khác rồi chạy lại.",
        en="The database is in use. Stop loyalty serve, worker, gunicorn and every other client, then run it again.",
    ),
    "backup_no_right": Both(
        vi="PostgreSQL không cho cất bảng cũ ({reason}). Người quản trị chạy: GRANT CREATE ON DATABASE {database} TO …",
        en="PostgreSQL refuses to keep old tables ({reason}). Its owner runs: GRANT CREATE ON DATABASE {database} TO …",
    ),
}
MADE = Both(
    vi="✓ {path} ({size} MB, {rows} dòng), đã thử đọc lại.\n"
    "  Khóa của khách: {keys}. Giữ hai file cùng nhau, và khóa gốc ở nơi khác.",
    en="✓ {path} ({size} MB, {rows} rows), read back and proven.\n"
    "  Customers' keys: {keys}. Keep both files together, and the root key elsewhere.",
)
STEP = Both(vi="… {line}", en="… {line}")


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
def backup(folder: Path) -> None:
    """Back up the database into DIR, encrypted, while the shop works; proven by reading it back."""
    with told(), common.open_database() as database:
        made = making.make(database, common.chosen(), folder, now=common.now(), say=step)
    common.emit(_document(made), lambda: _made(made))


def step(line: str) -> None:
    """How far it is, on standard error."""
    common.say(STEP(line=line))


@contextmanager
def told() -> Iterator[None]:
    """Say why it was refused in the words of `WHY`."""
    try:
        yield
    except BadBackup as error:
        raise Refused(WHY[error.code](**error.facts)) from None


def _document(made: Made) -> dict[str, Any]:
    return {
        "file": str(made.path),
        "keys_file": str(made.keys_path),
        "bytes": made.size,
        "rows": sum(made.data.rows.values()),
        "sha256": made.data.sha256,
        "proven": True,
    }


def _made(made: Made) -> str:
    size = f"{made.size / 2**20:.1f}"
    return MADE(path=made.path, size=size, rows=common.whole(sum(made.data.rows.values())), keys=made.keys_path)


commands: list[click.Command] = [backup]
