"""What was said in the demo shop's chats before one came: so that Conversations tells something from day one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from loyalty.demo.people import CUSTOMERS, Person

CUSTOMER, BOT = "", "bot"


@dataclass(frozen=True, slots=True)
class Talk:
    """Somebody writes, and is answered; a minute lies between the lines.

    `lines` are who (the customer, the bot, a key of the staff) and what. `wants`: with the last one they ask for a
    person, and wait for one.
    """

    at: datetime
    key: str
    channel: str
    user_id: str
    lines: tuple[tuple[str, str], ...]
    wants: bool = False


LAN = (
    (CUSTOMER, "Quán ơi sáng mai còn croissant hạnh nhân không ạ?"),
    (BOT, "Câu này mình chưa trả lời được. Bạn muốn gặp nhân viên, hay xem điểm và quà?"),
    ("hung", "Còn Lan ơi, mình để dành cho bạn một cái nhé."),
    (CUSTOMER, "Dạ em cảm ơn"),
)
EMMA = (
    (CUSTOMER, "Hi! Can I order the 16 cm birthday cake for Saturday?"),
    (BOT, "I can't answer that yet. Would you like to talk to a person, or see your points and rewards?"),
    (CUSTOMER, "Yes please, a person"),
)


ASKING = frozenset({"guest35", "guest37"})  # away for months, and asked something today
ASK = ("Quán dạo này mở đến mấy giờ vậy ạ?", "Quán mở đến 10 giờ tối mỗi ngày, hẹn gặp lại bạn nhé.")
WAITING = frozenset({"emma"})  # whoever's last words are in a talk of their own
THANKS = {
    "vi": ("Cảm ơn quán nha", "Không có gì ạ, hẹn gặp lại bạn."),
    "en": ("Thank you!", "You're welcome, see you soon."),
}
HELLO = {
    "vi": ("Chào quán", "Chào bạn! Nhắn số điện thoại để tích điểm ngay từ ly tiếp theo nhé."),
    "en": ("Hello", "Hi! Send your phone number to collect points from your next cup on."),
}
STOP = {
    "vi": ("dừng", "Đã dừng, bạn sẽ không nhận tin ưu đãi nữa. Điểm của bạn vẫn giữ nguyên."),
    "en": ("stop", "Stopped: no more offers. You keep your points."),
}


def last(person: Person, channel: str, user_id: str, at: datetime) -> Talk:
    """What somebody wrote last: they refuse offers and are silent since, say hello, or thanks."""
    refused = person.promotion is False and person.silent_days
    said = STOP if refused else HELLO if person.phone is None else THANKS
    asked, answered = ASK if person.key in ASKING else said[person.locale]
    return Talk(at, f"demo:{person.key}:{channel}:last", channel, user_id, ((CUSTOMER, asked), (BOT, answered)))


def moments(at: Callable[[int, int], datetime]) -> Iterator[Talk]:
    """In no order; `at` tells the instant so many days before the first fill, at an hour of the shop."""
    people = {person.key: person for person in CUSTOMERS}
    yield Talk(at(2, 20), "demo:lan:talk", "zalo", people["lan"].zalo or "", LAN)
    yield Talk(at(1, 21), "demo:emma:talk", "messenger", people["emma"].psid or "", EMMA, wants=True)
