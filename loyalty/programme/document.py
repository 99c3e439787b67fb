"""The rules of points as values: what one version of the programme says.

Money is whole ₫, points are whole, multipliers are exact fractions, days are shop days with their ends included.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar

from loyalty.programme.days import Days

T = TypeVar("T")
Names = Mapping[str, str]  # by locale


class Kind(StrEnum):
    """What a rule does."""

    MULTIPLY = "multiply"  # the ₫ that earn
    BONUS = "bonus"  # adds points, which nothing multiplies
    EXCLUDE = "exclude"  # the ₫ earn nothing


class Scope(StrEnum):
    """What a rule acts on; all but a line and a bill are happenings without a bill."""

    LINE = "line"
    BILL = "bill"
    JOINING = "joining"
    BIRTHDAY = "birthday"
    REFERRAL = "referral"
    EVENT = "event"

    @property
    def is_bill(self) -> bool:
        return self in (Scope.LINE, Scope.BILL)


class Cap(StrEnum):
    """For whom or for when at most so many points of a rule are given."""

    PERSON = "person"  # ever
    PERSON_DAY = "person_day"
    PERSON_MONTH = "person_month"
    DAY = "day"
    STORE_DAY = "store_day"
    BUDGET = "budget"  # in all


class Policy(StrEnum):
    """When points expire."""

    AFTER = "after"  # so many months or days after the day of earning
    DATES = "dates"  # on the next of these days of the year
    INACTIVITY = "inactivity"  # so long after the last earning or purchase
    YEAR_UNLESS_BOUGHT = "year_unless_bought"  # with a calendar year without a purchase
    TIER_WINDOW = "tier_window"  # with the tier
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Tier:
    """A level: held from `spend` in the window on; its purchases earn `multiplier` times their ₫.

    `spend` counts in the metric of the qualification: whole ₫, points or orders.
    """

    code: str
    names: Names
    spend: int
    multiplier: Fraction
    benefits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # what it brings, in sentences by locale

    @property
    def multiplier_text(self) -> str:
        """As it was written: `1.25`."""
        return decimal_text(self.multiplier)


@dataclass(frozen=True, slots=True)
class Band:
    """From a bill of `least` ₫ on, a point costs `per_amount` ₫."""

    least: int
    per_amount: int


@dataclass(frozen=True, slots=True)
class Earning:
    """What a bill earns before any rule. Without a carry what is left over is dropped, not kept for the next bill."""

    bands: tuple[Band, ...]  # ascending, the first from 0 ₫ on
    carry: bool = True
    half: bool = False  # rounded to the nearest point, only without a carry
    percent: Fraction | None = None  # of the bill given back in points, when the document says so
    point_value: int | None = None  # ₫ a point is worth, with it

    def per_amount(self, total: int) -> int:
        """₫ for one point, on a bill of `total` ₫."""
        return next(band.per_amount for band in reversed(self.bands) if band.least <= max(total, 0))


@dataclass(frozen=True, slots=True)
class When:
    """What a bill must meet, all of it; what is empty asks for nothing."""

    products: tuple[str, ...] = ()  # patterns of SKUs, folded: `cf-*`
    categories: Mapping[str, str] = field(default_factory=dict)  # folded, and as they were written
    stores: frozenset[str] = frozenset()  # codes
    sources: frozenset[str] = frozenset()  # who numbers the receipts: counter, a till, a web shop
    tiers: frozenset[str] = frozenset()  # codes
    segments: frozenset[str] = frozenset()  # names or public ids
    weekdays: frozenset[int] = frozenset()  # Monday is 0
    hours: tuple[tuple[time, time], ...] = ()  # [start, end)
    days: tuple[Days, ...] = ()
    minimum_bill: int = 0  # ₫
    discounted: bool | None = None  # whether something was taken off the bill
    first_purchase: bool = False
    birthday: str = ""  # day, week, month

    @property
    def of_line(self) -> bool:
        """Whether it looks at single lines."""
        return bool(self.products or self.categories)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of earning, in force from `first` to `last` (None: without end)."""

    code: str
    names: Names
    kind: Kind
    scope: Scope
    when: When
    multiplier: Fraction = Fraction(1)
    points: int = 0
    caps: Mapping[Cap, int] = field(default_factory=dict)  # whole points
    first: date | None = None
    last: date | None = None
    event: str = ""  # which custom event
    to: str = ""  # of a referral: referrer, friend


