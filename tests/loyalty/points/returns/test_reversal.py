"""Undoing takes back exactly what was given."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from loyalty.activity.models import Activity
from loyalty.customers import profiles
from loyalty.points import accrual, ledger, lots
from loyalty.points.ledger import EntryNotFound, IdempotencyConflict
from loyalty.points.models import Lot
from loyalty.points.returns import reversal
from loyalty.points.returns.reversal import AlreadyUndone, NotUndoable, NotYours, TooLate
from loyalty.points.spending import PointsSpent
from loyalty.purchases import recording
from loyalty.staff.permissions import NotAllowed
from tests.builders import NOON
from tests.builders_customers import LAN, make_chat, make_customer
from tests.builders_points import award, problems, set_totals, stats_of, undo
from tests.builders_staff import make_staff

HOUR = timedelta(hours=1)


def test_an_undo_takes_back_the_entrys_points_and_its_share_of_the_carry(session: Session) -> None:
    lan = make_customer(session)
    set_totals(session, lan, tier="silver", carry=5_000)
    made = award(session, lan, 250_000)

    taken = undo(session, made, now=NOON + HOUR)

    assert (taken.entry.kind, taken.entry.points, taken.entry.carry_change) == ("reverse", -31, -2_500)
    assert (taken.entry.balance_after, taken.entry.carry, taken.entry.reverses_id) == (0, 5_000, made.entry.id)
    lot = session.get_one(Lot, made.entry.id, populate_existing=True)
    assert (lot.remaining, lot.closed_at) == (0, NOON + HOUR)
    stats = stats_of(session, lan)
    assert (stats.points, stats.carry, stats.orders, stats.spent, stats.spent_12m) == (0, 5_000, 0, 0, 0)
    assert (stats.first_purchase_at, stats.last_purchase_at) == (None, None)
    assert recording.get(session, made.purchase.id).state == "undone"


def test_the_carry_may_become_a_debt_that_later_bills_make_up(session: Session) -> None:
    lan = make_customer(session)
    first = award(session, lan, 9_000)
    award(session, lan, 1_000)  # one point, made of both

    taken = undo(session, first)
    assert (taken.entry.points, taken.entry.carry) == (0, -9_000)
    small = award(session, lan, 8_000)
    bigger = award(session, lan, 11_000)

    assert [made.entry.points for made in (small, bigger)] == [0, 1]
    assert [made.entry.carry for made in (small, bigger)] == [-1_000, 0]
    assert stats_of(session, lan).points == 2
    assert problems(session) == []


def test_an_undone_purchase_leaves_the_totals_of_the_others(session: Session) -> None:
    lan = make_customer(session)
    days = [award(session, lan, 100_000, now=NOON + timedelta(days=day)) for day in range(3)]

    undo(session, days[0], now=NOON + timedelta(days=3))
    assert stats_of(session, lan).first_purchase_at == NOON + timedelta(days=1)
    undo(session, days[2], now=NOON + timedelta(days=3))

    stats = stats_of(session, lan)
    assert (stats.first_purchase_at, stats.last_purchase_at) == (NOON + timedelta(days=1),) * 2
    assert (stats.orders, stats.spent, stats.spent_12m) == (1, 100_000, 100_000)
    assert problems(session) == []


def test_a_purchase_that_left_the_twelve_months_is_not_taken_from_them_again(session: Session) -> None:
    lan = make_customer(session)
    old = award(session, lan, 300_000)
    later = NOON + timedelta(days=370)

    undo(session, old, now=later)

    assert (stats_of(session, lan).spent_12m, stats_of(session, lan).spent) == (0, 0)
    assert problems(session) == []


def test_an_undone_receipt_may_be_recorded_again(session: Session) -> None:
    lan = make_customer(session)
    undo(session, award(session, lan, 250_000, reference="HD1"))

    again = award(session, lan, 240_000, reference="HD1")

    assert again.is_new
    assert problems(session) == []


def test_undoing_twice_is_one_reversal(session: Session) -> None:
    lan = make_customer(session)
    made = award(session, lan)

    first = undo(session, made, key="zalo:9")
    same = undo(session, made, key="zalo:9")
    with pytest.raises(AlreadyUndone) as refused:
        undo(session, made, key="zalo:10")

    assert (first.is_new, same.is_new, same.entry.id) == (True, False, first.entry.id)
    assert refused.value.facts == {"number": made.entry.id, "reversal": first.entry.id, "at": NOON}
    assert stats_of(session, lan).ledger_seq == 2


def test_one_event_may_award_and_undo_but_not_undo_twice(session: Session) -> None:
    lan = make_customer(session)
    one, other = award(session, lan, key="k"), award(session, lan, key="l")

    undo(session, one, key="k")
    with pytest.raises(IdempotencyConflict):
        undo(session, other, key="k")

    assert stats_of(session, lan).points == 25
    assert problems(session) == []


def test_the_same_key_after_an_undo_returns_the_first_award_and_gives_nothing(session: Session) -> None:
    made = award(session, LAN, key="k")
    undo(session, made)

    again = award(session, LAN, key="k")

    assert (again.is_new, again.entry.id, again.purchase.state) == (False, made.entry.id, "undone")
    assert profiles.find_by_phone(session, LAN) is None


def test_a_reversal_cannot_be_undone(session: Session) -> None:
    taken = undo(session, award(session, make_customer(session)))

    with pytest.raises(NotUndoable):
        reversal.undo(session, taken.entry.id, actor="cli", key="k", now=NOON)


@pytest.mark.parametrize("number", [0, -1, 4711, 2**63, 10**30])
def test_a_movement_there_is_not_is_said_so(session: Session, number: int) -> None:
    with pytest.raises(EntryNotFound):
        reversal.undo(session, number, actor="cli", key="k", now=NOON)


def test_spent_points_are_not_taken_back(session: Session) -> None:
    lan = make_customer(session)
    made = award(session, lan, 250_000)
    session.execute(update(Lot).where(Lot.entry_id == made.entry.id).values(remaining=24))

    with pytest.raises(PointsSpent) as refused:
        undo(session, made)

    assert refused.value.facts == {"number": made.entry.id, "points": 25, "left": 24}
    assert recording.get(session, made.purchase.id).state == "recorded"
    assert stats_of(session, lan).ledger_seq == 1


def test_a_cashier_undoes_their_own_within_24_hours(session: Session) -> None:
    lan, thu, mai = make_customer(session), make_staff(session), make_staff(session)
    one = award(session, lan, staff_id=thu.id, actor=f"staff:{thu.public_id}")
    other = award(session, lan, staff_id=thu.id, actor=f"staff:{thu.public_id}")
    day = timedelta(hours=24)

    with pytest.raises(NotYours):
        undo(session, one, by=mai)
    undo(session, one, by=thu, now=NOON + day)
    with pytest.raises(TooLate):
        undo(session, other, by=thu, now=NOON + day + timedelta(seconds=1))
    undo(session, other, by=make_staff(session, "manager"), now=NOON + 30 * day)

    assert stats_of(session, lan).points == 0


@pytest.mark.parametrize("role", ["manager", "owner"])
def test_managers_and_owners_undo_any(session: Session, role: str) -> None:
    made = award(session, make_customer(session), staff_id=make_staff(session).id)

    assert undo(session, made, by=make_staff(session, role), now=NOON + timedelta(days=40)).is_new


def test_a_marketer_undoes_nothing(session: Session) -> None:
    with pytest.raises(NotAllowed):
        undo(session, award(session, make_customer(session)), by=make_staff(session, "marketer"))


def test_a_customer_made_by_the_award_is_undone_with_it(session: Session) -> None:
    made = award(session, LAN, 250_000)

    taken = undo(session, made)

    assert taken.customer_undone
    assert profiles.find_by_phone(session, LAN) is None
    with pytest.raises(profiles.CustomerNotFound):
        accrual.record_purchase(
            session,
            made.purchase.customer_id,
            accrual.Bill(total=1, store_id=made.purchase.store_id),
            actor="cli",
            key="k",
            now=NOON,
        )
    fresh = award(session, LAN, 10_000)
    assert fresh.customer_is_new
    assert fresh.purchase.customer_id != made.purchase.customer_id
    with pytest.raises(AlreadyUndone):
        undo(session, made)
    assert problems(session) == []


def test_a_new_customer_who_bought_again_stays(session: Session) -> None:
    made = award(session, LAN, 250_000)
    award(session, LAN, 10_000)

    assert not undo(session, made).customer_undone
    assert profiles.find_by_phone(session, LAN) is not None


def test_a_customer_who_was_there_before_stays(session: Session) -> None:
    make_customer(session, phone=LAN)

    assert not undo(session, award(session, LAN)).customer_undone
    assert profiles.find_by_phone(session, LAN) is not None


def test_a_new_customer_who_has_a_chat_stays(session: Session) -> None:
    made = award(session, LAN, 250_000)
    chat = make_chat(session)
    chat.customer_id = made.purchase.customer_id

    assert not undo(session, made).customer_undone


def test_the_timeline_tells_of_the_undoing(session: Session) -> None:
    lan = make_customer(session)
    undo(session, award(session, lan, 2_000_000))

    kinds = [row.kind for row in session.query(Activity).filter_by(customer_id=lan.id).order_by(Activity.id)]
    assert kinds[-4:] == ["purchase", "tier", "purchase_undone", "tier"]


def test_movements_are_listed_newest_first_by_page(session: Session) -> None:
    lan = make_customer(session)
    made = [award(session, lan, amount) for amount in (10_000, 20_000, 30_000)]
    taken = undo(session, made[0])

    first = ledger.list_newest(session, lan.id, limit=2)
    rest = ledger.list_newest(session, lan.id, before=first[-1].seq, limit=5)

    assert [entry.id for entry in first] == [taken.entry.id, made[2].entry.id]
    assert [entry.points for entry in rest] == [2, 1]
    assert getattr(lots.find(session, made[1].entry.id), "remaining", 0) == 2
