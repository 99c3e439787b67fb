"""Rules of earning as questions: what a rule does, when, and at most how much."""

import re
from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any

from sqlalchemy.orm import Session

from loyalty.console.desk import Desk
from loyalty.console.forms import Choice, Day, Flag, Text, WholeNumber
from loyalty.console.programme.form.part import (
    NAMES,
    Amount,
    Ask,
    Given,
    Listed,
    Options,
    Part,
    Several,
    Times,
    decimal,
    named,
    slug,
)
from loyalty.programme import sentences
from loyalty.programme.document import Cap, Kind, Programme, Rule, Scope, decimal_text, in_locale
from loyalty.programme.editing import Put
from loyalty.programme.rules import WEEKDAYS
from loyalty.programme.sentences import NAMED_DAYS
from loyalty.segments import saved
from loyalty.staff import stores
from loyalty.words import Both

POINTS = Both("điểm", "points")
KINDS: Mapping[str, Both] = {
    "bonus-bill": Both("Cộng thêm điểm cho đơn", "More points for the bill"),
    "multiply-bill": Both("Nhân điểm cả đơn", "The whole bill earns more"),
    "multiply-line": Both("Nhân điểm các món được chọn", "Chosen items earn more"),
    "exclude-line": Both("Các món không tích điểm", "Items that earn nothing"),
    "exclude-bill": Both("Đơn không tích điểm", "Bills that earn nothing"),
    "bonus-joining": Both("Tặng khi tham gia", "A gift on joining"),
    "bonus-birthday": Both("Tặng ngày sinh nhật", "A gift on the birthday"),
    "bonus-referral-referrer": Both("Tặng người giới thiệu bạn", "A gift for bringing a friend"),
    "bonus-referral-friend": Both("Tặng người bạn được giới thiệu", "A gift for the friend"),
    "bonus-event": Both("Tặng khi một phần mềm khác báo", "A gift when another program tells"),
}
NOT_OF_BILLS = "bonus-joining bonus-birthday bonus-event bonus-referral-referrer bonus-referral-friend"
MULTIPLIED = "multiply-bill multiply-line"
EXCLUDED = "exclude-line exclude-bill"
BIRTHDAYS = {
    "day": Both("Đúng ngày", "On the day"),
    "week": Both("Trong tuần", "In the week"),
    "month": Both("Trong tháng", "In the month"),
}
DISCOUNTED = {
    "yes": Both("Chỉ đơn có giảm giá", "Discounted bills only"),
    "no": Both("Chỉ đơn không giảm giá", "Bills at full price only"),
}
CAPS = {
    Cap.PERSON: Both("Mỗi khách, từ trước đến nay", "A customer, ever"),
    Cap.PERSON_DAY: Both("Mỗi khách mỗi ngày", "A customer a day"),
    Cap.PERSON_MONTH: Both("Mỗi khách mỗi tháng", "A customer a month"),
    Cap.DAY: Both("Cả cửa hàng mỗi ngày", "Everybody a day"),
    Cap.STORE_DAY: Both("Mỗi điểm bán mỗi ngày", "A store a day"),
    Cap.BUDGET: Both("Ngân sách tất cả", "A budget in all"),
}
LUNAR = re.compile(r"(?i)\b(?:âm lịch|âm|al)\s+")


class SaidDays(Listed):
    """Days of the calendar: 24/12, 24/12 - 2/1, âm lịch 15/8, 2026-12-24 or 24/12/2026."""

    def read(self, value: str) -> Any:
        return [_day(LUNAR.sub("lunar ", each)) for each in super().read(value)]


def _day(typed: str) -> str:
    dated = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", typed)
    return f"{dated[3]}-{int(dated[2]):02}-{int(dated[1]):02}" if dated else typed


def _kind(rule: Rule) -> str:
    return "-".join(filter(None, (rule.kind, rule.scope, rule.to)))


def _before(rules: Programme, number: int) -> dict[str, Any]:
    rule = rules.rules[number]
    when = rule.when
    typed = [each.text for each in when.days]
    return {
        "name": rule.names.get("vi") or next(iter(rule.names.values())),
        "name_en": rule.names.get("en", ""),
        "kind": _kind(rule),
        "times": decimal(decimal_text(rule.multiplier)) if rule.kind is Kind.MULTIPLY else "",
        "points": rule.points or "",
        "event": rule.event,
        "products": ", ".join(when.products).upper(),
        "categories": ", ".join(when.categories.values()),
        "stores": sorted(when.stores),
        "tiers": sorted(when.tiers),
        "segments": sorted(when.segments),
        "weekdays": [WEEKDAYS[each] for each in sorted(when.weekdays)],
        "hours": ", ".join(f"{start:%H:%M}-{_end(end)}" for start, end in when.hours),
        "named": [each for each in typed if each in NAMED_DAYS],
        "days": ", ".join(each.replace("lunar", "âm lịch") for each in typed if each not in NAMED_DAYS),
        "first": rule.first.isoformat() if rule.first else "",
        "last": rule.last.isoformat() if rule.last else "",
        "minimum": when.minimum_bill or "",
        "discounted": {None: "", True: "yes", False: "no"}[when.discounted],
        "first_purchase": "1" if when.first_purchase else "",
        "birthday": when.birthday,
        **{str(cap): rule.caps.get(cap, "") for cap in CAPS},
    }


