"""States, lanes and reasons of messages and events in words."""

from collections.abc import Mapping

from loyalty.messaging.outbox import Lane
from loyalty.words import Both

STATES: Mapping[str, Both] = {
    "waiting": Both("đang chờ", "waiting"),
    "sending": Both("đang gửi", "sending"),
    "unknown": Both("chưa rõ", "unknown"),
    "failed": Both("không gửi được", "failed"),
    "skipped": Both("bỏ qua", "skipped"),
    "sent": Both("đã gửi", "sent"),
}
KINDS: Mapping[str, str] = {"unknown": "amber", "failed": "clay", "sent": "leaf", "waiting": "sky", "sending": "sky"}
LANES: Mapping[Lane, Both] = {
    Lane.REPLY: Both("trả lời", "answer"),
    Lane.NOTICE: Both("thông báo", "notice"),
    Lane.PROMOTION: Both("ưu đãi", "offer"),
}
REASONS: Mapping[str, Both] = {
    "unknown": Both("chưa rõ đã tới chưa", "unknown whether it arrived"),
    "person": Both("khách chặn hoặc không nhận tin", "the person cannot be reached"),
    "content": Both("nền tảng chê nội dung", "the platform refused the content"),
    "retries": Both("thử năm lần đều hỏng", "five tries failed"),
    "window": Both("quá hạn trả lời miễn phí", "outside the free window"),
    "consent": Both("khách không nhận ưu đãi", "no consent to offers"),
    "complaint": Both("khách đang có góp ý chưa xong", "an open complaint"),
    "frequency": Both("đã đủ số tin đã hứa", "above the promised frequency"),
    "budget": Both("hết trần chi tiêu tháng", "beyond the monthly ceiling"),
    "ways": Both("đã thử mọi cách gửi được", "every way that was left failed"),
    "cap": Both("đủ số tin ưu đãi nền tảng cho phép", "the platform allows no more offers"),
    "refused": Both("khách từ chối cách gửi này", "the person refused this way"),
    "phone_unproven": Both("số điện thoại chưa được xác nhận", "the phone is not proven"),
    "template_disabled": Both("mẫu tin đang bị tắt", "the template is not enabled"),
    "template_purpose": Both("mẫu tin không dùng cho việc này", "the template is not for this purpose"),
    "template_mapping": Both("mẫu tin còn ô chưa có gì điền", "a blank of the template has nothing to fill it"),
    "template_value": Both("thiếu hoặc quá dài so với mẫu tin", "a value is missing or too long for the template"),
    "stale": Both("cũ hơn một ngày", "over a day old"),
    "cancelled": Both("chiến dịch đã hủy", "the campaign was cancelled"),
    "erased": Both("khách đã yêu cầu xóa dữ liệu", "the customer was erased"),
    "missing:name": Both("chưa biết tên khách", "no name to put in"),
    "internal": Both("lỗi của chương trình", "a fault of the program"),
    "restored": Both("khôi phục từ bản sao lưu", "restored from a backup"),
    "by hand": Both("người quyết định", "decided by a person"),
    "once more": Both("gửi lại một lần", "sent once more"),
    "other": Both("lý do khác", "another reason"),
}


def reason(code: str, locale: str) -> str:
    """A reason in words; one without as it is kept."""
    words = REASONS.get(code)
    return words.in_(locale) if words is not None else code
