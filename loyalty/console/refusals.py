"""Refusals of the domain as sentences on a page. A section says its own; here is what any of them may meet."""

from collections.abc import Mapping

from loyalty.console.section import Refusal, facts_of

COMMON: Mapping[str, Refusal] = {
    "not_found": Refusal("Không tìm thấy, có thể đã bị xóa.", "Not found; it may have been removed."),
    "customer_not_found": Refusal("Không tìm thấy khách hàng này.", "There is no such customer."),
    "staff_not_found": Refusal("Không tìm thấy nhân viên này.", "There is no such member of staff."),
    "store_not_found": Refusal("Không có cửa hàng này.", "There is no such store.", "store"),
    "forbidden": Refusal("Việc này ngoài quyền của bạn.", "Your role may not do this."),
    "not_allowed": Refusal(
        "Vai trò của bạn không làm được việc này. Nhờ quản lý hoặc chủ cửa hàng giúp nhé.",
        "Your role may not do this. Ask the manager or the owner.",
    ),
    "form_expired": Refusal(
        "Trang này mở đã lâu nên chưa gửi được. Mở lại trang rồi gửi lần nữa nhé.",
        "This page was open for too long, so nothing was sent. Open it again and send once more.",
    ),
    "conflict": Refusal(
        "Ai đó vừa đổi trước bạn. Mở lại trang rồi thử lại.", "Somebody changed it just before you. Open it again."
    ),
    "phone_unclear": Refusal(
        "Chưa đọc được số điện thoại «{typed}». Ví dụ đúng: 0912 345 678",
        "“{typed}” is no phone number. Right: 0912 345 678",
        "phone",
    ),
    "money_unclear": Refusal(
        "Chưa đọc được số tiền «{typed}». Ví dụ đúng: 250k hoặc 250.000",
        "“{typed}” is no amount. Right: 250k or 250,000",
        "amount",
    ),
}
OTHER = Refusal(
    "Không làm được ({code}). Mở lại trang rồi thử lại.", "Not done ({code}). Open the page again and retry."
)


def find(error: Exception, refusals: Mapping[str, Refusal]) -> Refusal:
    code = getattr(error, "code", "")
    return refusals.get(code) or COMMON.get(code) or OTHER


def in_words(error: Exception, refusals: Mapping[str, Refusal], locale: str) -> str:
    """The sentence of a refusal; one with facts it lacks is said without them."""
    try:
        return find(error, refusals).in_(locale, **{"code": getattr(error, "code", ""), **facts_of(error)})
    except (KeyError, IndexError):
        return OTHER.in_(locale, code=getattr(error, "code", ""))
