"""The programme worked out again from what went in: nothing differs, and whatever was changed by hand is named."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import count

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.customers import birthdays
from loyalty.customers.birthdays import Birthday
from loyalty.customers.models import Customer
from loyalty.db import is_sqlite
from loyalty.points import adjusting, gifts, occasions, opening, promises
from loyalty.points.accrual import Award
from loyalty.points.ending import due
from loyalty.points.opening import Opening
from loyalty.points.replay import running
from loyalty.points.replay.running import NoSuchDay
from loyalty.points.returns import returning, reversal
from loyalty.points.returns.returning import Returned
from loyalty.points.telling import Silent
from loyalty.points.tiers import manual, reviews
from loyalty.points.tiers.manual import Setting
from loyalty.purchases.bills import Line
from loyalty.purchases.returns import Goods
from loyalty.rewards import redemptions
from tests.builders import NOON
from tests.builders_customers import LAN, make_customer
from tests.builders_points import add_terms, award, make_programme, problems, stats_of, undo
from tests.builders_referrals import bring, pay_all, reward_friends
from tests.builders_replay import differences, replayed
from tests.builders_rewards import make_reward, make_rich, redeem
from tests.builders_staff import make_staff

TODAY = date(2026, 11, 22)
DAY = timedelta(days=1)
LONG_AGO = date(2026, 1, 1)
RULES = """
[[rules]]
code = "cake"
name = { vi = "Bánh nhân đôi" }
kind = "multiply"
multiplier = "2"
[rules.when]
categories = ["Bánh"]
[rules.caps]
person_day = 5

[[rules]]
code = "first"
name = { vi = "Lần đầu" }
kind = "bonus"
points = 50
[rules.when]
first_purchase = true

[[rules]]
code = "visit"
name = { vi = "Ghé quán" }
kind = "bonus"
points = 10
[rules.caps]
person_month = 25
day = 40

[[rules]]
code = "born"
name = { vi = "Tuần sinh nhật" }
kind = "bonus"
points = 40
[rules.when]
birthday = "week"

[[rules]]
code = "promo"
name = { vi = "Hàng giảm giá" }
kind = "exclude"
[rules.when]
discounted = true

[[rules]]
code = "welcome"
name = { vi = "Chào bạn mới" }
kind = "bonus"
on = "joining"
points = 30

