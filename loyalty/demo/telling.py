"""What filling and removing say of themselves, in the shop's language."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

LINES = {
    "real_people": (
        "Cơ sở dữ liệu này đã có {customers} khách thật, nên không thêm khách mẫu. "
        "Dùng một cơ sở dữ liệu trống: đặt LOYALTY_DATABASE_URL.",
        "This database has {customers} real customers, so no demo people are put beside them. "
        "Use an empty database: set LOYALTY_DATABASE_URL.",
    ),
    "ended": (
        "Cửa hàng mẫu đang bị gỡ ở nơi khác nên dừng lại ở đây. Chạy lại: loyalty seed",
        "Somebody is removing the demo shop at this moment, so filling stops. Run it again: loyalty seed",
    ),
    "in_use": (
        "Khách mẫu vẫn đang được dùng. Dừng loyalty serve và worker, rồi chạy lại: loyalty seed --remove",
        "The demo people are still in use. Stop loyalty serve and worker, then again: loyalty seed --remove",
    ),
    "filling": (
        "Đang dựng cửa hàng mẫu Cà phê Mây, lần đầu mất khoảng mười giây …",
        "Filling the demo shop Cà phê Mây; the first time takes some ten seconds …",
    ),
    "filled": ("  {done}/{all} đơn hàng", "  {done}/{all} purchases"),
    "removing": ("Đang gỡ {count} khách mẫu …", "Removing {count} demo people …"),
}


@dataclass(frozen=True, slots=True)
class Teller:
    """Says lines by name through `say`."""

    say: Callable[[str], None]
    locale: str

    def tell(self, name: str, **facts: Any) -> None:
        self.say(self.line(name, **facts))

    def line(self, name: str, **facts: Any) -> str:
        vietnamese, english = LINES[name]
        return (english if self.locale == "en" else vietnamese).format(**facts)
