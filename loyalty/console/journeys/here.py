"""The section of journeys: where it stands, what is done there, and what its refusals mean."""

from collections.abc import Mapping

from loyalty.console import sending
from loyalty.console.campaigns import here as campaigns
from loyalty.console.section import Refusal, Section
from loyalty.journeys.faults import BadPlan
from loyalty.staff.permissions import Right
from loyalty.words import Both

section = Section(
    "journeys",
    Both("Hành trình", "Journeys"),
    icon="rocket",
    order=59,
    right=Right.CAMPAIGN,
    refusals={
        **sending.REFUSALS,
        "reward_not_found": Refusal("Không còn quà này.", "This reward is gone."),
        "journey_not_found": Refusal("Không còn hành trình này.", "This journey is gone."),
        "journey_state": Refusal(
            "Lúc này không làm được: hành trình vừa đổi trạng thái. Mở lại trang để xem.",
            "Not possible any more: the journey has moved on. Open the page again.",
        ),
        "journey_plan": Refusal("Hành trình này chưa dùng được.", "This journey cannot be used yet."),
        "segment_not_found": Refusal("Nhóm này không còn nữa, chọn nhóm khác nhé.", "This segment is gone.", "segment"),
        "segment_rules": Refusal(
            "Điều kiện của nhóm không còn dùng được. Mở nhóm để sửa.", "The rules of its segment no longer hold."
        ),
    },
)
deeds = {
    "journey_created": Both("soạn hành trình", "composed a journey"),
    "journey_changed": Both("sửa hành trình", "changed a journey"),
    "journey_activated": Both("cho hành trình chạy", "let a journey begin"),
    "journey_paused": Both("tạm dừng hành trình", "paused a journey"),
    "journey_resumed": Both("cho hành trình chạy tiếp", "resumed a journey"),
    "journey_approval_asked": Both("xin duyệt hành trình", "asked for a journey to be approved"),
    "journey_approved": Both("duyệt hành trình", "approved a journey"),
    "journey_refused": Both("từ chối hành trình", "refused a journey"),
    "journey_taken_back": Both("rút lại hành trình đang chờ duyệt", "took a journey back from approval"),
    "journey_ended": Both("kết thúc hành trình", "ended a journey"),
}
STATES: Mapping[str, tuple[Both, str, str]] = {  # words, colour, icon
    "draft": (Both("Nháp", "Draft"), "", "pencil"),
    "waiting_approval": (Both("Chờ duyệt", "Waits for approval"), "amber", "rubber-stamp"),
    "active": (Both("Đang chạy", "Active"), "leaf", "player-play"),
    "paused": (Both("Tạm dừng", "Paused"), "amber", "player-pause"),
    "ended": (Both("Đã kết thúc", "Ended"), "clay", "player-stop"),
}
ENTRY_STATES: Mapping[str, Both] = {
    "waiting": Both("Đang ở trong", "Inside"),
    "done": Both("Đã đi hết", "Done"),
    "left": Both("Đã rời", "Left"),
}
REASONS: Mapping[str, Both] = {
    "finished": Both("đi hết các bước", "walked to the end"),
    "stopped": Both("dừng ở một bước", "stopped at a step"),
    "bought": Both("đã mua hàng", "bought"),
    "consent": Both("không nhận ưu đãi nữa", "wants no offers any more"),
    "erased": Both("đã xin xóa dữ liệu", "asked to be erased"),
}
OUTCOMES: Mapping[str, Both] = {
    "waited": Both("đã chờ xong hoặc đang chờ", "waited, or waiting"),
    "yes": Both("đúng điều kiện", "met the condition"),
    "no": Both("không đúng", "did not"),
    "stopped": Both("dừng ở đây", "stopped here"),
    "queued": Both("đã chuyển sang gửi", "handed over to be sent"),
    "no_chat": Both("chưa có chat nào để nhắn", "no chat to write to"),
    "cancelled": Both("tin của bước này đã bị hủy", "what this step sends was cancelled"),
    "again": Both("hôm đó đã nhận tin này rồi", "got this one already that day"),
}
FAULTS: Mapping[str, Both] = {
    "shape": Both("Ô này chưa đúng kiểu. Mở lại trang rồi nhập lại.", "This cannot be read. Open the page again."),
    "number": Both("Cần một số nguyên từ {low} đến {high}.", "A whole number from {low} to {high} is needed."),
    "choice": Both("Chọn một trong các mục có sẵn.", "Choose one of those offered."),
    "missing": Both("Còn thiếu ô này.", "This is still missing."),
    "clock": Both("Chưa đọc được giờ. Ví dụ đúng: 09:30", "That is no time. Right: 09:30"),
    "day": Both("Chưa đọc được ngày. Ví dụ đúng: 2026-12-24", "That is no day. Right: 2026-12-24"),
    "steps": Both("Cần từ 1 đến {most} bước.", "One to {most} steps are needed."),
    "no_send": Both("Cần ít nhất một bước gửi tin.", "At least one step must send something."),
    "goal": Both("Chỉ nhảy tới được một bước phía sau.", "Only a later step can be gone to."),
    "times": Both("Từ 1 đến 10, lẻ một chữ số. Ví dụ: 1,5", "From 1 to 10, one decimal at most. For example: 1.5"),
    "shares": Both("Mỗi phần từ 1%, cộng lại đúng 100%.", "Each share from 1 %, together 100 %."),
    "offer": Both("Ưu đãi chưa đúng. Ví dụ: giảm 20.000đ, hoặc 10%.", "That offer cannot be: 20,000₫ off, or 10 %."),
    "one_of_two": Both("Chọn mã hàng hoặc loại hàng, không cả hai.", "Either a product or a category."),
}


def fault(bad: BadPlan, locale: str) -> str:
    """What is wrong with a plan."""
    if bad.fault == "text":
        return campaigns.fault(bad.quoted["why"], locale)
    return FAULTS[bad.fault].in_(locale, **bad.quoted)


def reason(code: str | None, locale: str) -> str:
    known = REASONS.get(code or "")
    return known.in_(locale) if known else code or ""