[[rules]]
code = "review"
name = { vi = "Đánh giá quán" }
kind = "bonus"
on = "event"
event = "review"
points = 20
[rules.caps]
person_day = 30
"""
_numbers = count(1)
Story = Callable[[Session], None]


def rules(session: Session, text: str = RULES, version: int = 2, since: date = LONG_AGO) -> None:
    make_programme(session, version, since, {"[receipts]": f"{text}\n[receipts]"})


def expiry(session: Session, policy: str) -> None:
    make_programme(session, 2, LONG_AGO, {"[expiry]\nmonths = 12": f"[expiry]\n{policy}"})


def give_back(session: Session, made: Award, amount: int | None = None, *, days: int = 0) -> Returned:
    key, now = f"back:{next(_numbers)}", NOON + days * DAY
    return returning.take_back(session, made.purchase.id, Goods(amount), actor="cli", key=key, now=now)


def take(session: Session, entry_id: int, *, days: int = 0) -> None:
    reversal.undo(session, entry_id, actor="cli", key=f"take:{next(_numbers)}", now=NOON + days * DAY)


def adjust(session: Session, customer: Customer, points: int) -> int:
    key = f"hand:{next(_numbers)}"
    return adjusting.adjust(session, customer.id, points, "lý do", actor="cli", key=key, now=NOON).entry.id


def review(session: Session, days: int) -> None:
    for tier in ("silver", "gold"):
        reviews.sweep(session, tier, now=NOON + days * DAY)


def bills(session: Session) -> None:
    """On time, late, over the month a tier is reached, repeated, undone."""
    lan = make_customer(session)
    award(session, lan, 255_000, key="one")
    award(session, lan, 255_000, key="one")
    award(session, lan, 1_990_000, now=NOON + DAY)
    undone = award(session, lan, 333_000, now=NOON + 2 * DAY)
    award(session, lan, 100_000, purchased_at=NOON - DAY, now=NOON + 3 * DAY)
    award(session, lan, 50_000, purchased_at=NOON - 400 * DAY, now=NOON + 3 * DAY)
    undo(session, undone, now=NOON + 4 * DAY)
    undo(session, award(session, LAN, 77_000, now=NOON + 4 * DAY), now=NOON + 5 * DAY)


def rules_and_caps(session: Session) -> None:
    """Lines, first purchase, birthday, exclusion, caps of the person and of everybody, which an undo gives back."""
    rules(session)
    people = [make_customer(session) for _number in range(3)]
    birthdays.put(session, people[0], Birthday(11, 23), now=NOON - 9 * DAY)
    cake = (Line("Bánh", 2, 60_000, category="Bánh"), Line("Cà phê", 1, 30_000, category="Cà phê"))
    for hour in range(3):
        for customer in people:
            award(session, customer, 150_000, lines=cake, now=NOON + timedelta(hours=hour))
    taken = award(session, people[0], 90_000, discount=10_000, now=NOON + DAY)
    undo(session, taken, now=NOON + DAY)
    award(session, people[0], 90_000, now=NOON + 2 * DAY)


def payments(session: Session) -> None:
    """Points pay a bill; goods of it come back; another is undone."""
    add_terms(session, "[redemption]\nminimum_balance = 50\npoint_value = 1000\nmax_share = 40")
    lan = make_rich(session, 300)
    award(session, lan, 90_000, now=NOON + DAY)
    partly = award(session, lan, 300_000, pay_points=111, now=NOON + 2 * DAY)
    give_back(session, partly, 100_000, days=3)
    wholly = award(session, lan, 200_000, pay_points="max", now=NOON + 4 * DAY)
    undo(session, wholly, now=NOON + 5 * DAY)
    done = give_back(session, partly, days=6)
    take(session, done.entry.id, days=7)


def promised(terms: str) -> Story:
    def story(session: Session) -> None:
        add_terms(session, terms)
        lan, boss = make_customer(session), make_staff(session, role="owner")
        kept = award(session, lan, 250_000)
        smaller = award(session, lan, 90_000)
        give_back(session, smaller, 40_000)
        undo(session, award(session, lan, 70_000))
        due.sweep(session, now=NOON + 7 * DAY)
        if "on_delivery" in terms:
            promises.deliver(session, kept.purchase.id, actor="cli", now=NOON + DAY * 8)
        if "by_staff" in terms:
            promises.release(session, kept.purchase.id, by=boss, actor="cli", now=NOON + DAY * 8)
        undo(session, kept, now=NOON + 9 * DAY)

    return story


def returned(terms: str) -> Story:
    """A bill whose points were used comes back, by each way to settle that; debts are paid by what is gained next."""

    def story(session: Session) -> None:
        add_terms(session, f"[returns]\n{terms}")
        lan = make_customer(session)
        made = award(session, lan, 2_100_000)
        part = give_back(session, made, 60_000)
        other = award(session, lan, 40_000)
        take(session, part.entry.id)
        if "refuse" not in terms:
            redeem(session, lan, make_reward(session, 205))
        whole = give_back(session, made)
        adjust(session, lan, 7)
        if "owe" in terms:
            take(session, whole.entry.id)
        give_back(session, other)

    return story


def redeemed(session: Session) -> None:
    """Given back by the customer, ended unused, after its lot has ended, with days of grace."""
    expiry(session, "months = 12\ngrace_days = 7")
    lan, reward = make_rich(session, 300), make_reward(session, 100, valid_days=30, returns_points=True)
    award(session, lan, 500_000, now=NOON + 300 * DAY)
    first, second = (redeem(session, lan, reward, now=NOON + days * DAY) for days in (1, 350))
    redemptions.cancel(session, first, actor="cli", key="c", now=NOON + 2 * DAY)
    redemptions.expire(session, second, now=NOON + 390 * DAY)
    due.sweep(session, now=NOON + 400 * DAY)


def by_hand(session: Session) -> None:
    """Given, taken, brought along, and the undoing of each."""
    lan = make_customer(session)
    given, brought = adjust(session, lan, 100), [Opening(lan.id, 70, "o1", TODAY + 9 * DAY), Opening(lan.id, 5, "o2")]
    made = opening.give_many(session, brought, actor="cli", now=NOON)
    taken = adjust(session, lan, -120)
    take(session, taken)
    take(session, given)
    opening.take_back(session, made["o2"], actor="cli", key="b", now=NOON)
    due.sweep(session, now=NOON + 10 * DAY)


def given(session: Session) -> None:
    """For joining and for events, under a cap; one is undone."""
    rules(session)
    lan = make_customer(session, phone=LAN, proof="shared")
    award(session, lan, 20_000)
    gifts.welcome(session, Silent(), now=NOON + DAY)
    for number in range(3):
        made = occasions.happened(
            session, lan.id, "review", reference=str(number), at=NOON + DAY, actor="cli", now=NOON + DAY
        )
        if number == 0:
            take(session, made[0].entry.id, days=1)


def friends(session: Session) -> None:
    reward_friends(session)
    lan, hoa = make_customer(session), make_customer(session)
    bring(session, lan, hoa)
    made = award(session, hoa, 80_000, now=NOON + DAY)
    pay_all(session, now=NOON + 20 * DAY)
    give_back(session, made, days=21)
    pay_all(session, now=NOON + 22 * DAY)


def held(session: Session) -> None:
    """A hand, its end, a fall at a review, bills after each."""
    lan, hoa = make_customer(session), make_customer(session)
    award(session, lan, 2_000_000)
    setting = Setting("gold", TODAY + 30 * DAY, "khách thân")
    for customer in (lan, hoa):
        manual.set_tier(session, customer.id, setting, actor="cli", key=f"h{customer.id}", now=NOON + DAY)
        award(session, customer, 100_000, now=NOON + 2 * DAY)
    manual.end(session, hoa.id, actor="cli", now=NOON + 3 * DAY)
    for days in (31, 200, 366, 380):
        review(session, days)
        award(session, lan, 50_000, now=NOON + days * DAY + timedelta(hours=2))


def changed(session: Session) -> None:
    """Rules change from a day on; a late bill has those of its own day."""
    changes = {"spend = 2000000": "spend = 500000", "per_amount = 10000": "per_amount = 5000"}
    make_programme(session, 2, TODAY + DAY, changes)
    lan = make_customer(session)
    award(session, lan, 600_000)
    award(session, lan, 10_000, now=NOON + 2 * DAY)
    award(session, lan, 300_000, purchased_at=NOON, now=NOON + 3 * DAY)
    award(session, lan, 300_000, now=NOON + 4 * DAY)


def ended(policy: str) -> Story:
    def story(session: Session) -> None:
        expiry(session, policy)
        lan = make_customer(session)
        for days, total in ((0, 2_100_000), (20, 9_000), (25, 120_000), (70, 50_000), (140, 60_000)):
            made = award(session, lan, total, now=NOON + days * DAY)
            if days == 70:
                redeem(session, lan, make_reward(session, 4), now=NOON + 71 * DAY)
        award(session, lan, 80_000, purchased_at=NOON + 60 * DAY, now=NOON + 141 * DAY)
        undo(session, made, now=NOON + 142 * DAY)
        for days in (150, 400, 800):
            due.sweep(session, now=NOON + days * DAY)
            review(session, days)

    return story


POLICIES = (
    "months = 12", 'months = 3\nround_up = "quarter"', 'policy = "dates"\ndates = ["30/06", "31/12"]',
    'policy = "never"', 'policy = "inactivity"\ndays = 30\nactivity = "purchase"',
    'policy = "inactivity"\ndays = 30\nactivity = "earning"', 'policy = "year_unless_bought"',
    'policy = "tier_window"',
)  # fmt: skip
PENDING = ('release = "after_days"\ndays = 7', 'release = "on_delivery"', 'release = "by_staff"')
RETURNS = ('shortfall = "report"', 'shortfall = "owe"', 'shortfall = "refuse"', 'shortfall = "owe"\ntier = "at_once"')
STORIES: dict[str, Story] = {
    story.__name__: story
    for story in (bills, rules_and_caps, payments, redeemed, by_hand, given, friends, held, changed)
}
STORIES |= {f"ended {policy}": ended(policy) for policy in POLICIES}
STORIES |= {f"promised {terms}": promised(f"[pending]\n{terms}") for terms in PENDING}
STORIES |= {f"returned {terms}": returned(terms) for terms in RETURNS}


@pytest.mark.parametrize("name", STORIES)
def test_every_kind_of_movement_replays_without_a_difference(session: Session, name: str) -> None:
    STORIES[name](session)

    assert problems(session) == []
    assert differences(session) == []
    assert sum(each.movements for each in running.replay(session, date(2100, 1, 1), is_whole=True)) > 1


@pytest.fixture
def unguarded(session: Session) -> Iterator[None]:
    """Somebody with the rights to do so takes the ledger's triggers away; the next test has them again."""
    table = "" if is_sqlite(session) else " ON ledger_entry"
    session.execute(sa.text(f"DROP TRIGGER ledger_entry_no_update{table}"))
    yield
    session.rollback()


