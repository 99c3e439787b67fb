"""The section, and what its pages say."""

from collections.abc import Mapping

from loyalty.console.section import Refusal, Section
from loyalty.messaging.threads import Mark
from loyalty.staff.permissions import Right
from loyalty.words import Both

section = Section(
    "conversations",
    Both("Trò chuyện", "Conversations"),
    icon="messages",
    order=40,
    right=Right.CONVERSE,
    refusals={
        "conversation_not_found": Refusal("Không có cuộc trò chuyện này.", "There is no such conversation."),
        "conversation_taken": Refusal(
            "Người khác đang trả lời khách này. Bấm «Nhận thay» nếu bạn muốn trả lời.",
            "Somebody else is answering this customer. Press “Take over” to answer yourself.",
            "text",
        ),
        "window_closed": Refusal(
            "Đã quá hạn trả lời miễn phí. Khách nhắn lại thì bạn trả lời được.",
            "The time to answer has run out. Once the customer writes again, you can.",
            "text",
        ),
        "person_unreachable": Refusal(
            "Khách đã chặn hoặc không nhận tin nữa. Khách nhắn lại thì bạn trả lời được.",
            "The customer blocked us or gets no messages any more. Once they write again, you can answer.",
            "text",
        ),
        "answer_unclear": Refusal(
            "Câu trả lời cần có chữ và không quá {limit} ký tự, câu này có {length}.",
            "An answer needs words and at most {limit} characters; this one has {length}.",
            "text",
        ),
    },
)

deeds = {
    "conversation_taken": Both("nhận trả lời khách", "took over a conversation"),
    "conversation_answered": Both("trả lời khách", "answered a customer"),
    "conversation_returned": Both("trả cuộc trò chuyện lại cho bot", "gave a conversation back to the bot"),
}
MARKS: Mapping[Mark, tuple[str, Both]] = {  # icon and word
    Mark.WAITING: ("clock", Both("Chờ gửi", "Waiting")),
    Mark.SENDING: ("clock", Both("Đang gửi", "Sending")),
    Mark.SENT: ("check", Both("Đã gửi", "Sent")),
    Mark.DELIVERED: ("checks", Both("Đã nhận", "Delivered")),
    Mark.SEEN: ("eye", Both("Đã xem", "Seen")),
    Mark.FAILED: ("alert-circle", Both("Không gửi được", "Not sent")),
    Mark.SKIPPED: ("alert-circle", Both("Không gửi", "Not sent")),
    Mark.UNKNOWN: ("alert-triangle", Both("Chưa rõ đã tới chưa", "Nobody knows whether it arrived")),
}
REASONS: Mapping[str, Both] = {
    "window": Both("quá hạn trả lời miễn phí", "the time to answer had run out"),
    "person": Both("khách không nhận tin nữa", "the customer cannot be reached"),
    "content": Both("nền tảng không nhận nội dung này", "the platform refused the content"),
    "retries": Both("thử nhiều lần không được", "several tries failed"),
    "consent": Both("khách không nhận ưu đãi", "the customer refused offers"),
    "frequency": Both("khách đã nhận đủ tin ưu đãi", "the customer had enough offers"),
}
EVENTS: Mapping[str, Both] = {  # what came in without words
    "media": Both(
        "Khách gửi hình, nhãn dán hoặc tệp. Mở Zalo hay Messenger của cửa hàng để xem.",
        "The customer sent a picture, sticker or file. Open the shop's Zalo or Messenger to see it.",
    ),
    "follow": Both("Khách bấm quan tâm.", "The customer followed."),
    "standby": Both("Khách gửi gì đó cho ứng dụng khác của trang.", "Something sent to another app of the page."),
    "contact": Both("Khách gửi số điện thoại của mình.", "The customer shared their phone number."),
    "referral": Both("Khách mở từ một đường link.", "The customer came through a link."),
}
TURNS: Mapping[str, tuple[str, Both]] = {  # icon and sentence; {who} did it
    "conversation_waiting": ("hourglass", Both("Khách chờ người trả lời", "The customer waits for a person")),
    "conversation_taken": ("user", Both("{who} nhận trả lời, bot im lặng", "{who} answers, the bot keeps quiet")),
    "conversation_returned": ("robot", Both("Bot trả lời tiếp", "The bot answers again")),
}
OFFER = Both("Đã gửi một tin ưu đãi", "An offer was sent")
GONE = Both("Nội dung đã được xóa.", "What was said has been erased.")
SPEAKERS: Mapping[str, Both] = {
    "bot": Both("Bot", "Bot"),
    "notice": Both("Tin tự động", "Notice"),
    "human": Both("Trả lời từ ứng dụng", "Answered in the app"),
    "outside": Both("Người trả lời trong ứng dụng", "Somebody in the app"),
    "key": Both("Phần mềm kết nối", "A connected system"),
}
QUICK: tuple[Both, ...] = (
    Both(
        "Chào bạn, mình là {who} ở {shop}. Mình xem giúp bạn ngay nhé.",
        "Hi, this is {who} at {shop}. Let me look into it.",
    ),
    Both(
        "Bạn cho mình xin số hóa đơn, hoặc ngày giờ mua nhé.",
        "Could you give me the receipt number, or the day and time?",
    ),
    Both(
        "Mình kiểm tra xong rồi. Bạn nhắn «lịch sử» để xem điểm nhé.",
        "I have checked it. Write «history» to see your points.",
    ),
    Both("Cảm ơn bạn đã góp ý, bên mình sẽ sửa ngay.", "Thank you for telling us. We will put it right."),
    Both(
        "Bạn còn cần gì nữa không? Nếu xong rồi thì từ đây trợ lý tự động trả lời bạn tiếp nhé.",
        "Anything else? If not, our assistant takes over from here.",
    ),
)
