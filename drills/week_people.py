"""Who writes what in a week, and what must be true afterwards: plain dictionaries that know nothing of the shop."""

import itertools
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from drills.week_platforms import Call
from drills.week_post import Message

DAYS = 6  # after the first, on which they join
PRICE = 10  # points of the one reward
OPENING = 300_000  # ₫ of everybody's first bill: two rewards and a half
MOST_SPENT = 1_900_000  # ₫ a person: below the first tier that multiplies
LONGEST_QUEUE = 2  # rewards one person takes
CODE = re.compile(r"\b([0-9A-Z]{4}-[0-9A-Z]{4})\b")
NUMBER = re.compile(r"/huy (\d+)\s*$")
PLAIN = {
    "điểm": 20,
    "cho em xem điểm với ạ": 3,
    "points": 3,
    "lịch sử": 7,
    "quà": 7,
    "ưu đãi": 3,
    "mã": 3,
    "hạng của em": 3,
    "dừng": 2,
    "góp ý nước hơi ngọt": 3,
    "nhân viên": 2,
    "trợ giúp": 2,
    "asdf qwer": 3,
    "hôm nay trời đẹp quá shop nhỉ": 3,
}


@dataclass(slots=True)
class Person:
    """A customer, as the dictionaries see one."""

    channel: str
    user: str
    phone: str
    cancels: bool
    spent: int = 0
    asked: int = 0  # rewards asked for
    refused: bool = False  # wrote «dừng»


@dataclass(slots=True)
class Clerk:
    channel: str
    user: str
    role: str
    receipts: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Bill:
    person: Person
    clerk: Clerk
    amount: int
    undone: bool = False
    returned: int = 0  # ₫
    plan: str = ""  # undo, return: what becomes of it on a later day


