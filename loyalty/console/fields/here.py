"""The section of fields, what its refusals mean, and the words it has for kinds and purposes."""

from collections.abc import Mapping

from loyalty.console.section import Refusal, Section
from loyalty.customers.consents import Purpose
from loyalty.staff.permissions import Right
from loyalty.words import Both

section = Section(
    "fields",
    Both("Ô dữ liệu", "Fields"),
    icon="clipboard-text",
    order=66,
    right=Right.SEGMENT,
    refusals={
        "custom_field_not_found": Refusal("Không có ô này.", "There is no such field."),
        "custom_field_taken": Refusal(
            "Đã có ô mang mã này, có thể đang cất. Chọn mã khác, hoặc lấy lại ô cũ.",
            "A field has this key, perhaps one put away. Choose another, or bring that one back.",
            "key",
        ),
        "custom_field_in_use": Refusal(
            "Chưa cất được: đang dùng ở {names}. Sửa hoặc kết thúc những mục đó trước nhé.",
            "Not put away: {names} use it. Change or end those first.",
        ),
        "too_many_fields": Refusal("Cửa hàng có tối đa {most} ô riêng.", "A shop has at most {most} fields."),
    },
)
KINDS: Mapping[str, Both] = {
    "text": Both("Chữ", "Text"),
    "number": Both("Số nguyên", "Whole number"),
    "money": Both("Số tiền", "Money"),
    "date": Both("Ngày", "Date"),
    "flag": Both("Có / không", "Yes / no"),
    "choice": Both("Một trong danh sách", "One of a list"),
}
PURPOSES: Mapping[str, Both] = {
    Purpose.PERSONALISATION: Both("Chọn ưu đãi và phục vụ theo từng người", "To suit offers and service to the person"),
    Purpose.CARE: Both("Chăm sóc, nhắc hẹn", "Care and reminders"),
    Purpose.PROMOTION: Both("Gửi khuyến mãi", "To send offers"),
    Purpose.EVALUATION: Both("Báo cáo, đánh giá", "Reports"),
}
FAULTS: Mapping[str, Both] = {  # of a definition, by its field
    "key": Both(
        "Mã gồm chữ thường không dấu, số và _, ví dụ: co_giay", "Small letters, digits and _, such as shoe_size"
    ),
    "name_vi": Both("Tên từ 1 đến 60 ký tự, ví dụ: Cỡ giày", "1 to 60 characters, such as Cỡ giày"),
    "name_en": Both("Tên từ 1 đến 60 ký tự, ví dụ: Shoe size", "1 to 60 characters, such as Shoe size"),
    "kind": Both("Chọn một loại.", "Choose a kind."),
    "purpose": Both(
        "Ô không có mục đích thì không giữ: chọn để làm gì.", "No purpose, no field: choose what it is for."
    ),
    "months": Both("Từ 1 đến 240 tháng, ví dụ: 24", "1 to 240 months, such as 24"),
    "choices": Both(
        "Mỗi dòng một mục khác nhau, tối đa 50; mục đã có thì giữ lại. Ví dụ: S, M, L",
        "One on each line, all different, at most 50; those there are stay. Such as S, M, L",
    ),
}
deeds: Mapping[str, Both] = {
    "custom_field_defined": Both("lập ô dữ liệu", "defined a field"),
    "custom_field_changed": Both("sửa ô dữ liệu", "changed a field"),
    "custom_field_archived": Both("cất ô dữ liệu", "put a field away"),
    "custom_field_restored": Both("lấy lại ô dữ liệu", "brought a field back"),
}
