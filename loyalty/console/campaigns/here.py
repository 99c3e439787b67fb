"""The section of campaigns: where it stands, its words, and what its refusals mean."""

from collections.abc import Mapping
from typing import Any

from loyalty.campaigns import fields
from loyalty.campaigns.content import BadText
from loyalty.campaigns.letters import MISSING
from loyalty.console import pictured, sending
from loyalty.console.section import Refusal, Section
from loyalty.staff.permissions import Right
from loyalty.typed.money import format_points
from loyalty.words import Both

section = Section(
    "campaigns",
    Both("Chiến dịch", "Campaigns"),
    icon="speakerphone",
    order=58,
    right=Right.CAMPAIGN,
    refusals={
        **sending.REFUSALS,
        "campaign_not_found": Refusal("Không còn chiến dịch này.", "This campaign is gone."),
        "campaign_state": Refusal(
            "Lúc này không làm được: chiến dịch vừa đổi trạng thái. Mở lại trang để xem.",
            "Not possible any more: the campaign has moved on. Open the page again.",
        ),
        "campaign_schedule": Refusal(
            "Giờ gửi phải ở phía trước, trong vòng hai năm.", "It must start in the future, within two years.", "at"
        ),
        "campaign_cron": Refusal("Lịch lặp này chưa đúng.", "These repeats cannot be.", "when"),
        "campaign_text": Refusal("Nội dung chưa dùng được.", "These words cannot be used.", "text"),
        "campaign_offer": Refusal("Ưu đãi này chưa đúng.", "This offer cannot be.", "offer"),
        "reward_not_found": Refusal("Không còn quà này.", "This reward is gone.", "offer"),
        **pictured.REFUSALS,
        "campaign_picture": Refusal(
            "Cần địa chỉ một tấm ảnh trên mạng, ví dụ: https://example.com/banh.jpg",
            "The address of a picture on the web is needed, for example https://example.com/cake.jpg",
            "image",
        ),
        "segment_not_found": Refusal("Nhóm này không còn nữa, chọn nhóm khác nhé.", "This segment is gone.", "segment"),
        "campaign_needs_approval": Refusal(
            "Một người chỉ được đặt đến {most}đ, không bỏ trống; nhiều hơn thì chép thành chiến dịch mới để xin duyệt.",
            "One person alone may set aside {most}₫, not leave it empty; for more, have a copy approved.",
        ),
        "certificate_not_found": Refusal(
            "Chứng nhận có sau khi gửi xong vài giây.", "The certificate comes some seconds after the run is over."
        ),
        "segment_removed": Refusal(
            "Nhóm của chiến dịch đã bị xóa. Sửa chiến dịch để chọn nhóm khác.",
            "Its segment was removed. Give the campaign another one.",
        ),
        "segment_rules": Refusal(
            "Điều kiện của nhóm không còn dùng được. Mở nhóm để sửa.",
            "The rules of its segment no longer hold.",
            "segment",
        ),
    },
)
STATES: Mapping[str, tuple[Both, str, str]] = {  # words, colour, icon
    "draft": (Both("Nháp", "Draft"), "", "pencil"),
    "waiting_approval": (Both("Chờ duyệt", "Waits for approval"), "amber", "rubber-stamp"),
    "scheduled": (Both("Đã hẹn", "Scheduled"), "sky", "calendar"),
    "running": (Both("Đang gửi", "Being sent"), "leaf", "send"),
    "paused": (Both("Tạm dừng", "Paused"), "amber", "player-pause"),
    "finished": (Both("Xong", "Finished"), "", "check"),
    "cancelled": (Both("Đã hủy", "Cancelled"), "clay", "x"),
}
OUTCOMES: Mapping[str, tuple[Both, Both]] = {  # words, definition
    "sent": (
        Both("Đã gửi", "Sent"),
        Both("Zalo hoặc Messenger đã nhận tin để chuyển.", "Zalo or Messenger took the message."),
    ),
    "waiting": (Both("Đang chờ", "Waiting"), Both("Chưa đến lượt, hoặc chờ hết giờ yên tĩnh.", "Not yet their turn.")),
    "skipped": (
        Both("Không gửi", "Not sent to"),
        Both("Có lý do để không nhắn: xem từng lý do bên dưới.", "There was a reason not to write: see below."),
    ),
    "failed": (Both("Gửi hỏng", "Failed"), Both("Đã gửi nhưng bị từ chối.", "It was sent and refused.")),
    "unknown": (
        Both("Chưa rõ", "Unclear"),
        Both("Máy dừng giữa chừng, chưa rõ tin đã đi chưa.", "We stopped midway; nobody knows whether it left."),
    ),
    "held_out": (
        Both("Giữ lại", "Held out"),
        Both("Cố ý không gửi, để so sánh.", "Left out on purpose, to compare."),
    ),
}
REASONS: Mapping[str, Both] = {
    "no_chat": Both("chưa từng nhắn với cửa hàng trên Zalo hay Messenger", "never wrote to the shop in a chat"),
    "consent": Both("chưa đồng ý nhận tin ưu đãi", "did not agree to offers"),
    "window": Both(
        "lâu chưa nhắn lại: Zalo chỉ cho gửi trong 48 giờ, Messenger 24 giờ",
        "wrote too long ago: Zalo allows 48 hours, Messenger 24",
    ),
    "frequency": Both("đã nhận đủ: mỗi ngày 1 tin, 30 ngày 4 tin", "has had enough: one a day, four in 30 days"),
    "complaint": Both("đang có góp ý chưa giải quyết", "has a complaint that is still open"),
    "vouchers": Both("đã hết mã ưu đãi", "no voucher is left"),
    "person": Both("đã chặn cửa hàng hoặc không liên lạc được", "blocked the shop or cannot be reached"),
    "budget": Both("đã hết ngân sách tháng", "the month's budget is spent"),
    "holdout": Both("giữ lại để so sánh, theo chiến dịch", "held out to compare, by the campaign"),
    "global_holdout": Both("thuộc nhóm đối chứng chung của cửa hàng", "in the shop's own comparison group"),
    "cancelled": Both("chiến dịch bị hủy trước khi đến lượt", "the campaign was cancelled before their turn"),
    "erased": Both("khách đã xin xóa dữ liệu", "asked to be erased"),
    "content": Both("nội dung bị từ chối", "the words were refused"),
    "retries": Both("thử nhiều lần vẫn hỏng", "failed again and again"),
    "restored": Both("chờ người quyết định sau khi khôi phục", "waits for a decision after a restore"),
    "unknown": Both("chưa rõ đã đến nơi chưa", "nobody knows whether it arrived"),
    "internal": Both("lỗi ở phía mình, đã ghi lại", "a fault of ours, written down"),
    "other": Both("lý do khác", "another reason"),
}
CAUSES: Mapping[str, tuple[Both, Both]] = {  # why it paused itself, and what to do
    "failed": (
        Both("{number} trong {of} tin gửi hỏng", "{number} of {of} messages failed"),
        Both("Xem lý do từng tin bên dưới, sửa xong rồi gửi tiếp.", "See each reason below, mend it, then go on."),
    ),
    "blocked": (
        Both(
            "{number} trong {of} khách không nhận tin được nữa", "{number} of {of} people can no longer be written to"
        ),
        Both(
            "Nhóm này có thể đã cũ. Thu hẹp nhóm trong chiến dịch mới, hoặc gửi tiếp nếu chấp nhận được.",
            "The segment may be stale. Narrow it in a new campaign, or go on if that is acceptable.",
        ),
    ),
    "content": (
        Both("nền tảng từ chối nội dung của {number} tin", "the platform refused the words of {number} messages"),
        Both(
            "Gửi tiếp sẽ hỏng như vậy. Hủy chiến dịch này, chép thành tin mới và sửa nội dung.",
            "Going on would fail likewise. Cancel it, copy it into a new one and change the words.",
        ),
    ),
    "objections": (
        Both(
            "{number} trong {of} khách nhận tin nhắn dừng hoặc phàn nàn",
            "{number} of {of} people said stop or complained",
        ),
        Both(
            "Đọc góp ý của khách trước. Thường nên hủy phần còn lại.",
            "Read what they say first. Cancelling the rest is often best.",
        ),
    ),
    "budget": (
        Both("đã dùng {number}đ trong ngân sách {of}đ của chiến dịch", "{number}₫ of the campaign's {of}₫ is spent"),
        Both("Tăng ngân sách rồi gửi tiếp, hoặc hủy phần còn lại.", "Raise the budget and go on, or cancel the rest."),
    ),
}
FAULTS: Mapping[str, Both] = {
    "empty": Both("Viết vài chữ đã nhé.", "Write something first."),
    "long": Both("Dài quá: nhiều nhất 1.500 ký tự.", "Too long: at most 1,500 characters."),
    "braces": Both(
        'Dấu ngoặc nhọn chỉ dùng cho ô điền tên: {{{{ name }}}} hoặc {{{{ name | "bạn" }}}}',
        'Braces are only for the name: {{{{ name }}}} or {{{{ name | "friend" }}}}',
    ),
    "unknown": Both(
        "Không có ô «{named}». Chọn một ô có sẵn bên dưới, ví dụ: {{{{ name }}}}",
        "There is no “{named}”. Choose one of the blanks below, for example {{{{ name }}}}",
    ),
    "full": Both(
        "Khi điền đủ các ô thì dài quá một tin. Viết ngắn lại nhé.",
        "With its blanks filled it is longer than one message. Make it shorter.",
    ),
    "offer": Both(
        "Nội dung có ô «{named}» mà chiến dịch chưa kèm ưu đãi. Chọn ưu đãi ở bước 2.",
        "The words ask for “{named}”, and the campaign has no offer. Choose one in step 2.",
    ),
    "variants": Both(
        "Đang thử nhiều cách viết: bỏ lời riêng cho kênh và ngôn ngữ khác, vì ai đọc lời đó đều nhận giống nhau.",
        "Texts are being compared: take away words for one channel or language; their readers would all get the same.",
    ),
    "where": Both("Không có kênh hay ngôn ngữ này.", "There is no such channel or language."),
}


_LACKING = Both("chưa có «{named}» mà nội dung cần", "has no “{named}”, and the words need it")


def reason(code: str, locale: str) -> str:
    """Why, in words; a code that has none yet as it is."""
    if code.startswith(MISSING) and (lacking := fields.find(code.removeprefix(MISSING))) is not None:
        named = lacking.label.in_(locale)
        return _LACKING.in_(locale, named=named[:1].lower() + named[1:])
    known = REASONS.get(code)
    return known.in_(locale) if known else code


def cause(stopped: Mapping[str, Any], locale: str) -> tuple[str, str]:
    """Why it paused itself, and what to do about it."""
    why, cure = CAUSES[stopped["cause"]]
    numbers = {name: format_points(stopped[name], locale) for name in ("number", "of")}
    return why.in_(locale, **numbers), cure.in_(locale)


def fault(bad: BadText, locale: str) -> str:
    """What is wrong with a text."""
    return FAULTS[bad.fault].in_(locale, named=bad.named)
