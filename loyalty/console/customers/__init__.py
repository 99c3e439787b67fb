"""Customers: found, looked through, known, corrected; what was written down about them and who looked."""

from collections.abc import Mapping

from loyalty.console.customers import (
    adding,
    adjusting,
    care,
    consenting,
    correcting,
    interests,
    knowing,
    listing,
    looks,
    own_fields,
    points,
    profile,
    reaching,
    statement,
    tagging,
    tiering,
)
from loyalty.console.customers.here import section
from loyalty.words import Both

deeds: Mapping[str, Both] = {
    "customer_corrected": Both("sửa hồ sơ khách", "corrected a customer"),
    "customer_correction_undone": Both("lấy lại hồ sơ trước khi sửa", "took a correction back"),
    "customer_fields_corrected": Both("ghi ô riêng của khách", "wrote own fields of"),
    "customer_unadded": Both("bỏ khách vừa thêm", "took an added customer back"),
    "note": Both("ghi chú về khách", "wrote a note about"),
    "note_taken_back": Both("bỏ ghi chú về khách", "took back a note about"),
    "note_put_back": Both("lấy lại ghi chú về khách", "put back a note about"),
    "tier_set": Both("đặt hạng bằng tay cho khách", "set a tier by hand for"),
    "tier_set_undone": Both("bỏ hạng đặt bằng tay của khách", "took a tier set by hand back from"),
    "interest_told": Both("ghi sở thích của khách", "noted an interest of"),
    "interest_refused": Both("bỏ sở thích của khách", "took an interest away from"),
    "tagged": Both("gắn nhãn cho khách", "tagged"),
    "untagged": Both("bỏ nhãn của khách", "untagged"),
    "case_opened": Both("ghi nhận góp ý của khách", "opened a case for"),
}

__all__ = [
    "adding",
    "adjusting",
    "care",
    "consenting",
    "correcting",
    "deeds",
    "interests",
    "knowing",
    "listing",
    "looks",
    "own_fields",
    "points",
    "profile",
    "reaching",
    "section",
    "statement",
    "tagging",
    "tiering",
]
