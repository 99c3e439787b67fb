"""What there is once in every document: earning, how long points live, using them, returns, limits."""

from collections.abc import Mapping, Sequence
from typing import Any

from loyalty.console.forms import Choice, Text, WholeNumber
from loyalty.console.programme.form.part import NOTHING, Amount, Ask, Given, Listed, Part, Times, decimal, put
from loyalty.programme import sentences, terms
from loyalty.programme.document import Expiry, Policy, Programme, Release, RoleLimits, decimal_text
from loyalty.programme.editing import Put
from loyalty.words import Both

DAYS, POINTS, MONEY = Both("ngày", "days"), Both("điểm", "points"), Both("₫", "₫")
AT_ONCE = Both("Điểm của đơn dùng được ngay", "Points of a bill may be used at once")
NOT_PAYING = Both("Điểm chỉ để đổi quà, không trả hóa đơn", "Points buy rewards only and pay no bills")
REPORTS = Both(
    "Trả hàng sau khi đã dùng điểm: vẫn nhận, phần điểm thiếu được ghi lại để bạn xem",
    "Points used before goods come back: taken back all the same, what is missing is noted for you",
)

# -- earning ----------------------------------------------------------------------------------------------------------

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

# -- how long points live ---------------------------------------------------------------------------------------------

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

# -- using points -----------------------------------------------------------------------------------------------------


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

# -- pending, returns -------------------------------------------------------------------------------------------------

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

# -- limits -----------------------------------------------------------------------------------------------------------

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

# -- the rest ---------------------------------------------------------------------------------------------------------

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
