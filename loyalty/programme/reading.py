"""A TOML document read into the rules it states, or into everything that is wrong with it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from loyalty.programme import named, rules
from loyalty.programme.days import Days
from loyalty.programme.document import (
    Band,
    Earning,
    Pending,
    Programme,
    Qualification,
    Redemption,
    Referral,
    Release,
    Returns,
    RoleLimits,
    Rule,
    Tier,
)
from loyalty.programme.expiring import read_expiry
from loyalty.programme.faults import BadProgramme, Fault
from loyalty.programme.places import Lines, line_of_error
from loyalty.programme.table import Notes, Table
from loyalty.staff.models import Role

LONGEST_DOCUMENT = 64_000  # characters
METRICS = ("spend", "points", "orders")
WINDOWS = ("rolling", "calendar_year", "half_year", "anniversary")
DOWNGRADES = ("one_step", "to_fit", "never")
RESTARTS = ("never", "yearly", "daily")
LEAP_DAYS = ("28/2", "1/3")  # on which 29 February is kept in other years
_NO_BANDS: tuple[Band, ...] = (Band(0, 1),)  # in place of a faulty one
NAME_EXAMPLE = 'name = { vi = "Bạc", en = "Silver" }'


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document states, None when it cannot be read, and its faults in the order of their lines."""

    programme: Programme | None
    faults: tuple[Fault, ...]

    def must(self) -> Programme:
        """Raises BadProgramme."""
        if self.programme is None or self.faults:
            raise BadProgramme(self.faults)
        return self.programme


def read(version: int, document: str) -> Reading:
    """Read a document as that version of the rules. What the shop itself must have (stores) is not looked at."""
    if len(document) > LONGEST_DOCUMENT:
        return _unreadable("too_long", 1, most=LONGEST_DOCUMENT)
    try:
        values = tomllib.loads(document)
    except tomllib.TOMLDecodeError as error:
        return _unreadable("not_toml", line_of_error(error, document), detail=str(error))
    except RecursionError:
        return _unreadable("not_toml", 1, detail="nested too deeply")
    notes = Notes(Lines(document))
    programme = _programme(version, Table(values, "", notes))
    faults = tuple(sorted(notes.faults, key=lambda fault: fault.line))
    return Reading(None if faults else programme, faults)


def _unreadable(code: str, line: int, **facts: object) -> Reading:
    return Reading(None, (Fault("", line, code, "", facts),))


def _programme(version: int, top: Table) -> Programme:
    own = named.read_named(top.table("days"))
    qualification = _qualification(top.table("qualification"))
    tiers = _tiers(top, qualification.metric)
    cashier_bill, limits = _limits(top.table("limits"))
    programme = Programme(
        version=version,
        name=top.text("name", 'name = "Khách quen"'),
        earning=_earning(top.table("earning")),
        expiry=read_expiry(top.table("expiry")),
        qualification=qualification,
        tiers=tiers,
        rules=_rules(top, own, tiers),
        redemption=_redemption(top.table("redemption")),
        returns=_returns(top.table("returns")),
        pending=_pending(top.table("pending")),
        restart=_restart(top.table("receipts")),
        cashier_bill=cashier_bill,
        limits=limits,
        referral=_referral(top.table("referral")),
        leap_to_march=_leap_to_march(top.table("birthdays")),
    )
    top.close()
    return programme


def _earning(table: Table) -> Earning:
    way = table.one_of("per_amount", "percent", "bands", example="per_amount = 10000")
    percent, value, bands = None, None, _NO_BANDS
    if way == "per_amount":
        bands = (Band(0, table.whole("per_amount", "per_amount = 10000", least=1)),)
    elif way == "percent":
        percent, value, bands = _percent(table)
    elif way == "bands":
        bands = _bands(table)
    table.only_with('percent = "5"', way == "percent", "point_value")
    carry = table.flag("carry", default=True)
    rounding = table.choice("rounding", ("floor", "half"), default="floor")
    table.only_with("carry = false", not (rounding == "half" and carry), "rounding")
    table.close()
    return Earning(bands, carry, rounding == "half", percent, value)


def _percent(table: Table) -> tuple[Fraction, int, tuple[Band, ...]]:
    """Share, ₫ of a point, and what follows: 5 % of the bill in points of 1,000 ₫ is a point per 20,000 ₫."""
    percent = table.decimal("percent", 'percent = "5"')
    value = table.whole("point_value", "point_value = 1000", least=1)
    per_amount = value * 100 / percent
    if per_amount.denominator != 1:
        table.wrong("percent", "not_even", 'percent = "5"', point_value=value, percent=float(percent))
    return percent, value, (Band(0, max(1, int(per_amount))),)


def _bands(table: Table) -> tuple[Band, ...]:
    found = []
    for each in table.tables("bands"):
        found.append(Band(each.whole("from", "from = 500000"), each.whole("per_amount", "per_amount = 8000", least=1)))
        each.close()
    if found and found[0].least != 0:
        table.wrong("bands[0].from", "not_from_zero", "from = 0")
    for place, (low, high) in enumerate(pairwise(found), 1):
        if low.least >= high.least:
            table.wrong(f"bands[{place}].from", "not_ascending", "from = 500000")
    return tuple(found) or _NO_BANDS


