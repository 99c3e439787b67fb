"""What staff did, in words. A section's module adds its own as `deeds`, by action: there is no other list to edit."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import lru_cache

from loyalty import console
from loyalty.console.words import ROLES
from loyalty.words import Both

KNOWN: Mapping[str, Both] = {
    "award": Both("tích điểm", "awarded points"),
    "undo": Both("hủy", "undid"),
    "return": Both("nhận hàng trả", "took goods back"),
    "adjust": Both("điều chỉnh điểm", "adjusted points"),
    "approval_asked": Both("hỏi duyệt", "asked for approval of"),
    "approval_withdrawn": Both("rút lại yêu cầu duyệt", "took a request for approval back"),
    "approve": Both("duyệt", "approved"),
    "reject": Both("từ chối duyệt", "rejected"),
    "find": Both("tra cứu khách", "looked up a customer"),
    "try": Both("thử một đơn", "tried a bill"),
    "customer_report": Both("xem khách mua nhiều và sắp hết điểm", "saw who bought most and whose points end"),
    "release": Both("cho dùng điểm đang chờ", "released promised points"),
    "practised": Both("làm xong một bài luyện tập", "finished an exercise"),
    "reveal": Both("xem số điện thoại đầy đủ", "saw whole phone numbers"),
    "add_customer": Both("thêm khách", "added a customer"),
    "customer_created": Both("thêm khách", "added a customer"),
    "customer_changed": Both("sửa hồ sơ khách", "changed a customer"),
    "link": Both("gắn chat cho khách", "linked a chat to a customer"),
    "command_refused": Both("gõ lệnh ngoài quyền", "sent a command beyond their role"),
    "staff_added": Both("thêm nhân viên", "added to the staff"),
    "staff_removed": Both("cho nghỉ", "removed from the staff"),
    "staff_taken_back": Both("nhận lại", "took back"),
    "staff_role_changed": Both("đổi vai trò", "changed the role of"),
    "staff_moved": Both("chuyển cửa hàng cho", "moved to another store"),
    "staff_code_issued": Both("tạo mã chat cho", "made a chat code for"),
    "staff_code_missed": Both("nhập sai mã nhân viên", "tried a wrong chat code"),
    "staff_bound": Both("gắn chat làm việc", "bound a chat for work"),
    "staff_unbound": Both("gỡ chat làm việc", "unbound a chat"),
    "invitation_issued": Both("tạo đường dẫn mời cho", "made a sign-in link for"),
    "ways_in_ended": Both("gỡ mật khẩu và mã xác thực của", "took off password and second step of"),
    "password_set": Both("đặt mật khẩu", "set a password"),
    "second_factor_on": Both("bật mã xác thực", "switched the second step on"),
    "second_factor_off": Both("tắt mã xác thực", "switched the second step off"),
    "recovery_codes_renewed": Both("tạo mã dự phòng mới", "made new recovery codes"),
    "signed_in": Both("đăng nhập", "signed in"),
    "signed_out": Both("đăng xuất", "signed out"),
    "signed_out_everywhere": Both("đăng xuất khỏi mọi máy", "signed out everywhere"),
    "session_ended": Both("đăng xuất một máy", "signed one browser out"),
    "sign_in_missed": Both("đăng nhập sai", "missed a sign-in"),
    "sign_in_locked": Both("sai nhiều lần, phải chờ", "missed too often and has to wait"),
    "store_added": Both("thêm cửa hàng", "added a store"),
    "store_renamed": Both("đổi tên cửa hàng", "renamed a store"),
    "api_key_created": Both("tạo khóa API", "made an API key"),
    "api_key_revoked": Both("thu hồi khóa API", "revoked an API key"),
    "event_replayed": Both("xử lý lại sự kiện", "replayed an event"),
    "message_settled": Both("quyết định một tin gửi đi", "decided about a message"),
    "segment_created": Both("tạo nhóm khách", "made a segment"),
    "segment_changed": Both("sửa nhóm khách", "changed a segment"),
    "segment_removed": Both("bỏ nhóm khách", "removed a segment"),
    "segment_restored": Both("lấy lại nhóm khách", "restored a segment"),
    "segment_thresholds": Both("đặt ngưỡng của năm nhóm", "set the numbers of the five segments"),
    "segment_list_changed": Both("sửa danh sách", "changed a list"),
    "segment_list_undone": Both("hoàn tác việc sửa danh sách", "undid a change of a list"),
    "campaign_created": Both("soạn chiến dịch", "composed a campaign"),
    "campaign_scheduled": Both("hẹn gửi chiến dịch", "scheduled a campaign"),
    "campaign_approval_asked": Both("xin duyệt chiến dịch", "asked for a campaign to be approved"),
    "campaign_approved": Both("duyệt chiến dịch", "approved a campaign"),
    "campaign_refused": Both("từ chối chiến dịch", "refused a campaign"),
    "campaign_run_missed": Both("bỏ một lần gửi vì đã trễ", "left out a run that was too late"),
    "campaign_paused": Both("tạm dừng chiến dịch", "paused a campaign"),
    "campaign_resumed": Both("cho chiến dịch chạy tiếp", "resumed a campaign"),
    "campaign_cancelled": Both("hủy chiến dịch", "cancelled a campaign"),
    "sending_stopped": Both("dừng mọi tin gửi đi", "stopped everything outgoing"),
}
FACTS: Mapping[str, Both] = {  # what was kept beside a deed
    "role": Both("vai trò", "role"),
    "store": Both("cửa hàng", "store"),
    "sessions": Both("số máy", "browsers"),
    "chats": Both("số chat", "chats"),
    "cases": Both("số góp ý", "cases"),
    "device": Both("máy", "browser"),
    "by": Both("bằng", "by"),
    "kind": Both("để", "to"),
    "step": Both("bước", "step"),
    "until": Both("đến", "until"),
    "code": Both("mã", "code"),
    "points": Both("điểm", "points"),
    "reason": Both("lý do", "reason"),
    "customer": Both("khách", "customer"),
    "customers": Both("khách", "customers"),
    "address": Both("trang", "page"),
    "scopes": Both("quyền", "scopes"),
    "fields": Both("ô", "fields"),
    "unbound": Both("chat gỡ ra", "chats unbound"),
    "total": Both("tiền hàng", "total"),
    "reversal": Both("dòng đảo lại", "reversed by"),
    "minutes": Both("số phút", "minutes"),
    "size": Both("số người", "people"),
    "count": Both("số lượng", "how many"),
    "copied": Both("chép từ", "copied from"),
    "as": Both("là", "as"),
    "what": Both("danh sách", "list"),
    "rows": Both("số dòng", "rows"),
    "revealed": Both("số đầy đủ", "whole phones"),
    "check": Both("xem thử", "checked"),
    "write": Both("đã ghi", "written"),
    "undo": Both("hoàn tác", "undone"),
    "new": Both("mới", "new"),
    "known": Both("đã có", "known"),
    "refused": Both("không nhận", "refused"),
    "duplicate": Both("trùng", "doubled"),
    "notices": Both("điều cần biết", "to know"),
    "differing": Both("khác tệp", "different"),
    "written": Both("dòng ghi", "rows written"),
    "openings": Both("lô điểm", "lots of points"),
    "undone": Both("đã lấy lại", "taken back"),
    "kept": Both("giữ lại", "kept"),
}
VALUES: Mapping[str, Both] = {  # and what stands there
    **{role.value: name for role, name in ROLES.items()},
    "password": Both("mật khẩu", "password"),
    "second_factor": Both("mã xác thực", "second step"),
    "invitation": Both("đường dẫn mời", "invitation link"),
    "link": Both("đường dẫn một lần", "one-time link"),
    "sign_in": Both("vào thẳng", "come in at once"),
    "customers": Both("khách hàng", "customers"),
    "balances": Both("điểm mở đầu", "opening points"),
    "opening": Both("giờ mở cửa", "opening hours"),
    "closed_days": Both("ngày nghỉ", "days off"),
    "closed_text": Both("lời nhắn ngoài giờ", "words while closed"),
    "quiet_hours": Both("giờ yên tĩnh", "quiet hours"),
    "monthly_budget": Both("trần chi tiêu", "monthly ceiling"),
}


@lru_cache(maxsize=1)
def known() -> Mapping[str, Both]:
    """Every action that has words, by its name."""
    found = dict(KNOWN)
    for part in pkgutil.iter_modules(console.__path__):
        own = getattr(importlib.import_module(f"{console.__name__}.{part.name}"), "deeds", None)
        found |= own if isinstance(own, Mapping) else {}
    return found


def in_words(action: str, locale: str) -> str:
    """An action in a reader's language; one without words as it is kept."""
    words = known().get(action)
    return words.in_(locale) if words is not None else action.replace("_", " ")


def fact(name: str, locale: str) -> str:
    """What a kept fact is called."""
    words = FACTS.get(name)
    return words.in_(locale) if words is not None else name.replace("_", " ")


def value(text: str, locale: str) -> str:
    """What a kept value means, where it has words."""
    words = VALUES.get(text)
    return words.in_(locale) if words is not None else text
