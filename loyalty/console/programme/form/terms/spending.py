"""Using points: for rewards, and to pay bills."""

from collections.abc import Sequence
from typing import Any

from loyalty.console.forms import WholeNumber
from loyalty.console.programme.form.part import Amount, Ask, Given, Part, put
from loyalty.console.programme.form.terms.units import MONEY, POINTS
from loyalty.programme import terms
from loyalty.programme.document import Programme
from loyalty.programme.editing import Put
from loyalty.words import Both

NOT_PAYING = Both("Điểm chỉ để đổi quà, không trả hóa đơn", "Points buy rewards only and pay no bills")


def _spending_before(rules: Programme, _number: int) -> dict[str, Any]:
    asked = rules.redemption
    share = asked.max_share if asked.point_value is not None and asked.max_share != 100 else ""
    return {"minimum": asked.minimum_balance or "", "worth": asked.point_value or "", "share": share}


def _spending(_rules: Programme, _number: int, given: Given) -> Sequence[Put]:
    worth = given["worth"]
    values = {"minimum_balance": given["minimum"] or None, "point_value": worth}
    return put("redemption", **values, max_share=given["share"] if worth else None)


SPENDING = Part(
    "spending",
    Both("Dùng điểm và trả hóa đơn", "Using points, paying bills"),
    (
        Ask(
            "worth",
            Both("Khi trả hóa đơn, 1 điểm là", "Paying a bill, a point is"),
            Amount(),
            "point_value",
            unit=MONEY,
            example=Both("1.000", "1,000"),
            help=Both("Để trống: điểm không trả hóa đơn, chỉ đổi quà.", "Empty: points pay no bills."),
        ),
        Ask(
            "share",
            Both("Trả nhiều nhất", "At most"),
            WholeNumber(low=1, high=100),
            "max_share",
            unit=Both("% hóa đơn", "% of the bill"),
            example=Both("50", "50"),
            help=Both("Để trống: cả hóa đơn.", "Empty: the whole bill."),
        ),
        Ask(
            "minimum",
            Both("Có từ bao nhiêu điểm mới được dùng", "Usable from a balance of"),
            WholeNumber(),
            "minimum_balance",
            unit=POINTS,
            example=Both("50", "50"),
        ),
    ),
    _spending_before,
    lambda rules, _number, locale: list(terms.describe_spending(rules, locale)) or [NOT_PAYING.in_(locale)],
    _spending,
    table="redemption",
)
