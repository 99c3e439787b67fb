"""How each channel is set up, step by step, with a tick on what is done. The long version is in its README."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from loyalty.settings import ALWAYS_TOGETHER, Settings
from loyalty.words import Both

NAMES: Mapping[str, str] = {"zalo": "Zalo", "messenger": "Messenger"}
CREDENTIALS: Mapping[str, Sequence[str]] = {  # what must stand in .env
    kind.lower(): tuple(name.lower() for name in names) for kind, names in ALWAYS_TOGETHER.items()
}
ACCOUNT: Mapping[str, str] = {"zalo": "zalo_oa_id", "messenger": "messenger_page_id"}
ROTATING = frozenset({"zalo"})  # their tokens are renewed and kept in the database
TOKEN, WEBHOOK, PUBLIC = "token", "webhook", "public"  # what a step waits for


@dataclass(frozen=True, slots=True)
class Step:
    """`variables` are lines of .env; `done_by` what shows that it is done besides them."""

    title: Both
    text: Both
    variables: Sequence[str] = ()
    done_by: str = ""
    shows_webhook: bool = False


ADDRESS = Step(
    Both("Địa chỉ công khai", "A public address"),
    Both(
        "Nền tảng gọi tới cửa hàng qua https, ví dụ https://khach.cuahang.vn. Đặt địa chỉ ấy rồi khởi động lại.",
        "The platform calls the shop over https, such as https://khach.cuahang.vn. Set that address and restart.",
    ),
    ("base_url",),
    PUBLIC,
)
STEPS: Mapping[str, Sequence[Step]] = {
    "zalo": (
        ADDRESS,
        Step(
            Both("Tạo ứng dụng Zalo", "Create the Zalo app"),
            Both(
                "Ở developers.zalo.me tạo một ứng dụng, kích hoạt, liên kết với OA, xin quyền gửi tin và nhận sự kiện.",
                "At developers.zalo.me create an app, activate it, link the OA, ask for sending and events.",
            ),
            ("zalo_app_id", "zalo_app_secret", "zalo_oa_id"),
        ),
        Step(
            Both("Chứng minh tên miền", "Prove the domain"),
            Both(
                "Zalo đưa tệp zalo_verifier<mã>.html; chỉ cần chép phần <mã>. Chương trình tự trả tệp đó.",
                "Zalo names a file zalo_verifier<code>.html; copy the <code>. The program serves the file itself.",
            ),
            ("zalo_verifier",),
        ),
        Step(
            Both("Cho phép ứng dụng nói thay OA", "Consent for the OA"),
            Both(
                "Bấm Kết nối ở trên (hoặc chạy loyalty channel connect zalo) và đồng ý trên trang của Zalo. Chỉ một "
                "lần: sau đó token tự làm mới. Đừng để chương trình nào khác làm mới token này.",
                "Press Connect above (or run loyalty channel connect zalo) and agree on Zalo's page, once: afterwards "
                "the tokens renew themselves. Let no other program renew them.",
            ),
            done_by=TOKEN,
        ),
        Step(
            Both("Webhook", "Webhook"),
            Both(
                "Dán địa chỉ dưới đây vào mục Webhook, chép OA Secret Key ở chính trang đó (không phải khóa ứng dụng). "
                "Tắt «Lọc cú pháp», bật Webhook Retry, bật mọi sự kiện user_send, follow, user_submit_info, oa_send.",
                "Paste the address below under Webhook and copy the OA Secret Key of that page (not the app's). Switch "
                "the syntax filter off, Webhook Retry on, and on all of user_send, follow, user_submit_info, oa_send.",
            ),
            ("zalo_oa_secret_key",),
            shows_webhook=True,
        ),
        Step(
            Both("Thử", "Try it"),
            Both(
                "Dùng một Zalo khác quan tâm OA và nhắn «điểm». Tin đầu tiên tới là xong.",
                "With another Zalo follow the OA and write «điểm». Once the first event arrives, all is done.",
            ),
            done_by=WEBHOOK,
        ),
    ),
    "messenger": (
        ADDRESS,
        Step(
            Both("Tạo ứng dụng Meta", "Create the Meta app"),
            Both(
                "Ở developers.facebook.com tạo ứng dụng doanh nghiệp, thêm Messenger, chép App secret.",
                "At developers.facebook.com create a business app, add Messenger, copy the app secret.",
            ),
            ("messenger_app_secret",),
        ),
        Step(
            Both("Mã truy cập của trang", "The page token"),
            Both(
                "Trong Messenger API Settings nối trang và bấm Generate. Dùng mã lâu dài, mã ngắn chỉ sống một giờ.",
                "In Messenger API Settings connect the page and press Generate. Use a long-lived one.",
            ),
            ("messenger_page_id", "messenger_page_token"),
        ),
        Step(
            Both("Webhook", "Webhook"),
            Both(
                "Tự nghĩ một chuỗi dài làm verify token. Dán địa chỉ dưới đây và chuỗi đó vào Webhooks rồi đăng ký "
                "messages, messaging_postbacks, messaging_referrals, message_echoes cùng các trường còn lại ở README.",
                "Invent a long verify token. Paste the address below and that token under Webhooks and subscribe "
                "messages, messaging_postbacks, messaging_referrals, message_echoes and the rest the README names.",
            ),
            ("messenger_verify_token",),
            shows_webhook=True,
        ),
        Step(
            Both("Nút Bắt đầu và xét duyệt", "Get Started and review"),
            Both(
                "Bấm «Đặt menu» ở đầu trang này (hoặc chạy loyalty channel setup messenger), xin Advanced Access cho "
                "pages_messaging và pages_manage_metadata, rồi chuyển ứng dụng sang Live.",
                "Press “Set the menu” at the top of this page (or run loyalty channel setup messenger), ask Advanced "
                "Access for pages_messaging and pages_manage_metadata, then switch the app to Live.",
            ),
        ),
        Step(
            Both("Thử", "Try it"),
            Both(
                "Dùng tài khoản khác nhắn «điểm» cho trang, và tắt mọi tin tự động của hộp thư Meta.",
                "With another account write «điểm» to the page; switch off every automatic message of Meta's inbox.",
            ),
            done_by=WEBHOOK,
        ),
    ),
}


def is_done(step: Step, settings: Settings, seen: frozenset[str]) -> bool | None:
    """Whether its lines are set and what it waits for was seen; None for a step nobody can see from here."""
    if not step.variables and not step.done_by:
        return None
    are_set = all(getattr(settings, name) for name in step.variables if name != "base_url")
    return are_set and (not step.done_by or step.done_by in seen)


def is_on(settings: Settings, kind: str) -> bool:
    """Whether the channel has its credentials, and so is on."""
    return all(getattr(settings, name) for name in CREDENTIALS[kind])
