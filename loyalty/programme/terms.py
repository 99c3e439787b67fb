"""The terms beside earning as sentences, as far as a document sets them: when points are usable, who may give them."""

from collections.abc import Iterator

from loyalty.programme.document import Programme, Release, RoleLimits
from loyalty.typed.money import format_money, format_points
from loyalty.words import Both

ROLES = {
    "cashier": Both("thu ngân", "cashier"),
    "manager": Both("quản lý", "manager"),
    "marketer": Both("người làm marketing", "marketer"),
    "owner": Both("chủ cửa hàng", "owner"),
}
GRACE = Both(
    "Điểm hoàn lại mà đã hết hạn dùng thêm được {days} ngày", "Points given back after their end last {days} days more"
)
MINIMUM = Both("Có từ {most} điểm mới được dùng", "Points may be used from {most} on")
PAYS = Both("Trả hóa đơn bằng điểm: 1 điểm là {value}", "Points pay bills: 1 point is {value}")
PAYS_PART = Both(
    "Trả hóa đơn bằng điểm: 1 điểm là {value}, tối đa {share}% hóa đơn",
    "Points pay bills: 1 point is {value}, at most {share}% of the bill",
)
PENDING = {
    Release.AFTER_DAYS: Both(
        "Điểm dùng được sau {days} ngày kể từ ngày mua", "Points may be used {days} days after the day of the bill"
    ),
    Release.ON_DELIVERY: Both("Điểm dùng được khi hàng đã giao", "Points may be used once the goods are delivered"),
    Release.BY_STAFF: Both("Điểm dùng được khi quản lý xác nhận", "Points may be used once a manager confirms"),
}
RETURNS = {
    "owe": Both(
        "Trả hàng sau khi đã dùng điểm: trừ vào điểm còn lại, thiếu thì lần tích sau bù",
        "Points used before goods come back are taken from the rest, and owed where there is none",
    ),
    "refuse": Both(
        "Không nhận trả hàng khi khách đã dùng điểm của phần đó",
        "Goods whose points were used cannot come back",
    ),
}
FALLS = Both("Trả hàng làm mất hạng ngay", "A return costs the tier at once")
LIMITS = {
    "points_per_day": Both("Mỗi {role} tặng mỗi ngày tối đa {most} điểm", "A {role} gives at most {most} points a day"),
    "customer_awards_per_day": Both(
        "Mỗi {role} tích cho cùng một khách tối đa {most} lần một ngày",
        "A {role} awards the same customer at most {most} times a day",
    ),
    "adjust_points": Both(
        "{role} cộng, trừ tay trên {most} điểm thì chờ người thứ hai",
        "More than {most} points by hand of a {role} wait for a second person",
    ),
}


def describe(programme: Programme, locale: str) -> Iterator[str]:
    """A sentence without a full stop for each term a document sets."""
    yield from describe_grace(programme, locale)
    yield from describe_spending(programme, locale)
    yield from describe_pending(programme, locale)
    yield from describe_returns(programme, locale)
    yield from describe_all_limits(programme, locale)


def describe_grace(programme: Programme, locale: str) -> Iterator[str]:
    """How long points given back after their end last."""
    if programme.expiry.grace_days:
        yield GRACE.in_(locale, days=programme.expiry.grace_days)


def describe_spending(programme: Programme, locale: str) -> Iterator[str]:
    """What points are for, and from which balance on."""
    terms = programme.redemption
    if terms.minimum_balance:
        yield MINIMUM.in_(locale, most=format_points(terms.minimum_balance, locale))
    if terms.point_value is not None:
        value = format_money(terms.point_value, locale)
        yield (PAYS if terms.max_share == 100 else PAYS_PART).in_(locale, value=value, share=terms.max_share)


def describe_pending(programme: Programme, locale: str) -> Iterator[str]:
    """When points of a bill may be used, where that is not at once."""
    if (said := PENDING.get(programme.pending.release)) is not None:
        yield said.in_(locale, days=programme.pending.days)


def describe_returns(programme: Programme, locale: str) -> Iterator[str]:
    """What happens when goods come back, as far as the document sets it."""
    if (said := RETURNS.get(programme.returns.shortfall)) is not None:
        yield said.in_(locale)
    if programme.returns.tier == "at_once":
        yield FALLS.in_(locale)


def describe_all_limits(programme: Programme, locale: str) -> Iterator[str]:
    """What one member of each role may give, where the document says so."""
    for role, limits in programme.limits.items():
        yield from _limits(role, limits, locale)


def _limits(role: str, limits: RoleLimits, locale: str) -> Iterator[str]:
    for name, said in LIMITS.items():
        if (most := getattr(limits, name)) is not None:
            sentence = said.in_(locale, role=ROLES[role].in_(locale), most=format_points(most, locale))
            yield sentence[0].upper() + sentence[1:]
