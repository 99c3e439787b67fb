"""What the model remembers: plain lists, and the arithmetic of one bill.

Nothing of it is the engine's: by «Rules of points» of the contract.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction

from tests.loyalty.points.stateful.programmes import QUARTERS, TIERS, Rules

NEVER, ZONE = date.max, timedelta(hours=7)
Items = tuple[tuple[str, int, int], ...]  # category, price of a piece, pieces


class Refused(Exception):
    """The step must change nothing and say this code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Lot:
    number: int
    points: int
    last: date
    earned_on: date
    moves: bool
    due: date | None = None  # promised until that day
    remaining: int = 0
    waits: bool = False
    expired: int = 0
    closed: bool = False


@dataclass
class Return:
    amount: int
    points: int
    short: int
    paid_back: int
    shares: dict[int, int]  # by lot; negative ones came back
    moved: int  # of the balance
    own_waited: bool
    carry_change: int
    tiers: tuple[str, str]
    pieces: dict[int, int]
    back: dict[int, int]  # of the shares: what had paid the goods
    undone: bool = False


@dataclass
class Bill:
    person: int
    total: int
    items: Items
    key: str
    receipt: str | None
    at: datetime
    recorded_at: datetime
    rules: Rules
    tier: str
    eligible: int
    credit: int
    points: int
    bonus: int
    carry_before: int
    carry_change: int
    lot: int | None
    paid: dict[int, int]  # points by lot
    tiers: tuple[str, str]
    returned: int = 0
    returns: list[Return] = field(default_factory=list)
    undone: bool = False

    @property
    def on(self) -> date:
        return day_of(self.at)

    @property
    def stands(self) -> bool:
        return not self.undone and self.returned < self.total

    @property
    def standing_returns(self) -> list[Return]:
        return [done for done in self.returns if not done.undone]

    @property
    def ratio(self) -> Fraction:
        plain = Fraction(QUARTERS[self.tier], 4)
        return plain if self.eligible * plain // 1 == self.credit else Fraction(self.credit, self.eligible)

    def kept(self, returned: int) -> tuple[int, int]:
        """Points, and the carry after it, once so much came back."""
        if returned >= self.total:
            return 0, self.carry_before
        credit = int(self.eligible * (self.total - returned) // self.total * self.ratio)
        points, carry = rounded(self.rules, credit, self.carry_before)
        return points + self.bonus, carry


@dataclass
class Gain:
    """A gift or an adjustment upwards."""

    person: int
    lot: int
    event: str = ""
    undone: bool = False


@dataclass
class Take:
    """A redemption or an adjustment downwards."""

    person: int
    shares: dict[int, int]
    undone: bool = False


@dataclass
class Person:
    since: datetime  # when the tier was reached
    lots: dict[int, Lot] = field(default_factory=dict)
    debt: int = 0
    carry: int = 0
    tier: str = "member"
    short_since: date | None = None
    stepped_at: datetime | None = None
    hand: tuple[str, date, str] | None = None  # tier, last day, what is held without
    steps: list[tuple[datetime, str, bool]] = field(default_factory=list)  # at, to, whether it is a fall by itself
    bonuses: list[tuple[date, int]] = field(default_factory=list)  # of the capped rule

    @property
    def usable(self) -> list[Lot]:
        """What has something left, what ends first at the beginning."""
        there = (lot for lot in self.lots.values() if lot.remaining and not lot.waits)
        return sorted(there, key=lambda lot: (lot.last, lot.number))

    @property
    def balance(self) -> int:
        return sum(lot.remaining for lot in self.usable) - self.debt

    @property
    def pending(self) -> int:
        return sum(lot.remaining for lot in self.lots.values() if lot.waits)

    def floor(self, today: date) -> str | None:
        return self.hand[0] if self.hand is not None and today <= self.hand[1] else None

    def soonest(self, points: int, but: int | None = None) -> dict[int, int]:
        """So many points of what ends first, as far as it reaches."""
        shares = {}
        for lot in self.usable:
            if points and lot.number != but:
                shares[lot.number] = min(points, lot.remaining)
                points -= shares[lot.number]
        return shares

    def take(self, points: int, but: int | None = None) -> dict[int, int]:
        self.move(shares := self.soonest(points, but))
        return shares

    def move(self, shares: dict[int, int]) -> None:
        for number, points in shares.items():
            self.lots[number].remaining -= points
            assert 0 <= self.lots[number].remaining <= self.lots[number].points

    def pay(self, lot: Lot) -> None:
        """A gain pays what is owed."""
        paid = min(self.debt, lot.remaining)
        lot.remaining -= paid
        self.debt -= paid


def day_of(at: datetime) -> date:
    return (at + ZONE).date()


def rank(tier: str) -> int:
    return TIERS.index(tier)


def rounded(rules: Rules, credit: int, carry: int) -> tuple[int, int]:
    if not rules.carry:
        return credit // rules.per, carry
    points = max(0, (credit + carry) // rules.per)
    return points, credit + carry - points * rules.per


def less(shares: dict[int, int], paid: int) -> dict[int, int]:
    """What comes back, less what pays a debt: of the first lots first."""
    kept = {}
    for number, points in shares.items():
        if points < 0:
            part = min(paid, -points)
            paid, points = paid - part, points + part
        if points:
            kept[number] = points
    return kept


def opposite(shares: dict[int, int]) -> dict[int, int]:
    return {number: -points for number, points in shares.items()}


def rate(rules: Rules, total: int, items: Items, paid: int, tier: str, room: int) -> tuple[int, int, int]:
    """What earns, the credit, and the bonus (at most `room`) of a bill."""
    lines = list(_shared(total - paid, items)) or [("", total - paid)]
    if rules.bill_rules:
        lines = [(kind, 0 if kind == "card" else amount) for kind, amount in lines]
    eligible = credit = sum(amount for _kind, amount in lines)
    bonus = 0
    if rules.bill_rules:
        credit += sum(amount for kind, amount in lines if kind == "coffee")
        credit = credit * 3 // 2 if total >= 300_000 else credit
        bonus = min(7, room) if total >= 200_000 and eligible else 0
    return eligible, credit * QUARTERS[tier] // 4, bonus


def _shared(amount: int, items: Items) -> Iterable[tuple[str, int]]:
    whole, so_far = sum(price * pieces for _kind, price, pieces in items), 0
    for kind, price, pieces in items:
        before, so_far = so_far, so_far + price * pieces
        yield kind, amount * so_far // whole - amount * before // whole
