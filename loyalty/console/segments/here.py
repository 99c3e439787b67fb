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
        "segment_rules": Refusal(
            "Điều kiện của nhóm không còn dùng được ({problem}). Sửa lại giúp nhé.",
            "The rules of this segment no longer hold ({problem}). Please change them.",
        ),
    },
)
