"""Name, referrals, receipts, birthdays on 29 February."""

from collections.abc import Sequence

from loyalty.console.forms import Choice, Text, WholeNumber
from loyalty.console.programme.form.part import Ask, Given, Part, put
from loyalty.console.programme.form.terms.units import DAYS
from loyalty.programme.document import Programme
from loyalty.programme.editing import Put
from loyalty.words import Both

LEAP_DAYS = {"28/2": Both("28/2", "28/2"), "1/3": Both("1/3", "1/3")}
RESTARTS = {
    "never": Both("Không bao giờ", "Never"),
    "yearly": Both("Mỗi năm", "Every year"),
    "daily": Both("Mỗi ngày", "Every day"),
}
WAITS = Both("Điểm giới thiệu được cộng sau {days} ngày", "Points for a referral come after {days} days")


def _other(rules: Programme, _number: int, given: Given) -> Sequence[Put]:
    wait, leap = given["wait"], given["leap"]
    return [
        *put("", name=given["title"]),
        *([] if wait in (None, rules.referral.wait_days) else put("referral", wait_days=wait)),
        *([] if (leap == "1/3") == rules.leap_to_march else put("birthdays", leap_day=leap)),
        *put("receipts", restart=given["restart"]),
    ]


OTHER = Part(
    "other",
    Both("Tên, giới thiệu bạn, số hóa đơn", "Name, referrals, receipts"),
    (
        Ask("title", Both("Tên chương trình", "Name of the programme"), Text(required=True, longest=100), "name"),
        Ask(
            "wait",
            Both("Điểm giới thiệu chờ đơn đầu tiên của người bạn qua", "A friend's first bill stands for"),
            WholeNumber(high=366),
            "referral.wait_days",
            unit=DAYS,
            example=Both("7", "7"),
        ),
        Ask(
            "leap",
            Both("Sinh nhật 29/2, năm thường tính vào", "A birthday on 29/2 is kept in other years on"),
            Choice(LEAP_DAYS, required=True),
            "birthdays.leap_day",
            options=tuple(LEAP_DAYS.items()),
            kind="select",
        ),
        Ask(
            "restart",
            Both("Số hóa đơn đếm lại từ đầu", "Receipt numbers begin again"),
            Choice(RESTARTS, required=True),
            "receipts.restart",
            options=tuple(RESTARTS.items()),
            kind="select",
            help=Both("Để cùng một số của hai năm không bị coi là một đơn.", "So the same number a year later is new."),
        ),
    ),
    lambda rules, _number: {
        "title": rules.name,
        "wait": rules.referral.wait_days,
        "leap": "1/3" if rules.leap_to_march else "28/2",
        "restart": rules.restart,
    },
    lambda rules, _number, locale: [WAITS.in_(locale, days=rules.referral.wait_days)],
    _other,
)
