"""What each kind of alert says, in chat and in the console: what happened, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loyalty.words import Both


@dataclass(frozen=True, slots=True)
class Told:
    """A kind in words. `count` is how many are open of it, `channel` and `detail` are the newest's."""

    happened: Both
    cure: Both  # for whoever reads it in chat; a page leads there instead

    def in_(self, locale: str, **facts: Any) -> str:
        """Both in one line."""
        return f"{self.happened.in_(locale, **facts)} {self.cure.in_(locale, **facts)}"


TEXTS: Mapping[str, Told] = {
    "token_lost": Told(
        Both(
            "{channel} không nhận token nữa nên chưa gửi được tin.", "{channel} refuses our token, so nothing is sent."
        ),
        Both(
            "Cấp quyền lại: mục Kênh ở bảng điều khiển, nút Kết nối (hoặc loyalty channel connect zalo).",
            "Consent again: under Channels in the console, Connect (or loyalty channel connect zalo).",
        ),
    ),
    "template_off": Told(
        Both(
            "{count} mẫu tin của {channel} không gửi được nữa (mẫu {detail}).",
            "{count} templates of {channel} cannot be sent any more (template {detail}).",
        ),
        Both("Xem lý do ở trang quản lý mẫu của nền tảng.", "See why on the platform's page of templates."),
    ),
    "templates_refused": Told(
        Both(
            "{channel} từ chối tin theo mẫu (mã {detail}); trò chuyện thường vẫn gửi được.",
            "{channel} refuses templates (code {detail}); ordinary answers still go out.",
        ),
        Both(
            "Kiểm tra số dư và quyền gửi mẫu; tin đang chờ được thử lại mỗi giờ.",
            "Check the balance and the right to send templates; what waits is tried again every hour.",
        ),
    ),
    "code_unknown": Told(
        Both(
            "{channel} từ chối một tin với mã lạ ({detail}).",
            "{channel} refused a message with a code nobody here knows ({detail}).",
        ),
        Both("Tìm mã này trong tài liệu của nền tảng.", "Look this code up in the platform's documents."),
    ),
    "data_withdrawn": Told(
        Both(
            "{count} khách rút lại sự đồng ý và muốn xóa dữ liệu.",
            "{count} customers took their consent back and want their data erased.",
        ),
        Both("Quyết định ở bảng điều khiển, mục Góp ý.", "Decide in the console, under Cases."),
    ),
    "channel_stopped": Told(
        Both(
            "{channel} từ chối tin của mình nên đã ngừng gửi ({detail}).",
            "{channel} refuses our messages, so sending has stopped ({detail}).",
        ),
        Both("Chạy loyalty doctor để xem cách sửa.", "Run loyalty doctor for the cure."),
    ),
    "channel_down": Told(
        Both(
            "{channel} không trả lời. Tin của bạn đang chờ và sẽ tự gửi khi có lại.",
            "{channel} does not answer. Your messages wait, and leave by themselves once it does.",
        ),
        Both("Bạn không cần làm gì.", "There is nothing to do."),
    ),
    "channel_blocked": Told(
        Both(
            "{channel} đã chặn tài khoản của cửa hàng nên không tin nào được gửi ({detail}).",
            "{channel} blocked the shop's account, so nothing is sent ({detail}).",
        ),
        Both(
            "Đọc thông báo vi phạm của trang và kháng nghị ở đó; được gỡ chặn thì tự gửi lại.",
            "Read the page's violation notice and appeal there; once it is lifted, sending resumes by itself.",
        ),
    ),
    "channel_unblocked": Told(
        Both("{channel} đã gỡ chặn, tin đang chờ được gửi tiếp.", "{channel} lifted its block; what waited is sent."),
        Both("Bạn chưa cần làm gì.", "There is nothing you must do."),
    ),
    "channel_warned": Told(
        Both("{channel} cảnh cáo trang vì vi phạm ({detail}).", "{channel} warned the page ({detail})."),
        Both(
            "Xem lại các chiến dịch đang chạy trước khi bị chặn.",
            "Look over the running campaigns before a block follows.",
        ),
    ),
    "template_judged": Told(
        Both("{channel} vừa xét {count} mẫu tin ({detail}).", "{channel} judged {count} templates ({detail})."),
        Both("Bị từ chối thì sửa mẫu ở trang của nền tảng.", "Mend a refused one on the platform's page."),
    ),
    "subscription_lost": Told(
        Both(
            "{channel} đã ngừng gửi sự kiện cho chương trình; vừa đăng ký lại.",
            "{channel} had stopped delivering events; they were subscribed again.",
        ),
        Both(
            "Tin khách nhắn trong lúc đó không được gửi lại: mở hộp thư của trang để xem.",
            "What customers wrote meanwhile is not delivered again: look into the page's inbox.",
        ),
    ),
    "grant_withdrawn": Told(
        Both("Một người đã gỡ ứng dụng khỏi {channel}.", "Somebody removed the app from {channel}."),
        Both(
            "Nếu là người đã cấp mã truy cập của trang thì tạo mã mới, đặt vào .env rồi khởi động lại.",
            "If it was who granted the page token, make a new one, put it into .env and restart.",
        ),
    ),
    "deletion_wanted": Told(
        Both(
            "{count} người yêu cầu xóa dữ liệu qua {channel}.", "{count} people asked for deletion through {channel}."
        ),
        Both(
            "Xử lý trong 2 ngày làm việc ở bảng điều khiển, mục Yêu cầu dữ liệu.",
            "See to it within 2 working days in the console, under Data requests.",
        ),
    ),
    "template_unfit": Told(
        Both(
            "{count} mẫu tin đã chọn không gửi được nữa, nên tin cần đến nó không đi.",
            "{count} chosen templates can be sent no more, so what needs them does not go.",
        ),
        Both("Mở Kênh → Mẫu tin để xem vì sao.", "Open Channels → Templates to see why."),
    ),
    "event_parked": Told(
        Both("{count} tin đến chưa xử lý được.", "{count} incoming events failed."),
        Both(
            "Chạy loyalty inbox list --state parked, rồi loyalty inbox replay.",
            "Run loyalty inbox list --state parked, then loyalty inbox replay.",
        ),
    ),
    "staff_bound": Told(
        Both("{count} tài khoản chat vừa gắn cho nhân viên.", "{count} chat accounts were just bound to staff."),
        Both(
            "Không phải bạn cho? Chạy loyalty staff list rồi remove.",
            "Not your doing? Run loyalty staff list, then remove.",
        ),
    ),
    "password_link": Told(
        Both(
            "{count} đường dẫn đặt lại mật khẩu vừa được tạo cho nhân viên.",
            "{count} links to choose a new password were just made for staff.",
        ),
        Both(
            "Không ai nhờ? Xem ở mục Nhật ký ai đã tạo, rồi tạo đường dẫn mới cho đúng người.",
            "Nobody asked? The audit says who made it; make a new link and hand it to the right person.",
        ),
    ),
    "owner_made": Told(
        Both("{count} người vừa thành chủ shop, làm được mọi việc.", "{count} people just became owners."),
        Both(
            "Không phải bạn cho? Mở mục Nhân viên và đổi vai trò lại.",
            "Not your doing? Open Staff and change the role back.",
        ),
    ),
    "api_key_made": Told(
        Both("{count} khóa API vừa được tạo ({detail}).", "{count} API keys were just made ({detail})."),
        Both("Không phải bạn tạo? Mở mục Kết nối và thu hồi.", "Not your doing? Open Connections and revoke it."),
    ),
    "code_guessing": Told(
        Both("Có người đoán mã nhân viên nhiều lần.", "Somebody guesses at staff codes."),
        Both(
            "Tài khoản đó phải chờ một giờ, bạn chưa cần làm gì.",
            "That account waits an hour; there is nothing you must do.",
        ),
    ),
    "reward_code_guessing": Told(
        Both("Một nhân viên gõ sai mã quà quá nhiều lần.", "Somebody who serves typed too many wrong reward codes."),
        Both(
            "Người đó tạm không giao quà được trong một ngày; bạn hỏi lại giúp nhé.",
            "They hand no rewards over for a day; please ask them about it.",
        ),
    ),
    "person_wanted": Told(
        Both("{count} khách muốn gặp người.", "{count} customers want to talk to a person."),
        Both("Trả lời ở bảng điều khiển, mục Trò chuyện.", "Answer them in the console, under Conversations."),
    ),
    "complaint": Told(
        Both("{count} khách vừa khiếu nại.", "{count} customers complained."),
        Both("Trả lời ở bảng điều khiển, mục Góp ý.", "Answer them in the console, under Cases."),
    ),
    "privacy_request": Told(
        Both("{count} yêu cầu về dữ liệu cá nhân cần người xử lý.", "{count} data requests need a person."),
        Both("Xử lý ở bảng điều khiển, mục Yêu cầu dữ liệu.", "See to them in the console, under Data requests."),
    ),
    "signin_guessing": Told(
        Both("Có người đoán mật khẩu vào bảng điều khiển.", "Somebody guesses at passwords of the console."),
        Both("Chỗ đó phải chờ, bạn chưa cần làm gì.", "They have to wait; there is nothing you must do."),
    ),
    "sending_resumed": Told(
        Both("Tin gửi đi đã chạy lại sau khi dừng ({detail}).", "Messages leave again after a stop ({detail})."),
        Both("Trả lời và thông báo cũ hơn một ngày được bỏ qua.", "Answers and notices over a day old are left out."),
    ),
    "customers_exported": Told(
        Both(
            "{count} danh sách khách vừa được xuất ra tệp ({detail} dòng).",
            "{count} lists of customers were taken out ({detail} rows).",
        ),
        Both("Xem ai và vì sao ở mục Nhập và xuất.", "See who and why under Import and export."),
    ),
    "campaign_stopped": Told(
        Both(
            "{count} chiến dịch tạm dừng vì nhóm khách không còn hợp lệ ({detail}).",
            "{count} campaigns paused: their segment's rules no longer hold ({detail}).",
        ),
        Both("Sửa rồi cho chạy tiếp.", "Mend the rules, then resume."),
    ),
    "campaign_paused_itself": Told(
        Both("{count} chiến dịch tự tạm dừng ({detail}).", "{count} campaigns paused by themselves ({detail})."),
        Both(
            "Mở chiến dịch để xem vì sao và nên làm gì; gửi tiếp được.",
            "Open the campaign to see why and what to do; it can go on.",
        ),
    ),
    "journey_stopped": Told(
        Both(
            "{count} hành trình tạm dừng vì nhóm khách không còn hợp lệ ({detail}).",
            "{count} journeys paused: their segment's rules no longer hold ({detail}).",
        ),
        Both("Sửa rồi cho chạy tiếp.", "Mend the rules, then resume."),
    ),
    "webhook_stopped": Told(
        Both("{count} webhook ngừng nhận ({detail}).", "{count} webhooks stopped ({detail})."),
        Both(
            "Mở trang Kết nối để xem lý do, sửa phía nhận rồi cho chạy tiếp.",
            "See why on the Connections page, mend the receiver, then resume it.",
        ),
    ),
    "watch_found": Told(
        Both("{detail} việc ở quầy đáng xem lại.", "{detail} things at the counter are worth a second look."),
        Both("Mở mục Theo dõi ở bảng điều khiển.", "Open Watch in the console."),
    ),
    "backup_failed": Told(
        Both("Sao lưu hằng đêm không thành ({detail}).", "The nightly backup failed ({detail})."),
        Both(
            "Chạy loyalty doctor, rồi loyalty backup để làm lại ngay.",
            "Run loyalty doctor, then loyalty backup to make one now.",
        ),
    ),
}
OTHER = Told(
    Both("{kind} ({count}).", "{kind} ({count})."), Both("Chạy loyalty doctor để xem cách sửa.", "Run loyalty doctor.")
)
