"""What kinds, states and refusals of rewards are called on a page."""

from collections.abc import Mapping

from loyalty.console import periods, pictured
from loyalty.console.desk import Desk
from loyalty.console.section import Refusal
from loyalty.rewards import catalogue
from loyalty.rewards.models import Kind, Reward, State
from loyalty.typed.money import format_money
from loyalty.words import Both

KINDS: Mapping[str, Both] = {
    Kind.PRODUCT: Both("Sản phẩm, quà tặng", "Something handed over"),
    Kind.AMOUNT: Both("Giảm số tiền", "An amount off the bill"),
    Kind.PERCENT: Both("Giảm phần trăm", "A percentage off the bill"),
    Kind.CODE: Both("Mã riêng cho từng người", "A code of one's own"),
}
STATES: Mapping[str, tuple[Both, str, str]] = {  # with the colour and the icon of its chip
    State.REQUESTED: (Both("đang đổi", "requested"), "sky", "hourglass"),
    State.HELD: (Both("chờ nhận", "waits to be fetched"), "amber", "clock"),
    State.FULFILLED: (Both("đã giao", "handed over"), "leaf", "check"),
    State.CANCELLED: (Both("đã hủy", "cancelled"), "clay", "arrow-back-up"),
    State.EXPIRED: (Both("hết hạn", "ran out"), "clay", "calendar-off"),
}
REFUSALS: Mapping[str, Refusal] = {
    **pictured.REFUSALS,
    "reward_not_found": Refusal("Quà này không còn nữa.", "This reward is gone."),
    "reward_not_for_you": Refusal("Quà này dành cho hạng hoặc nhóm khách khác.", "It is for other customers."),
    "reward_not_now": Refusal("Lúc này quà chưa đổi được.", "It cannot be taken right now."),
    "reward_limit": Refusal(
        "Khách đã đổi đủ số lần cho phép ({limit}).", "They have had as many as allowed ({limit})."
    ),
    "out_of_stock": Refusal("Quà này đã hết.", "It has run out."),
    "minimum_balance": Refusal(
        "Cần có từ {needed} điểm, khách có {available}.", "It needs a balance of {needed}, they have {available}."
    ),
    "insufficient_points": Refusal(
        "Cần {needed} điểm, khách có {available}.", "It needs {needed} points, they have {available}."
    ),
    "reward_code_unclear": Refusal(
        "«{typed}» chưa phải mã quà: mã gồm 8 chữ và số. Xem lại từng ký tự, ví dụ: {example}",
        "“{typed}” is no reward code: it has 8 letters and digits. Check each, such as {example}",
        "code",
    ),
    "wrong_reward_code": Refusal(
        "Không có mã quà nào như vậy. Còn {left} lần thử trước khi phải chờ.",
        "There is no such reward code. {left} more tries before you have to wait.",
        "code",
    ),
    "reward_codes_exhausted": Refusal(
        "Sai mã quà nhiều lần quá. Chờ {retry_after} giây rồi thử lại.",
        "Too many wrong codes. Try again in {retry_after} seconds.",
        "code",
    ),
    "redemption_not_found": Refusal("Không tìm thấy lần đổi quà này.", "There is no such redemption."),
    "already_fulfilled": Refusal("Quà này đã được giao rồi.", "It was handed over before."),
    "redemption_over": Refusal("Mã này không còn dùng được.", "This code is no longer good."),
    "bill_needed": Refusal(
        "Mã này dùng cho đơn từ {minimum}. Nhập số tiền của đơn, ví dụ: 350k",
        "This code is for bills from {minimum}. Enter the bill, for example: 350k",
        "bill",
    ),
    "bill_too_small": Refusal(
        "Mã này dùng cho đơn từ {minimum}. Đơn {bill} còn thiếu {missing}.",
        "This code is for bills from {minimum}. A bill of {bill} lacks {missing}.",
        "bill",
    ),
    "reward_elsewhere": Refusal("Quà này chỉ nhận ở {stores}.", "It is handed over at {stores} only."),
    "bad_reward": Refusal("Chưa đúng: {problem}.", "Not right: {problem}."),
    "reward_has_no_codes": Refusal("Quà này không phát mã riêng.", "This reward has no codes of its own."),
    "too_many_codes": Refusal("Nhiều nhất {most} mã một lần.", "At most {most} codes at once.", "file"),
}


def name(desk: Desk, reward: Reward) -> str:
    return catalogue.name_of(reward, desk.locale)


def worth(desk: Desk, reward: Reward) -> str:
    """What comes off the bill: `20.000đ`, `10%`; "" where nothing does."""
    if reward.kind == Kind.PERCENT:
        return f"{reward.value}%"
    return format_money(reward.value, desk.locale) if reward.kind == Kind.AMOUNT else ""


def limits(desk: Desk, reward: Reward) -> list[str]:
    """Every limit of a reward as a short sentence."""
    t, named = desk.t, weekdays(desk)
    days = ", ".join(named[day] for day in reward.weekdays)
    tiers = ", ".join(desk.programme.tier_name(code, desk.locale) for code in reward.tiers)
    said = [
        t(f"hạng {tiers}", f"for {tiers}") if tiers else "",
        t("một nhóm khách", "for a segment") if reward.segment_id else "",
        t(f"nhận ở {', '.join(reward.stores)}", f"at {', '.join(reward.stores)}") if reward.stores else "",
        ", ".join(filter(None, [reward.hours or "", days])),
        t(f"mỗi khách {reward.per_person}", f"{reward.per_person} a person") if reward.per_person else "",
        t(f"mỗi khách {reward.per_month}/tháng", f"{reward.per_month} a month each") if reward.per_month else "",
        t(f"có từ {reward.minimum_balance} điểm", f"from {reward.minimum_balance} points on")
        if reward.minimum_balance
        else "",
    ]
    return [each for each in said if each]


def weekdays(desk: Desk) -> list[str]:
    """The days of the week, Monday first."""
    return [day.in_(desk.locale) for day in periods.WEEKDAYS]
