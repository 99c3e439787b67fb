"""Friends brought, as a test begins with them."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from loyalty.customers.models import Customer
from loyalty.points.telling import Silent
from loyalty.referrals import bringing, codes, paying
from loyalty.referrals.models import Referral
from tests.builders import NOON
from tests.builders_points import make_programme

RULES = """
[[rules]]
code = "thanks"
name = { vi = "Giới thiệu bạn", en = "For bringing a friend" }
kind = "bonus"
on = "referral"
to = "referrer"
points = 50
[rules.when]
minimum_bill = 50000
[rules.caps]
person_month = 120

[[rules]]
code = "guest"
name = { vi = "Được bạn giới thiệu", en = "Brought by a friend" }
kind = "bonus"
on = "referral"
to = "friend"
points = 30
"""


def reward_friends(session: Session, *more: str) -> None:
    """The demo programme with 50 points for whoever brings a friend and 30 for the friend, since the year began."""
    said = "\n".join([RULES, *more])
    make_programme(session, 2, date(2026, 1, 1), {"[receipts]": f"{said}\n[receipts]"})


def bring(session: Session, referrer: Customer, friend: Customer, *, now: datetime = NOON) -> Referral:
    code = codes.of(session, referrer.id, now=now)
    return bringing.bring(session, friend.id, code, how="typed", now=now)[0]


def pay_all(session: Session, *, now: datetime) -> list[str]:
    """One run of the job: the states of what it looked at."""
    return [paying.look(session, Silent(), each, now=now).state for each in paying.due(session)]
