"""What was bought, and where: asked of the standing purchases, each counted once. What came back does not count."""

import sqlalchemy as sa

from loyalty.customers import tags
from loyalty.customers.models import CustomerStats
from loyalty.customers.traits import interests
from loyalty.customers.traits.models import Interest
from loyalty.purchases.models import Purchase, PurchaseLine
from loyalty.segments.fields.field import Family, Field, Kind, Which, Window
from loyalty.segments.fields.sources import Ask, Expr, Marks, Rows, Select, Worked
from loyalty.segments.fields.times import MORE, TIMES, bills
from loyalty.staff.models import Store
from loyalty.words import Both

KEPT = PurchaseLine.quantity > PurchaseLine.returned_quantity


def _with_line(ask: Ask, *what: sa.ColumnElement[bool]) -> Select:
    line = sa.exists().where(PurchaseLine.purchase_id == Purchase.id, KEPT, *what).correlate(Purchase)
    return bills(ask, line)


def _category(ask: Ask) -> Select:
    return _with_line(ask, PurchaseLine.category.in_(ask.of))


def _product(ask: Ask) -> Select:
    return _with_line(ask, sa.or_(PurchaseLine.sku.in_(ask.of), PurchaseLine.name.in_(ask.of)))


def _store(ask: Ask) -> Select:
    return bills(ask, Purchase.store_id.in_(sa.select(Store.id).where(Store.code.in_(ask.of))))


def _favourite(ask: Ask) -> Expr:
    times = sa.func.count(sa.distinct(Purchase.id))
    query = (
        sa.select(PurchaseLine.category)
        .join(Purchase, Purchase.id == PurchaseLine.purchase_id)
        .where(Purchase.customer_id == CustomerStats.customer_id, Purchase.state == "recorded", KEPT)
        .where(PurchaseLine.category.is_not(None))
        .group_by(PurchaseLine.category)
        .order_by(times.desc(), sa.func.max(Purchase.id).desc(), sa.func.max(PurchaseLine.id).desc())
        .limit(1)
    )
    return query.correlate(CustomerStats).scalar_subquery()


def _last_store(ask: Ask) -> Expr:
    query = (
        sa.select(Store.code)
        .join(Purchase, Purchase.store_id == Store.id)
        .where(Purchase.customer_id == CustomerStats.customer_id, Purchase.state == "recorded")
        .order_by(Purchase.purchased_on.desc(), Purchase.purchased_at.desc(), Purchase.id.desc())
        .limit(1)
    )
    return query.correlate(CustomerStats).scalar_subquery()


