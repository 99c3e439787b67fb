"""The five segments in words: their names, what they mean with the shop's own numbers, what to do about them."""

from collections.abc import Mapping
from dataclasses import dataclass

from loyalty.segments.five import Reason
from loyalty.typed.money import format_money, format_points
from loyalty.words import Both

NAMES: Mapping[str, Both] = {
    "vip": Both("Khách VIP", "VIP customers"),
    "prospect": Both("Khách tiềm năng", "Prospects"),
    "repeat": Both("Khách mua nhiều lần", "Repeat customers"),
    "promo": Both("Khách chỉ mua theo ưu đãi", "Customers who buy only on offer"),
    "inactive": Both("Khách không hoạt động", "Inactive customers"),
}
MEANINGS: Mapping[str, Both] = {
    "vip": Both(
        "Chi từ {vip_spent} trong 12 tháng, qua ít nhất {vip_orders} lần mua.",
        "Spent {vip_spent} or more in 12 months, in at least {vip_orders} purchases.",
    ),
    "prospect": Both(
        "Có nhắn, tham gia hoặc mua trong {prospect_days} ngày qua, và mới mua không quá {prospect_orders} lần.",
        "Wrote, joined or bought in the last {prospect_days} days, with no more than {prospect_orders} purchases yet.",
    ),
    "repeat": Both("Đã mua từ {repeat_orders} lần trở lên.", "Bought {repeat_orders} times or more."),
    "promo": Both(
        "Mua từ {promo_orders} lần, và chắc 90% là ít nhất {promo_share}% số đơn của họ có giảm giá.",
        "Bought {promo_orders} times or more, and at least {promo_share}% of their bills were discounted (90% sure).",
    ),
    "inactive": Both(
        "Đã quá {inactive_times} lần nhịp mua của chính họ (chưa rõ nhịp thì lấy {gap_days} ngày của cửa hàng) "
        "và quá {inactive_least} ngày chưa quay lại.",
        "Away for more than {inactive_times} times their own rhythm ({gap_days} days, the shop's, before they have "
        "one) and more than {inactive_least} days.",
    ),
}


@dataclass(frozen=True, slots=True)
class Action:
    """What to do about a segment, and a text to begin a campaign with; `in_` takes its `shop`."""

    what: Both
    text: Both


