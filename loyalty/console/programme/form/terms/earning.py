"""Earning: how money becomes points."""

from collections.abc import Sequence
from typing import Any

from loyalty.console.forms import Choice
from loyalty.console.programme.form.part import Amount, Ask, Given, Part, Times, decimal, put
from loyalty.console.programme.form.terms.units import MONEY
from loyalty.programme import sentences
from loyalty.programme.document import Programme, decimal_text
from loyalty.programme.editing import Put
from loyalty.words import Both

WAYS = {
    "amount": Both("Cứ một số tiền được 1 điểm", "A point for so much money"),
    "share": Both("Hoàn một phần trăm hóa đơn bằng điểm", "A percentage of the bill back in points"),
    "bands": Both("Nhiều mức hóa đơn (giữ như đang viết)", "Several levels of bills (as they are written)"),
}
LEFT = {
    "carry": Both("Để dành cho đơn sau", "Kept for the next bill"),
    "floor": Both("Bỏ đi", "Dropped"),
    "half": Both("Làm tròn đến điểm gần nhất", "Rounded to the nearest point"),
}


def _earning_before(rules: Programme, _number: int) -> dict[str, Any]:
    earning = rules.earning
    way = "share" if earning.percent else "bands" if len(earning.bands) > 1 else "amount"
    return {
        "way": way,
        "amount": earning.per_amount(0),
        "share": decimal(decimal_text(earning.percent)) if earning.percent else "",
        "worth": earning.point_value or "",
        "left": "carry" if earning.carry else "half" if earning.half else "floor",
    }


def _earning(rules: Programme, _number: int, given: Given) -> Sequence[Put]:
    way, left = given["way"], given["left"]
    carry = left == "carry"
    changes = put("earning", carry=None if carry else False, rounding="half" if left == "half" else None)
    if carry and rules.earning.carry:
        changes = []
    if way == "bands":
        return changes
    ways = {
        "amount": {"per_amount": given["amount"], "percent": None, "point_value": None, "bands": None},
        "share": {"per_amount": None, "percent": given["share"], "point_value": given["worth"], "bands": None},
    }
    return [*changes, *put("earning", **ways[way])]


def _earning_ways(_desk: Any, rules: Programme) -> list[tuple[str, Both | str]]:
    return [(code, said) for code, said in WAYS.items() if code != "bands" or len(rules.earning.bands) > 1]


EARNING = Part(
    "earning",
    Both("Tích điểm", "Earning"),
    (
        Ask("way", Both("Cách tính", "How"), Choice(WAYS, required=True), options=_earning_ways, kind="select"),
        Ask(
            "amount",
            Both("Số tiền cho 1 điểm", "Money for a point"),
            Amount(),
            "per_amount",
            unit=MONEY,
            example=Both("10.000", "10,000"),
            hide="share bands",
        ),
        Ask(
            "share",
            Both("Hoàn lại", "Given back"),
            Times(longest=8),
            "percent",
            unit=Both("% hóa đơn", "% of the bill"),
            example=Both("5", "5"),
            hide="amount bands",
        ),
        Ask(
            "worth",
            Both("1 điểm đáng giá", "A point is worth"),
            Amount(),
            "point_value",
            unit=MONEY,
            example=Both("1.000", "1,000"),
            hide="amount bands",
        ),
        Ask(
            "left",
            Both("Phần tiền lẻ", "What is left over"),
            Choice(LEFT, required=True),
            "rounding",
            options=tuple(LEFT.items()),
            kind="select",
        ),
    ),
    _earning_before,
    lambda rules, _number, locale: list(sentences.describe_earning(rules.earning, locale)),
    _earning,
    table="earning",
)
