"""The templates the demo's platforms approved: what the simulator tells of, and what the shop read there already."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from loyalty.channels import accounts
from loyalty.demo.ground import CHANNELS
from loyalty.demo.stage import DEMO
from loyalty.messaging import templates


@dataclass(frozen=True, slots=True)
class Blank:
    """One blank; `label` stands before its value where the platform shows a table."""

    name: str
    label: str = ""
    longest: int | None = None
    is_required: bool = True
    shortest: int = 0


@dataclass(frozen=True, slots=True)
class Approved:
    """A template as its platform keeps it. `text` holds `<name>` or `{{1}}` for a blank; prices are whole ₫."""

    name: str
    title: str
    text: str
    parameters: Sequence[Blank]
    tag: str
    locale: str = "vi"
    status: str = "enabled"
    price_user: int | None = None
    price_phone: int | None = None
    quality: str = ""
    heading: str = ""


NAME, POINTS, BALANCE = Blank("customer_name", "", 30), Blank("points", "Điểm", 20), Blank("balance", "Số dư", 20)
DAY, STORE, OFFER = Blank("day", "Đến ngày", 20), Blank("store", "Cửa hàng", 40), Blank("offer", "Ưu đãi", 100)
TIER, MORE = Blank("tier", "Hạng", 20), Blank("more", "Cần thêm", 60)
ZALO = (
    Approved(
        "250001",
        "Cộng điểm sau khi mua",
        "Cảm ơn <customer_name> đã ghé quán. Điểm của bạn vừa được cộng:",
        (NAME, POINTS, BALANCE, STORE),
        "transaction",
        price_user=200,
        price_phone=300,
        quality="HIGH",
        heading="Bạn được cộng điểm",
    ),
    Approved(
        "250002",
        "Điểm sắp hết hạn",
        "Chào <customer_name>, bạn còn điểm sắp hết hạn. Ghé quán đổi quà nhé:",
        (NAME, POINTS, DAY),
        "care",
        price_user=250,
        price_phone=350,
        quality="MEDIUM",
        heading="Điểm sắp hết hạn",
    ),
    Approved(
        "250004",
        "Sắp xuống hạng",
        "Chào <customer_name>, hạng của bạn giữ được đến ngày dưới đây. Để giữ hạng:",
        (NAME, TIER, MORE, DAY),
        "care",
        price_user=250,
        price_phone=350,
        quality="HIGH",
        heading="Giữ hạng nhé",
    ),
    Approved(
        "250003",
        "Ưu đãi thành viên",
        "Chào <customer_name>, quán có ưu đãi dành cho bạn:",
        (NAME, OFFER),
        "promotion",
        status="pending",
        price_user=300,
        heading="Ưu đãi cho bạn",
    ),
)
ONE, TWO, THREE, FOUR = (Blank(str(number), longest=1024) for number in (1, 2, 3, 4))
MESSENGER = (
    Approved(
        "points_update_vi", "points update vi", "Chào {{1}}, bạn có {{2}} điểm.", (ONE, TWO), "utility", locale="vi"
    ),
    Approved(
        "points_expiring_vi",
        "points expiring vi",
        "Chào {{1}}, {{2}} điểm của bạn hết hạn ngày {{3}}.",
        (ONE, TWO, THREE),
        "utility",
    ),
    Approved(
        "tier_warning_vi",
        "tier warning vi",
        "Chào {{1}}, để giữ hạng {{2}} bạn {{3}} trước ngày {{4}} nhé.",
        (ONE, TWO, THREE, FOUR),
        "utility",
    ),
    Approved(
        "weekend_offer_vi",
        "weekend offer vi",
        "Chào {{1}}, cuối tuần ghé quán nhé!",
        (ONE,),
        "utility",
        status="rejected",
    ),
)
BY_CHANNEL = {"zalo": ZALO, "messenger": MESSENGER}
USED = ("awarded", "250001")
PLACES = {"customer_name": "name", "points": "points", "balance": "balance", "store": "store"}


def write(session: Session, *, now: datetime) -> None:
    """Read them, as the hourly job does, and let one stand in for an award's notice, unless somebody chose already."""
    if templates.list_all(session):
        return
    for kind, (external_id, _) in CHANNELS.items():
        if (account := accounts.find(session, kind, external_id)) is not None:
            templates.sync(session, account.id, BY_CHANNEL[kind], now=now)
    purpose, name = USED
    chosen = [row for row in templates.list_all(session) if row.name == name]
    for row in chosen:
        templates.assign(session, purpose, row.public_id, PLACES, by=DEMO, now=now)
