"""The one at the desk as somebody who serves: in whose name it is done, who tells people in chat, what is refused."""

from collections.abc import Mapping

from flask import current_app

from loyalty.console.desk import Desk
from loyalty.console.section import Refusal
from loyalty.points.counter.orders import Hand
from loyalty.points.telling import Silent, Voice

SILENT = Silent()
REFUSALS: Mapping[str, Refusal] = {
    "own_account": Refusal(
        "Không tự cộng, trừ điểm cho chính mình được. Nhờ một nhân viên khác làm giúp bạn.",
        "Nobody changes their own points. Ask a colleague.",
        "who",
    ),
    "receipt_unclear": Refusal(
        "Số hóa đơn «{typed}» chưa rõ: chỉ gồm chữ, số và - _ / . Ví dụ: HD123",
        "The receipt “{typed}” is unclear: letters, digits and - _ / . only, such as HD123",
        "receipt",
    ),
    "receipt_taken": Refusal(
        "Hóa đơn {reference} đã được tính cho {who}, {total}. Lần này là {asked_who}, {asked_total} "
        "nên chưa cộng điểm; kiểm tra lại số hóa đơn nhé.",
        "Receipt {reference} was counted for {who}, {total}. This is {asked_who}, {asked_total}, so nothing was "
        "awarded; please check the number.",
        "receipt",
    ),
    "idempotency_conflict": Refusal(
        "Phiếu này đã được dùng cho một đơn khác. Mở lại trang rồi nhập đơn mới.",
        "This form was used for another bill. Open the page again for a new one.",
    ),
    "bad_bill": Refusal("Số tiền này lớn quá, kiểm tra lại nhé.", "That amount is too large.", "amount"),
    "bad_adjustment": Refusal(
        "Số điểm từ 1 đến 10.000.000, kèm một lý do không quá 300 chữ.",
        "1 to 10,000,000 points, with a reason of at most 300 letters.",
        "points",
    ),
    "no_programme": Refusal(
        "Cửa hàng chưa có chương trình tích điểm cho hôm nay.", "The shop has no points programme for today."
    ),
    "entry_not_found": Refusal("Không có lần cộng nào mang số {number}.", "There is no award number {number}."),
    "not_undoable": Refusal(
        "Dòng này không hủy được: đó là một lần hủy, hoặc điểm hết hạn. Cần thì ghi lại đơn nhé.",
        "This cannot be undone: it is an undoing itself, or points that expired. Record the bill again if need be.",
    ),
    "insufficient_points": Refusal(
        "Chưa đủ điểm: cần {needed}, khách đang có {available}.",
        "Not enough points: {needed} needed, {available} there.",
    ),
    "day_limit_reached": Refusal(
        "Hôm nay bạn đã tặng {given}/{limit} điểm, đơn này thêm {points} nên chưa cộng. "
        "Nhờ quản lý hoặc chủ cửa hàng tích đơn này giúp bạn.",
        "You have given {given}/{limit} points today and this bill adds {points}, so nothing was awarded. "
        "Ask the manager or owner to record it.",
        "amount",
    ),
    "customer_limit_reached": Refusal(
        "Hôm nay bạn đã tích cho khách này {given}/{limit} lần nên chưa cộng thêm. "
        "Nhờ quản lý hoặc chủ cửa hàng tích đơn này giúp bạn.",
        "You have awarded this customer {given}/{limit} times today, so nothing was added. "
        "Ask the manager or owner to record it.",
        "who",
    ),
    "askers_limit_reached": Refusal(
        "Người gửi số {number} đã dùng hết hạn mức hôm nay ({given}/{limit}) nên chưa cộng. "
        "Bạn từ chối yêu cầu này rồi tự nhập đơn.",
        "Whoever sent number {number} is at their limit for today ({given}/{limit}), so nothing was awarded. "
        "Say no to it and record the bill yourself.",
    ),
    "points_pay_nothing": Refusal(
        "Chương trình của cửa hàng chưa cho trả hóa đơn bằng điểm.",
        "Bills of this shop are not paid with points.",
        "pay",
    ),
    "too_many_points": Refusal(
        "Đơn này trả được tối đa {most} điểm.", "At most {most} points may pay of this bill.", "pay"
    ),
    "nothing_promised": Refusal(
        "Đơn này không có điểm nào đang chờ.", "No points of this bill are waiting to be used."
    ),
    "not_by_hand": Refusal(
        "Điểm của đơn này tự dùng được từ {on}, không cần xác nhận.",
        "The points of this bill may be used from {on} on by themselves; nobody has to confirm.",
    ),
    "points_spent": Refusal(
        "Chưa hủy được: trong {points} điểm đó khách chỉ còn {left}. Nhờ khách mua thêm, hoặc quản lý xem lại.",
        "Not undone: of those {points} points only {left} are left. Ask the manager.",
    ),
    "over_return": Refusal(
        "Chỉ còn trả được {left} (đã trả {returned} trên {total}).",
        "Only {left} is left ({returned} of {total} back).",
        "amount",
    ),
    "purchase_not_found": Refusal("Không tìm thấy đơn này.", "There is no such bill."),
    "purchase_undone": Refusal("Đơn này đã được hủy.", "This bill was undone."),
    "amount_needed": Refusal(
        "Các món này không có giá. Ghi số tiền đã trả khách nhé.",
        "These lines have no price. Type how much was given back.",
        "amount",
    ),
    "bad_return": Refusal("Chưa chọn gì để trả.", "Nothing is chosen to come back."),
    "returned_since": Refusal(
        "Chưa hủy được: sau đó đã có hàng của đơn này trả lại. Hủy lần trả số {first} trước.",
        "Not undone: goods of this bill came back after it. Undo number {first} first.",
    ),
    "not_yours": Refusal(
        "Dòng này do nhân viên khác nhập. Nhờ người đó hoặc quản lý hủy giúp nhé.",
        "A colleague recorded this. Ask them or the manager.",
    ),
    "too_late": Refusal(
        "Dòng này đã quá 24 giờ. Nhờ quản lý hủy giúp nhé.", "This is over 24 hours old. Ask the manager."
    ),
    "approval_not_found": Refusal("Không có yêu cầu duyệt số {number}.", "There is no request number {number}."),
    "already_decided": Refusal(
        "Số {number} đã có người quyết định trước bạn.", "Somebody decided number {number} before you."
    ),
    "own_request": Refusal(
        "Số {number} do chính bạn gửi, cần người khác duyệt.",
        "You asked for number {number} yourself; somebody else decides.",
    ),
}


def hand(desk: Desk) -> Hand:
    """Who serves from this page; the same form sent twice is one act."""
    voice: Voice = current_app.extensions.get("loyalty_voice", SILENT)
    return Hand(desk.member, desk.author, desk.key, desk.now, voice)
