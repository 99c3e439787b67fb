"""What the demo shop's staff noted, and what its guests had to say: on the shelves of notes and cases from day one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from loyalty.customers.cases import CaseKind
from loyalty.demo.people import CUSTOMERS, Person


@dataclass(frozen=True, slots=True)
class Jotting:
    """A member of staff writes something down about somebody."""

    at: datetime
    key: str
    person: Person
    words: str
    by: str  # a key of the staff
    tag: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Somebody says what they think: in a chat, or to `to`; answered and closed the next day, or still open."""

    at: datetime
    key: str
    person: Person
    kind: CaseKind
    words: str
    channel: Literal["zalo", "messenger"] | None = None
    to: str = ""  # a key of the staff
    answer: str = ""


JOTTINGS = (  # who, days before the first fill, what, by whom, and the tag they give
    ("lan", 210, "Latte ít đá, không đường", "thu", "khách quen"),
    ("lan", 35, "Thích ngồi bàn cạnh cửa sổ", "thu", "khách quen"),
    ("vy", 90, "Không uống được sữa bò, đổi sang sữa yến mạch", "thu", "không sữa bò"),
    ("hoa", 60, "Hay mua mang về trước 8 giờ, gọi món trước qua điện thoại", "hung", "mang về"),
)


def moments(at: Callable[[int, int], datetime]) -> Iterator[Jotting | Remark]:
    """In no order; `at` tells the instant so many days before the first fill, at an hour of the shop."""
    people = {person.key: person for person in CUSTOMERS}
    for number, (who, day, words, by, tag) in enumerate(JOTTINGS, start=1):
        yield Jotting(at(day, 16), f"demo:{who}:note:{number}", people[who], words, by, tag)
    yield Remark(
        at(30, 20),
        "demo:hoa:case:1",
        people["hoa"],
        CaseKind.FEEDBACK,
        "Nhạc buổi tối hơi to, khó nói chuyện",
        channel="zalo",
        answer="Cảm ơn chị, quán đã vặn nhỏ nhạc sau 20 giờ.",
    )
    yield Remark(
        at(1, 9),
        "demo:tuan:case:1",
        people["tuan"],
        CaseKind.COMPLAINT,
        "Gọi điện hỏi: hôm thứ bảy mua hai ly mà chỉ được cộng điểm một ly",
        to="thu",
    )
    yield Remark(
        at(1, 18),
        "demo:emma:case:1",
        people["emma"],
        CaseKind.REQUEST,
        "Could you put an English menu on the wall?",
        channel="messenger",
    )
