"""A few fixed programmes: what each says as plain values for the model, and as a document for the engine."""

import calendar
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

TIERS = ("member", "silver", "gold")
QUARTERS = {"member": 4, "silver": 5, "gold": 6}  # the multipliers of the tiers, in quarters


@dataclass(frozen=True)
class Rules:
    """One programme. Money is whole ₫."""

    name: str
    per: int = 10_000
    carry: bool = True
    expiry: str = "after"  # after, dates, inactivity, year_unless_bought, tier_window, never
    months: int = 12
    days: int = 0
    dates: tuple[tuple[int, int], ...] = ()  # (month, day)
    grace: int = 0  # days, for what comes back to a lot that has ended
    metric: str = "spend"
    needs: tuple[int, int, int] = (0, 2_000_000, 10_000_000)
    downgrade: str = "one_step"
    tier_grace: int = 0
    shortfall: str = "report"
    falls_at_once: bool = False
    pending: int = 0  # days
    value: int | None = 1000  # ₫ a point pays
    share: int = 50  # per cent of a bill points may pay
    minimum: int = 0  # points to be had before any can be used
    bill_rules: bool = False  # an exclusion, two multipliers, a capped bonus
    event: int = 0  # points for an event

    def __deepcopy__(self, _memo: Any) -> "Rules":
        return self

    @property
    def moves(self) -> bool:
        return self.expiry in ("inactivity", "year_unless_bought", "tier_window")


def plus_months(day: date, months: int) -> date:
    """The same day of another month, or its last one."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def later(rules: Rules, day: date) -> date:
    return day + timedelta(days=rules.days) if rules.days else plus_months(day, rules.months)


PROGRAMMES = (
    Rules("plain"),
    Rules(
        "rules",
        days=40,
        grace=7,
        shortfall="owe",
        falls_at_once=True,
        bill_rules=True,
        event=15,
        needs=(0, 800_000, 3_000_000),
    ),
    Rules(
        "dates",
        carry=False,
        expiry="dates",
        dates=((3, 31), (9, 30)),
        shortfall="refuse",
        downgrade="to_fit",
        pending=5,
        event=4,
        needs=(0, 500_000, 2_000_000),
    ),
    Rules(
        "quiet",
        expiry="inactivity",
        months=3,
        shortfall="owe",
        downgrade="to_fit",
        tier_grace=20,
        metric="orders",
        needs=(0, 2, 5),
        event=9,
        minimum=5,
        grace=7,
    ),
    Rules("forever", expiry="never", pending=3, shortfall="owe", share=100, falls_at_once=True, bill_rules=True),
    Rules("year", expiry="year_unless_bought", metric="points", needs=(0, 40, 200), value=None, event=3),
    Rules("window", expiry="tier_window", downgrade="never", needs=(0, 300_000, 1_500_000), event=6, shortfall="owe"),
)

_BILL_RULES = """
[[rules]]
code = "card"
name = { vi = "Thẻ" }
kind = "exclude"
on = "line"
when = { categories = ["card"] }
[[rules]]
code = "coffee"
name = { vi = "Cà phê" }
kind = "multiply"
on = "line"
multiplier = "2"
when = { categories = ["coffee"] }
[[rules]]
code = "big"
name = { vi = "Hóa đơn lớn" }
kind = "multiply"
multiplier = "1.5"
when = { minimum_bill = 300000 }
[[rules]]
code = "visit"
name = { vi = "Ghé quán" }
kind = "bonus"
points = 7
caps = { person_day = 10 }
when = { minimum_bill = 200000 }
"""


@dataclass
class _Lines:
    found: list[str] = field(default_factory=list)

    def table(self, name: str, **values: Any) -> None:
        self.found += [f"[{name}]", *(f"{key} = {_text(value)}" for key, value in values.items() if value is not None)]


def document(rules: Rules) -> str:
    """The same as the engine reads it."""
    lines = _Lines([f'name = "{rules.name}"'])
    lines.table("earning", per_amount=rules.per, carry=rules.carry)
    lines.table("expiry", policy=rules.expiry, grace_days=rules.grace, **_length(rules))
    lines.table("qualification", metric=rules.metric, months=12, downgrade=rules.downgrade, grace_days=rules.tier_grace)
    lines.table("redemption", minimum_balance=rules.minimum, point_value=rules.value, **_share(rules))
    lines.table("returns", shortfall=rules.shortfall, tier="at_once" if rules.falls_at_once else "review")
    if rules.pending:
        lines.table("pending", release="after_days", days=rules.pending)
    lines.table("receipts", restart="never")
    lines.table("limits", cashier_bill=5_000_000)
    for code, need in zip(TIERS, rules.needs, strict=True):
        multiplier = {4: "1", 5: "1.25", 6: "1.5"}[QUARTERS[code]]
        lines.found += ["[[tiers]]", f'code = "{code}"', f'name = {{ vi = "{code}" }}', f'multiplier = "{multiplier}"']
        lines.found.append(f"{rules.metric} = {need}")
    event = f'[[rules]]\ncode = "follow"\nname = {{ vi = "Quan tâm" }}\nkind = "bonus"\npoints = {rules.event}\n'
    lines.found.append(_BILL_RULES if rules.bill_rules else "")
    lines.found.append(f'{event}on = "event"\nevent = "follow"\n' if rules.event else "")
    return "\n".join(lines.found)


def _length(rules: Rules) -> dict[str, Any]:
    match rules.expiry:
        case "dates":
            return {"dates": [f"{day:02}/{month:02}" for month, day in rules.dates]}
        case "inactivity":
            return {"months": rules.months, "activity": "earning"}
        case "after":
            return {"days": rules.days} if rules.days else {"months": rules.months}
    return {}


def _share(rules: Rules) -> dict[str, Any]:
    return {} if rules.value is None else {"max_share": rules.share}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return (
        str(value)
        if isinstance(value, int)
        else str(value).replace("'", '"')
        if isinstance(value, list)
        else f'"{value}"'
    )
