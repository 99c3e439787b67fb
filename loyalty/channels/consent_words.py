"""Why a consent came to nothing, and what to do about it, in both languages."""

from collections.abc import Mapping

from loyalty.errors import LoyaltyError
from loyalty.words import Both

REFUSALS: Mapping[str, Both] = {
    "grant_unknown": Both(
        "Lần cấp quyền này đã dùng rồi hoặc không do cửa hàng bắt đầu. Bấm Kết nối lại từ đầu.",
        "This consent was used already, or was not begun by the shop. Begin again with Connect.",
    ),
    "grant_late": Both(
        "Đã quá 10 phút. Bấm Kết nối lại và đồng ý ngay sau đó.",
        "Ten minutes have passed. Begin again with Connect and consent right away.",
    ),
    "grant_elsewhere": Both(
        "Việc cấp quyền bắt đầu ở trình duyệt khác. Mở lại ở trình duyệt đã bấm Kết nối.",
        "This began in another browser. Open it again in the one where Connect was pressed.",
    ),
    "grant_other_account": Both(
        "Bạn vừa đồng ý cho tài khoản {got}, nhưng đang nối tài khoản {wanted}. Chọn đúng tài khoản rồi thử lại; muốn "
        "nối thêm tài khoản kia thì dùng nút nối thêm.",
        "You consented for account {got}, while {wanted} was to be connected. Choose that one and try again; to add "
        "the other, use the button that adds an account.",
    ),
}
PLATFORM: Mapping[str, Both] = {
    "-14002": Both(
        "App ID sai hoặc ứng dụng chưa kích hoạt (mã -14002). Kiểm tra LOYALTY_ZALO_APP_ID và bật ứng dụng ở "
        "developers.zalo.me.",
        "The app id is wrong or the app is not active (code -14002). Check LOYALTY_ZALO_APP_ID and activate the app at "
        "developers.zalo.me.",
    ),
    "-14003": Both(
        "Địa chỉ quay về không khớp (mã -14003). Ở mục Official Account của ứng dụng, đặt Official Account Callback "
        "URL đúng từng ký tự như trang Kênh chỉ.",
        "The return address does not match (code -14003). Under Official Account of the app set the Official Account "
        "Callback URL letter by letter as the page Channels shows it.",
    ),
    "-14014": Both(
        "Quản trị viên OA chưa xác nhận (mã -14014). Đồng ý trên trang của Zalo rồi thử lại.",
        "The OA's administrator has not confirmed (code -14014). Consent on Zalo's page and try again.",
    ),
    "-14020": Both(
        "Mã đã được dùng hoặc hết hạn (mã -14020). Bấm Kết nối lại, và xem có chương trình nào khác cũng giữ token "
        "không.",
        "The code was used or has expired (code -14020). Connect again, and see whether another program keeps the "
        "token.",
    ),
    "answer_lost": Both(
        "Zalo không trả lời trọn vẹn. Bấm Kết nối lại sau một phút.",
        "Zalo did not answer completely. Connect again in a minute.",
    ),
    "no_code": Both(
        "Chưa có sự đồng ý nào. Bấm Kết nối lại và chọn Đồng ý trên trang của Zalo.",
        "Nothing was consented to. Connect again and agree on Zalo's page.",
    ),
}
OTHER = Both(
    "Nền tảng không cấp quyền (mã {code}). Thử lại; nếu vẫn vậy, xem bots/zalo/README.md.",
    "The platform granted nothing (code {code}). Try again; if it stays so, see bots/zalo/README.md.",
)


def in_words(refusal: LoyaltyError) -> Both:
    """One sentence with the cure."""
    code = str(refusal.facts.get("platform_code") or refusal.code)
    said = REFUSALS.get(code) or of_platform(code)
    facts = {name: str(fact) for name, fact in refusal.facts.items()} | {"code": code}
    return Both(said.vi.format(**facts), said.en.format(**facts))


def of_platform(code: str) -> Both:
    """A platform's own code in words."""
    return PLATFORM.get(code, OTHER)