class Week:
    """The script of a week, made day by day: the next day's lines come from what was answered until then."""

    def __init__(self, size: int, rng: random.Random) -> None:
        self.rng = rng
        self.size = size
        people, staff = max(10, size // 10), max(4, size // 500)
        self.people = [self._person(number) for number in range(people)]
        self.staff = [self._clerk(number) for number in range(staff)]
        self.bills: dict[str, Bill] = {}
        self.notes: Counter[str] = Counter()  # by phone
        self.taken: dict[str, list[str]] = defaultdict(list)  # by user: held, cancelled, done
        self.handed: set[str] = set()  # codes
        self.messages: list[Message] = []
        self._numbers = itertools.count(1)
        self._receipts = itertools.count(1)

    def joining(self) -> list[Message]:
        return self._add([self._say(person, person.phone) for person in self.people])

    def opening(self) -> list[Message]:
        """Everybody agrees or not, and buys once."""
        agreeing = [self._say(each, "đồng ý") for each in self.people if self.rng.random() < 0.6]
        bills = [self._award(person, OPENING) for person in self.people]
        return self._add(self._shuffled([*agreeing, *bills]))

    def day(self, heard: Mapping[str, Sequence[Call]]) -> list[Message]:
        """A day of the rest: what follows from earlier answers, and as much else as the size leaves room for."""
        left = self.size - len(self.people) * 26 // 10
        lines = [*self._hand_over(heard), *self._take_back(heard)]
        while len(lines) < left // DAYS:
            lines += self._customer() if self.rng.random() < 0.66 else self._clerks()
        return self._add(self._shuffled(lines))

    def paced(self, count: int) -> list[Message]:
        """A calm mixture for the measured minutes: questions, and one bill in five."""
        lines = []
        for number in range(count):
            person = self.rng.choice(self.people)
            is_bill = number % 5 == 0 and person.spent < MOST_SPENT - 100_000
            lines.append(self._award(person, 50_000) if is_bill else self._ask(person))
        return self._add(lines)

    def balance(self, person: Person) -> int:
        """Whole points: one for each 10,000 ₫ that stayed, less what was taken for rewards."""
        bills = [bill for bill in self.bills.values() if bill.person is person and not bill.undone]
        earned = sum((bill.amount - bill.returned) // 10_000 for bill in bills)
        return earned - PRICE * sum(state != "cancelled" for state in self.taken[person.user])

    def replay_rewards(self) -> None:
        """What each person's rewards came to, in the order the webhook got their messages."""
        self.taken.clear()
        for message in sorted(self.messages, key=lambda each: each.posted_at):
            mine = self.taken[message.user]
            if message.text == "đổi 1":
                mine.append("held")
            elif message.text == "hủy đổi quà" and "held" in mine:
                mine[len(mine) - 1 - mine[::-1].index("held")] = "cancelled"

    def _add(self, lines: list[Message]) -> list[Message]:
        self.messages += lines
        return lines

    def _shuffled(self, lines: list[Message]) -> list[Message]:
        """Mixed, but what one person writes stays in its order."""
        order: list[str] = [line.user for line in lines]
        self.rng.shuffle(order)
        grouped: defaultdict[str, list[Message]] = defaultdict(list)
        for line in reversed(lines):
            grouped[line.user].append(line)
        return [grouped[user].pop() for user in order]

    def _say(self, who: Person | Clerk, text: str) -> Message:
        return Message(who.channel, who.user, text, next(self._numbers))

    def _person(self, number: int) -> Person:
        channel = ("zalo", "messenger")[number % 2]
        user = f"61{number:017d}" if channel == "zalo" else f"2471{number:013d}"
        return Person(channel, user, f"0912{number:06d}", cancels=self.rng.random() < 0.4)

    def _clerk(self, number: int) -> Clerk:
        channel = ("zalo", "messenger")[number % 2]
        user = f"51{number:017d}" if channel == "zalo" else f"2571{number:013d}"
        return Clerk(channel, user, "owner" if number == 0 else "manager" if number < 4 else "cashier")

    def _award(self, person: Person, amount: int, clerk: Clerk | None = None) -> Message:
        clerk, receipt = clerk or self.rng.choice(self.staff), f"HD{next(self._receipts)}A"
        plan = self.rng.choices(("", "undo", "return"), (88, 8, 4))[0] if amount != OPENING else ""
        self.bills[receipt] = Bill(person, clerk, amount, plan=plan)
        person.spent += amount
        clerk.receipts.append(receipt)
        return self._say(clerk, self._line(receipt))

    def _line(self, receipt: str) -> str:
        bill = self.bills[receipt]
        amount = self.rng.choice((f"{bill.amount // 1000}k", f"{bill.amount:,}đ".replace(",", ".")))
        return " ".join(("/tich", *self.rng.sample([bill.person.phone, amount, f"#{receipt}"], 3)))

    def _ask(self, person: Person) -> Message:
        return self._say(person, self.rng.choice(("điểm", "lịch sử", "quà", "points")))

    def _customer(self) -> Iterator[Message]:
        person = self.rng.choice(self.people)
        if self.rng.random() < 0.12 and person.asked < LONGEST_QUEUE:
            person.asked += 1
            yield self._say(person, "đổi 1")
            if person.cancels:
                yield self._say(person, "hủy đổi quà")
            return
        text = self.rng.choices(list(PLAIN), list(PLAIN.values()))[0]
        person.refused |= text == "dừng"
        yield self._say(person, text)

    def _clerks(self) -> Iterator[Message]:
        clerk, person = self.rng.choice(self.staff), self.rng.choice(self.people)
        kinds: Mapping[Callable[[Clerk, Person], Iterator[Message]], int] = {
            self._sale: 60,
            self._typo: 5,
            self._repeat: 7,
            self._look: 14,
            self._note: 6,
            self._report: 2,
        }
        yield from self.rng.choices(list(kinds), list(kinds.values()))[0](clerk, person)

    def _sale(self, clerk: Clerk, person: Person) -> Iterator[Message]:
        amount = self.rng.randint(2, 12) * 10_000
        if person.spent + amount <= MOST_SPENT:
            yield self._award(person, amount, clerk)

    def _typo(self, clerk: Clerk, person: Person) -> Iterator[Message]:
        """An amount with two readings is asked back and counts for nothing; a word nobody knows as well."""
        yield self._say(clerk, self.rng.choice((f"/tich {person.phone} 250", "/tch 0912", f"/tich {person.phone}")))

    def _repeat(self, clerk: Clerk, _person: Person) -> Iterator[Message]:
        """A receipt that stands, typed once more."""
        if clerk.receipts and not self.bills[receipt := self.rng.choice(clerk.receipts)].plan:
            yield self._say(clerk, self._line(receipt))

    def _look(self, clerk: Clerk, person: Person) -> Iterator[Message]:
        yield self._say(clerk, f"/tra {person.phone}")

    def _note(self, clerk: Clerk, person: Person) -> Iterator[Message]:
        self.notes[person.phone] += 1
        yield self._say(clerk, f"/ghichu {person.phone} không đường, ít đá")

    def _report(self, clerk: Clerk, _person: Person) -> Iterator[Message]:
        yield self._say(clerk, "/baocao hôm nay" if clerk.role != "cashier" else "/trogiup")

    def _hand_over(self, heard: Mapping[str, Sequence[Call]]) -> Iterator[Message]:
        """Codes that arrived are brought to the counter, once or twice."""
        for person in self.people:
            if person.cancels:
                continue
            codes = {code for call in heard.get(person.user, ()) for code in CODE.findall(call.text)}
            for code in sorted(codes - self.handed):
                if self.rng.random() < 0.5:
                    self.handed.add(code)
                    clerk = self.rng.choice(self.staff)
                    yield self._say(clerk, f"/doi {code}")
                    if self.rng.random() < 0.2:
                        yield self._say(clerk, f"/doi {code}")

    def _take_back(self, heard: Mapping[str, Sequence[Call]]) -> Iterator[Message]:
        """Bills of earlier days that are undone or brought back, where the clerk heard the number."""
        numbers = {
            receipt: found[1]
            for clerk in self.staff
            for call in heard.get(clerk.user, ())
            for receipt in re.findall(r"HD\d+A", call.text)
            if (found := NUMBER.search(call.text))
        }
        for receipt, bill in self.bills.items():
            if bill.plan not in ("undo", "return") or receipt not in numbers:
                continue
            if bill.plan == "undo":
                bill.undone = True
                for _ in range(self.rng.choice((1, 1, 2))):
                    yield self._say(bill.clerk, f"/huy {numbers[receipt]}")
            else:
                bill.returned = 10_000
                yield self._say(bill.clerk, f"/trahang {receipt} 10k")
            bill.plan = "done"
