"""Complaints, feedback and requests: what is due, who sees to it, what was said and done."""

from collections.abc import Mapping

from loyalty.console.cases import acts, pages
from loyalty.console.cases.here import section
from loyalty.words import Both

deeds: Mapping[str, Both] = {
    "case_assigned": Both("giao góp ý", "gave a case to somebody"),
    "case_changed": Both("đổi hạn hoặc loại của góp ý", "changed a case"),
    "case_answered": Both("trả lời góp ý", "answered a case"),
    "case_closed": Both("đóng góp ý", "closed a case"),
    "case_reopened": Both("mở lại góp ý", "opened a case again"),
    "cases_handed_over": Both("bàn giao góp ý", "handed cases over"),
}

__all__ = ["acts", "deeds", "pages", "section"]
