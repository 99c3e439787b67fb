"""Scopes, states and faults in words."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from loyalty.api import resources, scopes
from loyalty.words import Both

VERBS: Mapping[str, Both] = {
    "read": Both("xem", "read"),
    "write": Both("ghi", "write"),
    "reveal": Both("thấy số điện thoại, e-mail, lời nhắn đầy đủ", "see whole phones, e-mails and messages"),
}
STATES: Mapping[str, tuple[Both, str, str]] = {  # words, kind of chip, icon
    "active": (Both("đang gửi", "active"), "leaf", "check"),
    "paused": (Both("tạm dừng", "paused"), "amber", "player-pause"),
    "stopped": (Both("đã ngừng", "stopped"), "clay", "alert-triangle"),
}
FAULTS: Mapping[str, Both] = {
    "timeout": Both("không trả lời kịp trong 15 giây", "no answer within 15 seconds"),
    "connect": Both("không kết nối được", "cannot be reached"),
    "closed": Both("ngắt kết nối giữa chừng", "hung up"),
    "dns": Both("không tìm thấy tên miền", "the name is not found"),
    "tls": Both("chứng chỉ https không hợp lệ", "its certificate is not valid"),
    "redirect": Both("chuyển sang địa chỉ khác, không đi theo", "redirects, which is not followed"),
    "private_address": Both("tên miền trỏ vào mạng nội bộ, không gọi", "leads inside a private network: not called"),
    "bad_url": Both("địa chỉ không gọi được", "the address cannot be called"),
    "bad_answer": Both("trả lời không phải HTTP", "its answer is no HTTP"),
}
HTTP = Both("trả lời {status}", "answered {status}")


def resource(name: str, locale: str) -> str:
    """What a resource is called; one without words by its own name."""
    called = next((each.called for each in resources.blueprints() if each.name == name), None)
    return called.in_(locale) if called is not None else name.replace("_", " ").capitalize()


def verb(scope: str, locale: str) -> str:
    return VERBS[scope.partition(":")[2]].in_(locale)


def offered(locale: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Every scope a key may have, by resource: `[("Khách hàng", [("customers:read", "xem"), …]), …]`."""
    groups = groupby(scopes.known(), key=lambda scope: scope.partition(":")[0])
    return [(resource(name, locale), [(each, verb(each, locale)) for each in found]) for name, found in groups]


def granted(of_key: Sequence[str], locale: str) -> str:
    """What a key may do: `Khách hàng: xem, ghi · Điểm: xem`."""
    known = [scope for scope in scopes.known() if scope in of_key]
    groups = groupby(known, key=lambda scope: scope.partition(":")[0])
    return " · ".join(
        f"{resource(name, locale)}: {', '.join(verb(each, locale) for each in found)}" for name, found in groups
    )


def fault(error: str | None, locale: str) -> str:
    """Why an attempt failed; nothing when it did not."""
    if error is None:
        return ""
    if error.startswith("http_"):
        return HTTP.in_(locale, status=error.removeprefix("http_"))
    return FAULTS[error].in_(locale) if error in FAULTS else error
