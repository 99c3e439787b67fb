"""Taking lists of customers out: who, how many a day, why; every list says in its first row whose it is."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from loyalty import crypto, shop
from loyalty.alerts import raising
from loyalty.customers import emails, profiles
from loyalty.customers.models import Customer, CustomerStats
from loyalty.customers.traits import fields, typing, values
from loyalty.customers.traits.models import CustomField
from loyalty.db import keyring, new_public_id
from loyalty.errors import RuleViolation, TooMany
from loyalty.exchange.lists import Value
from loyalty.exchange.models import ExportLog
from loyalty.programme import versions
from loyalty.programme.document import Programme
from loyalty.segments import compile as sql
from loyalty.segments import membership, rules
from loyalty.segments.models import Segment
from loyalty.segments.rules import Frame
from loyalty.staff import audit
from loyalty.staff.audit import Author
from loyalty.staff.models import Role
from loyalty.typed import fold, phones
from loyalty.vault import people
from loyalty.words import Both

DAILY: Mapping[str, int] = {Role.MANAGER: 1_000, Role.OWNER: 20_000}  # rows one person takes out in a shop day
SHORTEST_REASON, LONGEST_REASON = 5, 300
PAGE = 200
HEADS = (
    Both("Mã khách", "Id"),
    Both("Họ tên", "Name"),
    Both("Số điện thoại", "Phone"),
    Both("Email", "E-mail"),
    Both("Hạng", "Tier"),
    Both("Điểm", "Points"),
    Both("Số đơn", "Orders"),
    Both("Tổng chi (₫)", "Spent (₫)"),
    Both("Chi 12 tháng (₫)", "Spent in 12 months (₫)"),
    Both("Mua gần nhất", "Last purchase"),
    Both("Ngày tham gia", "Joined on"),
    Both("Là khách từ", "Customer since"),
    Both("Kênh", "Channels"),
    Both("Đồng ý nhận ưu đãi", "Agreed to offers"),
)
WATERMARK = Both(
    "{shop} · {rows} khách · {who} xuất lúc {at} · mã {id} · chỉ dùng trong cửa hàng, không gửi ra ngoài",
    "{shop} · {rows} customers · taken out by {who} at {at} · no. {id} · for the shop only, not to be passed on",
)
YES, NO = Both("có", "yes"), Both("không", "no")

Page = Callable[[Session, int | None, int], Sequence[Customer]]  # before this id, at most so many, newest first


class ReasonMissing(RuleViolation):
    """A list is taken out for a reason of `shortest` characters or more, such as `example`."""

    code = "reason_missing"

    def __init__(self) -> None:
        super().__init__(shortest=SHORTEST_REASON)


class NothingToExport(RuleViolation):
    """Nobody is in the list."""

    code = "nothing_to_export"


class ExportLimit(TooMany):
    """One person of this role takes out `limit` rows a day; `left` of them are left, `rows` were asked for."""

    code = "export_limit"


@dataclass(frozen=True, slots=True)
class Taker:
    """Who takes the list out: the role that limits them, their name for the first row, whether phones are whole."""

    author: Author
    role: Role
    name: str
    reveals: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """Which customers: `what` names the choice in the log, `ids` selects them, `page` reads them."""

    what: str
    ids: Select[int]
    page: Page


def everybody() -> Choice:
    """Every customer there is."""
    return Choice("customers", select(Customer.id).where(Customer.erased_at.is_(None)), _newest)


def members(session: Session, segment: Segment, *, now: datetime) -> Choice:
    """Everybody in a segment by its rules of now. Raises BadRules."""
    frame = Frame.at(session, now)
    node = rules.parse(segment.rules, frame)

    def page(session: Session, before: int | None, limit: int) -> Sequence[Customer]:
        return membership.list_members(session, node, frame, before=before, limit=limit)

    ids = select(CustomerStats.customer_id).where(sql.members(node, frame))
    return Choice(f"segment:{segment.public_id}", ids, page)


def begin(session: Session, choice: Choice, reason: str, *, by: Taker, now: datetime) -> ExportLog:
    """Write down that a list is taken out, before anything leaves; the owner is told.

    Raises ReasonMissing, NothingToExport, ExportLimit: let it end the transaction.
    """
    shown = fold.quote(reason, LONGEST_REASON)
    if len(shown) < SHORTEST_REASON:
        raise ReasonMissing
    rows = _count(session, choice, DAILY.get(by.role, 0))
    public_id, today = new_public_id(), shop.of(session).day(now)
    detail = {"what": choice.what, "rows": rows, "revealed": by.reveals}
    # First, though locks on the audit come last otherwise: it makes one person's lists wait for each other.
    audit.record_by(session, by.author, "customers_exported", f"export:{public_id}", detail=detail, now=now)
    _check_limit(session, by, rows, today)
    log = ExportLog(
        public_id=public_id,
        actor=by.author.actor,
        role=by.role,
        source=by.author.source,
        what=choice.what,
        revealed=by.reveals,
        rows=rows,
        reason=keyring(session).seal(shown.encode(), _place(public_id)),
        at=now,
        on=today,
    )
    session.add(log)
    session.flush()
    raising.raise_alert(session, "customers_exported", f"export:{public_id}", str(rows), now=now)
    return log


def rows(session: Session, log: ExportLog, choice: Choice, *, by: Taker, locale: str) -> Iterator[Sequence[Value]]:
    """The list: a row that says whose it is, the heads, and no more customers than were written down."""
    place, left = shop.of(session), log.rows
    at = f"{log.at.astimezone(place.timezone):%d/%m/%Y %H:%M}"
    yield [WATERMARK.in_(locale, shop=place.name, rows=log.rows, who=by.name, at=at, id=log.public_id)]
    own = [field for field in fields.list_all(session) if log.revealed or not field.personal]
    names = [field.name_en if locale == "en" else field.name_vi for field in own]
    yield [*(head.in_(locale) for head in HEADS), *names]
    scheme, before, keys = versions.at(session, log.on), None, [field.key for field in own]
    while left > 0 and (page := choice.page(session, before, min(PAGE, left))):
        people.open_many(session, [customer.id for customer in page])
        held = values.of_many(session, page, keys) if own else {}
        for customer, row in zip(page, _page(session, page, scheme, log.revealed, locale), strict=True):
            yield [*row, *_own(own, held.get(customer.id, ()), locale)]
        before, left = page[-1].id, left - len(page)


def reason_of(session: Session, log: ExportLog) -> str:
    """Why it was taken out."""
    return keyring(session).open(log.reason, _place(log.public_id)).decode()


def list_newest(session: Session, *, before: int | None = None, limit: int = 20) -> Sequence[ExportLog]:
    """A page of what was taken out; `before` is the id of the last one of the page before."""
    query = select(ExportLog).order_by(ExportLog.id.desc()).limit(limit)
    return session.scalars(query if before is None else query.where(ExportLog.id < before)).all()


def left_today(session: Session, author: Author, role: str, *, now: datetime) -> int:
    """How many rows this person may still take out on this shop day."""
    return max(0, DAILY.get(role, 0) - _taken(session, author, shop.of(session).day(now)))


def _count(session: Session, choice: Choice, most: int) -> int:
    """How many there are, counted no further than one more than may be taken."""
    some = choice.ids.limit(most + 1).subquery()
    count = session.execute(select(func.count()).select_from(some)).scalar_one()
    if not count:
        raise NothingToExport
    return count


def _check_limit(session: Session, by: Taker, asked: int, today: date) -> None:
    limit = DAILY.get(by.role, 0)
    left = max(0, limit - _taken(session, by.author, today))
    if asked > left:
        raise ExportLimit(role=by.role, limit=limit, left=left, rows=asked)


def _taken(session: Session, author: Author, today: date) -> int:
    query = select(func.coalesce(func.sum(ExportLog.rows), 0)).where(
        ExportLog.actor == author.actor, ExportLog.on == today
    )
    return int(session.execute(query).scalar_one())


def _newest(session: Session, before: int | None, limit: int) -> Sequence[Customer]:
    query = select(Customer).where(Customer.erased_at.is_(None)).order_by(Customer.id.desc()).limit(limit)
    return session.scalars(query if before is None else query.where(Customer.id < before)).all()


def _page(
    session: Session, page: Sequence[Customer], scheme: Programme, reveals: bool, locale: str
) -> Iterator[Sequence[Value]]:
    ids = [customer.id for customer in page]
    found = session.scalars(select(CustomerStats).where(CustomerStats.customer_id.in_(ids)))
    totals = {stats.customer_id: stats for stats in found}
    for customer in page:
        yield _row(session, customer, totals[customer.id], scheme, reveals, locale)


def _row(
    session: Session, customer: Customer, stats: CustomerStats, scheme: Programme, reveals: bool, locale: str
) -> Sequence[Value]:
    day = shop.of(session).day
    return [
        customer.public_id,
        profiles.name_of(session, customer),
        _shown(profiles.phone_of(session, customer), phones.national if reveals else phones.mask),
        _shown(profiles.email_of(session, customer), str if reveals else emails.mask),
        scheme.tier_name(stats.tier, locale),
        stats.points,
        stats.orders,
        stats.spent,
        stats.spent_12m,
        _shown(stats.last_purchase_at, day),
        _shown(customer.joined_at, day),
        day(customer.created_at),
        ", ".join(kind for kind in stats.channels.split(",") if kind),
        (YES if stats.consent_promotion else NO).in_(locale),
    ]


def _own(own: Sequence[CustomField], held: Sequence[values.Held], locale: str) -> list[Value]:
    """What somebody has in each of these fields."""
    theirs = {each.field.id: typing.write(each.field, each.value, locale) for each in held}
    return [theirs.get(field.id) for field in own]


def _shown(value: Any, how: Callable[[Any], Value]) -> Value:
    return None if value is None else how(value)


def _place(public_id: str) -> bytes:
    return crypto.aad("export_log", "reason", public_id)
