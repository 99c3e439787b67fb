"""The numbers of the shop and what each means: chat and console say the same because they read it here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from loyalty.words import Both

Unit = Literal["money", "points", "count"]


@dataclass(frozen=True, slots=True)
class Number:
    """One number: what it is called, what it means, what it is counted in; fewer may be the better."""

    code: str
    label: Both
    meaning: Both
    unit: Unit
    is_loss: bool = False


NUMBERS: Mapping[str, Number] = {
    number.code: number
    for number in (
        Number(
            "sales",
            Both("Doanh số", "Sales"),
            Both(
                "Tổng tiền khách trả cho các đơn mua trong kỳ. Đơn đã hủy không tính.",
                "What customers paid for the bills of the period. Undone bills do not count.",
            ),
            "money",
        ),
        Number(
            "returned",
            Both("Hàng trả lại", "Returned"),
            Both(
                "Tiền hàng trả lại của các đơn mua trong kỳ, tính đến nay. Đơn đã hủy không tính.",
                "What has come back by now of the bills of the period. Undone bills do not count.",
            ),
            "money",
            is_loss=True,
        ),
        Number(
            "net_sales",
            Both("Doanh số thực", "Net sales"),
            Both("Doanh số trừ hàng trả lại của chính các đơn đó.", "Sales less what came back of the same bills."),
            "money",
        ),
        Number(
            "orders",
            Both("Số đơn", "Bills"),
            Both(
                "Số đơn mua trong kỳ. Đơn đã hủy hoặc đã trả hết không tính.",
                "How many bills there were in the period. Bills undone or returned whole do not count.",
            ),
            "count",
        ),
        Number(
            "known_orders",
            Both("Đơn của khách quen", "Bills of known customers"),
            Both(
                "Đơn của khách đã có trong sổ trước khi mua. Còn lại là đơn đầu tiên của người mới.",
                "Bills of customers who were on the books before. The others are the first bills of newcomers.",
            ),
            "count",
        ),
        Number(
            "average",
            Both("Trung bình mỗi đơn", "Average bill"),
            Both(
                "Doanh số thực chia cho số đơn, bỏ phần lẻ dưới 1đ.",
                "Net sales divided by bills, rounded down to whole ₫.",
            ),
            "money",
        ),
        Number(
            "given",
            Both("Điểm đã cộng", "Points given"),
            Both(
                "Điểm cộng từ đơn hàng và các dịp như sinh nhật, theo ngày ghi sổ, kể cả phần về sau bị hủy.",
                "Points of bills and of occasions such as birthdays, by the day of posting, also if undone later.",
            ),
            "points",
        ),
        Number(
            "taken_back",
            Both("Điểm trừ lại", "Points taken back"),
            Both(
                "Điểm trừ lại vì hủy lần cộng điểm hoặc trả hàng, theo ngày làm việc đó; không tính quà trả lại.",
                "Points that went back with what was undone or returned, by the day of that; no rewards given back.",
            ),
            "points",
            is_loss=True,
        ),
        Number(
            "new_customers",
            Both("Khách mới", "New customers"),
            Both(
                "Người lần đầu có trong sổ trong kỳ, nhờ nhắn tin hoặc mua hàng. Khách chép từ sổ cũ không tính.",
                "People first on the books in the period, by writing or buying. Imported ones do not count.",
            ),
            "count",
        ),
        Number(
            "joined",
            Both("Thành viên mới", "New members"),
            Both(
                "Người bắt đầu tích điểm trong kỳ. Khách chép từ sổ cũ không tính.",
                "People who began to collect points in the period. Imported ones do not count.",
            ),
            "count",
        ),
        Number(
            "active",
            Both("Thành viên có mua", "Active members"),
            Both(
                "Thành viên có ít nhất một đơn trong kỳ, mỗi người tính một lần.", "Members with a bill in the period."
            ),
            "count",
        ),
    )
}
