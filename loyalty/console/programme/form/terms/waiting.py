"""Points that wait, and goods that come back."""

from collections.abc import Sequence

from loyalty.console.forms import Choice, WholeNumber
from loyalty.console.programme.form.part import Ask, Given, Part, put
from loyalty.console.programme.form.terms.units import DAYS
from loyalty.programme import terms
from loyalty.programme.document import Programme, Release
from loyalty.programme.editing import Put
from loyalty.words import Both

AT_ONCE = Both("Điểm của đơn dùng được ngay", "Points of a bill may be used at once")
REPORTS = Both(
    "Trả hàng sau khi đã dùng điểm: vẫn nhận, phần điểm thiếu được ghi lại để bạn xem",
    "Points used before goods come back: taken back all the same, what is missing is noted for you",
)
RELEASES = {
    Release.AT_ONCE: Both("Ngay khi tích", "At once"),
    Release.AFTER_DAYS: Both("Sau một số ngày", "After some days"),
    Release.ON_DELIVERY: Both("Khi hàng đã giao", "Once delivered"),
    Release.BY_STAFF: Both("Khi quản lý xác nhận", "Once a manager confirms"),
}


def _pending(rules: Programme, _number: int, given: Given) -> Sequence[Put]:
    release = given["release"]
    if release == rules.pending.release == Release.AT_ONCE:
        return []
    days = given["days"] if release == Release.AFTER_DAYS else None
    return put("pending", release=None if release == Release.AT_ONCE else release, days=days)


PENDING = Part(
    "pending",
    Both("Khi nào điểm dùng được", "When points may be used"),
    (
        Ask(
            "release",
            Both("Điểm của đơn dùng được", "Points of a bill may be used"),
            Choice([str(each) for each in RELEASES], required=True),
            "release",
            options=tuple(RELEASES.items()),
            kind="select",
        ),
        Ask(
            "days",
            Both("Số ngày chờ", "Days to wait"),
            WholeNumber(low=1, high=366),
            "days",
            unit=DAYS,
            example=Both("7", "7"),
            hide="at_once on_delivery by_staff",
        ),
    ),
    lambda rules, _number: {"release": str(rules.pending.release), "days": rules.pending.days or ""},
    lambda rules, _number, locale: list(terms.describe_pending(rules, locale)) or [AT_ONCE.in_(locale)],
    _pending,
    table="pending",
)
SHORTFALLS = {
    "report": Both("Vẫn nhận, ghi lại phần điểm thiếu", "Taken back; what is missing is noted"),
    "owe": Both("Vẫn nhận, lần tích sau bù", "Taken back; the next earning makes up for it"),
    "refuse": Both("Không nhận trả phần đó", "Not taken back"),
}
FALLS = {
    "review": Both("Xét lại vào đêm như thường lệ", "At the nightly review, as always"),
    "at_once": Both("Mất hạng ngay", "The tier goes at once"),
}


def _returns(rules: Programme, _number: int, given: Given) -> Sequence[Put]:
    asked = {"shortfall": (given["shortfall"], rules.returns.shortfall), "tier": (given["falls"], rules.returns.tier)}
    return [Put("returns", key, new) for key, (new, old) in asked.items() if new != old]


RETURNS = Part(
    "returns",
    Both("Trả hàng", "Returns"),
    (
        Ask(
            "shortfall",
            Both("Khách trả hàng mà đã dùng điểm của đơn đó", "Goods come back, their points are used"),
            Choice(SHORTFALLS, required=True),
            "shortfall",
            options=tuple(SHORTFALLS.items()),
            kind="select",
        ),
        Ask(
            "falls",
            Both("Không còn đủ mức hạng vì trả hàng", "Not enough for the tier any more"),
            Choice(FALLS, required=True),
            "tier",
            options=tuple(FALLS.items()),
            kind="select",
        ),
    ),
    lambda rules, _number: {"shortfall": rules.returns.shortfall, "falls": rules.returns.tier},
    lambda rules, _number, locale: list(terms.describe_returns(rules, locale)) or [REPORTS.in_(locale)],
    _returns,
    table="returns",
)
