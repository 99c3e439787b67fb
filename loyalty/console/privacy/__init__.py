"""What people ask about their own data: seen with its days, carried out, or refused with a reason they read."""

from collections.abc import Mapping

from loyalty.console.privacy import acts, pages, platforms
from loyalty.console.privacy.here import section
from loyalty.words import Both

deeds: Mapping[str, Both] = {
    "customer_erased": Both("xóa dữ liệu của khách", "erased the data of"),
    "privacy_done": Both("làm xong yêu cầu dữ liệu của khách", "carried out a data request of"),
    "privacy_refused": Both("từ chối yêu cầu dữ liệu của khách", "refused a data request of"),
    "deletion_settled": Both("trả lời một yêu cầu xóa dữ liệu", "answered a deletion request"),
    "deletion_reopened": Both("mở lại một yêu cầu xóa dữ liệu", "opened a deletion request again"),
    "purpose_refused": Both("tắt một mục đích cho khách", "switched a purpose off for"),
}

__all__ = ["acts", "deeds", "pages", "platforms", "section"]