def _qualification(table: Table) -> Qualification:
    window = table.choice("window", WINDOWS, default="rolling")
    months = table.whole("months", "months = 12", least=1, most=120, default=None if window == "rolling" else 12)
    table.only_with('window = "rolling"', window == "rolling", "months")
    found = Qualification(
        metric=table.choice("metric", METRICS, default="spend"),
        window=window,
        months=months,
        downgrade=table.choice("downgrade", DOWNGRADES, default="one_step"),
        grace_days=table.whole("grace_days", "grace_days = 30", most=366, default=0),
        warn_days=table.whole("warn_days", "warn_days = 30", most=366, default=30),
    )
    table.close()
    return found


def _tiers(top: Table, metric: str) -> tuple[Tier, ...]:
    tables = top.tables("tiers")
    tiers = tuple(_tier(table, metric) for table in tables)
    if not tiers:
        top.wrong("tiers", "no_tiers", "[[tiers]]")
        return (Tier("", {"vi": ""}, 0, Fraction(1)),)
    if tiers[0].spend != 0:
        tables[0].wrong(metric, "not_first", f"{metric} = 0")
    for table, (low, high) in zip(tables[1:], pairwise(tiers), strict=True):
        if low.spend >= high.spend:
            table.wrong(metric, "not_ascending", f"{metric} = {low.spend + 1}")
    for number, tier in enumerate(tiers):
        if (first := [each.code for each in tiers].index(tier.code)) != number:
            tables[number].wrong("code", "taken", 'code = "platinum"', other=f"tiers[{first}].code")
    return tiers


def _tier(table: Table, metric: str) -> Tier:
    tier = Tier(
        code=table.code("code", 'code = "silver"'),
        names=table.names("name", NAME_EXAMPLE),
        spend=table.whole(metric, f"{metric} = 2000000"),
        multiplier=table.decimal("multiplier", 'multiplier = "1.25"'),
        benefits=_benefits(table.table("benefits")),
    )
    table.close()
    return tier


def _benefits(table: Table) -> Mapping[str, tuple[str, ...]]:
    example = 'vi = ["Sinh nhật được tặng một ly"]'
    return {locale: tuple(text for _place, text in table.texts(locale, example)) for locale in table.items()}


def _rules(top: Table, own: Mapping[str, list[Days]], tiers: tuple[Tier, ...]) -> tuple[Rule, ...]:
    tables = top.tables("rules")
    found = tuple(rules.read_rule(table, own, [tier.code for tier in tiers]) for table in tables)
    codes = [rule.code for rule in found]
    for number, table in enumerate(tables):
        if (first := codes.index(codes[number])) != number:
            table.wrong("code", "taken", 'code = "happy-hour"', other=f"rules[{first}].code")
    rules.note_the_excluded(tables, found)
    return found


def _redemption(table: Table) -> Redemption:
    found = Redemption(
        minimum_balance=table.whole("minimum_balance", "minimum_balance = 50", default=0),
        point_value=table.maybe_whole("point_value", "point_value = 1000", least=1),
        max_share=table.whole("max_share", "max_share = 50", least=1, most=100, default=100),
    )
    table.only_with("point_value = 1000", found.point_value is not None, "max_share")
    table.close()
    return found


def _returns(table: Table) -> Returns:
    shortfall = table.choice("shortfall", ("report", "owe", "refuse"), default="report")
    found = Returns(shortfall, table.choice("tier", ("review", "at_once"), default="review"))
    table.close()
    return found


def _pending(table: Table) -> Pending:
    release = Release(table.choice("release", tuple(Release), default=Release.AT_ONCE))
    is_counted = release is Release.AFTER_DAYS
    found = Pending(release, table.whole("days", "days = 7", least=1, most=366, default=None if is_counted else 1))
    table.only_with('release = "after_days"', is_counted, "days")
    table.close()
    return found if is_counted else Pending(release)


def _referral(table: Table) -> Referral:
    found = Referral(table.whole("wait_days", "wait_days = 7", most=366, default=7))
    table.close()
    return found


def _leap_to_march(table: Table) -> bool:
    kept_on = table.choice("leap_day", LEAP_DAYS, default=LEAP_DAYS[0])
    table.close()
    return kept_on == LEAP_DAYS[1]


def _restart(table: Table) -> str:
    restart = table.choice("restart", RESTARTS)
    table.close()
    return restart


def _limits(table: Table) -> tuple[int, Mapping[str, RoleLimits]]:
    cashier_bill = table.whole("cashier_bill", "cashier_bill = 5000000")
    limits = {role.value: _of_role(table.table(role.value)) for role in Role if role.value in table}
    table.close()
    return cashier_bill, limits


def _of_role(table: Table) -> RoleLimits:
    limits = RoleLimits(
        points_per_day=table.maybe_whole("points_per_day", "points_per_day = 2000"),
        customer_awards_per_day=table.maybe_whole("customer_awards_per_day", "customer_awards_per_day = 3", least=1),
        adjust_points=table.maybe_whole("adjust_points", "adjust_points = 500"),
    )
    table.close()
    return limits
