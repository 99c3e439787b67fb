"""Reading `[[rules]]`: what each rule does, when, and how much at most; a rule that could never apply is a fault."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, time
from fractions import Fraction

from loyalty.programme import days
from loyalty.programme.days import Days
from loyalty.programme.document import Cap, Kind, Rule, Scope, When
from loyalty.programme.named import EXAMPLE as DAYS_EXAMPLE
from loyalty.programme.named import read_days
from loyalty.programme.table import Table
from loyalty.typed import fold

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
BIRTHDAYS = ("day", "week", "month")
SIDES = ("referrer", "friend")
OF_BILLS = ("products", "categories", "stores", "sources", "hours", "discounted", "first_purchase", "birthday")
HOURS_EXAMPLE = 'hours = ["14:00-17:00"]'
LOOKED_FROM = date(2000, 1, 1)  # a rule without `from` holds since ever

_HOURS = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-4]):([0-5]\d)")


def read_rule(table: Table, own: Mapping[str, Sequence[Days]], tiers: Sequence[str]) -> Rule:
    kind = Kind(table.choice("kind", tuple(Kind)))
    scope = Scope(table.choice("on", tuple(Scope), default=Scope.BILL))
    rule = Rule(
        code=table.code("code", 'code = "happy-hour"'),
        names=table.names("name", 'name = { vi = "Giờ vàng", en = "Happy hour" }'),
        kind=kind,
        scope=scope,
        when=_when(table.table("when"), own, tiers),
        multiplier=_multiplier(table, kind),
        points=_points(table, kind),
        caps=_caps(table.table("caps"), kind),
        first=table.day("from"),
        last=table.day("until"),
        event=_event(table, scope),
        to=_side(table, scope),
    )
    table.close()
    _note_misfits(table, rule)
    _note_no_bill(table, rule)
    _note_never(table, rule)
    return rule


def note_the_excluded(tables: Sequence[Table], rules: Sequence[Rule]) -> None:
    """An exclusion of every bill, without a condition and an end, leaves nothing to the others."""
    total = next((rule for rule in rules if rule.kind is Kind.EXCLUDE and rule.when == When()), None)
    if total is None or total.first or total.last:
        return
    for table, rule in zip(tables, rules, strict=True):
        if rule is not total and rule.scope.is_bill:
            table.wrong("code", "never_excluded", "minimum_bill = 200000", other=total.code)


def _multiplier(table: Table, kind: Kind) -> Fraction:
    table.only_with('kind = "multiply"', kind is Kind.MULTIPLY, "multiplier")
    return table.decimal("multiplier", 'multiplier = "2"') if kind is Kind.MULTIPLY else Fraction(1)


def _points(table: Table, kind: Kind) -> int:
    table.only_with('kind = "bonus"', kind is Kind.BONUS, "points")
    return table.whole("points", "points = 50", least=1, most=10**6) if kind is Kind.BONUS else 0


def _event(table: Table, scope: Scope) -> str:
    table.only_with('on = "event"', scope is Scope.EVENT, "event")
    return table.code("event", 'event = "follow"') if scope is Scope.EVENT else ""


def _side(table: Table, scope: Scope) -> str:
    table.only_with('on = "referral"', scope is Scope.REFERRAL, "to")
    return table.choice("to", SIDES) if scope is Scope.REFERRAL else ""


def _caps(table: Table, kind: Kind) -> Mapping[Cap, int]:
    read = {cap: table.maybe_whole(cap, f"{cap} = 100", least=1) for cap in Cap}
    table.only_with('kind = "bonus"', kind is not Kind.EXCLUDE, *Cap)
    table.close()
    return {cap: most for cap, most in read.items() if most is not None}


def _note_misfits(table: Table, rule: Rule) -> None:
    """What a kind cannot act on."""
    if rule.kind is not Kind.BONUS and not rule.scope.is_bill:
        table.wrong("on", "only_with", 'on = "bill"', condition='kind = "bonus"')
    if rule.kind is Kind.BONUS and rule.scope is Scope.LINE:
        table.wrong("on", "only_with", 'on = "bill"', condition='kind = "multiply", "exclude"')


def _note_no_bill(table: Table, rule: Rule) -> None:
    """What can only be asked of a bill, where there is none. A referral has the friend's first one, by its amount."""
    if rule.scope.is_bill:
        return
    asked = [*OF_BILLS, *(() if rule.scope is Scope.REFERRAL else ("minimum_bill",))]
    for name in asked:
        if getattr(rule.when, name) != getattr(When(), name):
            table.wrong(f"when.{name}", "only_with", 'on = "bill"', condition='on = "bill", "line"')
    if Cap.STORE_DAY in rule.caps:
        table.wrong("caps.store_day", "only_with", "day = 500", condition='on = "bill", "line"')


