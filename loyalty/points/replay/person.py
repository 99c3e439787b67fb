"""One customer as a replay knows them: balance, tier, lots and bills, each only what was computed so far."""

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from loyalty.customers.profiles import FIRST_TIER
from loyalty.points.accounts import Account
from loyalty.points.lots import Share
from loyalty.points.replay.book import Rulebook, Unexplained
from loyalty.points.replay.inputs import Inputs
from loyalty.points.returns.keeping import Given
from loyalty.purchases.stats import Totals

DAY = timedelta(days=1)


@dataclass(slots=True)
class Held:
    """A lot, by the id of the movement that made it."""

    id: int
    points: int
    remaining: int
    expires_on: date
    earned_on: date
    moves: bool = False
    promised: bool = False
    available_on: date | None = None
    release_id: int | None = None
    is_closed: bool = False

    @property
    def waits(self) -> bool:
        return self.promised and self.release_id is None


@dataclass(slots=True)
class Back:
    """Goods that came back."""

    entry_id: int
    id: int
    amount: int
    points: int
    shortfall: int
    tier_before: str
    paid_back: int = 0
    tier_after: str = ""
    stands: bool = True


@dataclass(slots=True)
class Bought:
    """A bill as it was rated, and what became of it. `row` is what was bought."""

    row: Any
    entry_id: int
    given: Given
    version: int
    eligible: int
    tier_before: str
    tier_after: str
    paid_shares: Sequence[Share]
    returned: int = 0
    is_undone: bool = False
    backs: list[Back] = field(default_factory=list)
    paid_by: int | None = None  # the movement of the points that paid it

    @property
    def is_standing(self) -> bool:
        """Whether it is an order: neither undone nor all of it returned."""
        return not self.is_undone and self.returned < self.row.total

    @property
    def net(self) -> int:
        return int(self.row.total) - self.returned

    @property
    def state(self) -> str:
        return "undone" if self.is_undone else "recorded" if self.is_standing else "returned"


@dataclass(frozen=True, slots=True)
class Made:
    """A movement as it was computed."""

    points: int
    carry_change: int = 0
    credit: int = 0
    tier: str | None = None
    version: int | None = None
    promised: int = 0  # whole points it only promised


@dataclass
class Window:
    """Whole ₫ of the bills of 12 months, rolled on like the totals of the engine: a step costs what left meanwhile."""

    after: date = date.min  # the last shop day that no longer counts
    spent: int = 0
    bills: list[tuple[date, int, Bought]] = field(default_factory=list)  # that were not undone, by shop day

    def add(self, bill: Bought) -> None:
        insort(self.bills, (bill.row.purchased_on, bill.row.id, bill))
        self.change(bill, bill.net)

    def change(self, bill: Bought, amount: int) -> None:
        """So many ₫ of a bill count more, or less."""
        self.spent += amount if bill.row.purchased_on > self.after else 0

    def remove(self, bill: Bought) -> None:
        self.bills.remove((bill.row.purchased_on, bill.row.id, bill))
        self.change(bill, -bill.net)

    def at(self, after: date) -> int:
        """What counts of bills after a shop day."""
        first, last = (bisect_right(self.bills, day, key=_day_of) for day in sorted((self.after, after)))
        between = sum(bill.net for _on, _id, bill in self.bills[first:last])
        self.spent += between if after < self.after else -between
        self.after = after
        return self.spent


def _day_of(place: tuple[date, int, Bought]) -> date:
    return place[0]


