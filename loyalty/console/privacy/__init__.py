"""What people ask about their own data: seen with its days, carried out, or refused with a reason they read."""

from collections.abc import Mapping

from loyalty.console.privacy import acts, pages
from loyalty.console.privacy.here import section
from loyalty.words import Both

deeds: Mapping[str, Both] = {
    "customer_erased": Both("xóa dữ liệu của khách", "erased the data of"),
    "privacy_done": Both("làm xong yêu cầu dữ liệu của khách", "carried out a data request of"),
    "privacy_refused": Both("từ chối yêu cầu dữ liệu của khách", "refused a data request of"),
    "purpose_refused": Both("tắt một mục đích cho khách", "switched a purpose off for"),
}

__all__ = ["acts", "deeds", "pages", "section"]
