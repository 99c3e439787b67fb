"""Whether a rule of earning holds for a bill: pure, from the bill and what is known of its customer."""

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from fnmatch import fnmatchcase
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType

from loyalty.programme.document import Kind, Rule, When
from loyalty.purchases.bills import Bill, Line
from loyalty.typed import fold


@dataclass(frozen=True, slots=True)
class Item:
    """A line as far as rules look at it: texts folded, whole ₫ of it that may earn."""

    amount: int
    sku: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class Basket:
    """One bill. Its items come to `total` less `paid_with_points`. `store` is a code; day and hour are the shop's."""

    items: tuple[Item, ...]
    total: int
    on: date
    at: time
    store: str = ""
    source: str = "counter"
    discounted: bool = False
    paid_with_points: int = 0  # ₫


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the customer before the bill. `left` is what caps leave, by rule: see `earning.room`."""

    tier: str = ""
    carry: int = 0  # ₫, may be negative
    segments: frozenset[str] = frozenset()
    is_first: bool = False  # no purchase of theirs stands
    birthday: tuple[int, int] | None = None  # (month, day)
    leap_to_march: bool = False  # 29 February is kept on 1 March instead of 28 February
    left: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    had: frozenset[str] = frozenset()  # codes of bonuses given once a year that were given in this one
    spans: frozenset[str] | None = None  # of birthdays, as they were found once; None: by `birthday`


def basket_of(bill: Bill, store: str, on: date, at: time, *, paid_with_points: int = 0) -> Basket:
    """A checked bill as rules see it. What was taken off the bill, or paid with points, lowers every line alike."""
    return Basket(
        items=_items(bill.lines, bill.total - paid_with_points),
        total=bill.total,
        on=on,
        at=at,
        store=store,
        source=fold.fold(bill.source),
        discounted=bill.discount > 0 or any(line.discount for line in bill.lines),
        paid_with_points=paid_with_points,
    )


def applies(rule: Rule, basket: Basket, facts: Facts) -> bool:
    """Whether a rule for bills acts on this one at all."""
    if not rule.scope.is_bill or not in_time(rule, basket.on) or rule.code in facts.had:
        return False
    return holds(rule.when, basket, facts)


def occurs(rule: Rule, on: date, facts: Facts, bill: int = 0) -> bool:
    """Whether a rule for what happens without a bill acts on a shop day: its time, the tier, the segments, the day.

    `bill` is the friend's, of a referral: whole ₫.
    """
    when = rule.when
    return (
        in_time(rule, on)
        and bill >= when.minimum_bill
        and _among(facts.tier, when.tiers)
        and (not when.segments or bool(when.segments & facts.segments))
        and (not when.weekdays or on.weekday() in when.weekdays)
        and (not when.days or any(days.hold(on) for days in when.days))
    )


def in_time(rule: Rule, on: date) -> bool:
    return not ((rule.first and on < rule.first) or (rule.last and on > rule.last))


def is_once_a_year(rule: Rule) -> bool:
    """A fixed bonus for a birthday is the person's once in a calendar year, however many bills fall into it."""
    return rule.kind is Kind.BONUS and bool(rule.when.birthday)


def holds(when: When, basket: Basket, facts: Facts) -> bool:
    """Whether the bill and its customer meet everything asked, at least one line what is asked of lines."""
    return (
        basket.total >= when.minimum_bill
        and _among(basket.store, when.stores)
        and _among(basket.source, when.sources)
        and _among(facts.tier, when.tiers)
        and (not when.segments or bool(when.segments & facts.segments))
        and when.discounted in (None, basket.discounted)
        and (facts.is_first or not when.first_purchase)
        and _is_time(when, basket)
        and (not when.birthday or when.birthday in spans(basket.on, facts))
        and any(holds_line(when, item) for item in basket.items)
    )


def holds_line(when: When, item: Item) -> bool:
    """Whether a line meets what is asked of lines; a bill without lines is one line without a product."""
    if when.products and not any(fnmatchcase(item.sku, pattern) for pattern in when.products):
        return False
    return not when.categories or item.category in when.categories


def kept_on(birthday: tuple[int, int], year: int, *, leap_to_march: bool) -> date:
    """The day a birthday is kept on in a year."""
    if birthday == (2, 29) and not calendar.isleap(year):
        return date(year, 3, 1) if leap_to_march else date(year, 2, 28)
    return date(year, *birthday)


def spans(on: date, facts: Facts) -> frozenset[str]:
    """Which spans of a birthday a day falls into: the day, its week from Monday on, its month."""
    if facts.spans is not None:
        return facts.spans
    if facts.birthday is None:
        return frozenset()
    near = [kept_on(facts.birthday, on.year + off, leap_to_march=facts.leap_to_march) for off in (-1, 0, 1)]
    found = {
        "day": on in near,
        "week": any(_monday(on) == _monday(day) for day in near),
        "month": on.month == near[1].month,
    }
    return frozenset(span for span, holds in found.items() if holds)


def _is_time(when: When, basket: Basket) -> bool:
    return (
        (not when.weekdays or basket.on.weekday() in when.weekdays)
        and (not when.hours or any(start <= basket.at < end for start, end in when.hours))
        and (not when.days or any(days.hold(basket.on) for days in when.days))
    )


def _among(value: str, asked: frozenset[str]) -> bool:
    return not asked or value in asked


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _items(lines: Sequence[Line], earning: int) -> tuple[Item, ...]:
    """The lines with the ₫ that may earn shared among them by what they cost; without prices, one line of it all."""
    costs = [line.quantity * line.unit_price - line.discount for line in lines]
    if sum(costs) <= 0 or min(costs) < 0:
        return (Item(earning),)
    return tuple(
        Item(amount, _folded(line.sku or ""), _folded(line.category or ""))
        for amount, line in zip(_shared(earning, costs), lines, strict=True)
    )


@lru_cache(maxsize=4096)
def _folded(text: str) -> str:
    """A product or a category, of which a shop sells the same again and again."""
    return fold.fold(text)


def _shared(amount: int, weights: Sequence[int]) -> Sequence[int]:
    """Whole parts of an amount, in proportion, that add up to it: each end of a running sum is rounded down."""
    whole, ends, so_far = sum(weights), [0], 0
    for weight in weights:
        so_far += weight
        ends.append(amount * so_far // whole)
    return [end - start for start, end in pairwise(ends)]