def _end(end: time) -> str:
    return "24:00" if end == time.max else f"{end:%H:%M}"


def _changes(rules: Programme, number: int, given: Given) -> Sequence[Put]:
    """What was answered otherwise than it stands there; what was not touched keeps its spelling."""
    place, rule, before = f"rules[{number}]", rules.rules[number], _answered(_before(rules, number))
    wanted, said = _said(given), _said(before)
    changes = [Put(place, "name", named(rule.names, given))]
    for (table, key), value in wanted.items():
        if value != said[table, key]:
            changes.append(Put(f"{place}.{table}" if table else place, key, value))
    return changes


def _answered(before: Mapping[str, Any]) -> Given:
    """What stands in the document, as if it had been typed and read."""
    return RULE.schema_reads(before)


def _said(given: Given) -> dict[tuple[str, str], Any]:
    """Every key a rule may have, None where it is not written; what its kind does not take is not written."""
    kind, _dash, rest = given["kind"].partition("-")
    scope, _dash, side = rest.partition("-")
    of_bill = Scope(scope).is_bill
    listed = [*given["named"], *(given["days"] or [])]
    return {
        ("", "kind"): kind,
        ("", "on"): None if scope == Scope.BILL else scope,
        ("", "to"): side or None,
        ("", "multiplier"): given["times"] if kind == Kind.MULTIPLY else None,
        ("", "points"): given["points"] if kind == Kind.BONUS else None,
        ("", "event"): given["event"] if scope == Scope.EVENT else None,
        ("", "from"): given["first"],
        ("", "until"): given["last"],
        ("when", "products"): given["products"] or None if of_bill else None,
        ("when", "categories"): given["categories"] or None if of_bill else None,
        ("when", "stores"): given["stores"] or None if of_bill else None,
        ("when", "tiers"): given["tiers"] or None,
        ("when", "segments"): given["segments"] or None,
        ("when", "weekdays"): given["weekdays"] or None,
        ("when", "hours"): given["hours"] or None if of_bill else None,
        ("when", "days"): listed or None,
        ("when", "minimum_bill"): given["minimum"] if of_bill or scope == Scope.REFERRAL else None,
        ("when", "discounted"): {"yes": True, "no": False}.get(given["discounted"] or "") if of_bill else None,
        ("when", "first_purchase"): (given["first_purchase"] or None) if of_bill else None,
        ("when", "birthday"): given["birthday"] if of_bill else None,
        **{("caps", str(cap)): given[str(cap)] if kind != Kind.EXCLUDE else None for cap in CAPS},
    }


def _fresh(rules: Programme, given: Given) -> Mapping[str, Any]:
    said = {key: value for (table, key), value in _said(given).items() if not table}
    code = slug(given["name"], [rule.code for rule in rules.rules])
    below = {
        name: {key: value for (table, key), value in _said(given).items() if table == name and value is not None}
        for name in ("when", "caps")
    }
    return {"code": code, "name": named({}, given), **said, **{name: each for name, each in below.items() if each}}


def _stores(desk: Desk, _rules: Programme) -> Options:
    return [(store.code, store.name) for store in stores.list_all(desk.session)]


def _tiers(desk: Desk, rules: Programme) -> Options:
    return [(tier.code, in_locale(tier.names, desk.locale)) for tier in rules.tiers]


def _segments(desk: Desk, rules: Programme) -> Options:
    """By their names; one the rules know by another word stays ticked under that word."""
    names = _segment_names(desk.session)
    asked = {each for rule in rules.rules for each in rule.when.segments}
    return [(name, name) for name in [*names, *sorted(asked - set(names))]]


def _segment_names(session: Session) -> list[str]:
    return sorted({segment.name for segment in saved.list_newest(session, limit=200)})


def _cap(cap: Cap) -> Ask:
    return Ask(
        str(cap),
        CAPS[cap],
        WholeNumber(low=1),
        f"caps.{cap}",
        unit=POINTS,
        example=Both("100", "100"),
        hide=f"{EXCLUDED} {NOT_OF_BILLS if cap is Cap.STORE_DAY else ''}".strip(),
        group=Both("Nhiều nhất bao nhiêu", "At most") if cap is Cap.PERSON else Both("", ""),
    )


class RulePart(Part):
    """A rule also knows what its own answers would be read as."""

    def schema_reads(self, before: Mapping[str, Any]) -> Given:
        """The answers as they stand in the document, read like typed ones."""
        read: dict[str, Any] = {}
        for ask in self.asks:
            value = before[ask.name]
            read[ask.name] = ask.field.deserialize(value if isinstance(value, list) else str(value))
        return read