def run(session: Session, statement: str) -> None:
    assert session.connection().execute(sa.text(statement)).rowcount > 0


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE purchase SET total = 350000 WHERE total = 250000",
            "the ledger says points 25, balance 25, credit 250000; "
            "the replay gives points 35, balance 35, credit 350000 (programme 1)",
        ),
        (
            "UPDATE ledger_entry SET balance_after = 99 WHERE points = 25",
            "the ledger says balance 99; the replay gives balance 25 (programme 1)",
        ),
        (
            "UPDATE ledger_entry SET carry = 99 WHERE points = 25",
            "the ledger says carry 99; the replay gives carry 0 (programme 1)",
        ),
        (
            "UPDATE ledger_entry SET purchase_id = NULL WHERE points = 25",
            "the ledger says points 25, balance 25; replayed it cannot be: its purchase is missing",
        ),
        (
            "UPDATE programme_version SET document = replace(document, 'per_amount = 10000', 'per_amount = 5000')",
            "the ledger says points 25, balance 25; the replay gives points 50, balance 50 (programme 1)",
        ),
    ],
    ids=["purchase", "balance", "carry", "missing", "programme"],
)
def test_what_was_changed_by_hand_is_named_with_both_numbers(
    session: Session, unguarded: None, statement: str, said: str
) -> None:
    lan, other = make_customer(session), make_customer(session)
    award(session, lan, 250_000)
    award(session, other, 4_000)
    assert differences(session) == []

    run(session, statement)

    found = replayed(session, TODAY)
    assert [line.partition(": ")[2] for line in found[lan.public_id].differences] == [said]