ALL = (
    Field(
        "bought.category",
        Family.BOUGHT,
        Kind.NUMBER,
        Rows(_category),
        label=Both("Số lần mua nhóm hàng", "Purchases of a category"),
        said=Both("số lần mua {}", "purchases {}"),
        unit=TIMES,
        help=Both(
            "Số đơn có nhóm hàng này. Viết đúng như trên hóa đơn.", "Bills with it. Written as it stands on the bills."
        ),
        example=2,
        of=Which(Both("Nhóm hàng", "Category"), Both("có nhóm hàng {}", "of the category {}"), "Cà phê"),
        within=Window(),
        more=MORE,
    ),
    Field(
        "bought.product",
        Family.BOUGHT,
        Kind.NUMBER,
        Rows(_product),
        label=Both("Số lần mua món", "Purchases of a product"),
        said=Both("số lần mua {}", "purchases {}"),
        unit=TIMES,
        help=Both(
            "Số đơn có món này: mã hoặc tên, viết đúng như trên hóa đơn.",
            "Bills with it: its code or name as it stands on the bills.",
        ),
        example=1,
        of=Which(Both("Mã hoặc tên món", "Code or name"), Both("có món {}", "of the product {}"), "Bạc xỉu"),
        within=Window(),
        more=MORE,
    ),
    Field(
        "bought.store",
        Family.BOUGHT,
        Kind.NUMBER,
        Rows(_store),
        label=Both("Số lần mua tại cửa hàng", "Purchases at a store"),
        said=Both("số lần mua {}", "purchases {}"),
        unit=TIMES,
        example=1,
        of=Which(
            Both("Cửa hàng", "Store"), Both("tại {}", "at {}"), "MAIN", choices=lambda frame: frame.things.stores()
        ),
        within=Window(),
        more=MORE,
    ),
    Field(
        "bought.source",
        Family.BOUGHT,
        Kind.NUMBER,
        Rows(lambda ask: bills(ask, Purchase.source.in_(ask.of))),
        label=Both("Số lần mua qua kênh bán", "Purchases through a source"),
        said=Both("số lần mua {}", "purchases {}"),
        unit=TIMES,
        help=Both(
            "Nơi hóa đơn từ đó đến: counter là tại quầy, còn lại là tên máy bán hàng hay web.",
            "Where the bills came from: counter, or the name of a till or web shop.",
        ),
        example=1,
        of=Which(Both("Kênh bán", "Source"), Both("qua {}", "through {}"), "counter"),
        within=Window(),
        more=MORE,
    ),
    Field(
        "bought.discounted",
        Family.BOUGHT,
        Kind.NUMBER,
        Rows(lambda ask: bills(ask, Purchase.discount > 0)),
        label=Both("Số lần mua khi được giảm giá", "Purchases with a discount"),
        said=Both("số lần mua được giảm giá {}", "purchases with a discount {}"),
        unit=TIMES,
        example=2,
        within=Window(),
        more=MORE,
    ),
    Field(
        "bought.returned",
        Family.BOUGHT,
        Kind.NUMBER,
        Rows(
            lambda ask: sa.select(Purchase.id).where(
                Purchase.customer_id == CustomerStats.customer_id,
                Purchase.state != "undone",
                Purchase.returned > 0,
                *([] if ask.within is None else [Purchase.purchased_on >= ask.since_on]),
            )
        ),
        label=Both("Số đơn có trả hàng", "Purchases with a return"),
        said=Both("số đơn có trả hàng {}", "purchases with a return {}"),
        unit=Both("đơn", "purchases"),
        example=1,
        within=Window(),
    ),
    Field(
        "favourite_category",
        Family.BOUGHT,
        Kind.WORD,
        Worked(_favourite),
        label=Both("Nhóm hàng hay mua nhất", "Favourite category"),
        said=Both("hay mua nhất {}", "favourite category {}"),
        help=Both(
            "Có trong nhiều đơn nhất; bằng nhau thì lấy nhóm mua sau cùng.", "In most bills; of several the last."
        ),
        example="Cà phê",
    ),
    Field(
        "interest",
        Family.BOUGHT,
        Kind.MARKS,
        Marks(
            lambda ask: sa.select(Interest.word).where(
                Interest.customer_id == CustomerStats.customer_id, interests.counts()
            ),
            Interest.word,
        ),
        label=Both("Quan tâm đến", "Interested in"),
        said=Both("quan tâm đến {}", "interested in {}"),
        unsaid=Both("không quan tâm đến {}", "not interested in {}"),
        help=Both(
            "Nhóm hàng hay món có trong từ 2 đơn, hoặc khách cho biết; khách bỏ thì không tính.",
            "A category or product of 2 bills or more, or what they told; what they took away is none.",
        ),
        example="trà sữa",
        clean=tags.tidied,
        more=Both("quan tâm đến {}", "become interested in {}"),
        less=Both("thôi quan tâm đến {}", "lose interest in {}"),
    ),
    Field(
        "last_store",
        Family.BOUGHT,
        Kind.WORD,
        Worked(_last_store),
        label=Both("Cửa hàng mua lần cuối", "Store of the last purchase"),
        said=Both("mua lần cuối tại {}", "bought last at {}"),
        example="MAIN",
        choices=lambda frame: frame.things.stores(),
    ),
)