@dataclass
class Person:
    """Everything computed of one customer."""

    inputs: Inputs
    book: Rulebook
    points: int = 0
    carry: int = 0
    tier: str = FIRST_TIER
    tier_since: datetime = field(init=False)
    stepped_at: datetime | None = None
    hand_tier: str | None = None
    hand_until: date | None = None
    hand_over: str | None = None
    lots: dict[int, Held] = field(default_factory=dict)
    bills: dict[int, Bought] = field(default_factory=dict)  # by purchase, in the order they were recorded
    made: dict[int, Made] = field(default_factory=dict)  # by entry
    kinds: dict[int, str] = field(default_factory=dict)  # by entry
    taken: dict[int, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))  # by entry and lot
    expired: dict[int, int] = field(default_factory=lambda: defaultdict(int))  # by lot
    given: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # by slot of a cap of the person's
    counted: dict[int, list[tuple[str, date, int]]] = field(default_factory=dict)  # rule, day, amount by entry
    window: Window = field(default_factory=Window)
    latest: datetime | None = None  # the last purchase that stands
    quiet_until: date = date.max  # no lot ends before this shop day, and no promise falls due up to it
    steps: list[tuple[str, str, datetime]] = field(default_factory=list)  # reason, tier, instant
    undone: dict[int, int] = field(default_factory=dict)  # the movement that undid each
    gifts: set[tuple[str, str]] = field(default_factory=set)  # rule and slot

    def __post_init__(self) -> None:
        self.tier_since = self.inputs.created_at

    def day(self, instant: datetime) -> date:
        return self.book.shop.day(instant)

    def open_lots(self) -> Iterator[Held]:
        """Those that have something left."""
        return (lot for lot in self.lots.values() if lot.remaining > 0)

    def add_lot(self, lot: Held) -> None:
        self.lots[lot.id] = lot
        self._look_at(lot)

    def look_again(self) -> None:
        """Find out anew how long nothing falls due."""
        self.quiet_until = date.max
        for lot in self.open_lots():
            self._look_at(lot)

    def _look_at(self, lot: Held) -> None:
        due = (lot.available_on or date.max) - DAY if lot.waits else lot.expires_on
        self.quiet_until = min(self.quiet_until, due)

    def add_bill(self, bill: Bought) -> None:
        self.bills[bill.row.id] = bill
        self.window.add(bill)
        self.latest = bill.row.purchased_at if self.latest is None else max(self.latest, bill.row.purchased_at)

    def undo_bill(self, bill: Bought) -> None:
        self.window.remove(bill)
        bill.is_undone = True
        self._find_latest()

    def take_off(self, bill: Bought, amount: int) -> None:
        """Whole ₫ of goods off their bill; negative ones on it again."""
        bill.returned += amount
        self.window.change(bill, -amount)
        if bill.returned in (0, bill.row.total) or amount < 0:
            self._find_latest()

    def standing(self) -> Iterator[Bought]:
        return (bill for bill in self.bills.values() if bill.is_standing)

    def _find_latest(self) -> None:
        self.latest = max((bill.row.purchased_at for bill in self.standing()), default=None)

    def soonest(self, points: int, *, but: int | None = None) -> list[Share]:
        """So many points out of the lots that end first, as far as they reach."""
        shares, missing = [], points
        if not missing:
            return []
        usable = (lot for lot in self.open_lots() if not lot.waits and lot.id != but)
        for lot in sorted(usable, key=lambda lot: (lot.expires_on, lot.id)):
            shares.append(Share(lot.id, min(lot.remaining, missing)))
            missing -= shares[-1].points
            if not missing:
                break
        return shares

    def must_have(self, points: int) -> list[Share]:
        """The same of points that must be there. Raises Unexplained."""
        shares = self.soonest(points)
        if (there := sum(share.points for share in shares)) < points:
            raise Unexplained(f"{points} points were used where {there} are in lots")
        return shares

    def move(self, entry_id: int, shares: Sequence[Share]) -> None:
        """Let a movement take these shares. Raises Unexplained where a lot has not as much."""
        for lot_id, points in shares_of(shares):
            lot = self.lot(lot_id)
            lot.remaining -= points
            if not 0 <= lot.remaining <= lot.points:
                raise Unexplained(f"lot {lot_id} would keep {lot.remaining} of {lot.points} points")
            if points < 0:
                self._look_at(lot)
            self.taken[entry_id][lot_id] = self.taken[entry_id].get(lot_id, 0) + points

    def lot(self, lot_id: int) -> Held:
        """Raises Unexplained."""
        if (lot := self.lots.get(lot_id)) is None:
            raise Unexplained(f"movement {lot_id} made no lot")
        return lot

    def taken_by(self, entry_id: int) -> list[Share]:
        """What a movement took, in the order of the lots."""
        return [Share(lot_id, points) for lot_id, points in sorted(self.taken.get(entry_id, {}).items())]

    def bill(self, purchase_id: int | None) -> Bought:
        """Raises Unexplained."""
        if purchase_id is None or (bill := self.bills.get(purchase_id)) is None:
            raise Unexplained("its purchase is missing, or earned nothing before it")
        return bill

    def floor_on(self, day: date) -> str | None:
        return self.hand_tier if self.hand_until is not None and day <= self.hand_until else None

    def account(self) -> Account:
        """As the reviews of the engine take it."""
        none = Totals(0, 0, 0, date.min, None, None)
        return Account(
            self.inputs.id, self.inputs.public_id, self.points, 0, self.carry, 0, b"", self.tier, self.tier_since, None,
            none, is_erased=False, stepped_at=self.stepped_at, hand_tier=self.hand_tier, hand_until=self.hand_until,
            hand_over=self.hand_over,
        )  # fmt: skip

    def hold(self, tier: str, since: datetime) -> bool:
        """Be in a tier from an instant on; whether it is another one."""
        is_other = tier != self.tier
        if is_other:
            self.tier, self.tier_since = tier, since
        return is_other


def shares_of(shares: Sequence[Share]) -> Iterator[tuple[int, int]]:
    return ((share.lot_id, share.points) for share in shares if share.points)
