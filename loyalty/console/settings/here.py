"""The section of the settings."""

from loyalty.console.section import Refusal, Section
from loyalty.staff.permissions import Right
from loyalty.typed import week
from loyalty.words import Both

section = Section(
    "settings",
    Both("Cài đặt", "Settings"),
    icon="settings",
    order=90,
    right=Right.SETTINGS,
    refusals={
        "bad_choice": Refusal("Giá trị này không dùng được.", "This value cannot be used."),
        "change_not_found": Refusal("Không có lần đổi nào như vậy.", "There was no such change."),
        "changed_since": Refusal(
            "Mục này đã được đổi thêm sau đó, nên không hoàn tác được. Sửa thẳng trong trang Cài đặt nhé.",
            "It was changed again since, so this cannot be undone. Change it on the settings page.",
        ),
        "hours_unclear": Refusal(
            f"Chưa đọc được giờ «{{typed}}». Ví dụ đúng: {week.EXAMPLE}",
            f"“{{typed}}” are no hours. Right: {week.EXAMPLE}",
        ),
        "no_demo": Refusal("Đây đã là cửa hàng thật rồi.", "This is a real shop already."),
    },
)
deeds = {
    "settings_changed": Both("đổi cài đặt", "changed the settings"),
    "settings_undone": Both("hoàn tác cài đặt", "undid a change of settings"),
    "sending_resumed": Both("cho gửi tin lại", "let messages leave again"),
    "demo_left": Both("chuyển sang cửa hàng thật", "left the demo for real use"),
    "demo_begun": Both("dựng cửa hàng mẫu", "filled the demo shop"),
}
