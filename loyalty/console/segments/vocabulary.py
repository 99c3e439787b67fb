"""Fields and comparisons as people say them. What there is, the rules themselves tell; here is only how it reads."""

from collections.abc import Mapping
from dataclasses import dataclass

from loyalty.segments import rules
from loyalty.segments.rules import Kind
from loyalty.words import Both

NOTHING = Both("", "")


@dataclass(frozen=True, slots=True)
class Said:
    """A field: its name, what its numbers count, and one sentence more."""

    label: Both
    unit: Both = NOTHING
    help: Both = NOTHING
    example: str = ""


FIELDS: Mapping[str, Said] = {
    "tier": Said(Both("Hạng", "Tier"), help=Both("Hạng khách đang giữ.", "The tier held now.")),
    "points": Said(
        Both("Số điểm", "Points"), Both("điểm", "points"), Both("Điểm còn dùng được.", "Points one can use now."), "50"
    ),
    "orders": Said(
        Both("Số lần mua", "Purchases"),
        Both("lần", "times"),
        Both("Đơn trả lại hết không tính.", "A purchase fully returned does not count."),
        "3",
    ),
    "spent_12m": Said(
        Both("Chi tiêu 12 tháng", "Spent in 12 months"),
        Both("₫", "₫"),
        Both("Tiền mua trong 12 tháng gần đây; xếp hạng theo số này.", "In the last 12 months; tiers look at it."),
        "2.000.000",
    ),
    "spent": Said(
        Both("Tổng chi tiêu", "Spent in all"),
        Both("₫", "₫"),
        Both("Từ lần mua đầu tiên đến nay.", "Since the first purchase."),
        "5.000.000",
    ),
    "last_purchase_days": Said(
        Both("Mua lần cuối cách đây", "Last purchase was"),
        Both("ngày", "days ago"),
        Both("0 là hôm nay. Ai chưa mua lần nào thì không tính.", "0 is today. Who never bought is left out."),
        "60",
    ),
    "joined_days": Said(
        Both("Tham gia cách đây", "Joined"),
        Both("ngày", "days ago"),
        Both("0 là hôm nay. Ai chưa tham gia thì không tính.", "0 is today. Who has not joined is left out."),
        "30",
    ),
    "channel": Said(Both("Kênh chat", "Chat"), help=Both("Nơi khách đã nhắn với cửa hàng.", "Where they write to us.")),
    "consent.promotion": Said(
        Both("Đồng ý nhận ưu đãi", "Agreed to offers"),
        help=Both("Chỉ ai đồng ý mới nhận được tin ưu đãi.", "Only who agreed ever gets an offer."),
    ),
    "has_phone": Said(Both("Có số điện thoại", "Has a phone number")),
    "five": Said(
        Both("Nhóm có sẵn", "Ready segment"),
        help=Both(
            "VIP, tiềm năng, mua nhiều lần … theo ngưỡng của cửa hàng.", "VIP, prospects … by the shop's numbers."
        ),
    ),
    "list": Said(Both("Danh sách", "List"), help=Both("Danh sách bạn tự lập.", "A list of people you made.")),
}
OPS: Mapping[str, Both] = {
    ">=": Both("từ … trở lên", "at least"),
    "<=": Both("không quá", "at most"),
    "between": Both("từ … đến …", "from … to …"),
    "=": Both("đúng bằng", "exactly"),
    ">": Both("hơn", "more than"),
    "<": Both("dưới", "less than"),
    "!=": Both("khác", "other than"),
    "in": Both("là một trong", "one of"),
    "not_in": Both("không phải", "none of"),
}
OF_KIND: Mapping[Kind, Mapping[str, Both]] = {  # where a comparison has another word
    Kind.TIER: {
        "=": Both("là", "is"),
        "!=": Both("không phải", "is not"),
        "<": Both("thấp hơn", "below"),
        ">": Both("cao hơn", "above"),
    },
    Kind.CHANNEL: {
        "=": Both("có", "on"),
        "!=": Both("không có", "not on"),
        "in": Both("có một trong", "on one of"),
        "not_in": Both("không có kênh nào trong", "on none of"),
    },
    Kind.FLAG: {"=": Both("là", "is")},
}
IN = {
    "=": Both("ở trong", "in"),
    "!=": Both("không ở trong", "not in"),
    "in": Both("ở trong một trong", "in one of"),
    "not_in": Both("không ở trong nhóm nào", "in none of"),
}
OF_KIND = {**OF_KIND, Kind.FIVE: IN, Kind.LIST: IN}
WORDS: Mapping[str, Both] = {
    "all": Both("Đúng tất cả các điều sau", "All of these"),
    "any": Both("Đúng ít nhất một điều sau", "Any of these"),
    "none": Both("Không đúng điều nào sau đây", "None of these"),
}
JOINTS: Mapping[str, Both] = {"all": Both("và", "and"), "any": Both("hoặc", "or"), "none": Both("cũng không", "nor")}
CHANNELS = {"zalo": "Zalo", "messenger": "Messenger"}


def said(field: str) -> Said:
    """How a field reads; one that has no words yet goes by its own name."""
    return FIELDS.get(field) or Said(Both(field, field))


def ops(kind: Kind) -> dict[str, Both]:
    """The comparisons of a kind in the order they are offered; «là» with yes and no needs no opposite."""
    offered = ("=",) if kind is Kind.FLAG else rules.OPS_OF[kind]
    own = OF_KIND.get(kind, {})
    return {op: own.get(op, word) for op, word in OPS.items() if op in offered}
