"""The section, and what its refusals mean."""

from loyalty.console.section import Refusal, Section
from loyalty.staff.permissions import Right
from loyalty.words import Both

section = Section(
    "privacy",
    Both("Yêu cầu dữ liệu", "Data requests"),
    icon="shield-check",
    order=47,
    right=Right.CHANNELS,
    refusals={
        "privacy_request_not_found": Refusal("Không có yêu cầu này.", "There is no such request."),
        "privacy_request_settled": Refusal("Yêu cầu này đã xong rồi.", "This request is over already."),
        "privacy_reason_missing": Refusal(
            "Ghi lý do cho khách đọc, ví dụ: chưa rõ số điện thoại là của ai.",
            "Give a reason the customer can read, such as: it is not clear whose number this is.",
            "reason",
        ),
        "platform_request_not_found": Refusal("Không có yêu cầu này.", "There is no such request."),
        "erased_for_good": Refusal(
            "Khách này đã được xóa cùng yêu cầu, không mở lại được.",
            "The customer was erased with it; it cannot be opened again.",
        ),
        "bad_outcome": Refusal("Chọn «đã xóa» hoặc «không tìm thấy ai».", "Choose “erased” or “nobody found”."),
        "customer_not_found": Refusal("Không có khách này.", "There is no such customer."),
        "customer_erased": Refusal("Dữ liệu của khách này đã được xóa.", "The data of this customer was erased."),
    },
)
