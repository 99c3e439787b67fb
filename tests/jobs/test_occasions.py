"""Points without a bill, given by the clock."""

from datetime import date, timedelta

from jobs import occasions
from jobs.registry import Context
from loyalty.customers import birthdays
from loyalty.customers.birthdays import Birthday
from loyalty.db import Database
from loyalty.points import ledger
from loyalty.settings import Settings
from tests.builders import NOON
from tests.builders_chat import said
from tests.builders_customers import LAN, make_customer, make_identity
from tests.builders_points import award, make_programme, problems
from tests.builders_referrals import RULES, bring

DAY = timedelta(days=1)
GIFTS = """
[[rules]]
code = "welcome"
name = { vi = "Chào bạn mới" }
kind = "bonus"
on = "joining"
points = 30

[[rules]]
code = "cake"
name = { vi = "Quà sinh nhật" }
kind = "bonus"
on = "birthday"
points = 100
"""


def test_joining_a_birthday_and_a_friend_each_once(database: Database, settings: Settings) -> None:
    """30 for joining, 100 on 20/11 which is made up for on the 22nd, 50 for Minh, whose 100,000 ₫ stood 7 days."""
    with database.transaction() as session:
        make_programme(session, 2, date(2026, 1, 1), {"[receipts]": f"{GIFTS}{RULES}\n[receipts]"})
        lan = make_customer(session, phone=LAN, proof="shared", now=NOON - 20 * DAY)
        make_identity(session, lan, user_id="lan", last_interaction_at=NOON)
        birthdays.put(session, lan, Birthday(11, 20), now=NOON - 19 * DAY)
        minh = make_customer(session, now=NOON - 20 * DAY)
        bring(session, lan, minh, now=NOON - 15 * DAY)
        award(session, minh, 100_000, now=NOON - 8 * DAY)
    context = Context(database, settings, {}, clock=lambda: NOON)

    for _ in range(2):
        occasions.welcome_members(context, NOON)
        occasions.give_birthday_points(context, NOON)
        occasions.pay_referrals(context, NOON)

    with database.read_only() as session:
        assert ledger.balance(session, lan.id) == 30 + 100 + 50
        assert ledger.balance(session, minh.id) == 10 + 30 + 30
        assert problems(session) == []
        assert sorted(message.text.splitlines()[0] for message in said(session)) == [
            "Bạn được cộng 100 điểm: Quà sinh nhật.",
            "Bạn được cộng 30 điểm: Chào bạn mới.",
            "Bạn được cộng 50 điểm: Giới thiệu bạn.",
        ]


def test_a_shop_without_such_rules_gives_nothing(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        lan = make_customer(session, phone=LAN, proof="shared")
        birthdays.put(session, lan, Birthday(11, 22), now=NOON - 60 * DAY)
    context = Context(database, settings, {}, clock=lambda: NOON)

    for job in (occasions.welcome_members, occasions.give_birthday_points, occasions.pay_referrals):
        job(context, NOON)

    with database.read_only() as session:
        assert ledger.balance(session, lan.id) == 0
