"""The section, and what its refusals mean."""

from loyalty.console.desk import Desk
from loyalty.console.section import Refusal, Section
from loyalty.customers.casework import Worker
from loyalty.staff.permissions import Right
from loyalty.words import Both

section = Section(
    "cases",
    Both("Góp ý", "Cases"),
    icon="message-report",
    order=45,
    right=Right.FIND,
    refusals={
        "case_not_found": Refusal("Không có góp ý này.", "There is no such case."),
        "case_closed": Refusal(
            "Việc này đã đóng. Mở lại rồi làm tiếp nhé.", "This case is closed. Open it again first."
        ),
        "case_not_yours": Refusal(
            "Việc này có người khác phụ trách. Nhờ người đó hoặc quản lý nhé.",
            "Somebody else sees to this. Ask them or the manager.",
        ),
        "case_due_too_early": Refusal("Hạn phải từ hôm nay trở đi.", "It cannot be due before today.", "due_on"),
        "case_empty": Refusal("Còn thiếu câu trả lời.", "The answer has no words.", "words"),
        "staff_not_found": Refusal(
            "Người này không còn làm ở đây. Chọn người khác nhé.",
            "They do not work here any more. Choose another.",
            "owner",
        ),
    },
)


def worker(desk: Desk) -> Worker:
    """Who sees to it from this page; the same form sent twice is one deed."""
    return Worker(desk.author.actor, desk.key, desk.now, desk.member)