def _note_never(table: Table, rule: Rule) -> None:
    if rule.first and rule.last and rule.last < rule.first:
        table.wrong("until", "never_ends_first", f"until = {rule.first}", until=rule.last, since=rule.first)
    elif (rule.when.days or (rule.when.weekdays and rule.last)) and not days.ever(
        rule.when.days, rule.when.weekdays, rule.first or _begins(rule), rule.last
    ):
        table.wrong("when.days", "never_days", DAYS_EXAMPLE)


def _begins(rule: Rule) -> date:
    """Where to look for days of a rule without a beginning: at the first date it names, if it names any."""
    dated = [date(*each.first) for each in rule.when.days if each.calendar is days.Calendar.DATE]
    return min(dated, default=LOOKED_FROM)


def _when(table: Table, own: Mapping[str, Sequence[Days]], tiers: Sequence[str]) -> When:
    when = When(
        products=tuple(sorted({fold.fold(text) for _place, text in table.texts("products", 'products = ["CF-*"]')})),
        categories={fold.fold(text): text for _place, text in table.texts("categories", 'categories = ["Cà phê"]')},
        stores=_plain(table, "stores", 'stores = ["main"]'),
        sources=frozenset(map(fold.fold, _plain(table, "sources", 'sources = ["counter"]'))),
        tiers=_tiers(table, tiers),
        segments=_plain(table, "segments", 'segments = ["Khách thân"]'),
        weekdays=_weekdays(table),
        hours=_hours(table),
        days=tuple(read_days(table, "days", own)),
        minimum_bill=table.whole("minimum_bill", "minimum_bill = 200000", default=0),
        discounted=table.flag("discounted", default=True) if "discounted" in table else None,
        first_purchase=table.flag("first_purchase", default=False),
        birthday=table.choice("birthday", BIRTHDAYS, default=""),
    )
    table.close()
    return when


def _plain(table: Table, key: str, example: str) -> frozenset[str]:
    return frozenset(text for _place, text in table.texts(key, example))


def _tiers(table: Table, known: Sequence[str]) -> frozenset[str]:
    found = set()
    for place, text in table.texts("tiers", f'tiers = ["{known[-1]}"]'):
        if text not in known:
            table.wrong(place, "unknown_tier", f'tiers = ["{known[-1]}"]', known=", ".join(known))
        found.add(text)
    return frozenset(found)


def _weekdays(table: Table) -> frozenset[int]:
    found = set()
    for place, text in table.texts("weekdays", 'weekdays = ["sat", "sun"]'):
        if text in WEEKDAYS:
            found.add(WEEKDAYS.index(text))
        else:
            table.wrong(place, "not_choice", 'weekdays = ["sat", "sun"]', choices=", ".join(WEEKDAYS))
    return frozenset(found)


def _hours(table: Table) -> tuple[tuple[time, time], ...]:
    """Spans [start, end) of a day; `24:00` is its end, a span does not cross midnight."""
    found = []
    for place, text in table.texts("hours", HOURS_EXAMPLE):
        if (span := _span(text)) is None:
            table.wrong(place, "not_hours", HOURS_EXAMPLE, typed=text)
        else:
            found.append(span)
    return tuple(sorted(found))


def _span(text: str) -> tuple[time, time] | None:
    if (read := _HOURS.fullmatch(text)) is None:
        return None
    start, (hour, minute) = time(int(read[1]), int(read[2])), (int(read[3]), int(read[4]))
    end = time.max if (hour, minute) == (24, 0) else time(hour, minute) if hour < 24 else time()
    return (start, end) if start < end else None
