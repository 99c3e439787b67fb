"""What a portrait holds, and what each of its numbers may be said of."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import floor
from typing import Any, Self

from loyalty.campaigns.statistics import Share, wilson

DAYS = 365  # bills looked at, today included
NEW_DAYS = 30
RETURN_DAYS = 90  # somebody came back who bought in the 90 days before the last 90, and in those again
RECENCY = (7, 30, 90, 180, 365)  # days since the last purchase, at most; then more, then never
SPENT = (1, 200_000, 500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000)  # ₫ of 12 months, at least; before: none
BASKET = (50_000, 100_000, 200_000, 500_000, 1_000_000)  # ₫ of one bill, at least; before: less
FEWEST_PERCENT = 30  # people before a share is said in per cent
FEWEST_COMPARED = 20  # buyers before what they buy is held against the shop
FEWEST_MEDIAN = 5


@dataclass(frozen=True, slots=True)
class Bought:
    """A product or a category in 12 months: whole ₫, people who bought it, those of them on more than one bill."""

    name: str
    sales: int
    buyers: int
    again: int


@dataclass(frozen=True, slots=True)
class Month:
    """What was bought in one calendar month, by its first letters (`2026-11`): people, bills, whole ₫ that stayed."""

    month: str
    people: int
    orders: int
    revenue: int


@dataclass(frozen=True, slots=True)
class Portrait:
    """`people` are the members who let themselves be counted; every number below is of them.

    `recency`, `spent`, `baskets`: how many in each step of `RECENCY`, `SPENT` and `BASKET`, the lowest first.
    `returners` of `earlier` came back; see `RETURN_DAYS`. `buyers`: people with a bill in 12 months.
    """

    members: int
    people: int
    tiers: Mapping[str, int]
    channels: Mapping[str, int]  # zalo, messenger, none; who has two counts in both
    agreed: int  # to offers, on at least one chat
    reached: int  # of those, who has a chat at all: an offer may go to them
    never: int
    once: int
    newcomers: int  # whose first purchase was in the last `NEW_DAYS`
    recency: Sequence[int]
    spent: Sequence[int]
    spent_12m: int  # whole ₫ of all
    median_spent: int | None  # whole ₫ of who spent any in 12 months
    baskets: Sequence[int]
    median_basket: int | None
    birthdays: Sequence[int]  # by month
    favourites: Mapping[str, int]
    buyers: int
    products: Sequence[Bought]
    categories: Sequence[Bought]
    months: Sequence[Month]
    earlier: int
    returners: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        lists = {name: [Bought(**each) for each in kept[name]] for name in ("products", "categories")}
        return cls(**{**kept, **lists, "months": [Month(**each) for each in kept["months"]]})

    @property
    def each(self) -> int | None:
        """Whole ₫ of 12 months a person; None of nobody."""
        return self.spent_12m // self.people if self.people else None


@dataclass(frozen=True, slots=True)
class Liking:
    """How many times as many of these buy something as of all the shop's buyers, in tenths; None where few are known.

    `is_sure`: with 95 percent it is not chance.
    """

    tenths: int | None
    is_sure: bool


UNKNOWN = Liking(None, is_sure=False)


def percent(part: int, whole: int) -> int | None:
    """Rounded; None of fewer than `FEWEST_PERCENT` people, whom one names in numbers."""
    return round(100 * part / whole) if whole >= FEWEST_PERCENT else None


def liking(bought: Bought, these: Portrait, shop_buyers: int, shop_bought: Bought | None) -> Liking:
    """The share of these who buy it over the share of the shop's buyers who do."""
    if these.buyers < FEWEST_COMPARED or shop_bought is None or not shop_bought.buyers or not shop_buyers:
        return UNKNOWN
    usual = shop_bought.buyers / shop_buyers
    low, high = wilson(Share(bought.buyers, these.buyers))
    tenths = floor(10 * bought.buyers / these.buyers / usual + 0.5)
    return Liking(tenths, is_sure=not low <= usual <= high)