RULE = RulePart(
    "rule",
    Both("Quy tắc", "Rules"),
    (
        NAMES[0],
        NAMES[1],
        Ask(
            "kind",
            Both("Làm gì", "What it does"),
            Choice(KINDS, required=True),
            "kind",
            options=tuple(KINDS.items()),
            kind="select",
        ),
        Ask(
            "times",
            Both("Nhân", "Times"),
            Times(longest=8),
            "multiplier",
            unit=Both("lần", "×"),
            example=Both("2", "2"),
            hide=f"bonus-bill {NOT_OF_BILLS} {EXCLUDED}",
        ),
        Ask(
            "points",
            Both("Cộng", "Gives"),
            WholeNumber(low=1, high=10**6),
            "points",
            unit=POINTS,
            example=Both("50", "50"),
            hide=f"{MULTIPLIED} {EXCLUDED}",
        ),
        Ask(
            "event",
            Both("Mã việc được báo", "Code of what is told"),
            Text(longest=32),
            "event",
            example=Both("follow", "follow"),
            hide=" ".join(code for code in KINDS if code != "bonus-event"),
        ),
        Ask(
            "products",
            Both("Mã hàng", "Product codes"),
            Listed(longest=2000),
            "when.products",
            group=Both("Khi nào", "When"),
            help=Both("Cách nhau bằng dấu phẩy; * là bất kỳ.", "With commas between; * is anything."),
            example=Both("CF-01, TRA-*", "CF-01, TRA-*"),
            hide=NOT_OF_BILLS,
        ),
        Ask(
            "categories",
            Both("Nhóm hàng", "Categories"),
            Listed(longest=2000),
            "when.categories",
            example=Both("Cà phê, Bánh", "Cà phê, Bánh"),
            hide=NOT_OF_BILLS,
        ),
        Ask(
            "minimum",
            Both("Đơn từ", "Bills from"),
            Amount(),
            "when.minimum_bill",
            unit=Both("₫", "₫"),
            example=Both("200.000", "200,000"),
            hide="bonus-joining bonus-birthday bonus-event",
        ),
        Ask(
            "hours",
            Both("Giờ", "Hours"),
            Listed(longest=200),
            "when.hours",
            example=Both("14:00-17:00", "14:00-17:00"),
            hide=NOT_OF_BILLS,
        ),
        Ask(
            "weekdays",
            Both("Thứ", "Weekdays"),
            Several(),
            "when.weekdays",
            options=tuple(zip(WEEKDAYS, sentences.WEEKDAYS, strict=True)),
            kind="many",
        ),
        Ask("named", Both("Ngày lễ", "Festive days"), Several(), options=tuple(NAMED_DAYS.items()), kind="many"),
        Ask(
            "days",
            Both("Ngày khác", "Other days"),
            SaidDays(longest=2000),
            "when.days",
            example=Both("24/12 - 2/1, âm lịch 15/8, 20/12/2026", "24/12 - 2/1, lunar 15/8, 20/12/2026"),
        ),
        Ask(
            "first", Both("Áp dụng từ ngày", "From"), Day(), "from", kind="day", example=Both("1/12/2026", "1/12/2026")
        ),
        Ask(
            "last",
            Both("Đến hết ngày", "Through"),
            Day(),
            "until",
            kind="day",
            example=Both("31/12/2026", "31/12/2026"),
        ),
        Ask(
            "stores",
            Both("Cửa hàng", "Stores"),
            Several(),
            "when.stores",
            options=_stores,
            kind="many",
            hide=NOT_OF_BILLS,
        ),
        Ask("tiers", Both("Hạng khách", "Tiers"), Several(), "when.tiers", options=_tiers, kind="many"),
        Ask("segments", Both("Nhóm khách", "Segments"), Several(), "when.segments", options=_segments, kind="many"),
        Ask(
            "discounted",
            Both("Giảm giá", "Discounts"),
            Choice(DISCOUNTED),
            "when.discounted",
            options=(("", Both("Đơn nào cũng được", "Any bill")), *DISCOUNTED.items()),
            kind="select",
            hide=NOT_OF_BILLS,
        ),
        Ask(
            "birthday",
            Both("Sinh nhật", "Birthday"),
            Choice(BIRTHDAYS),
            "when.birthday",
            options=(("", Both("Lúc nào cũng được", "Any time")), *BIRTHDAYS.items()),
            kind="select",
            hide=NOT_OF_BILLS,
        ),
        Ask(
            "first_purchase",
            Both("Chỉ lần mua đầu tiên", "The first purchase only"),
            Flag(),
            "when.first_purchase",
            kind="flag",
            hide=NOT_OF_BILLS,
        ),
        *(_cap(cap) for cap in CAPS),
    ),
    _before,
    lambda rules, number, locale: [sentences.describe_rule(rules.rules[number], rules, locale)],
    _changes,
    table="rules",
    items=lambda rules: len(rules.rules),
    blank={"kind": "bonus-bill"},
    fresh=_fresh,
)
