"""How often and when people buy."""

from collections.abc import Callable

import sqlalchemy as sa

from loyalty.customers.models import CustomerStats
from loyalty.purchases.models import Purchase
from loyalty.purchases.stats import window_start
from loyalty.segments.fields.epoch import divided
from loyalty.segments.fields.field import DAYS, Family, Field, Kind, Window
from loyalty.segments.fields.sources import Ask, Beside, Expr, Rows, Select, Total
from loyalty.segments.models import CustomerHabit
from loyalty.words import Both

TIMES = Both("lần", "times")
MORE = Both("còn {} lần mua nữa", "more purchases: {}")
WAITED = Both("sau {} nữa không mua", "after {} more without a purchase")
COME = Both("mua một lần", "one purchase")


def bills(ask: Ask, *more: sa.ColumnElement[bool]) -> Select:
    """The standing purchases of a row of totals, in the window if one is stated."""
    recent = [] if ask.within is None else [Purchase.purchased_on >= ask.since_on]
    theirs = Purchase.customer_id == CustomerStats.customer_id
    return sa.select(Purchase.id).where(theirs, Purchase.state == "recorded", *recent, *more)


def _of_12_months(ask: Ask) -> Select:
    return bills(ask, Purchase.purchased_on > window_start(ask.frame.today))


def _of_habit(made: Callable[[Ask], Expr]) -> Beside:
    """Something of how this person buys; `gap` there is the one usual gap of the whole product."""
    return Beside(CustomerHabit.customer_id, made)


def _gap(ask: Ask) -> Expr:
    return CustomerHabit.gap


def _quiet(ask: Ask) -> Expr:
    since = ask.frame.today.toordinal() - CustomerHabit.last_day
    return divided(sa.case((since > 0, since), else_=0) * 100, CustomerHabit.gap)


ALL = (
    Field(
        "orders",
        Family.TIMES,
        Kind.NUMBER,
        Total("orders"),
        label=Both("Số lần mua", "Purchases"),
        said=Both("số lần mua {}", "purchases {}"),
        unit=TIMES,
        help=Both("Đơn trả lại hết không tính.", "A purchase fully returned does not count."),
        example=3,
        more=MORE,
    ),
    Field(
        "orders_12m",
        Family.TIMES,
        Kind.NUMBER,
        Rows(_of_12_months),
        label=Both("Số lần mua 12 tháng", "Purchases in 12 months"),
        said=Both("số lần mua 12 tháng qua {}", "purchases in 12 months {}"),
        unit=TIMES,
        help=Both("Trong 12 tháng gần đây.", "In the last 12 months."),
        example=6,
        more=MORE,
    ),
    Field(
        "bought.times",
        Family.TIMES,
        Kind.NUMBER,
        Rows(bills),
        label=Both("Số lần mua gần đây", "Purchases lately"),
        said=Both("số lần mua {}", "purchases {}"),
        unit=TIMES,
        help=Both("Trong số ngày ghi bên dưới.", "In as many days as stated below."),
        example=2,
        within=Window(is_needed=True, example=30),
        more=MORE,
    ),
    Field(
        "last_purchase_days",
        Family.TIMES,
        Kind.DAYS,
        Total("last_purchase_at", may_lack=True),
        label=Both("Mua lần cuối cách đây", "Last purchase was"),
        said=Both("lần mua gần nhất cách đây {}", "last purchase {} ago"),
        unit=Both("ngày", "days ago"),
        help=Both("0 là hôm nay. Ai chưa mua lần nào thì không tính.", "0 is today. Who never bought is left out."),
        example=60,
        more=WAITED,
        less=COME,
    ),
    Field(
        "first_purchase_days",
        Family.TIMES,
        Kind.DAYS,
        Total("first_purchase_at", may_lack=True),
        label=Both("Mua lần đầu cách đây", "First purchase was"),
        said=Both("lần mua đầu tiên cách đây {}", "first purchase {} ago"),
        unit=Both("ngày", "days ago"),
        help=Both("0 là hôm nay. Ai chưa mua lần nào thì không tính.", "0 is today. Who never bought is left out."),
        example=365,
        more=Both("sau {} nữa kể từ hôm nay", "{} from today"),
    ),
    Field(
        "gap_days",
        Family.TIMES,
        Kind.NUMBER,
        _of_habit(_gap),
        label=Both("Thường bao lâu mua một lần", "Usual gap between purchases"),
        said=Both("thường cách {} mua một lần", "usual gap {}"),
        unit=DAYS,
        help=Both(
            "Thường cách mấy ngày mua một lần (trung vị). Ai mua dưới ba ngày khác nhau thì không tính.",
            "The median of the days between days with a purchase. Who bought on fewer than three days is left out.",
        ),
        example=14,
    ),
    Field(
        "quiet_percent",
        Family.TIMES,
        Kind.NUMBER,
        _of_habit(_quiet),
        label=Both("Vắng so với thói quen", "Away, against their own habit"),
        said=Both("vắng {} so với thường lệ", "away {} of their usual gap"),
        unit=Both("%", "%"),
        help=Both(
            "200 là đã vắng gấp đôi nhịp mua của chính người đó. Ai mua dưới ba ngày khác nhau thì không tính.",
            "200: away twice as long as their own usual gap. Who bought on fewer than three days is left out.",
        ),
        example=200,
    ),
)