ACTIONS: Mapping[str, Action] = {
    "vip": Action(
        Both("Cảm ơn và giữ chân: mời thử món mới trước.", "Thank them and keep them: let them try new things first."),
        Both(
            'Cảm ơn {{{{ name | "bạn" }}}} đã luôn chọn {shop}. Tuần này có món mới, mời bạn ghé thử trước mọi người.',
            'Thank you, {{{{ name | "friend" }}}}, for choosing {shop}. Something new is here: come and be the first.',
        ),
    ),
    "prospect": Action(
        Both("Mời mua lần đầu hoặc lần hai bằng một món quà nhỏ.", "Invite a first or second visit with a small gift."),
        Both(
            'Chào {{{{ name | "bạn" }}}}, {shop} có một phần nhỏ dành cho bạn trong lần ghé tới. Nhắn «quà» để xem.',
            'Hello {{{{ name | "there" }}}}, {shop} keeps something for your next visit. Write “rewards” to see it.',
        ),
    ),
    "repeat": Action(
        Both("Nhắc họ dùng điểm và giới thiệu bạn bè.", "Remind them of their points, and to bring friends."),
        Both(
            'Chào {{{{ name | "bạn" }}}}, điểm của bạn ở {shop} đang chờ. Nhắn «điểm» để xem đổi được gì.',
            'Hello {{{{ name | "there" }}}}, your points at {shop} are waiting. Write “points” to see what they bring.',
        ),
    ),
    "promo": Action(
        Both(
            "Đừng giảm giá thêm: tặng điểm hoặc combo để tập quen giá thường.",
            "No further discount: give points or bundles, so that they get used to the usual price.",
        ),
        Both(
            'Chào {{{{ name | "bạn" }}}}, tuần này mua ở {shop} bạn được thêm điểm. Ghé nhé!',
            'Hello {{{{ name | "there" }}}}, this week a purchase at {shop} brings you extra points. See you!',
        ),
    ),
    "inactive": Action(
        Both("Hỏi thăm và mời quay lại, một lần thôi.", "Ask how they are and invite them back, once."),
        Both(
            'Lâu rồi chưa gặp {{{{ name | "bạn" }}}}. {shop} nhớ bạn, ghé lại khi rảnh nhé.',
            'It has been a while, {{{{ name | "friend" }}}}. {shop} misses you: drop by when you can.',
        ),
    ),
}
PARTS: Mapping[str, Both] = {
    "spent_12m": Both("Chi tiêu 12 tháng", "Spent in 12 months"),
    "orders": Both("Số lần mua", "Purchases"),
    "interest_days": Both("Lần nhắn, tham gia hoặc mua gần nhất", "Last message, joining or purchase"),
    "promo_low": Both("Tỷ lệ đơn có giảm giá (ít nhất, chắc 90%)", "Share of discounted bills (at least, 90% sure)"),
    "quiet_days": Both("Số ngày chưa quay lại", "Days away"),
}
LABELS: Mapping[str, Both] = {
    "vip_spent": Both("VIP: chi tiêu 12 tháng từ", "VIP: spent in 12 months from"),
    "vip_orders": Both("VIP: số lần mua từ", "VIP: purchases from"),
    "prospect_orders": Both("Tiềm năng: mua không quá", "Prospects: purchases at most"),
    "prospect_days": Both("Tiềm năng: có quan tâm trong", "Prospects: interest within"),
    "repeat_orders": Both("Mua nhiều lần: từ", "Repeat: purchases from"),
    "promo_orders": Both("Chỉ mua theo ưu đãi: mua từ", "Only on offer: purchases from"),
    "promo_share": Both("Chỉ mua theo ưu đãi: đơn giảm giá từ", "Only on offer: discounted bills from"),
    "inactive_times": Both("Không hoạt động: quá mấy lần nhịp mua", "Inactive: away for so many rhythms"),
    "inactive_least": Both("Không hoạt động: và quá", "Inactive: and more than"),
    "gap_days": Both("Nhịp mua chung (cho người chưa rõ nhịp)", "The shop's rhythm (for who has none yet)"),
}
UNITS: Mapping[str, Both] = {
    "money": Both("₫", "₫"),
    "orders": Both("lần", "times"),
    "days": Both("ngày", "days"),
    "percent": Both("%", "%"),
    "times": Both("lần nhịp mua", "rhythms"),
}


def number(value: int, unit: str, locale: str) -> str:
    """A threshold as people write it, without the unit but for ₫: 5.000.000đ, 14, 2,5."""
    if unit == "money":
        return format_money(value, locale)
    if unit != "times":
        return format_points(value, locale)
    plain = f"{value / 100:g}"
    return plain.replace(".", ",") if locale == "vi" else plain


def meaning(code: str, numbers: Mapping[str, int], units: Mapping[str, str], locale: str) -> str:
    """What a segment means with these numbers; `units` by threshold."""
    said = {name: number(value, units[name], locale) for name, value in numbers.items()}
    return MEANINGS[code].in_(locale, **said)


def part(reason: Reason, locale: str) -> tuple[str, str]:
    """A part of a definition with what it asks for, and what the person has there."""
    unit = {"spent_12m": "money", "promo_low": "percent", "orders": "orders"}.get(reason.what, "days")

    def said(value: int) -> str:
        shown = number(value, unit, locale)
        return shown if unit == "money" else f"{shown}%" if unit == "percent" else f"{shown} {UNITS[unit].in_(locale)}"

    bound = Both("không quá", "at most") if reason.most else Both("từ", "at least")
    needed = f"{PARTS[reason.what].in_(locale)} {bound.in_(locale)} {said(reason.needed)}"
    none = Both("chưa có", "none").in_(locale)
    return needed, none if reason.actual is None else said(reason.actual)


def starter_text(code: str, shop_name: str, locale: str) -> str:
    """A text to begin a campaign with."""
    return ACTIONS[code].text.in_(locale, shop=shop_name)
