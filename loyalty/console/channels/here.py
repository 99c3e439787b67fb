"""The section of the channels."""

from loyalty.console.section import Refusal, Section
from loyalty.staff.permissions import Right
from loyalty.words import Both

section = Section(
    "channels",
    Both("Kênh", "Channels"),
    icon="plug-connected",
    order=72,
    right=Right.CHANNELS,
    refusals={
        "event_not_found": Refusal(
            "Sự kiện này không còn bị gác lại, có thể vừa được thử lại.", "This event is not parked any more."
        ),
        "channel_refused": Refusal(
            "Nền tảng không nhận ({reason}). Tra mã đó trong README của kênh, sửa rồi thử lại.",
            "The platform refused ({reason}). Look the code up in the channel's README and try again.",
        ),
        "over_budget": Refusal(
            "Tiền của tin này đã được dùng cho tin khác, tháng này không còn đủ để ghi lại.",
            "The price of this message went to others; the month has not so much left.",
        ),
        "template_not_found": Refusal("Không có mẫu tin này.", "There is no such template."),
        "template_unfit": Refusal(
            "Mẫu này không dùng được cho việc đó ({problem}).", "This template cannot serve that ({problem})."
        ),
    },
)
deeds = {
    "channel_off": Both("tắt kênh", "switched a channel off"),
    "channel_on": Both("cho kênh gửi lại", "let a channel send again"),
    "channel_connecting": Both("bắt đầu cấp quyền cho kênh", "began to connect a channel"),
    "channel_connected": Both("cấp quyền cho kênh", "connected a channel"),
    "channel_mended": Both("đăng ký lại sự kiện của kênh", "subscribed a channel's events again"),
    "channel_set_up": Both("đặt trình đơn của kênh", "set a channel's menu"),
    "template_chosen": Both("chọn mẫu tin", "chose a template"),
    "template_released": Both("thôi dùng một mẫu tin", "stopped using a template"),
    "door_chosen": Both("chọn tài khoản cho liên kết", "chose which account links open"),
    "tags_switched": Both("bật hoặc tắt thẻ với Zalo", "switched tags with Zalo"),
    "way_switched": Both("bật hoặc tắt một cách gửi", "switched a way of sending"),
    "message_unsettled": Both("rút lại quyết định về một tin", "took back a word about a message"),
}
