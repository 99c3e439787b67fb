"""Tiers as questions: each level, and how levels are held and lost."""

from collections.abc import Mapping, Sequence
from typing import Any

from loyalty.console.forms import Choice, Text, WholeNumber
from loyalty.console.programme.form.part import NAMES, Amount, Ask, Given, Part, Times, decimal, named, put, slug
from loyalty.programme import sentences
from loyalty.programme.document import Programme
from loyalty.programme.editing import Put
from loyalty.words import Both

DAYS = Both("ngày", "days")
WINDOWS = {
    "rolling": Both("Một số tháng gần nhất", "The last months"),
    "calendar_year": Both("Năm dương lịch", "The calendar year"),
    "half_year": Both("Nửa năm", "The half year"),
    "anniversary": Both("Năm kể từ ngày tham gia", "The year since joining"),
}
DOWNGRADES = {
    "one_step": Both("Xuống một hạng", "One step down"),
    "to_fit": Both("Xuống hạng vừa với mức đạt được", "Down to what was reached"),
    "never": Both("Không bao giờ xuống", "Never down"),
}
LOOKED = Both("Mức của hạng được tính {window}", "What a tier takes is counted {window}")


def _before(rules: Programme, number: int) -> dict[str, Any]:
    tier = rules.tiers[number]
    return {
        "name": tier.names.get("vi") or next(iter(tier.names.values())),
        "name_en": tier.names.get("en", ""),
        "least": tier.spend,
        "times": decimal(tier.multiplier_text),
        "benefits": "\n".join(tier.benefits.get("vi", ())),
    }


def _changes(rules: Programme, number: int, given: Given) -> Sequence[Put]:
    tier, place = rules.tiers[number], f"tiers[{number}]"
    benefits = [each.strip() for each in (given["benefits"] or "").split("\n") if each.strip()] or None
    values: dict[str, Any] = {"name": named(tier.names, given), rules.qualification.metric: given["least"]}
    kept = [] if given["times"] == tier.multiplier_text else put(place, multiplier=given["times"])
    said = [] if benefits == (list(tier.benefits.get("vi", ())) or None) else put(f"{place}.benefits", vi=benefits)
    return [*put(place, **values), *kept, *said]


def _fresh(rules: Programme, given: Given) -> Mapping[str, Any]:
    code = slug(given["name"], [tier.code for tier in rules.tiers])
    metric = rules.qualification.metric
    return {"code": code, "name": {"vi": given["name"]}, metric: given["least"], "multiplier": given["times"]}


TIER = Part(
    "tier",
    Both("Hạng", "Tiers"),
    (
        *NAMES,
        Ask(
            "least",
            Both("Cần từ", "Takes"),
            Amount(required=True, low=0),
            "spend",
            example=Both("2.000.000", "2,000,000"),
            help=Both("Hạng thấp nhất là 0.", "The lowest tier takes 0."),
        ),
        Ask(
            "times",
            Both("Tích điểm nhân", "Earns times"),
            Times(required=True, longest=8),
            "multiplier",
            example=Both("1,25", "1.25"),
            unit=Both("lần", "×"),
        ),
        Ask(
            "benefits",
            Both("Quyền lợi, mỗi dòng một điều", "What it brings, one a line"),
            Text(lines=True, longest=1000),
            "benefits",
            lines=3,
            example=Both("Sinh nhật được tặng một ly", "A cup on the birthday"),
        ),
    ),
    _before,
    lambda rules, number, locale: [sentences.describe_tier(rules.tiers[number], rules.qualification, locale)],
    _changes,
    table="tiers",
    items=lambda rules: len(rules.tiers),
    blank={"times": "1"},
    fresh=_fresh,
)


def _holding_before(rules: Programme, _number: int) -> dict[str, Any]:
    asked = rules.qualification
    return {
        "window": asked.window,
        "months": asked.months,
        "downgrade": asked.downgrade,
        "grace": asked.grace_days,
        "warn": asked.warn_days,
    }


def _holding(rules: Programme, number: int, given: Given) -> Sequence[Put]:
    before = _holding_before(rules, number)
    keys = {"window": "window", "downgrade": "downgrade", "grace": "grace_days", "warn": "warn_days"}
    changed = [Put("qualification", key, given[name]) for name, key in keys.items() if given[name] != before[name]]
    return [*changed, *put("qualification", months=given["months"] if given["window"] == "rolling" else None)]


def _looked_at(rules: Programme, locale: str) -> str:
    asked = rules.qualification
    return LOOKED.in_(locale, window=sentences.WINDOWS[asked.window].in_(locale, months=asked.months))


HOLDING = Part(
    "holding",
    Both("Giữ hạng và xuống hạng", "Holding and losing tiers"),
    (
        Ask(
            "window",
            Both("Xét chi tiêu trong", "Looked at"),
            Choice(WINDOWS, required=True),
            "window",
            options=tuple(WINDOWS.items()),
            kind="select",
        ),
        Ask(
            "months",
            Both("Số tháng", "Months"),
            WholeNumber(low=1, high=120),
            "months",
            unit=Both("tháng", "months"),
            example=Both("12", "12"),
            hide="calendar_year half_year anniversary",
        ),
        Ask(
            "downgrade",
            Both("Không còn đủ mức thì", "Without enough"),
            Choice(DOWNGRADES, required=True),
            "downgrade",
            options=tuple(DOWNGRADES.items()),
            kind="select",
        ),
        Ask(
            "grace",
            Both("Châm chước thêm", "Grace"),
            WholeNumber(high=366),
            "grace_days",
            unit=DAYS,
            example=Both("30", "30"),
        ),
        Ask(
            "warn",
            Both("Báo khách trước", "Told before"),
            WholeNumber(high=366),
            "warn_days",
            unit=DAYS,
            example=Both("30", "30"),
        ),
    ),
    _holding_before,
    lambda rules, _number, locale: [_looked_at(rules, locale), *sentences.describe_falls(rules, locale)],
    _holding,
    table="qualification",
)
