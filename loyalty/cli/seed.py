"""`loyalty seed`: the demo shop's people and purchases, put in and taken out."""

import click
from sqlalchemy import func, select

from loyalty import demo
from loyalty.cli import common
from loyalty.cli.common import Both
from loyalty.customers.models import Customer
from loyalty.purchases.models import Purchase
from loyalty.staff import accounts

FILLED = Both(
    vi="✓ Cửa hàng mẫu đã sẵn sàng: {customers} khách, {purchases} đơn hàng, {staff} nhân viên. Ai đến từ giờ\n"
    "  cũng là khách mẫu. Chat thử: loyalty serve --demo. Trước khi dùng thật: loyalty seed --remove",
    en="✓ The demo shop is ready: {customers} customers, {purchases} purchases, {staff} staff. Whoever comes\n"
    "  from now on is a demo person. Try it: loyalty serve --demo. Before real use: loyalty seed --remove",
)
REMOVED = Both(
    vi="✓ Đã gỡ {count} khách mẫu và mọi thứ của họ. Nhân viên mẫu đã nghỉ, nhật ký vẫn giữ.\n"
    "  Nếu loyalty serve, worker hay gunicorn đang chạy, hãy khởi động lại rồi dùng thật.",
    en="✓ Removed {count} demo people and all that was theirs. Demo staff have left; the audit is kept.\n"
    "  If loyalty serve, worker or gunicorn is running, restart it; then real use may begin.",
)
NOBODY = Both(
    vi="Không có khách mẫu nào để gỡ. Cơ sở dữ liệu đã sẵn sàng để dùng thật.",
    en="There are no demo people to remove. The database is ready for real use.",
)


@click.command()
@click.option("--remove", "is_removal", is_flag=True, help="Take them away again, with all that hangs on them.")
def seed(is_removal: bool) -> None:
    """The demo people, their purchases and consents, the same every time; never beside real people."""
    if is_removal:
        _remove()
    else:
        _fill()


def _fill() -> None:
    demo.fill(common.chosen(), say=common.say)
    with common.reading() as session:
        counts = {
            "customers": session.scalar(select(func.count()).select_from(Customer).where(Customer.erased_at.is_(None))),
            "purchases": session.scalar(select(func.count()).select_from(Purchase)),
            "staff": len(accounts.list_all(session)),
        }
    facts = {name: common.whole(count or 0) for name, count in counts.items()}
    common.emit({"demo": True, **counts}, lambda: FILLED(**facts))


def _remove() -> None:
    count = demo.remove(common.chosen(), say=common.say)
    told = REMOVED if count else NOBODY
    common.emit({"demo": False, "removed": count}, lambda: told(count=common.whole(count)))


commands = [seed]
