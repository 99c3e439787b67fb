"""Rules to begin from, so that nobody faces an empty page. Each is plain rules: change them like any others."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from loyalty.programme.document import Programme
from loyalty.words import Both

NEAR = 80  # per cent of what the next tier asks for


@dataclass(frozen=True, slots=True)
class Starter:
    """`code` is stable; `why` says what such a choice is good for."""

    code: str
    name: Both
    why: Both
    rules: dict[str, Any]


def _is(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


def list_all(programme: Programme) -> list[Starter]:
    """The starters that make sense under these rules of points."""
    return [*_near_a_tier(programme), *PLAIN]


PLAIN = (
    Starter(
        "away",
        Both("Khách lâu không quay lại", "Customers who stayed away"),
        Both("Từng mua, nhưng 60 ngày nay chưa ghé. Một lời mời đúng lúc.", "Bought before, not in the last 60 days."),
        {"all": [_is("orders", ">=", 1), _is("last_purchase_days", ">=", 60), _is("consent.promotion", "=", True)]},
    ),
    Starter(
        "new",
        Both("Khách mới 30 ngày", "New in the last 30 days"),
        Both("Vừa tham gia. Kể cho họ nghe điểm dùng làm gì.", "They have just joined. Tell them what points are for."),
        {"all": [_is("joined_days", "<=", 30)]},
    ),
    Starter(
        "points",
        Both("Đồng ý nhận tin & có điểm", "Agreed to offers & has points"),
        Both("Còn từ 50 điểm trở lên: nhắc họ đổi quà.", "At least 50 points left: remind them of the rewards."),
        {"all": [_is("consent.promotion", "=", True), _is("points", ">=", 50)]},
    ),
    Starter(
        "second",
        Both("Mới mua một lần", "Bought once"),
        Both("Lần thứ hai là lần quyết định họ có quay lại không.", "The second visit decides whether they return."),
        {"all": [_is("orders", "=", 1), _is("last_purchase_days", "between", [7, 60])]},
    ),
    Starter(
        "regulars",
        Both("Khách quen gần đây", "Recent regulars"),
        Both("Mua từ 5 lần và vừa ghé trong 30 ngày: cảm ơn họ.", "Five purchases or more, and here this month."),
        {"all": [_is("orders", ">=", 5), _is("last_purchase_days", "<=", 30)]},
    ),
)


def _near_a_tier(programme: Programme) -> list[Starter]:
    """Only where tiers are held by what rules can ask for: ₫ of 12 rolling months."""
    held_by = programme.qualification
    if (held_by.metric, held_by.window, held_by.months) != ("spend", "rolling", 12):
        return []
    steps = [
        {"all": [_is("tier", "=", held.code), _is("spent_12m", ">=", next_one.spend * NEAR // 100)]}
        for held, next_one in pairwise(programme.tiers)
    ]
    if not steps:
        return []
    why = Both("Chỉ còn dưới 20% là lên hạng: họ đáng được biết.", "Less than 20% from the next tier: worth telling.")
    return [Starter("near", Both("Sắp lên hạng", "Close to the next tier"), why, {"any": steps})]
