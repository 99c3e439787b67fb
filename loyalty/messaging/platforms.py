"""What the platforms allow and ask for: the rows of platforms.toml, read strictly when the program starts."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from loyalty.settings import Hours

FILE = Path(__file__).with_name("platforms.toml")
CONFIDENCES = ("official", "agreed", "one", "unsure")
PURPOSES = "purposes_of_"
KINDS: Mapping[str, type] = {  # what a rule of each name holds
    "free_hours": int,
    "package_hours": int,
    "package_price": int,
    "human_hours": int,
    "template_hours": str,
    "template_by_phone": int,
    "template_user_price": int,
    "template_daily_quota": int,
    "promotion_per_day": int,
    "promotion_per_month": int,
    "calls_per_minute": int,
    "calls_per_second": int,
}
REQUIRED = frozenset({"platform", "name", "value", "valid_from", "source", "as_of", "confidence"})
OPTIONAL = frozenset({"valid_to", "note"})


class BadRow(ValueError):
    """A row of the file that cannot be believed; says which and why."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One fact about a platform. `valid_to` is the last day it holds, None: no end is known.

    Hours and counts are whole numbers, prices whole ₫, a span of the day is `Hours`, purposes a set of names.
    """

    platform: str
    name: str
    value: int | Hours | frozenset[str]
    valid_from: date
    valid_to: date | None
    source: str
    as_of: date
    confidence: str
    note: str

    def holds(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Rules:
    """Every row, and the zone the platforms' hours are told in."""

    rows: Sequence[Rule]
    timezone: ZoneInfo

    def find(self, platform: str, name: str, day: date) -> Rule | None:
        """The rule of that name in force that day; None where the platform has none."""
        found = (rule for rule in self.rows if (rule.platform, rule.name) == (platform, name) and rule.holds(day))
        return next(found, None)

    def number(self, platform: str, name: str, now: datetime) -> int | None:
        rule = self.find(platform, name, self._day(now))
        return rule.value if rule is not None and isinstance(rule.value, int) else None

    def span(self, platform: str, name: str, now: datetime) -> timedelta | None:
        """The same as hours."""
        hours = self.number(platform, name, now)
        return None if hours is None else timedelta(hours=hours)

    def carries(self, platform: str, tag: str, purpose: str, now: datetime) -> bool:
        """Whether a template of this tag may be sent for this purpose; an unknown tag carries nothing."""
        rule = self.find(platform, PURPOSES + tag, self._day(now))
        return rule is not None and isinstance(rule.value, frozenset) and purpose in rule.value

    def opens(self, platform: str, name: str, now: datetime) -> datetime | None:
        """The instant from which the platform's hours of this name allow it; None: they do now."""
        rule, local = self.find(platform, name, self._day(now)), now.astimezone(self.timezone)
        if rule is None or not isinstance(rule.value, Hours) or rule.value.contain(local.time()):
            return None
        start = datetime.combine(local.date(), rule.value.start, self.timezone)
        return start if start > local else start + timedelta(days=1)

    def closes(self, platform: str, name: str, now: datetime) -> datetime | None:
        """Until when they do; None: at all hours."""
        rule, local = self.find(platform, name, self._day(now)), now.astimezone(self.timezone)
        if rule is None or not isinstance(rule.value, Hours):
            return None
        end = datetime.combine(local.date(), rule.value.end, self.timezone)
        return end if end > local else end + timedelta(days=1)

    def _day(self, now: datetime) -> date:
        return now.astimezone(self.timezone).date()


def read(text: str) -> Rules:
    """The rules of a file. Raises BadRow."""
    try:
        document = tomllib.loads(text)
        timezone = ZoneInfo(document.pop("timezone"))
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as fault:
        raise BadRow(f"no such file of rules: {fault}") from None
    rows = [_row(place, row) for place, row in enumerate(document.pop("rule", []), start=1)]
    if document:
        raise BadRow(f"unknown: {', '.join(document)}")
    _refuse_overlaps(rows)
    return Rules(rows, timezone)


def _row(place: int, row: Mapping[str, Any]) -> Rule:
    name = f"rule {place} ({row.get('platform')}.{row.get('name')})"
    missing, unknown = REQUIRED - row.keys(), row.keys() - REQUIRED - OPTIONAL
    if missing or unknown:
        raise BadRow(f"{name}: missing {sorted(missing)}, unknown {sorted(unknown)}")
    for field in ("platform", "name", "source", "confidence"):
        if not isinstance(row[field], str) or not row[field].strip():
            raise BadRow(f"{name}: {field} says nothing")
    for field in ("valid_from", "as_of", "valid_to"):
        if field in row and type(row[field]) is not date:
            raise BadRow(f"{name}: {field} is no date, such as 2026-01-01")
    if row["confidence"] not in CONFIDENCES:
        raise BadRow(f"{name}: confidence is one of {', '.join(CONFIDENCES)}")
    if row.get("valid_to", row["valid_from"]) < row["valid_from"]:
        raise BadRow(f"{name}: ends before it begins")
    return Rule(**{"valid_to": None, "note": ""} | dict(row) | {"value": _value(name, row["name"], row["value"])})


def _value(place: str, name: str, value: Any) -> int | Hours | frozenset[str]:
    if name.startswith(PURPOSES):
        if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
            return frozenset(value)
        raise BadRow(f"{place}: value is a list of purposes")
    kind = KINDS.get(name)
    if kind is None:
        raise BadRow(f"{place}: no rule is called that")
    if kind is int and type(value) is int and value >= 0:
        return value
    if kind is str and isinstance(value, str):
        return _hours(place, value)
    raise BadRow(f"{place}: value is no {'whole number' if kind is int else 'span such as 06:00-22:00'}")


def _hours(place: str, text: str) -> Hours:
    start, _, end = text.partition("-")
    try:
        return Hours(time.fromisoformat(start), time.fromisoformat(end))
    except ValueError:
        raise BadRow(f"{place}: value is no span such as 06:00-22:00") from None


def _refuse_overlaps(rows: Sequence[Rule]) -> None:
    """One rule of a name holds on any day: the next begins after the last day of the one before."""
    ordered = sorted(rows, key=lambda rule: (rule.platform, rule.name, rule.valid_from))
    for before, after in pairwise(ordered):
        is_same = (before.platform, before.name) == (after.platform, after.name)
        if is_same and (before.valid_to is None or after.valid_from <= before.valid_to):
            raise BadRow(f"{after.platform}.{after.name}: two rows hold on {after.valid_from}")


RULES = read(FILE.read_text(encoding="utf-8"))
