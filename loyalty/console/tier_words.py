"""Tiers as pages tell of them: what counts, why somebody is where they are, until when."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from loyalty.console.desk import Desk
from loyalty.points.models import TierReason
from loyalty.points.tiers.card import Card
from loyalty.points.tiers.holding import Amount
from loyalty.programme.document import Programme
from loyalty.typed.money import format_money, format_points
from loyalty.words import Both

UNITS: Mapping[str, Both] = {
    "spend": Both("{number}", "{number}"),
    "points": Both("{number} điểm", "{number} points"),
    "orders": Both("{number} đơn", "{number} bills"),
}
MORE: Mapping[str, Both] = {
    "spend": Both("mua thêm {number}", "spend {number} more"),
    "points": Both("tích thêm {number} điểm", "earn {number} more points"),
    "orders": Both("mua thêm {number} đơn", "buy {number} more times"),
}
DONE: Mapping[str, Both] = {
    "spend": Both("Đã mua {number} {window}", "Spent {number} {window}"),
    "points": Both("Đã tích {number} điểm {window}", "Earned {number} points {window}"),
    "orders": Both("Đã mua {number} đơn {window}", "{number} bills {window}"),
}
WINDOWS: Mapping[str, Both] = {
    "rolling": Both("trong {months} tháng qua", "in the last {months} months"),
    "calendar_year": Both("trong năm", "in the year"),
    "half_year": Both("trong nửa năm", "in the half year"),
    "anniversary": Both("trong năm thành viên", "in the year of membership"),
}
REASONS: Mapping[str, Both] = {
    TierReason.RISE: Both("Đơn hàng đủ mức", "A bill reached it"),
    TierReason.REVIEW: Both("Xét hạng đêm: không còn đủ mức", "Nightly review: no longer enough"),
    TierReason.UNDO: Both("Đơn đưa lên hạng đã bị hủy", "The bill that gave it was undone"),
    TierReason.RETURN: Both("Hàng trả lại", "Goods came back"),
    TierReason.RETURN_UNDONE: Both("Lần trả hàng đã bị hủy", "The return was undone"),
    TierReason.MANUAL: Both("Đặt bằng tay", "Set by hand"),
    TierReason.MANUAL_END: Both("Hạng đặt bằng tay kết thúc", "What was set by hand ended"),
    TierReason.KEPT: Both("Có từ trước khi ghi lịch sử hạng", "Held before this history began"),
}


def amount(desk: Desk, of: Amount) -> str:
    """`2.000.000đ`, `120 điểm`, `3 đơn`."""
    return UNITS[of.metric].in_(desk.locale, number=_number(desk, of))


def more(desk: Desk, of: Amount) -> str:
    """What is still to do, within a sentence: `mua thêm 350.000đ`."""
    return MORE[of.metric].in_(desk.locale, number=_number(desk, of))


def asks(desk: Desk, programme: Programme, number: int) -> str:
    """What a tier asks for: `2.000.000đ`."""
    return amount(desk, Amount(programme.qualification.metric, number))


def window(desk: Desk, programme: Programme) -> str:
    """`trong 12 tháng qua`."""
    return WINDOWS[programme.qualification.window].in_(desk.locale, months=programme.qualification.months)


def why(desk: Desk, found: Card) -> Iterator[str]:
    """Why somebody is in their tier, until when that is so, and what the next one takes."""
    held, name = found.held, found.programme.tier_name(found.held.code, desk.locale)
    said = DONE[found.counted.metric].in_(
        desk.locale, number=_number(desk, found.counted), window=window(desk, found.programme)
    )
    if held.spend:
        needs = asks(desk, found.programme, held.spend)
        said += desk.t(f"; hạng {name} cần {needs}", f"; {name} takes {needs}")
    yield f"{said}."
    yield from _by_hand(desk, found)
    yield from _to_come(desk, found)


def _by_hand(desk: Desk, found: Card) -> Iterator[str]:
    if found.hand is None:
        return
    name, day = found.programme.tier_name(found.hand.tier, desk.locale), _day(desk, found.hand.until)
    yield desk.t(
        f"Đặt bằng tay: không dưới hạng {name} đến hết {day}.", f"Set by hand: no less than {name} through {day}."
    )


def _to_come(desk: Desk, found: Card) -> Iterator[str]:
    rules = found.programme
    if (fall := found.outlook) is not None:
        day, last = _day(desk, fall.falls_on), _day(desk, fall.falls_on - timedelta(days=1))
        left, left_to_do = rules.tier_name(fall.left.code, desk.locale), more(desk, fall.missing)
        yield desk.t(
            f"Giữ được đến hết {last}. Nếu không {left_to_do}, từ {day} xuống hạng {left}.",
            f"Safe through {last}. Unless they {left_to_do}, they are {left} from {day} on.",
        )
    if found.next is not None:
        name, to_do = rules.tier_name(found.next.code, desk.locale), more(desk, found.missing(found.next))
        yield desk.t(f"{to_do[0].upper()}{to_do[1:]} là lên hạng {name}.", f"If they {to_do}, they reach {name}.")


def _number(desk: Desk, of: Amount) -> str:
    return (format_money if of.metric == "spend" else format_points)(of.number, desk.locale)


def _day(desk: Desk, on: date) -> str:
    return f"{on:%d %b %Y}" if desk.locale == "en" else f"{on:%d/%m/%Y}"
