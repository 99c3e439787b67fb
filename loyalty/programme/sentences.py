"""The rules as sentences, so that whoever decides reads what they decide. One sentence a rule, without its code."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, time

from loyalty.programme import terms
from loyalty.programme.document import (
    Cap,
    Earning,
    Expiry,
    Kind,
    Policy,
    Programme,
    Qualification,
    Rule,
    Scope,
    Tier,
    When,
    decimal_text,
    in_locale,
)
from loyalty.typed.money import format_money, format_points
from loyalty.words import Both

PER_AMOUNT = Both("Cứ {money} được 1 điểm", "1 point per {money}")
PERCENT = Both(
    "Hoàn {percent}% hóa đơn bằng điểm: cứ {money} được 1 điểm", "{percent}% of the bill in points: 1 point per {money}"
)
BAND = Both("Hóa đơn từ {least}: cứ {money} được 1 điểm", "Bills from {least}: 1 point per {money}")
LEFT = {
    "carry": Both("phần lẻ để dành cho đơn sau", "what is left over counts with the next bill"),
    "floor": Both("phần lẻ bỏ đi", "what is left over is dropped"),
    "half": Both("làm tròn đến điểm gần nhất", "rounded to the nearest point"),
}
ASKS = {
    "spend": Both("chi tiêu từ {amount}", "from {amount} spent"),
    "points": Both("từ {amount} điểm tích được", "from {amount} points earned"),
    "orders": Both("từ {amount} lần mua", "from {amount} purchases"),
}
WINDOWS = {
    "rolling": Both("trong {months} tháng", "in {months} months"),
    "calendar_year": Both("trong năm dương lịch", "in the calendar year"),
    "half_year": Both("trong nửa năm", "in the half year"),
    "anniversary": Both("trong năm kể từ ngày tham gia", "in the year since joining"),
}
TIER = Both("Hạng {name}: {asks}, tích điểm ×{times}", "Tier {name}: {asks}, earns ×{times}")
FIRST_TIER = Both("Hạng {name}: mọi khách, tích điểm ×{times}", "Tier {name}: everybody, earns ×{times}")
FALLS = {
    "one_step": Both(
        "Không còn đủ mức thì xuống một hạng{grace}, giữ hạng đó trọn một kỳ",
        "Without enough, a tier falls by one step{grace}, which is held for a whole window",
    ),
    "to_fit": Both(
        "Không còn đủ mức thì xuống hạng vừa với mức đạt được{grace}",
        "Without enough, a tier falls to what was reached{grace}",
    ),
    "never": Both("Đã lên hạng thì không xuống", "A tier once reached is never lost"),
}
GRACE = Both(", sau {days} ngày châm chước", ", after {days} days of grace")
WARNED = Both("; khách được báo trước {days} ngày", "; the customer is told {days} days before")
EXPIRES = {
    Policy.AFTER: Both(
        "Điểm dùng được {length} kể từ ngày tích{rounded}", "Points last {length} from earning{rounded}"
    ),
    Policy.DATES: Both("Điểm hết hạn vào {dates} hằng năm", "Points end on {dates} every year"),
    Policy.INACTIVITY: Both(
        "Điểm hết hạn sau {length} không {activity}", "Points end after {length} without {activity}"
    ),
    Policy.YEAR_UNLESS_BOUGHT: Both(
        "Điểm hết hạn ngày 31/12 nếu cả năm không mua", "Points end on 31/12 of a year without a purchase"
    ),
    Policy.TIER_WINDOW: Both("Điểm hết hạn cùng hạng", "Points end with the tier"),
    Policy.NEVER: Both("Điểm không hết hạn", "Points do not end"),
}
ROUNDED = {
    "month": Both(", đến hết tháng", ", to the end of that month"),
    "quarter": Both(", đến hết quý", ", to the end of that quarter"),
    "half_year": Both(", đến hết nửa năm", ", to the end of that half year"),
    "year": Both(", đến hết năm", ", to the end of that year"),
}
ACTIVITY = {"earning": Both("tích điểm", "earning"), "purchase": Both("mua hàng", "buying")}
MONTHS, DAYS = Both("{number} tháng", "{number} months"), Both("{number} ngày", "{number} days")
MULTIPLIES = {
    Scope.LINE: Both("nhân {times} các món", "these items earn ×{times}"),
    Scope.BILL: Both("nhân {times} cả đơn", "the whole bill earns ×{times}"),
}
GIVES = Both("cộng {points} điểm", "{points} points more")
EXCLUDES = {
    Scope.LINE: Both("các món không tích điểm", "these items earn nothing"),
    Scope.BILL: Both("đơn không tích điểm (vẫn tính hạng)", "the bill earns nothing (it counts for tiers)"),
}
OCCASIONS = {
    Scope.JOINING: Both("khi tham gia", "on joining"),
    Scope.BIRTHDAY: Both("vào ngày sinh nhật", "on the birthday"),
    Scope.REFERRAL: Both("{side}", "{side}"),
    Scope.EVENT: Both("khi có sự kiện {event}", "on the event {event}"),
}
SIDES = {
    "": Both("khi giới thiệu bạn", "for bringing a friend"),
    "referrer": Both("cho người giới thiệu bạn", "to whoever brings a friend"),
    "friend": Both("cho người bạn được giới thiệu", "to the friend who was brought"),
}
REFERRAL = Both(
    "Điểm giới thiệu được cộng khi đơn đầu tiên của người bạn đã qua {days} ngày mà không bị trả hay hủy",
    "Points for a referral come when the friend's first bill has stood for {days} days",
)
LEAP_TO_MARCH = Both(
    "Sinh nhật 29/2 được tính vào 1/3 ở năm thường", "A birthday on 29/2 is kept on 1/3 in other years"
)
WEEKDAYS = (
    *(Both("thứ Hai", "Mondays"), Both("thứ Ba", "Tuesdays"), Both("thứ Tư", "Wednesdays")),
    *(Both("thứ Năm", "Thursdays"), Both("thứ Sáu", "Fridays"), Both("thứ Bảy", "Saturdays")),
    Both("Chủ Nhật", "Sundays"),
)
NAMED_DAYS: Mapping[str, Both] = {
    "tet": Both("Tết (29 tháng Chạp đến mùng 5)", "Tết (29/12 to 5/1, lunar)"),
    "kitchen_gods": Both("Ông Táo", "Kitchen gods"),
    "god_of_wealth": Both("Vía Thần Tài", "God of wealth"),
    "hung_kings": Both("Giỗ Tổ", "Hùng kings"),
    "vu_lan": Both("Vu Lan", "Vu Lan"),
    "mid_autumn": Both("Trung thu", "Mid-autumn"),
    "new_year": Both("Tết dương lịch", "New year"),
    "womens_day": Both("8/3", "8 March"),
    "reunification_day": Both("30/4", "30 April"),
    "labour_day": Both("1/5", "1 May"),
    "childrens_day": Both("1/6", "1 June"),
    "national_day": Both("2/9", "2 September"),
    "vietnamese_womens_day": Both("20/10", "20 October"),
    "teachers_day": Both("20/11", "20 November"),
    "christmas": Both("Giáng sinh", "Christmas"),
}
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}")
LUNAR = Both("{days} âm lịch", "lunar {days}")
CONDITIONS = {
    "products": Both("món {value}", "products {value}"),
    "categories": Both("nhóm hàng {value}", "categories {value}"),
    "stores": Both("tại {value}", "at {value}"),
    "sources": Both("qua {value}", "through {value}"),
    "tiers": Both("hạng {value}", "tiers {value}"),
    "segments": Both("nhóm khách {value}", "segments {value}"),
    "weekdays": Both("vào {value}", "on {value}"),
    "hours": Both("lúc {value}", "at {value}"),
    "days": Both("ngày {value}", "on {value}"),
    "minimum_bill": Both("đơn từ {value}", "bills from {value}"),
}
DISCOUNTED = {
    True: Both("đơn có giảm giá", "discounted bills"),
    False: Both("đơn không giảm giá", "bills at full price"),
}
FIRST_PURCHASE = Both("lần mua đầu tiên", "the first purchase")
BIRTHDAYS = {
    "day": Both("đúng sinh nhật", "on the birthday"),
    "week": Both("tuần sinh nhật", "in the week of the birthday"),
    "month": Both("tháng sinh nhật", "in the month of the birthday"),
}
SINCE, UNTIL = Both("từ {day}", "from {day}"), Both("đến hết {day}", "through {day}")
CAPS = {
    Cap.PERSON: Both("mỗi khách tối đa {most} điểm", "at most {most} points a customer"),
    Cap.PERSON_DAY: Both("mỗi khách mỗi ngày tối đa {most} điểm", "at most {most} points a customer a day"),
    Cap.PERSON_MONTH: Both("mỗi khách mỗi tháng tối đa {most} điểm", "at most {most} points a customer a month"),
    Cap.DAY: Both("mỗi ngày tối đa {most} điểm", "at most {most} points a day"),
    Cap.STORE_DAY: Both("mỗi cửa hàng mỗi ngày tối đa {most} điểm", "at most {most} points a store a day"),
    Cap.BUDGET: Both("ngân sách {most} điểm", "a budget of {most} points"),
}
CASHIER = Both("Thu ngân nhập hóa đơn trên {money} thì chờ duyệt", "A cashier's bill above {money} waits for approval")


def describe(programme: Programme, locale: str) -> list[str]:
    """Every rule in a sentence of that language, without a full stop: earning, tiers, expiry, rules, limits."""
    return [
        *describe_earning(programme.earning, locale),
        *(describe_tier(tier, programme.qualification, locale) for tier in programme.tiers),
        *describe_falls(programme, locale),
        describe_expiry(programme.expiry, locale),
        *(describe_rule(rule, programme, locale) for rule in programme.rules),
        *describe_occasions(programme, locale),
        describe_cashier(programme, locale),
        *terms.describe(programme, locale),
    ]


def describe_cashier(programme: Programme, locale: str) -> str:
    """From which bill on a cashier asks."""
    return CASHIER.in_(locale, money=format_money(programme.cashier_bill, locale))


def describe_falls(programme: Programme, locale: str) -> list[str]:
    """How a tier is lost, where there is more than one."""
    asked = programme.qualification
    if len(programme.tiers) < 2:
        return []
    grace = GRACE.in_(locale, days=asked.grace_days) if asked.grace_days else ""
    said = FALLS[asked.downgrade].in_(locale, grace=grace)
    is_told = asked.downgrade != "never" and asked.warn_days
    return [said + (WARNED.in_(locale, days=asked.warn_days) if is_told else "")]


def describe_occasions(programme: Programme, locale: str) -> Iterator[str]:
    """What holds for referrals and birthdays, where some rule is about them."""
    if any(rule.scope is Scope.REFERRAL for rule in programme.rules):
        yield REFERRAL.in_(locale, days=programme.referral.wait_days)
    if programme.leap_to_march:
        yield LEAP_TO_MARCH.in_(locale)


def describe_rule(rule: Rule, programme: Programme, locale: str) -> str:
    """`Giờ vàng: nhân 2 cả đơn; lúc 14:00–17:00; mỗi khách mỗi ngày tối đa 100 điểm`."""
    spans = [said.in_(locale, day=_day(day)) for said, day in ((SINCE, rule.first), (UNTIL, rule.last)) if day]
    parts = [
        _effect(rule, locale),
        ", ".join(_conditions(rule.when, programme, locale)),
        " ".join(spans),
        ", ".join(CAPS[cap].in_(locale, most=format_points(most, locale)) for cap, most in rule.caps.items()),
    ]
    return f"{in_locale(rule.names, locale)}: " + "; ".join(part for part in parts if part)


def describe_earning(earning: Earning, locale: str) -> Iterator[str]:
    """What a bill earns before any rule."""
    left = LEFT["carry" if earning.carry else "half" if earning.half else "floor"].in_(locale)
    for band in earning.bands:
        money = format_money(band.per_amount, locale)
        if earning.percent is not None:
            yield (
                PERCENT.in_(locale, percent=_decimal(decimal_text(earning.percent), locale), money=money) + f"; {left}"
            )
        elif len(earning.bands) == 1:
            yield PER_AMOUNT.in_(locale, money=money) + f"; {left}"
        else:
            yield BAND.in_(locale, least=format_money(band.least, locale), money=money) + f"; {left}"


def describe_tier(tier: Tier, qualification: Qualification, locale: str) -> str:
    """`Hạng Bạc: chi tiêu từ 2.000.000đ trong 12 tháng, tích điểm ×1,25`."""
    name, times = in_locale(tier.names, locale), _decimal(tier.multiplier_text, locale)
    benefits = in_locale(tier.benefits, locale) if tier.benefits else ()
    asked = format_money(tier.spend, locale) if qualification.metric == "spend" else format_points(tier.spend, locale)
    asks = ASKS[qualification.metric].in_(locale, amount=asked)
    window = WINDOWS[qualification.window].in_(locale, months=qualification.months)
    said = (TIER if tier.spend else FIRST_TIER).in_(locale, name=name, asks=f"{asks} {window}", times=times)
    return "; ".join([said, *benefits])


def describe_expiry(expiry: Expiry, locale: str) -> str:
    """When points end."""
    length = (MONTHS if expiry.months else DAYS).in_(locale, number=expiry.months or expiry.days)
    return EXPIRES[expiry.policy].in_(
        locale,
        length=length,
        rounded=ROUNDED[expiry.round_up].in_(locale) if expiry.round_up else "",
        dates=", ".join(f"{day}/{month}" for month, day in expiry.dates),
        activity=ACTIVITY[expiry.activity].in_(locale) if expiry.activity else "",
    )


def _effect(rule: Rule, locale: str) -> str:
    match rule.kind:
        case Kind.MULTIPLY:
            return MULTIPLIES[rule.scope].in_(locale, times=_decimal(decimal_text(rule.multiplier), locale))
        case Kind.EXCLUDE:
            return EXCLUDES[rule.scope].in_(locale)
    facts = {"event": rule.event, "side": SIDES[rule.to].in_(locale)}
    occasion = OCCASIONS[rule.scope].in_(locale, **facts) if rule.scope in OCCASIONS else ""
    return f"{GIVES.in_(locale, points=format_points(rule.points, locale))} {occasion}".rstrip()


def _conditions(when: When, programme: Programme, locale: str) -> Iterator[str]:
    """What is asked, as far as something is asked."""
    for name, value in _values(when, programme, locale).items():
        if value:
            yield CONDITIONS[name].in_(locale, value=value)
    if when.discounted is not None:
        yield DISCOUNTED[when.discounted].in_(locale)
    if when.first_purchase:
        yield FIRST_PURCHASE.in_(locale)
    if when.birthday:
        yield BIRTHDAYS[when.birthday].in_(locale)


def _values(when: When, programme: Programme, locale: str) -> Mapping[str, str]:
    tiers = (tier for tier in programme.tiers if tier.code in when.tiers)
    return {
        "products": ", ".join(when.products).upper(),
        "categories": ", ".join(when.categories.values()),
        "stores": ", ".join(sorted(when.stores)),
        "sources": ", ".join(sorted(when.sources)),
        "tiers": ", ".join(in_locale(tier.names, locale) for tier in tiers),
        "segments": ", ".join(sorted(when.segments)),
        "weekdays": ", ".join(WEEKDAYS[number].in_(locale) for number in sorted(when.weekdays)),
        "hours": ", ".join(f"{start:%H:%M}–{_end(end)}" for start, end in when.hours),
        "days": ", ".join(_days(each.text, locale) for each in when.days),
        "minimum_bill": format_money(when.minimum_bill, locale) if when.minimum_bill else "",
    }


def _days(text: str, locale: str) -> str:
    """`tet` and `lunar 15/8` as people say them."""
    if (named := NAMED_DAYS.get(text)) is not None:
        return named.in_(locale)
    if text.startswith("lunar "):
        return LUNAR.in_(locale, days=text.removeprefix("lunar "))
    return "/".join(reversed(text.split("-"))) if _DATED.fullmatch(text) else text


def _end(end: time) -> str:
    return "24:00" if end == time.max else f"{end:%H:%M}"


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _decimal(text: str, locale: str) -> str:
    return text if locale == "en" else text.replace(".", ",")
