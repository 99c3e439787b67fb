"""Birthdays, gifts and friends brought, at the console."""

from datetime import date, datetime, timedelta

import pytest

from loyalty.customers import birthdays, profiles
from loyalty.customers.birthdays import Birthday
from loyalty.db import Database
from loyalty.points import gifts, ledger
from loyalty.points.telling import Silent
from loyalty.referrals import bringing, codes
from loyalty.referrals.models import State
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_console import Browser, Console, make_console
from tests.builders_customers import LAN, MINH, make_customer
from tests.builders_points import award, make_programme, problems
from tests.builders_referrals import bring, pay_all, reward_friends

DAY = timedelta(days=1)
GIFT = """
[[rules]]
code = "cake"
name = { vi = "Quà sinh nhật", en = "Birthday gift" }
kind = "bonus"
on = "birthday"
points = 100
"""


@pytest.fixture
def console(database: Database, settings: Settings) -> Console:
    return make_console(database, settings)


@pytest.fixture
def manager(console: Console) -> Browser:
    return console.sign_in("manager")


def two(database: Database, now: datetime) -> tuple[str, str, str]:
    """Lan and Minh by their public ids, and the code of Lan."""
    with database.transaction() as session:
        reward_friends(session)
        lan, minh = (
            make_customer(session, name=name, phone=phone, now=now) for name, phone in (("Lan", LAN), ("Minh", MINH))
        )
        return lan.public_id, minh.public_id, codes.of(session, lan.id, now=now)


def test_a_birthday_is_corrected_with_a_way_back(console: Console, database: Database, manager: Browser) -> None:
    lan, _minh, _code = two(database, console.clock())
    manager.get(f"/console/customers/{lan}/edit")
    assert "Ngày sinh" in manager.page

    manager.post(f"/console/customers/{lan}/name", name="Lan", birthday="20/11/1990")
    assert "20/11/1990" in manager.page
    manager.post(f"/console/customers/{lan}/name", name="Lan", birthday="20/11/1990", confirmed="yes")

    manager.get(f"/console/customers/{lan}")
    assert "20/11/1990" in manager.page
    assert manager.post(f"/console/customers/{lan}/name", name="Lan", birthday="30/2").status_code == 422
    assert "Chưa đọc được ngày sinh" in manager.page


def test_a_referrer_is_noted_by_the_code_and_taken_back(console: Console, database: Database, manager: Browser) -> None:
    lan, minh, code = two(database, console.clock())
    cashier = console.sign_in("cashier")

    assert cashier.post(f"/console/customers/{minh}/referrer", code="K7P4").status_code == 422
    assert "7 chữ và số" in cashier.page
    assert cashier.post(f"/console/customers/{lan}/referrer", code=code).status_code == 422
    assert "chính mình" in cashier.page
    cashier.post(f"/console/customers/{minh}/referrer", code=code)

    assert "Được giới thiệu bởi Lan" in cashier.page and "chưa mua đơn nào" in cashier.page
    manager.get(f"/console/customers/{lan}")
    assert "Bạn đã giới thiệu" in manager.page and "Minh" in manager.page
    with database.read_only() as session:
        [referral] = bringing.list_newest(session)
    manager.post(f"/console/programme/referrals/{referral.public_id}/withdraw")
    assert "ghi nhầm, đã bỏ" in manager.page
    assert cashier.post(f"/console/programme/referrals/{referral.public_id}/withdraw").status_code == 403


def test_the_programme_says_who_brought_whom_and_what_was_paid(
    console: Console, database: Database, manager: Browser
) -> None:
    lan, minh, _code = two(database, NOON)
    with database.transaction() as session:
        people = [profiles.get_public(session, each) for each in (lan, minh)]
        bring(session, *people)
        award(session, people[1], 100_000)
        pay_all(session, now=NOON + 8 * DAY)

    manager.get("/console/programme")
    assert "Đã cộng điểm : 1 · đang chờ : 0" in manager.page.replace("điểm:", "điểm :").replace("chờ:", "chờ :")
    manager.get("/console/programme/referrals?state=paid")

    assert "80 điểm đã cộng cho cả hai bên." in manager.page
    assert "đã cộng 50 + 30 điểm" in manager.page
    manager.get(f"/console/programme/referrals?state=x&referrer={lan}")
    assert "Minh" in manager.page
    with database.read_only() as session:
        assert bringing.count(session)[State.PAID] == 1


def test_a_gift_is_undone_from_the_profile(console: Console, database: Database, manager: Browser) -> None:
    with database.transaction() as session:
        make_programme(session, 2, date(2026, 1, 1), {"[receipts]": f"{GIFT}\n[receipts]"})
        lan = make_customer(session, name="Lan", phone=LAN)
        birthdays.put(session, lan, Birthday(11, 22), now=NOON - 60 * DAY)
        gifts.celebrate(session, Silent(), date(2026, 11, 22), now=NOON)
        [entry] = ledger.list_newest(session, lan.id)

    manager.get(f"/console/customers/{lan.public_id}/points")
    assert "Tặng nhân một dịp" in manager.page
    manager.get(f"/console/counter/undo/{entry.id}")
    assert "Hủy lần tặng này?" in manager.page
    manager.post(f"/console/counter/undo/{entry.id}")

    with database.read_only() as session:
        assert ledger.balance(session, lan.id) == 0
        assert problems(session) == []
