"""The section for other systems: what they may ask (API keys), and what they are told (webhooks)."""

from loyalty.console.section import Refusal, Section
from loyalty.staff.permissions import Right
from loyalty.words import Both

section = Section(
    "connections",
    Both("Kết nối", "Connections"),
    icon="webhook",
    order=76,
    right=Right.KEYS,
    refusals={
        "api_key_not_found": Refusal("Khóa này đã thu hồi rồi.", "This key is revoked already."),
        "api_key_name_taken": Refusal(
            "Đang có khóa tên «{name}». Đặt tên khác, hoặc thu hồi khóa kia trước.",
            "There is a key “{name}”. Choose another name, or revoke that one first.",
            "name",
        ),
        "api_key_name_unclear": Refusal(
            "Tên phải có chữ và dài nhất {limit} ký tự, ví dụ: {example}",
            "A name has letters and at most {limit} characters, for example: {example}",
            "name",
        ),
        "unknown_scope": Refusal("Chọn ít nhất một quyền.", "Tick at least one thing the key may do.", "scopes"),
        "webhook_not_found": Refusal("Webhook này đã gỡ rồi.", "This webhook was removed."),
        "webhook_url": Refusal(
            "Phải là địa chỉ https:// trên internet, ví dụ: https://example.com/webhooks",
            "It must be an https:// address on the open internet, such as https://example.com/webhooks",
            "url",
        ),
        "webhook_name_unclear": Refusal(
            "Tên phải có chữ và dài nhất {limit} ký tự, ví dụ: Phần mềm bán hàng",
            "A name has letters and at most {limit} characters, such as: Our till",
            "name",
        ),
        "too_many_webhooks": Refusal(
            "Nhiều nhất {most} webhook. Gỡ bớt cái không dùng.", "At most {most} webhooks. Remove one that is not used."
        ),
    },
)
deeds = {
    "webhook_created": Both("thêm webhook", "added a webhook"),
    "webhook_changed": Both("sửa webhook", "changed a webhook"),
    "webhook_removed": Both("gỡ webhook", "removed a webhook"),
    "webhook_tested": Both("gửi thử cho webhook", "sent a webhook a test"),
    "webhook_paused": Both("tạm dừng webhook", "paused a webhook"),
    "webhook_resumed": Both("cho webhook chạy tiếp", "resumed a webhook"),
    "webhook_replayed": Both("gửi lại sự kiện cho webhook", "replayed events to a webhook"),
    "webhook_secret_rotated": Both("đổi khóa ký của webhook", "renewed a webhook's secret"),
}