@dataclass(frozen=True, slots=True)
class Expiry:
    """When points end. `months` or `days` go with a policy that counts; `round_up` moves the end on to a period's."""

    policy: Policy
    months: int = 0
    days: int = 0
    round_up: str = ""  # month, quarter, half_year, year
    dates: tuple[tuple[int, int], ...] = ()  # (month, day)
    activity: str = ""  # earning, purchase
    grace_days: int = 0  # for returned points whose lot ended


@dataclass(frozen=True, slots=True)
class Qualification:
    """What tiers are held for, and how they are lost."""

    metric: str = "spend"  # spend, points, orders
    window: str = "rolling"  # rolling, calendar_year, half_year, anniversary
    months: int = 12  # of a rolling window
    downgrade: str = "one_step"  # one_step, to_fit, never
    grace_days: int = 0
    warn_days: int = 30


@dataclass(frozen=True, slots=True)
class Redemption:
    """What points are worth when they pay."""

    minimum_balance: int = 0
    point_value: int | None = None  # ₫; None: points pay no bills
    max_share: int = 100  # per cent of a bill


@dataclass(frozen=True, slots=True)
class Returns:
    shortfall: str = "report"  # report, owe, refuse
    tier: str = "review"  # review, at_once


class Release(StrEnum):
    """What makes the points of a bill usable."""

    AT_ONCE = "at_once"
    AFTER_DAYS = "after_days"  # after the day of the bill
    ON_DELIVERY = "on_delivery"
    BY_STAFF = "by_staff"


@dataclass(frozen=True, slots=True)
class Pending:
    """When points become usable."""

    release: Release = Release.AT_ONCE
    days: int = 0


@dataclass(frozen=True, slots=True)
class Referral:
    """What is paid for bringing a friend is paid when their first bill stood for so many shop days."""

    wait_days: int = 7


@dataclass(frozen=True, slots=True)
class RoleLimits:
    """What one member of a role may give; None: no limit."""

    points_per_day: int | None = None
    customer_awards_per_day: int | None = None
    adjust_points: int | None = None  # above it a second person approves


@dataclass(frozen=True, slots=True)
class Programme:
    """One version of the rules. Tiers ascend, the first one asks for nothing."""

    version: int
    name: str
    earning: Earning
    expiry: Expiry
    qualification: Qualification
    tiers: tuple[Tier, ...]
    rules: tuple[Rule, ...]
    redemption: Redemption
    returns: Returns
    pending: Pending
    restart: str  # receipt numbers begin again: never, yearly, daily
    cashier_bill: int  # ₫ above which a cashier's bill waits for approval
    limits: Mapping[str, RoleLimits]  # by role
    referral: Referral = Referral()
    leap_to_march: bool = False  # a birthday of 29 February is kept on 1 March instead of 28 February

    @property
    def per_amount(self) -> int:
        """₫ for one point on the smallest bill."""
        return self.earning.per_amount(0)

    @property
    def point_value(self) -> int | None:
        """₫ a point is worth, when the rules say it."""
        return self.redemption.point_value or self.earning.point_value

    def on(self, scope: Scope, *, event: str = "", to: str = "") -> tuple[Rule, ...]:
        """The rules for what happens without a bill, in the order of their codes."""
        found = (rule for rule in self.rules if (rule.scope, rule.event, rule.to) == (scope, event, to))
        return tuple(sorted(found, key=lambda rule: rule.code))

    def rank(self, code: str) -> int:
        """How high a tier stands; 0 for one these rules do not know."""
        return next((rank for rank, tier in enumerate(self.tiers) if tier.code == code), 0)

    def tier(self, code: str) -> Tier:
        """The tier of that code; the lowest one in place of one these rules do not know."""
        return self.tiers[self.rank(code)]

    def tier_for(self, spent: int) -> Tier:
        """The tier so much spent in the window qualifies for."""
        return next((tier for tier in reversed(self.tiers) if tier.spend <= spent), self.tiers[0])

    def tier_name(self, code: str, locale: str) -> str:
        """What a person reads for a tier."""
        return in_locale(self.tier(code).names, locale)


def in_locale(names: Mapping[str, T], locale: str) -> T:
    """What is said in a language; the shop's first wording where there is none in it."""
    return names.get(locale) or next(iter(names.values()))


def decimal_text(number: Fraction) -> str:
    """An exact decimal without an end of zeros: `1.25`."""
    exact = Decimal(number.numerator) / Decimal(number.denominator)
    return f"{exact.normalize():f}"
