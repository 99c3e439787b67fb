"""Points and tiers."""

import sqlalchemy as sa

from loyalty.customers.models import CustomerStats
from loyalty.segments.fields.field import Family, Field, Kind, Window
from loyalty.segments.fields.sources import Ask, Expr, Total, Worked
from loyalty.words import Both

POINTS = Both("điểm", "points")
LOTS = sa.table(  # a table of the points, which come after segments: by its name
    "lot",
    sa.column("customer_id", sa.BigInteger()),
    sa.column("remaining", sa.BigInteger()),
    sa.column("expires_on", sa.Date()),
    sa.column("closed_at", sa.DateTime()),
    sa.column("promised", sa.Boolean()),
)


def _expiring(ask: Ask) -> Expr:
    lots = sa.select(sa.func.coalesce(sa.func.sum(LOTS.c.remaining), 0)).where(
        LOTS.c.customer_id == CustomerStats.customer_id,
        LOTS.c.expires_on.between(ask.frame.today, ask.until_on),
        LOTS.c.closed_at.is_(None),
        sa.not_(LOTS.c.promised),
    )
    return sa.cast(lots.correlate(CustomerStats).scalar_subquery(), sa.BigInteger())


ALL = (
    Field(
        "tier",
        Family.POINTS,
        Kind.TIER,
        Total("tier"),
        label=Both("Hạng", "Tier"),
        said=Both("hạng {}", "tier {}"),
        help=Both("Hạng khách đang giữ.", "The tier held now."),
        example="Bạc",
    ),
    Field(
        "tier_days",
        Family.POINTS,
        Kind.DAYS,
        Total("tier_since"),
        label=Both("Giữ hạng này từ", "Holds the tier since"),
        said=Both("giữ hạng đã {}", "holding the tier for {}"),
        unit=Both("ngày", "days"),
        example=7,
        more=Both("sau {} nữa kể từ hôm nay", "{} from today"),
    ),
    Field(
        "tier_ends_in_days",
        Family.POINTS,
        Kind.AHEAD,
        Total("falls_on", may_lack=True),
        label=Both("Sắp mất hạng sau", "Loses the tier in"),
        said=Both("sắp mất hạng sau {}", "losing the tier in {}"),
        unit=Both("ngày", "days"),
        help=Both(
            "Tính đêm qua, nếu không mua thêm. Ai không sắp mất hạng thì không tính.",
            "As of last night, if nothing more is bought. Who is not about to lose it is left out.",
        ),
        example=30,
        example_op="<=",
        less=Both("sau {} nữa", "after {}"),
    ),
    Field(
        "points",
        Family.POINTS,
        Kind.NUMBER,
        Total("points"),
        label=Both("Số điểm", "Points"),
        said=Both("số điểm {}", "points {}"),
        unit=POINTS,
        help=Both("Điểm còn dùng được.", "Points one can use now."),
        example=50,
        more=Both("thêm {} điểm", "{} more points"),
        less=Both("dùng bớt {} điểm", "{} points spent"),
    ),
    Field(
        "points_pending",
        Family.POINTS,
        Kind.NUMBER,
        Total("points_pending"),
        label=Both("Điểm đang chờ", "Points pending"),
        said=Both("số điểm đang chờ {}", "points pending {}"),
        unit=POINTS,
        help=Both("Đã hứa, chưa dùng được.", "Promised, not yet to be used."),
        example=1,
    ),
    Field(
        "points_expiring",
        Family.POINTS,
        Kind.NUMBER,
        Worked(_expiring),
        label=Both("Điểm sắp hết hạn", "Points about to expire"),
        said=Both("số điểm hết hạn {}", "points expiring {}"),
        unit=POINTS,
        help=Both(
            "Điểm chưa dùng hết hạn trong số ngày ghi bên dưới.", "Unused, ending in as many days as stated below."
        ),
        example=20,
        within=Window(Both("trong {} ngày tới", "in the next {} days"), is_needed=True, example=30),
        less=Both("dùng bớt {} điểm", "{} points spent"),
    ),
)
