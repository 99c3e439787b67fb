"""What was spent."""

import sqlalchemy as sa

from loyalty.customers.models import CustomerStats
from loyalty.purchases.models import Purchase
from loyalty.segments.fields.epoch import divided
from loyalty.segments.fields.field import Family, Field, Kind, Window
from loyalty.segments.fields.sources import Ask, Expr, Total, Worked
from loyalty.words import Both

MONEY = Both("₫", "₫")


def _average(ask: Ask) -> Expr:
    return divided(CustomerStats.spent, CustomerStats.orders)


def _lately(ask: Ask) -> Expr:
    total = sa.func.coalesce(sa.func.sum(Purchase.total - Purchase.returned), 0)
    bills = sa.select(total).where(
        Purchase.customer_id == CustomerStats.customer_id,
        Purchase.state == "recorded",
        Purchase.purchased_on >= ask.since_on,
    )
    return bills.correlate(CustomerStats).scalar_subquery()


ALL = (
    Field(
        "spent_12m",
        Family.MONEY,
        Kind.NUMBER,
        Total("spent_12m"),
        label=Both("Chi tiêu 12 tháng", "Spent in 12 months"),
        said=Both("chi tiêu 12 tháng qua {}", "spent in 12 months {}"),
        unit=MONEY,
        help=Both("Tiền mua trong 12 tháng gần đây; xếp hạng theo số này.", "In the last 12 months; tiers look at it."),
        example=2_000_000,
        more=Both("thêm {} chi tiêu", "{} more spent"),
        is_money=True,
    ),
    Field(
        "spent",
        Family.MONEY,
        Kind.NUMBER,
        Total("spent"),
        label=Both("Tổng chi tiêu", "Spent in all"),
        said=Both("tổng chi tiêu {}", "spent in all {}"),
        unit=MONEY,
        help=Both("Từ lần mua đầu tiên đến nay.", "Since the first purchase."),
        example=5_000_000,
        more=Both("thêm {} chi tiêu", "{} more spent"),
        is_money=True,
    ),
    Field(
        "bought.amount",
        Family.MONEY,
        Kind.NUMBER,
        Worked(_lately),
        label=Both("Chi tiêu gần đây", "Spent lately"),
        said=Both("chi tiêu {}", "spent {}"),
        unit=MONEY,
        help=Both("Tiền mua trong số ngày ghi bên dưới.", "In as many days as stated below."),
        example=500_000,
        within=Window(is_needed=True, example=30),
        more=Both("thêm {} chi tiêu", "{} more spent"),
        is_money=True,
    ),
    Field(
        "average_bill",
        Family.MONEY,
        Kind.NUMBER,
        Worked(_average),
        label=Both("Trung bình mỗi đơn", "Average bill"),
        said=Both("trung bình mỗi đơn {}", "average bill {}"),
        unit=MONEY,
        help=Both("Ai chưa mua lần nào thì không tính.", "Who never bought is left out."),
        example=150_000,
        is_money=True,
    ),
)
