"""The section of the programme: where it stands, and what its refusals mean."""

from loyalty.console.section import Refusal, Section
from loyalty.staff.permissions import Right
from loyalty.words import Both

section = Section(
    "programme",
    Both("Chương trình", "Programme"),
    icon="coins",
    order=65,
    right=Right.PROGRAMME,
    refusals={
        "bad_programme": Refusal(
            "Bản nháp còn lỗi, chưa áp dụng gì. Xem các dòng được đánh dấu bên dưới.",
            "The draft has faults; nothing was activated. See the marked lines below.",
        ),
        "programme_cannot_edit": Refusal(
            "Chỗ này được viết theo cách biểu mẫu không sửa được mà không đụng đến chỗ khác. Không đổi gì; "
            "sửa ở «Dạng chữ».",
            "This is written in a way the form cannot change without touching other parts. Nothing was changed; "
            "change it under “As text”.",
        ),
        "programme_not_to_come": Refusal(
            "Quy tắc mới chỉ bắt đầu từ 0 giờ một ngày sắp tới, sớm nhất là {earliest:%d/%m/%Y}.",
            "New rules begin at a midnight to come, {earliest:%d/%m/%Y} at the earliest.",
            "day",
        ),
        "programme_day_taken": Refusal(
            "Ngày {day:%d/%m/%Y} đã có bản {version} bắt đầu. Chọn ngày khác, hoặc rút bản đó trước.",
            "Version {version} begins on {day:%d/%m/%Y}. Choose another day, or withdraw it first.",
            "day",
        ),
        "programme_same": Refusal(
            "Bản nháp giống hệt bản {version}; không có gì để đổi.",
            "The draft is version {version}, letter for letter; there is nothing to change.",
        ),
        "programme_version_not_found": Refusal("Không có bản {version}.", "There is no version {version}."),
        "referral_not_found": Refusal("Không có lần giới thiệu này.", "There is no such referral."),
        "referral_over": Refusal(
            "Lần giới thiệu này đã xong nên không bỏ được nữa.", "This referral is over and stays as it is."
        ),
        "programme_nothing_before": Refusal(
            "Trước bản đang áp dụng không có bản nào để quay về.", "There are no rules before these to go back to."
        ),
    },
)
deeds = {
    "programme_activated": Both("áp dụng quy tắc điểm mới", "activated new rules of points"),
    "referral_noted": Both("ghi người giới thiệu", "noted who brought"),
    "referral_withdrawn": Both("bỏ một lần giới thiệu", "took a referral back"),
    "event_told": Both("báo một sự kiện của khách", "told an event of a customer"),
    "programme_withdrawn": Both("rút lại quy tắc điểm chưa áp dụng", "withdrew rules of points before their day"),
}