def test_a_programme_that_cannot_be_read_is_a_line_of_its_own_and_no_crash(session: Session) -> None:
    award(session, make_customer(session), 250_000)
    run(session, "UPDATE programme_version SET document = 'nothing'")

    found = differences(session)

    assert found[0].startswith("programme 1: ")
    assert "no rules are in force on 2026-11-22" in found[1]


def test_a_lot_or_a_kept_balance_changed_by_hand_is_named(session: Session) -> None:
    lan = make_customer(session)
    award(session, lan, 250_000)

    run(session, "UPDATE lot SET remaining = 24, expires_on = '2030-01-01'")
    run(session, f"UPDATE customer_stats SET points = 26 WHERE customer_id = {lan.id}")

    totals, lot = differences(session)
    assert totals == "totals: the ledger says points 26; the replay gives points 25"
    assert lot.endswith("the ledger says remaining 24, end 2030-01-01; the replay gives remaining 25, end 2027-11-22")


def test_a_replay_as_of_a_day_leaves_out_what_was_recorded_later(session: Session) -> None:
    lan = make_customer(session)
    award(session, lan, 250_000)
    later = award(session, lan, 100_000, now=NOON + 2 * DAY)
    undo(session, later, now=NOON + 5 * DAY)

    balances = [replayed(session, TODAY + days * DAY)[lan.public_id].balance for days in (0, 1, 2, 4, 5)]

    assert balances == [25, 25, 35, 35, 25]
    assert differences(session, TODAY + 2 * DAY, is_whole=False) == []


def test_what_fell_due_by_that_day_counts_though_no_movement_says_it_yet(session: Session) -> None:
    add_terms(session, '[pending]\nrelease = "after_days"\ndays = 7')
    lan = make_customer(session)
    award(session, lan, 250_000)

    def told(days: int) -> tuple[int, int, int]:
        each = replayed(session, TODAY + days * DAY)[lan.public_id]
        assert each.differences == ()
        return each.balance, each.kept, each.ended

    assert [told(6), told(7)] == [(0, 0, 0), (25, 25, 0)]
    due.sweep(session, now=NOON + 7 * DAY)
    assert [told(6), told(7), told(365), told(366)] == [(0, 0, 0), (25, 0, 0), (25, 0, 0), (0, 0, 25)]
    assert stats_of(session, lan).points == 25  # looking wrote nothing


def test_a_day_to_come_or_before_the_first_record_is_refused_with_the_days_there_are(session: Session) -> None:
    award(session, make_customer(session), 250_000)

    assert running.check(session, None, today=TODAY + DAY) == TODAY + DAY
    assert running.check(session, TODAY, today=TODAY + DAY) == TODAY
    for day in (TODAY - DAY, TODAY + 2 * DAY):
        with pytest.raises(NoSuchDay) as refused:
            running.check(session, day, today=TODAY + DAY)
        assert (refused.value.facts["first"], refused.value.facts["today"]) == (TODAY, TODAY + DAY)
