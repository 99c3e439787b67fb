"""The section of segments: where it stands, and what its refusals mean."""

from loyalty.console.section import Refusal, Section
from loyalty.staff.permissions import Right
from loyalty.words import Both

section = Section(
    "segments",
    Both("Nhóm khách", "Segments"),
    icon="users-group",
    order=50,
    right=Right.SEGMENT,
    refusals={
        "segment_not_found": Refusal("Nhóm này không còn nữa.", "This segment is gone."),
        "segment_edition_not_found": Refusal("Không còn bản cũ đó.", "That version is gone."),
        "segment_in_use": Refusal(
            "Chưa xóa được: còn chiến dịch cần nhóm này ({names}). Cất nháp đi, hủy, hoặc đổi nhóm cho nó trước.",
            "Not removed: campaigns need it ({names}). Put drafts away, cancel the others, or change their segment.",
        ),
        "segment_fixed": Refusal(
            "Nhóm có sẵn và danh sách thì đổi tên được, còn điều kiện thì không. Chép ra một nhóm mới rồi sửa nhé.",
            "A ready segment or a list can be renamed, but not given other rules. Copy it, and change the copy.",
        ),
        "segment_threshold": Refusal("Phải là số nguyên từ {low} đến {high}.", "A whole number from {low} to {high}."),
        "segment_threshold_change_not_found": Refusal("Không còn thay đổi đó.", "That change is gone."),
        "segment_threshold_changed_since": Refusal(
            "Sau đó có người đặt lại ngưỡng này rồi, nên không hoàn tác được.",
            "Somebody set these numbers again since, so it cannot be undone.",
        ),
        "segment_not_list": Refusal(
            "Nhóm này chọn người bằng điều kiện, không thêm từng người được.",
            "This segment chooses its people by rules; nobody can be put into it by hand.",
        ),
        "segment_list_long": Refusal(
            "Mỗi lần nhiều nhất {most} dòng. Chia tệp ra rồi thêm từng phần nhé.",
            "At most {most} rows at once. Please split the file.",
        ),
        "segment_list_change_not_found": Refusal("Không còn lần thêm đó.", "That change of the list is gone."),
        "segment_list_change_done": Refusal("Việc này đã làm rồi.", "This was done already."),
        "segment_rules": Refusal(
            "Điều kiện của nhóm không còn dùng được ({problem}). Sửa lại giúp nhé.",
            "The rules of this segment no longer hold ({problem}). Please change them.",
        ),
    },
)
