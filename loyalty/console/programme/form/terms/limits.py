"""What staff of a role may do in a day."""

from collections.abc import Sequence
from typing import Any

from loyalty.console.forms import WholeNumber
from loyalty.console.programme.form.part import NOTHING, Amount, Ask, Given, Part
from loyalty.console.programme.form.terms.units import MONEY, POINTS
from loyalty.programme import sentences, terms
from loyalty.programme.document import Programme, RoleLimits
from loyalty.programme.editing import Put
from loyalty.words import Both

LIMITS = {
    "points_per_day": Both("Tặng mỗi ngày tối đa", "Gives a day at most"),
    "customer_awards_per_day": Both("Tích cho cùng một khách mỗi ngày", "The same customer a day"),
    "adjust_points": Both("Cộng, trừ tay trên mức này thì chờ duyệt", "By hand above this waits"),
}
ROLES = {"cashier": Both("Thu ngân", "Cashier"), "manager": Both("Quản lý", "Manager")}


def _limit(role: str, key: str) -> Ask:
    unit = Both("lần", "times") if key == "customer_awards_per_day" else POINTS
    return Ask(
        f"{role}_{key}",
        LIMITS[key],
        WholeNumber(low=1 if key == "customer_awards_per_day" else 0),
        f"{role}.{key}",
        unit=unit,
        group=ROLES[role] if key == "points_per_day" else NOTHING,
        help=Both("Để trống: không giới hạn.", "Empty: no limit.") if key == "points_per_day" else NOTHING,
        example=Both("3", "3") if key == "customer_awards_per_day" else Both("2.000", "2,000"),
    )


def _limits_before(rules: Programme, _number: int) -> dict[str, Any]:
    found: dict[str, Any] = {"bill": rules.cashier_bill}
    for role in ROLES:
        limits = rules.limits.get(role, RoleLimits())
        for key in LIMITS:
            value = getattr(limits, key)
            found[f"{role}_{key}"] = "" if value is None else value
    return found


def _limits(_rules: Programme, _number: int, given: Given) -> Sequence[Put]:
    of_roles = [Put(f"limits.{role}", key, given[f"{role}_{key}"]) for role in ROLES for key in LIMITS]
    return [Put("limits", "cashier_bill", given["bill"]), *of_roles]


LIMIT = Part(
    "limits",
    Both("Giới hạn cho nhân viên", "Limits for staff"),
    (
        Ask(
            "bill",
            Both("Hóa đơn của thu ngân trên mức này thì chờ duyệt", "A cashier's bill above this waits"),
            Amount(required=True, low=0),
            "cashier_bill",
            unit=MONEY,
            example=Both("5.000.000", "5,000,000"),
        ),
        *(_limit(role, key) for role in ROLES for key in LIMITS),
    ),
    _limits_before,
    lambda rules, _number, locale: [
        sentences.describe_cashier(rules, locale),
        *terms.describe_all_limits(rules, locale),
    ],
    _limits,
    table="limits",
)
