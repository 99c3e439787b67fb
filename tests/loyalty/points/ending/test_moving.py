"""Ends that move with the customer: no purchase for so long, a year without one, the window of the tier."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as sample
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.orm import Session

from loyalty.customers.models import Customer
from loyalty.points import adjusting, ledger, lots, opening, spending
from loyalty.points.accrual import Award
from loyalty.points.ending import due, expiring
from loyalty.points.opening import Opening
from loyalty.points.returns import returning, reversal
from loyalty.points.telling import Silent
from loyalty.programme.document import Programme
from loyalty.purchases.returns import Goods
from tests.builders import NOON
from tests.builders_customers import make_customer
from tests.builders_points import BILL_LIMIT, award, make_programme, problems, undo

DAY = timedelta(days=1)
FIRST = date(2026, 11, 22)  # the shop day of NOON
INACTIVE = 'policy = "inactivity"\ndays = 30\nactivity = "purchase"'
EARNING = 'policy = "inactivity"\ndays = 30\nactivity = "earning"'
YEAR = 'policy = "year_unless_bought"'
WINDOW = 'policy = "tier_window"'
_numbers = count(1)


def rules(session: Session, policy: str, *, version: int = 2, since: date = date(2026, 1, 1)) -> Programme:
    return make_programme(session, version, since, {"[expiry]\nmonths = 12": f"[expiry]\n{policy}"})


def end_of(session: Session, made: Award) -> date:
    lot = lots.find(session, made.entry.id)
    assert lot is not None
    return lot.expires_on


def bought(session: Session, customer: Customer, days: int, total: int = 100_000, *, late: int = 0) -> Award:
    """A bill so many days after the first one, recorded `late` days after that."""
    return award(session, customer, total, purchased_at=NOON + days * DAY, now=NOON + (days + late) * DAY)


def sweep(session: Session, days: int) -> None:
    due.sweep(session, now=NOON + days * DAY)


def test_each_purchase_moves_the_end_of_everything_and_a_month_without_one_is_the_end(session: Session) -> None:
    rules(session, INACTIVE)
    lan = make_customer(session)
    first = bought(session, lan, 0)
    assert end_of(session, first) == FIRST + 30 * DAY
    second = bought(session, lan, 20, 9_000)  # no point, and a purchase all the same
    assert second.entry.points == 0 and end_of(session, first) == FIRST + 50 * DAY

    sweep(session, 50)
    assert ledger.balance(session, lan.id) == 10
    sweep(session, 51)
    assert ledger.balance(session, lan.id) == 0 and problems(session) == []


def test_points_that_paid_come_back_to_the_end_the_purchases_since_have_moved(session: Session) -> None:
    pays = {BILL_LIMIT: "cashier_bill = 5000000\n[redemption]\npoint_value = 1000\n"}
    make_programme(session, 2, date(2026, 1, 1), {"[expiry]\nmonths = 12": f"[expiry]\n{INACTIVE}", **pays})
    lan = make_customer(session)
    first = bought(session, lan, 0)
    paid = award(session, lan, 100_000, pay_points=10, now=NOON + DAY)  # all of the first bill's
    bought(session, lan, 25)

    returning.take_back(session, paid.purchase.id, Goods(50_000), actor="cli", key="half", now=NOON + 40 * DAY)

    lot = lots.find(session, first.entry.id)
    assert lot is not None and (lot.remaining, lot.expires_on) == (5, FIRST + 55 * DAY)
    assert problems(session) == []


def test_where_earning_counts_a_bill_without_points_moves_nothing(session: Session) -> None:
    rules(session, EARNING)
    lan = make_customer(session)
    first = bought(session, lan, 0)
    bought(session, lan, 20, 9_000)
    assert end_of(session, first) == FIRST + 30 * DAY
    bought(session, lan, 25, 20_000)
    assert end_of(session, first) == FIRST + 55 * DAY


def test_an_undone_bill_and_one_that_came_back_moved_nothing_and_again_did(session: Session) -> None:
    rules(session, INACTIVE)
    lan = make_customer(session)
    first, second = bought(session, lan, 0), bought(session, lan, 10)
    third = bought(session, lan, 20)
    undo(session, third, now=NOON + 20 * DAY)
    assert end_of(session, first) == FIRST + 40 * DAY
    key, now = "back", NOON + 20 * DAY
    back = returning.take_back(session, second.purchase.id, Goods(), actor="cli", key=key, now=now)
    assert end_of(session, first) == FIRST + 30 * DAY
    reversal.undo(session, back.entry.id, actor="cli", key="again", now=now)
    assert end_of(session, first) == end_of(session, second) == FIRST + 40 * DAY
    sweep(session, 41)
    assert ledger.balance(session, lan.id) == 0 and problems(session) == []


def test_a_bill_that_comes_late_moves_by_its_own_day(session: Session) -> None:
    rules(session, INACTIVE)
    lan = make_customer(session)
    first = bought(session, lan, 0)
    late = bought(session, lan, 10, late=15)
    assert end_of(session, first) == end_of(session, late) == FIRST + 40 * DAY


def test_a_year_without_a_purchase_is_the_end(session: Session) -> None:
    rules(session, YEAR)
    lan = make_customer(session)
    first = bought(session, lan, 0)
    assert end_of(session, first) == date(2027, 12, 31)
    by_hand = adjusting.adjust(session, lan.id, 5, "sorry", actor="cli", key="a", now=NOON)
    lot = lots.find(session, by_hand.entry.id)
    assert lot is not None and lot.expires_on == date(2027, 12, 31)  # something was bought this year
    bought(session, lan, 100)  # 2/3/2027
    assert end_of(session, first) == date(2028, 12, 31)


def test_points_end_with_the_window_of_the_tier_and_an_upgrade_begins_a_new_one(session: Session) -> None:
    rules(session, WINDOW)
    lan = make_customer(session)
    member = bought(session, lan, 0)
    assert end_of(session, member) == date.max  # the lowest tier is held for good
    silver = bought(session, lan, 10, 2_000_000)
    assert end_of(session, member) == end_of(session, silver) == date(2027, 12, 2)
    later = bought(session, lan, 40)
    assert end_of(session, later) == date(2027, 12, 2)
    bought(session, lan, 60, 9_000_000)  # gold on 21/1/2027
    assert end_of(session, member) == end_of(session, later) == date(2028, 1, 21)


def test_rules_of_another_kind_leave_the_ends_where_they_are(session: Session) -> None:
    rules(session, INACTIVE)
    lan = make_customer(session)
    first = bought(session, lan, 0)
    rules(session, 'policy = "never"', version=3, since=FIRST + 10 * DAY)
    second = bought(session, lan, 20)
    assert (end_of(session, first), end_of(session, second)) == (FIRST + 30 * DAY, date.max)


def test_a_day_that_was_promised_does_not_move(session: Session) -> None:
    rules(session, INACTIVE)
    lan = make_customer(session)
    asked = [Opening(lan.id, 5, "dated", FIRST + 5 * DAY), Opening(lan.id, 7, "open")]
    made = opening.give_many(session, asked, actor="cli", now=NOON)
    bought(session, lan, 3)
    ends = {key: lot.expires_on for key, number in made.items() if (lot := lots.find(session, number)) is not None}
    assert ends == {"dated": FIRST + 5 * DAY, "open": FIRST + 33 * DAY}


def test_what_a_cancelled_redemption_gives_back_has_the_end_its_lot_would_have(session: Session) -> None:
    rules(session, INACTIVE)
    lan, minh = make_customer(session), make_customer(session)
    ended, moved = bought(session, lan, 0), bought(session, minh, 0)
    used = [spending.burn(session, who.id, 10, key=f"b{who.id}", actor="cli", now=NOON) for who in (lan, minh)]
    bought(session, minh, 25)
    bought(session, lan, 40)
    for burn in used:
        reversal.give_back(session, burn.entry.id, actor="cli", key=f"c{burn.entry.id}", now=NOON + 41 * DAY)
    assert (ledger.balance(session, lan.id), ledger.balance(session, minh.id)) == (10, 20)
    assert end_of(session, moved) == FIRST + 55 * DAY
    assert end_of(session, ended) == FIRST + 30 * DAY
    assert problems(session) == []


@pytest.mark.parametrize(("policy", "later"), [("months = 12", 366), (INACTIVE, 41)])
def test_days_of_grace_save_what_comes_back_after_its_end(session: Session, policy: str, later: int) -> None:
    rules(session, f"{policy}\ngrace_days = 7")
    lan = make_customer(session)
    made = bought(session, lan, 0)
    burn = spending.burn(session, lan.id, 4, key="b", actor="cli", now=NOON)
    sweep(session, later)
    assert ledger.balance(session, lan.id) == 0
    reversal.give_back(session, burn.entry.id, actor="cli", key="c", now=NOON + later * DAY)

    assert ledger.balance(session, lan.id) == 4 and end_of(session, made) == FIRST + (later + 7) * DAY
    sweep(session, later + 7)
    assert ledger.balance(session, lan.id) == 4
    sweep(session, later + 8)
    assert ledger.balance(session, lan.id) == 0 and problems(session) == []


class Ear(Silent):
    """Hears whom a warning is for."""

    def __init__(self) -> None:
        self.heard: list[list[date]] = []

    def expiring(self, session: Session, customer_id: int, ends: object, *rest: object, **more: object) -> bool:
        self.heard.append([each.on for each in ends])  # type: ignore[attr-defined]  # the test gave it
        return True


def test_warnings_are_of_the_moved_day_only(session: Session) -> None:
    rules(session, INACTIVE)
    lan, ear = make_customer(session), Ear()
    bought(session, lan, 0)
    bought(session, lan, 20)
    for days in range(60):
        for before in expiring.BEFORE:
            expiring.warn(session, ear, FIRST + days * DAY, before, now=NOON + days * DAY)
    assert ear.heard == [[FIRST + 50 * DAY]] * 3


def test_a_purchase_moves_every_lot_with_one_statement_by_their_index(session: Session) -> None:
    rules(session, INACTIVE)
    lan = make_customer(session)
    for days in range(10):
        bought(session, lan, days)
    asked: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *call: asked.append(call[2]))
    bought(session, lan, 11)
    assert len([query for query in asked if query.startswith("UPDATE lot")]) == 2  # the new one is marked


@dataclass
class Model:
    """A lot as one would keep it with pencil and paper."""

    made: Award
    day: int
    left: int
    stands: bool = True


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@sample(data=st.data())
def test_any_history_ends_where_a_look_at_every_day_says(session: Session, data: st.DataObject) -> None:
    with session.begin_nested() as history:
        rules(session, INACTIVE)
        lan, today, used = make_customer(session), 0, 0
        model: list[Model] = []

        def end(lot: Model) -> int:
            until = lot.day + 30
            for bill in sorted(each.day for each in model if each.stands):
                if lot.day <= bill <= until:
                    until = bill + 30
            return until

        for _ in range(data.draw(st.integers(3, 14))):
            act = data.draw(st.sampled_from(["award", "award", "late", "undo", "burn", "wait"]))
            if act in ("award", "late"):
                late = data.draw(st.integers(1, 20)) if act == "late" else 0
                for lot in model:
                    lot.left = lot.left if end(lot) >= today else 0
                made = bought(session, lan, today - late, late=late)
                model.append(Model(made, today - late, made.entry.points))
            elif act == "undo" and (
                fresh := [lot for lot in model if lot.stands and lot.left == lot.made.entry.points]
            ):
                sweep(session, today)
                for lot in model:
                    lot.left = lot.left if end(lot) >= today else 0
                gone = data.draw(st.sampled_from(fresh))
                if gone.left:
                    undo(session, gone.made, now=NOON + today * DAY)
                    gone.stands, gone.left = False, 0
            elif act == "burn" and (there := [lot for lot in model if lot.left and end(lot) >= today]):
                points = data.draw(st.integers(1, sum(lot.left for lot in there)))
                spending.burn(session, lan.id, points, key=f"m{next(_numbers)}", actor="cli", now=NOON + today * DAY)
                for lot in sorted(there, key=lambda lot: (end(lot), lot.made.entry.id)):
                    used = min(points, lot.left)
                    lot.left, points = lot.left - used, points - used
            else:
                today += data.draw(st.integers(1, 25))
            sweep(session, today)
            for lot in model:
                lot.left = lot.left if end(lot) >= today else 0
                kept = lots.find(session, lot.made.entry.id)
                assert kept is not None and kept.remaining == lot.left
                assert not lot.left or kept.expires_on == FIRST + end(lot) * DAY
            assert problems(session) == []
        history.rollback()


def test_a_bill_that_comes_late_keeps_what_its_own_days_rules_gave_it(session: Session) -> None:
    """Points of a year ago live to the end of this one by the rules of then; those of today would have ended them."""
    rules(session, YEAR, version=2, since=date(2025, 1, 1))
    rules(session, INACTIVE, version=3, since=date(2026, 11, 1))
    lan = make_customer(session)

    late = award(session, lan, 100_000, purchased_at=NOON - 330 * DAY)

    assert end_of(session, late) == date(2026, 12, 31)
    sweep(session, 0)
    assert ledger.balance(session, lan.id) == 10 and problems(session) == []


def test_what_an_undone_return_gives_anew_lives_from_that_day_on(session: Session) -> None:
    """15 points came back with their goods, 10 of them owed and paid by a gift: undone a day later they are new."""
    owing = {"[expiry]\nmonths = 12": f'[expiry]\n{EARNING}\n\n[returns]\nshortfall = "owe"'}
    make_programme(session, 2, date(2026, 1, 1), owing)
    lan = make_customer(session)
    made = award(session, lan, 150_000)
    spending.burn(session, lan.id, 10, actor="cli", key="burn", now=NOON)
    back = returning.take_back(session, made.purchase.id, Goods(None), actor="cli", key="back", now=NOON)
    adjusting.adjust(session, lan.id, 10, "sorry", actor="cli", key="gift", now=NOON)

    undone = reversal.undo(session, back.entry.id, actor="cli", key="again", now=NOON + DAY)

    lot = lots.find(session, undone.entry.id)
    assert lot is not None and (lot.points, lot.expires_on) == (10, FIRST + 31 * DAY)
    assert problems(session) == []
