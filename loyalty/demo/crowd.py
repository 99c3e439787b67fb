"""Everybody who ever came to the demo shop: the people of `people.py`, and further guests, with their habits."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from random import Random

from loyalty.demo.people import CUSTOMERS, Person
from loyalty.demo.talk import ASKING
from loyalty.words import Both

PHONE_PREFIXES = ("+8432", "+8436", "+8437", "+8479", "+8482", "+8488", "+8490", "+8497")
ANY_DAY = (1, 1, 1, 1, 1, 1, 1)  # Monday first: how much somebody likes to come on each day of the week
WEEKEND = (1, 1, 1, 1, 2, 5, 5)
WORKDAYS = (5, 5, 5, 5, 4, 1, 0)
MORNING, DAYTIME, EVENING = (7, 8, 9), (9, 11, 13, 15, 16), (17, 18, 19, 20)  # hours a bill may be of


@dataclass(frozen=True, slots=True)
class Habit:
    """How somebody buys: `visits` bills spread from `first` to `last`, both in days before the first fill."""

    visits: int
    first: int
    last: int
    taste: str
    hours: tuple[int, ...] = DAYTIME
    days: tuple[int, ...] = ANY_DAY
    is_discounted: bool = False  # never without 20 % off


@dataclass(frozen=True, slots=True)
class Ticket:
    """One bill somebody is known for: days before the first fill, hour, SKUs."""

    day: int
    hour: int
    skus: str


@dataclass(frozen=True, slots=True)
class Guest:
    """A person, and what brought them here. `met`: days before the first fill, of those who bought nothing."""

    person: Person
    habit: Habit | None = None
    tickets: tuple[Ticket, ...] = ()
    met: int = 9
    is_typed: bool = False  # typed their phone where others let the platform share it
    goes_to_second: bool = False  # mostly buys at the second store
    is_regular: bool = False  # comes these days too


OLDEST = 728  # days before the first fill: Lan's first bill, the first of all
HABITS = {
    "lan": Habit(340, OLDEST, 1, "morning", MORNING),
    "hoa": Habit(44, 520, 4, "morning", EVENING),
    "vy": Habit(30, 330, 3, "friends", EVENING, WEEKEND),
}
# A point per 10,000 ₫: Minh's bills sum to 403,000, Tuấn's to 646,000, Emma's to 128,000, Bình's to 905,000.
TICKETS = {
    "minh": (Ticket(38, 8, "CF03 BM01"), Ticket(24, 16, "CF03 CF03 BM05"), Ticket(10, 9, "TR02 BM03 BM01")),
    "tuan": (
        Ticket(150, 7, "CF01 BM02"),
        Ticket(118, 7, "CF01 CF01 BM01"),
        Ticket(83, 17, "BD01"),
        Ticket(41, 7, "CF01 BM02"),
        Ticket(6, 18, "CF01 TR01"),
    ),
    "emma": (Ticket(16, 10, "CF05 BM01"), Ticket(5, 11, "CF05")),
    "binh": (
        Ticket(210, 8, "CF01 BM01"),
        Ticket(168, 18, "BD01"),
        Ticket(131, 15, "MV01"),
        Ticket(95, 19, "CF06 BM05"),
        Ticket(60, 19, "CF03 CF03 BM04 BM04"),
    ),
}
LATELY = 14  # days, today among them, on which somebody comes at each of these times (hour, minute) for such a taste
SERVED = (
    *((7, 5, "morning"), (8, 20, "morning"), (9, 30, "office"), (11, 10, "morning"), (13, 40, "friends")),
    *((15, 30, "morning"), (17, 15, "friends"), (18, 40, "morning"), (20, 10, "friends")),
)
REGULARS = 22  # of the further guests, those who come these days: the first ones
NAMES = (
    *("Trần Ngọc Ánh", "Lê Hoàng Nam", "Phạm Thùy Trang", "Võ Đăng Khôi", "Đặng Mỹ Linh", "Bùi Quang Huy"),
    *("Nguyễn Bích Ngọc", "Hoàng Đức Anh"),
    *("Đỗ Khánh Chi", "Phan Văn Tài", "Huỳnh Như Ý", "Ngô Gia Bảo", "Dương Tuyết Nhung", "Lý Quốc Thịnh"),
    *("Hồ Thanh Trúc", "Trương Công Danh", "Đinh Phương Thảo", "Vũ Trọng Nghĩa", "Tạ Kim Oanh", "Cao Xuân Phúc"),
    *("Mạc Thị Hiền", "Lương Hải Đăng"),
    *("Nguyễn Hữu Lộc", "Trần Bảo Châu", "Lê Thị Kiều", "Phạm Nhật Tân", "Võ Hồng Nhung", "Đặng Thế Vinh"),
    *("Bùi Diễm My", "Hoàng Yến Nhi", "Đỗ Thành Công", "Phan Cẩm Tú", "Huỳnh Tấn Phát", "Ngô Ái Liên"),
    *("Dương Chí Thiện", "Lý Thanh Vân", "Hồ Sỹ Hiếu", "Trương Ngọc Diệp", "Đinh Bá Kiên", "Vũ Hà Phương"),
    *("Tạ Đình Long", "Cao Thị Sen"),
    *("Mạc Đăng Khoa", "Lương Quỳnh Như", "Nguyễn Tiến Dũng", "Trần Thị Loan"),
    *("Lê Tường Vi", "Phạm Gia Hân", "Võ Nhật Hào", "Đặng Thị Xuân", "Bùi Đình Trọng", "Hoàng Thảo Nguyên"),
    *("Đỗ Cát Tường", "Phan Khắc Huy"),
    *("Huỳnh Đông Nghi", "Ngô Tùng Lâm", "Dương Kim Chi", "Lý Khải Hoàn"),
    *("Hồ Bích Trâm", "Trương Quốc Việt", "Đinh Thị Tơ", "Vũ Ngọc Hà"),
)
KINDS = (  # how many of each, in the order of NAMES
    (6, Habit(36, 700, 2, "friends", EVENING, WEEKEND)),
    (2, Habit(52, 560, 2, "office", MORNING, WORKDAYS)),
    (14, Habit(14, 340, 3, "morning", MORNING + DAYTIME)),
    (12, Habit(3, 80, 3, "friends", DAYTIME, WEEKEND)),
    (8, Habit(9, 560, 155, "family", EVENING, WEEKEND)),  # not seen for five months
    (4, Habit(6, 320, 8, "family", DAYTIME, is_discounted=True)),  # comes for offers only
    (8, Habit(1, 24, 24, "morning", DAYTIME)),  # new
    (4, None),  # joined, never bought
    (4, None),  # only ever wrote
)
ASKED = Both(
    "Năm tháng chưa ghé, hôm nay nhắn hỏi giờ mở cửa: lời mời quay lại của hành trình tới được.",
    "Not seen for five months, asked for the opening hours today: the journey's invitation reaches them.",
)
WITHOUT_PHONE = 4  # the last ones


@cache
def guests() -> tuple[Guest, ...]:
    """Everybody, the same at every call and on every machine."""
    known = (Guest(person, HABITS.get(person.key), TICKETS.get(person.key, ())) for person in CUSTOMERS)
    return (*known, *_further())


def _further() -> Iterator[Guest]:
    chance = Random("demo guests")  # noqa: S311  # the same people every time
    habits = [habit for count, habit in KINDS for _ in range(count)]
    for number, (name, habit) in enumerate(zip(NAMES, habits, strict=True)):
        has_phone = number < len(NAMES) - WITHOUT_PHONE
        own = None if habit is None else _varied(habit, number)
        person = _person(number, name, own, _phone(chance) if has_phone else None)
        yield Guest(
            person,
            own,
            met=6 + number % 17,
            is_typed=person.psid is not None,
            goes_to_second=number % 3 == 1,
            is_regular=number < REGULARS,
        )


def _person(number: int, name: str, habit: Habit | None, phone: str | None) -> Person:
    """A third of those who buy have no chat; the others write on one channel and were last heard of when they came."""
    channel = number % 2 if habit is None else number % 3
    guest = Person(
        key=f"guest{number + 1:02}",
        name=name,
        role="customer",
        zalo=f"5500000000000000{301 + number}" if channel == 0 else None,
        psid=f"24500000000000{301 + number}" if channel == 1 else None,
        phone=phone,
        promotion=(True, None, True, False)[number % 4] if phone and channel < 2 else None,
        silent_days=3 + number % 3 if habit is None else max(3, habit.last),
    )
    return replace(guest, silent_days=0, story=ASKED.vi, story_en=ASKED.en) if guest.key in ASKING else guest


def _varied(habit: Habit, number: int) -> Habit:
    """No two of a kind begin and end together."""
    shift = number * 5 % 17
    return replace(habit, first=habit.first - shift, last=min(habit.last + shift, habit.first - shift))


def _phone(chance: Random) -> str:
    """Of its seven last digits no two neighbours are equal: it never looks made up, though it is."""
    digits = [chance.choice("123456789")]
    while len(digits) < 7:
        digits.append(chance.choice([digit for digit in "0123456789" if digit != digits[-1]]))
    return chance.choice(PHONE_PREFIXES) + "".join(digits)
