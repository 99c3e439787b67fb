"""Who the customer is."""

import sqlalchemy as sa

from loyalty.customers.models import Customer, CustomerStats
from loyalty.segments.fields.field import Family, Field, Kind
from loyalty.segments.fields.sources import Ask, Beside, Expr, Total, Worked
from loyalty.segments.frame import Frame, Named
from loyalty.words import Both

PARTS = 100  # of the random number everybody has
BUCKETS = 65_536
LANGUAGES: Named = (("vi", "Tiếng Việt"), ("en", "English"))
SOURCES = {
    "staff": Both("nhân viên thêm", "added by staff"),
    "import": Both("danh sách nhập vào", "an imported list"),
    "api": Both("phần mềm khác (API)", "another program (API)"),
    "demo": Both("khách thử", "demo"),
}


def _sources(frame: Frame) -> Named:
    own = [(code, both.in_(frame.shop.locale)) for code, both in SOURCES.items()]
    return [*((kind, kind.replace("_", " ").title()) for kind in sorted(frame.channels)), *own]


def _language(ask: Ask) -> Expr:
    return sa.func.coalesce(Customer.locale, ask.frame.shop.locale)


def _month(ask: Ask) -> Expr:
    return CustomerStats.birthday // 100


ALL = (
    Field(
        "has_phone",
        Family.PROFILE,
        Kind.FLAG,
        Total("has_phone"),
        label=Both("Có số điện thoại", "Has a phone number"),
        said=Both("có số điện thoại", "with a phone number"),
        unsaid=Both("chưa có số điện thoại", "without a phone number"),
        example=True,
        more=Both("cho biết số điện thoại", "give a phone number"),
    ),
    Field(
        "has_name",
        Family.PROFILE,
        Kind.FLAG,
        Beside(Customer.id, lambda ask: Customer.name.is_not(None)),
        label=Both("Biết tên", "Name is known"),
        said=Both("đã biết tên", "whose name is known"),
        unsaid=Both("chưa biết tên", "whose name is not known"),
        example=True,
        more=Both("cho biết tên", "tell their name"),
    ),
    Field(
        "has_email",
        Family.PROFILE,
        Kind.FLAG,
        Beside(Customer.id, lambda ask: Customer.email_key.is_not(None)),
        label=Both("Có e-mail", "Has an e-mail"),
        said=Both("có e-mail", "with an e-mail"),
        unsaid=Both("chưa có e-mail", "without an e-mail"),
        example=False,
        more=Both("cho biết e-mail", "give an e-mail"),
    ),
    Field(
        "joined_days",
        Family.PROFILE,
        Kind.DAYS,
        Total("joined_at", may_lack=True),
        label=Both("Tham gia cách đây", "Joined"),
        said=Both("tham gia cách đây {}", "joined {} ago"),
        unit=Both("ngày", "days ago"),
        help=Both("0 là hôm nay. Ai chưa tham gia thì không tính.", "0 is today. Who has not joined is left out."),
        example=30,
        more=Both("sau {} nữa kể từ hôm nay", "{} from today"),
    ),
    Field(
        "known_days",
        Family.PROFILE,
        Kind.DAYS,
        Beside(Customer.id, lambda ask: Customer.created_at),
        label=Both("Cửa hàng biết khách từ", "Known to us since"),
        said=Both("cửa hàng biết cách đây {}", "known for {}"),
        unit=Both("ngày", "days ago"),
        help=Both("Kể từ lần đầu khách nhắn, mua hoặc được thêm vào.", "Since they first wrote, bought or were added."),
        example=7,
        more=Both("sau {} nữa kể từ hôm nay", "{} from today"),
    ),
    Field(
        "source",
        Family.PROFILE,
        Kind.WORD,
        Beside(Customer.id, lambda ask: Customer.source),
        label=Both("Đến với cửa hàng qua", "Came by"),
        said=Both("đến qua {}", "came by {}"),
        help=Both("Nơi cửa hàng biết khách lần đầu.", "Where they were first met."),
        example="zalo",
        choices=_sources,
        name_of=lambda frame, code: code if code.isidentifier() else None,
        is_fixed=True,
    ),
    Field(
        "language",
        Family.PROFILE,
        Kind.WORD,
        Beside(Customer.id, _language),
        label=Both("Ngôn ngữ", "Language"),
        said=Both("dùng {}", "speak {}"),
        help=Both(
            "Ai chưa chọn thì tính theo ngôn ngữ của cửa hàng.", "Who chose none counts as speaking the shop's own."
        ),
        example="vi",
        choices=lambda frame: LANGUAGES,
    ),
    Field(
        "birthday_in_days",
        Family.PROFILE,
        Kind.YEARLY,
        Total("birthday", may_lack=True),
        label=Both("Còn bao lâu đến sinh nhật", "Birthday comes in"),
        said=Both("sinh nhật còn {}", "birthday in {}"),
        unit=Both("ngày nữa", "days"),
        help=Both("0 là hôm nay. Ai chưa cho biết thì không tính.", "0 is today. Who did not tell it is left out."),
        example=7,
        example_op="<=",
        less=Both("sau {} nữa", "after {}"),
    ),
    Field(
        "birthday_month",
        Family.PROFILE,
        Kind.NUMBER,
        Worked(_month),
        label=Both("Tháng sinh", "Month of birth"),
        said=Both("sinh tháng {}", "born in month {}"),
        help=Both("1 đến 12.", "1 to 12."),
        example=11,
        example_op="=",
        is_fixed=True,
    ),
    Field(
        "bucket",
        Family.PROFILE,
        Kind.NUMBER,
        Beside(Customer.id, lambda ask: Customer.bucket * PARTS // BUCKETS),
        label=Both("Số ngẫu nhiên (0–99)", "Random number (0–99)"),
        said=Both("số ngẫu nhiên {}", "random number {}"),
        help=Both(
            "Mỗi khách giữ một số từ đầu: «dưới 10» là một phần mười, lần nào cũng là những người đó.",
            "Everybody keeps theirs: “below 10” is one in ten, the same people each time.",
        ),
        example=10,
        example_op="<",
        is_fixed=True,
    ),
)
