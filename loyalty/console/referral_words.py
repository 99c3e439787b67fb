"""Referrals as the pages tell of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from loyalty.console.desk import Desk
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.referrals.models import Referral, State
from loyalty.typed.money import format_points
from loyalty.words import Both

STATES: Mapping[State, Both] = {
    State.OPEN: Both("chưa mua đơn nào", "has bought nothing yet"),
    State.WAITING: Both("đã mua, cộng điểm từ {day}", "has bought, paid from {day} on"),
    State.PAID: Both("đã cộng {referrer} + {friend} điểm", "paid {referrer} + {friend} points"),
    State.CANCELLED: Both("không tính: {reason}", "does not count: {reason}"),
    State.TAKEN_BACK: Both("đã thu lại, thiếu {missing} điểm", "taken back, {missing} points missing"),
}
NAMES: Mapping[State, Both] = {
    State.OPEN: Both("Chưa mua", "Bought nothing yet"),
    State.WAITING: Both("Đang chờ", "Waiting"),
    State.PAID: Both("Đã cộng điểm", "Paid"),
    State.CANCELLED: Both("Không tính", "Does not count"),
    State.TAKEN_BACK: Both("Đã thu lại", "Taken back"),
}
REASONS: Mapping[str, Both] = {
    "returned": Both("đơn đầu đã trả lại", "the first bill was returned"),
    "not_new": Both("đã mua từ trước", "had bought before"),
    "same_person": Both("cùng một người", "one and the same person"),
    "own_staff": Both("do chính nhân viên bán", "sold by the very staff"),
    "no_points": Both("không đủ điều kiện", "the rules gave nothing"),
    "withdrawn": Both("ghi nhầm, đã bỏ", "noted by mistake"),
}
HOW: Mapping[str, Both] = {
    "link": Both("đường dẫn", "link"),
    "typed": Both("gõ mã trong chat", "code typed in chat"),
    "counter": Both("đọc mã tại quầy", "code given at the counter"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A referral with the customer at its other end."""

    referral: Referral
    other: Customer
    name: str | None
    said: str


def shown(desk: Desk, referral: Referral, other_id: int) -> Shown:
    other = profiles.get(desk.session, other_id)
    return Shown(referral, other, profiles.name_of(desk.session, other), say(desk, referral))


def say(desk: Desk, referral: Referral) -> str:
    """How far it has come."""
    reason = REASONS.get(referral.reason or "")
    return STATES[State(referral.state)].in_(
        desk.locale,
        day=f"{referral.due_on:%d/%m/%Y}" if referral.due_on else "",
        referrer=format_points(referral.referrer_points, desk.locale),
        friend=format_points(referral.friend_points, desk.locale),
        missing=format_points(referral.missing_points, desk.locale),
        reason=reason.in_(desk.locale) if reason else "",
    )
