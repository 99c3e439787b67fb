"""How long points live."""

from collections.abc import Mapping, Sequence
from typing import Any

from loyalty.console.forms import Choice, WholeNumber
from loyalty.console.programme.form.part import Ask, Given, Listed, Part, put
from loyalty.console.programme.form.terms.units import DAYS
from loyalty.programme import sentences, terms
from loyalty.programme.document import Expiry, Policy, Programme
from loyalty.programme.editing import Put
from loyalty.words import Both

POLICIES: Mapping[str, Both] = {
    "length": Both("Sau một thời gian kể từ ngày tích", "So long after the day of earning"),
    "period": Both("Sau một thời gian, tính đến hết tháng, quý hoặc năm", "So long, to the end of the period"),
    "dates": Both("Vào ngày cố định hằng năm", "On fixed days of every year"),
    "earning": Both("Khi lâu không tích điểm", "After a time without earning"),
    "purchase": Both("Khi lâu không mua hàng", "After a time without buying"),
    "year_unless_bought": Both("Ngày 31/12 nếu cả năm không mua", "On 31/12 of a year without a purchase"),
    "tier_window": Both("Cùng lúc hết kỳ hạng", "With the period of the tier"),
    "never": Both("Không bao giờ hết hạn", "Never"),
}
PERIODS = {
    "month": Both("hết tháng", "the month"),
    "quarter": Both("hết quý", "the quarter"),
    "half_year": Both("hết nửa năm", "the half year"),
    "year": Both("hết năm", "the year"),
}
UNITS = {"months": Both("tháng", "months"), "days": DAYS}


def _policy(expiry: Expiry) -> str:
    if expiry.policy is Policy.AFTER:
        return "period" if expiry.round_up else "length"
    return expiry.activity if expiry.policy is Policy.INACTIVITY else str(expiry.policy)


def _expiry_before(rules: Programme, _number: int) -> dict[str, Any]:
    expiry = rules.expiry
    return {
        "policy": _policy(expiry),
        "length": expiry.months or expiry.days or 12,
        "unit": "days" if expiry.days else "months",
        "round_up": expiry.round_up or "quarter",
        "dates": ", ".join(f"{day}/{month}" for month, day in expiry.dates),
        "grace": expiry.grace_days or "",
    }


def _expiry(rules: Programme, number: int, given: Given) -> Sequence[Put]:
    policy = given["policy"]
    counts, before = policy in ("length", "period", "earning", "purchase"), _expiry_before(rules, number)
    same = policy == before["policy"] and given["dates"] == [each for each in before["dates"].split(", ") if each]
    named = {"length": None, "period": None, "earning": "inactivity", "purchase": "inactivity"}.get(policy, policy)
    if named is None and rules.expiry.policy is Policy.AFTER:
        named_change: list[Put] = []
    else:
        named_change = put("expiry", policy=named)
    return [
        *named_change,
        *put("expiry", months=given["length"] if counts and given["unit"] == "months" else None),
        *put("expiry", days=given["length"] if counts and given["unit"] == "days" else None),
        *put("expiry", round_up=given["round_up"] if policy == "period" else None),
        *([] if same else put("expiry", dates=given["dates"] if policy == "dates" else None)),
        *put("expiry", activity=policy if policy in ("earning", "purchase") else None),
        *put("expiry", grace_days=given["grace"]),
    ]


UNCOUNTED = "dates year_unless_bought tier_window never"
EXPIRY = Part(
    "expiry",
    Both("Hạn dùng điểm", "How long points live"),
    (
        Ask(
            "policy",
            Both("Điểm hết hạn", "Points end"),
            Choice(POLICIES, required=True),
            "policy",
            options=tuple(POLICIES.items()),
            kind="select",
        ),
        Ask(
            "length",
            Both("Bao lâu", "How long"),
            WholeNumber(low=1, high=1200),
            "months",
            example=Both("12", "12"),
            hide=UNCOUNTED,
        ),
        Ask(
            "unit",
            Both("Tính bằng", "In"),
            Choice(UNITS, required=True),
            "days",
            options=tuple(UNITS.items()),
            kind="select",
            hide=UNCOUNTED,
        ),
        Ask(
            "round_up",
            Both("Kéo dài đến", "On to the end of"),
            Choice(PERIODS, required=True),
            "round_up",
            options=tuple(PERIODS.items()),
            kind="select",
            hide=f"length earning purchase {UNCOUNTED}",
        ),
        Ask(
            "dates",
            Both("Các ngày trong năm", "Days of the year"),
            Listed(),
            "dates",
            example=Both("30/6, 31/12", "30/6, 31/12"),
            hide="length period earning purchase year_unless_bought tier_window never",
        ),
        Ask(
            "grace",
            Both("Điểm hoàn lại mà đã hết hạn được dùng thêm", "Points given back after their end last"),
            WholeNumber(high=366),
            "grace_days",
            unit=DAYS,
            example=Both("7", "7"),
            help=Both("Để trống: mất luôn.", "Empty: they are lost."),
        ),
    ),
    _expiry_before,
    lambda rules, _number, locale: [
        sentences.describe_expiry(rules.expiry, locale),
        *terms.describe_grace(rules, locale),
    ],
    _expiry,
    table="expiry",
)
