"""A list leaves with its taker's name on it, within the day's limit, for a reason that is kept; the owner is told."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.alerts import raising
from loyalty.customers import profiles
from loyalty.exchange import exports
from loyalty.exchange.exports import ExportLimit, NothingToExport, ReasonMissing, Taker
from loyalty.exchange.lists import Value
from loyalty.exchange.models import ExportLog
from loyalty.segments import saved
from loyalty.staff.audit import Author
from loyalty.staff.models import AuditEntry, Role
from tests.builders import NOON
from tests.builders_customers import LAN, MINH, make_customer, make_identity
from tests.builders_points import award

THU = Taker(Author("staff:thu", "console"), Role.MANAGER, "Thu", False)
OWNER = Taker(Author("staff:nga", "console"), Role.OWNER, "Nga", True)
WHY = "gửi kế toán của Lan 0912345678"


def take(session: Session, by: Taker = THU, why: str = WHY) -> list[Sequence[Value]]:
    choice = exports.everybody()
    log = exports.begin(session, choice, why, by=by, now=NOON)
    return list(exports.rows(session, log, choice, by=by, locale="vi"))


def people(session: Session, number: int) -> None:
    for each in range(number):
        make_customer(session, phone=f"+84903{each:06}")


def test_a_list_says_who_took_it_and_shows_masked_phones(session: Session) -> None:
    lan = make_customer(session, phone=LAN, name="Nguyễn Thị Lan")
    profiles.set_email(session, lan, "lan@example.com")
    award(session, lan, 250_000)
    make_identity(session, lan)

    watermark, heads, row = take(session)

    assert watermark == [
        "Cà phê Mây · 1 khách · Thu xuất lúc 22/11/2026 12:00 · mã "
        f"{session.scalars(select(ExportLog.public_id)).one()} · chỉ dùng trong cửa hàng, không gửi ra ngoài"
    ]
    assert heads[1:4] == ["Họ tên", "Số điện thoại", "Email"]
    day = date(2026, 11, 22)
    assert row == [
        lan.public_id, "Nguyễn Thị Lan", "0912 ••• 678", "l•••@example.com", "Thành viên", 25, 1, 250_000, 250_000,
        day, day, day, "zalo", "không",
    ]  # fmt: skip


def test_whole_phones_are_for_those_who_may_see_them(session: Session) -> None:
    make_customer(session, phone=LAN)
    assert take(session, OWNER)[2][2] == "0912345678"


def test_everybody_who_is_not_erased_is_in_the_list_once(session: Session) -> None:
    people(session, 2 * exports.PAGE + 3)
    gone = make_customer(session, phone=MINH)
    profiles.release(session, gone.id, now=NOON)
    rows = take(session)[2:]
    assert len(rows) == len({row[0] for row in rows}) == 2 * exports.PAGE + 3


def test_a_segment_leaves_with_its_members_only(session: Session) -> None:
    lan = make_customer(session, phone=LAN)
    award(session, lan, 250_000)
    make_customer(session, phone=MINH)
    segment = saved.create(session, "Có điểm", {"all": [{"field": "points", "op": ">=", "value": 1}]}, now=NOON)

    choice = exports.members(session, segment, now=NOON)
    log = exports.begin(session, choice, WHY, by=THU, now=NOON)

    assert (log.what, log.rows) == (f"segment:{segment.public_id}", 1)
    assert [row[0] for row in list(exports.rows(session, log, choice, by=THU, locale="en"))[2:]] == [lan.public_id]


@pytest.mark.parametrize("why", ["", "    ", "abc", "\u200b" * 9])
def test_without_a_reason_nothing_leaves(session: Session, why: str) -> None:
    people(session, 1)
    with pytest.raises(ReasonMissing):
        take(session, why=why)


def test_an_empty_list_is_none(session: Session) -> None:
    with pytest.raises(NothingToExport):
        take(session)


def test_the_days_limit_is_each_persons_and_is_stated(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(exports.DAILY, Role.MANAGER, 5)
    people(session, 3)
    take(session)
    assert exports.left_today(session, THU.author, THU.role, now=NOON) == 2

    with pytest.raises(ExportLimit) as refused, session.begin_nested():
        take(session)

    assert refused.value.facts == {"role": "manager", "limit": 5, "left": 2, "rows": 3}
    take(session, replace(THU, author=Author("staff:hoa", "console")))
    assert exports.left_today(session, THU.author, THU.role, now=NOON + timedelta(days=1)) == 5


@pytest.mark.parametrize("role", [Role.CASHIER, Role.MARKETER])
def test_a_role_without_a_limit_takes_nothing_out(session: Session, role: Role) -> None:
    people(session, 1)
    with pytest.raises(ExportLimit):
        take(session, replace(THU, role=role))


def test_it_is_written_down_and_the_owner_is_told_without_a_word_of_the_reason(session: Session) -> None:
    people(session, 2)
    take(session)

    log = session.scalars(select(ExportLog)).one()
    assert (log.rows, log.revealed, log.actor, exports.reason_of(session, log)) == (2, False, "staff:thu", WHY)
    assert b"0912345678" not in log.reason
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.detail) == ("customers_exported", {"what": "customers", "rows": 2, "revealed": False})
    [alert] = raising.list_open(session)
    assert (alert.kind, alert.subject, alert.detail) == ("customers_exported", f"export:{log.public_id}", "2")


def test_no_more_leave_than_were_written_down(session: Session) -> None:
    people(session, 2)
    choice = exports.everybody()
    log = exports.begin(session, choice, WHY, by=THU, now=NOON)
    make_customer(session, phone=LAN)
    assert len(list(exports.rows(session, log, choice, by=THU, locale="vi"))) == 2 + 2


def test_exports_are_listed_newest_first(session: Session) -> None:
    people(session, 1)
    take(session, why="lần thứ nhất")
    take(session, why="lần thứ hai")
    first, *others = exports.list_newest(session, limit=1)
    assert exports.reason_of(session, first) == "lần thứ hai"
    assert [exports.reason_of(session, each) for each in exports.list_newest(session, before=first.id)] == [
        "lần thứ nhất"
    ]
    assert others == []
