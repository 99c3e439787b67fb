"""Faults other programmes had, each with the number of its row in the survey of the field, and what ours does.

Those of doing a thing twice, halfway or both at once are in `test_stories_once`, those of days, ends and tiers in
`test_stories_days`. What stands where its code is tested, and is not said twice:

    D-2   tests/loyalty/points/test_races.py            test_one_key_in_many_hands_awards_once
    D-2   tests/loyalty/points/test_races.py            test_two_customers_race_for_one_receipt_and_one_gets_it
    D-2   tests/loyalty/points/test_accrual.py          test_the_same_amount_again_is_found_within_its_time
    D-3   tests/loyalty/rewards/test_races.py           test_a_balance_for_ten_pays_for_ten
    D-3   tests/loyalty/rewards/test_races.py           test_of_five_forty_people_get_five
    D-3   tests/loyalty/points/test_paying.py           test_many_bills_at_once_never_use_a_point_twice
    D-5   tests/loyalty/points/test_races.py            test_one_award_undone_by_many_is_undone_once
    D-7   tests/loyalty/points/ending/test_expiring.py  test_one_notice_names_how_many_end_and_when
    D-7   tests/loyalty/points/ending/test_expiring.py  test_the_day_before_says_tomorrow
    D-7   tests/loyalty/programme/test_expiry.py        test_the_end_is_known_on_the_day_of_earning
    D-8   tests/loyalty/points/test_accrual.py          test_the_day_is_the_shops
    D-8   tests/loyalty/programme/test_activation.py    test_today_is_the_shops_day_not_that_of_utc
    D-9   tests/loyalty/points/ending/test_expiring.py  test_a_second_run_or_a_second_worker_says_nothing_twice
    D-9   tests/loyalty/points/tiers/test_reviews.py    test_bills_undoings_hands_and_reviews_at_once_leave_whole_books
    D-12  tests/loyalty/points/ending/test_moving.py    test_a_purchase_moves_every_lot_with_one_statement_by_their_index
    D-12  tests/loyalty/points/test_rules.py            test_rules_without_caps_cost_no_query
    D-13  tests/loyalty/exchange/test_importing.py      test_opening_points_are_given_by_one_import_only
    D-14  tests/loyalty/customers/test_linking.py       test_a_new_chat_moves_to_the_customer_whose_phone_it_proves
    D-14  tests/loyalty/customers/test_linking.py       test_a_proof_takes_what_was_earned_on_the_phone_and_the_claimant_leaves_as_they_came
    D-14  tests/loyalty/typed/test_phones.py            test_all_forms_of_one_number_are_one_number
    D-18  tests/loyalty/programme/test_activation.py    test_rules_never_begin_today_or_in_the_past
    D-18  tests/loyalty/programme/test_activation.py    test_two_at_once_do_not_both_get_the_day
    D-19  tests/loyalty/messaging/test_inbox.py         test_the_same_event_ten_times_is_stored_once
    D-19  tests/journeys/test_main_story.py             test_the_same_event_ten_times_is_answered_once
    D-19  tests/bots/commands/test_staff_adjusting.py   test_delivered_twice_it_is_done_once
    D-21  tests/loyalty/exchange/test_bulk.py           test_an_opening_balance_is_a_dated_lot_and_changes_nothing_else
    D-21  tests/loyalty/exchange/test_importing.py      test_balances_are_dated_lots_of_customers_there_are
    D-23  tests/loyalty/points/test_races.py            test_a_phone_nobody_has_becomes_one_customer
    D-23  tests/loyalty/customers/test_profiles.py      test_a_second_customer_with_the_same_phone_is_refused_and_the_transaction_goes_on

D-1, D-10, D-11, D-15, D-16 and D-24 are of campaigns, segments, lists and channels, not of points.
"""  # noqa: E501  # a name is one word

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from loyalty.points import ledger, spending
from loyalty.points.accrual import Award
from loyalty.points.returns import returning
from loyalty.points.returns.reversal import AlreadyUndone
from loyalty.purchases import recording
from loyalty.purchases.returns import Goods, OverReturn
from tests.builders import NOON
from tests.builders_customers import make_customer
from tests.builders_points import award, make_programme, problems, stats_of, undo

DAY = timedelta(days=1)
HERE = Path(__file__)
OF_POINTS = {*range(2, 10), 12, 13, 14, *range(17, 24)}


def take_back(session: Session, made: Award, key: str, amount: int | None = None, **when: int) -> returning.Returned:
    now = NOON + timedelta(**when)
    return returning.take_back(session, made.purchase.id, Goods(amount), actor="cli", key=key, now=now)


def test_every_story_of_points_has_a_test_that_is_there() -> None:
    told = re.findall(r"^ +D-(\d+) +(\S+) +(test_\w+)$", __doc__ or "", re.MULTILINE)
    gone = [name for _, path, name in told if f"def {name}(" not in (HERE.parents[3] / path).read_text("utf-8")]
    here = "".join(path.read_text("utf-8") for path in HERE.parent.glob("test_stories*.py"))
    numbers = {int(number) for number, *_ in told} | {int(number) for number in re.findall(r"def test_d(\d+)_", here)}

    assert gone == []
    assert numbers == OF_POINTS


def test_d4_buying_and_returning_leaves_no_points_behind(session: Session) -> None:
    """D-4: a refund left its points, so that buying and returning was a way to make them."""
    lan = make_customer(session)
    for round_ in range(5):
        made = award(session, lan, 1_999_999)
        take_back(session, made, f"back:{round_}")

    stats = stats_of(session, lan)
    assert (stats.points, stats.carry, stats.orders, stats.spent, stats.spent_12m) == (0, 0, 0, 0, 0)
    assert (stats.first_purchase_at, stats.last_purchase_at) == (None, None)
    assert problems(session) == []


def test_d4_small_returns_take_as_much_as_one(session: Session) -> None:
    """D-4: what is split into returns too small for a point each must not keep the points of them all."""
    lan, minh = make_customer(session), make_customer(session)
    split, whole = award(session, lan, 250_000), award(session, minh, 250_000)

    for number in range(25):
        take_back(session, split, f"small:{number}", 9_999)
    take_back(session, whole, "one", 25 * 9_999)

    left = [(stats_of(session, each).points, stats_of(session, each).carry) for each in (lan, minh)]
    assert left == [(0, 25)] * 2  # of 250,000 ₫ 25 stay: no point, 25 carried
    assert problems(session) == []


def test_d5_a_return_told_twice_takes_its_points_once(session: Session) -> None:
    """D-5: a repeated refund charged twice, or a refund of more than was bought credited the customer."""
    lan = make_customer(session)
    made = award(session, lan, 250_000)
    first = take_back(session, made, "till:7", 100_000)
    again = take_back(session, made, "till:7", 100_000)
    take_back(session, made, "till:8")

    with pytest.raises(OverReturn):
        take_back(session, made, "till:9", 1)

    assert (again.is_new, again.entry.id) == (False, first.entry.id)
    assert stats_of(session, lan).points == 0
    assert problems(session) == []


def test_d5_undoing_a_return_twice_gives_its_points_back_once(session: Session) -> None:
    """D-5, the other way round."""
    lan = make_customer(session)
    made = award(session, lan, 250_000)
    back = take_back(session, made, "till:7", 100_000)
    undo(session, Award(made.purchase, back.entry, is_new=True))

    with pytest.raises(AlreadyUndone):
        undo(session, Award(made.purchase, back.entry, is_new=True))

    assert stats_of(session, lan).points == 25
    assert problems(session) == []


def test_d20_a_bill_cancelled_and_completed_again_counts_once(session: Session) -> None:
    """D-20: an order set to cancelled and then to completed lost its points, or got them twice."""
    lan = make_customer(session)
    before = award(session, lan, 104_000)
    for _ in range(3):
        made = award(session, lan, 250_000, reference="HD1")
        undo(session, made)
    final = award(session, lan, 250_000, reference="HD1")

    stats = stats_of(session, lan)
    assert (stats.points, stats.carry, stats.orders, stats.spent) == (35, 4_000, 2, 354_000)
    assert (final.entry.points, before.entry.points) == (25, 10)
    assert problems(session) == []


def test_d20_a_return_undone_and_done_again_counts_once(session: Session) -> None:
    """D-20, for goods."""
    lan = make_customer(session)
    made = award(session, lan, 250_000)
    for number in range(3):
        back = take_back(session, made, f"back:{number}")
        undo(session, Award(made.purchase, back.entry, is_new=True))
    take_back(session, made, "back:last", 50_000)

    stats = stats_of(session, lan)
    assert (stats.points, stats.orders, stats.spent) == (20, 1, 200_000)
    assert recording.get(session, made.purchase.id).returned == 50_000
    assert problems(session) == []


def test_d22_no_đồng_is_lost_between_bills_returns_and_burnt_points(session: Session) -> None:
    """D-22: rounding left đồng over when points were burnt. Here every ₫ is in a point or in the carry."""
    lan = make_customer(session)
    bills = [award(session, lan, total) for total in (9_999, 12_345, 77_777, 199_999)]
    spending.burn(session, lan.id, 3, key="burn", actor="cli", now=NOON)
    take_back(session, bills[2], "back:1", 33_333)
    take_back(session, bills[3], "back:2", 1)

    entries = ledger.list_newest(session, lan.id, limit=20)
    worth = sum(entry.credit for entry in entries)
    moved = sum(entry.points for entry in entries if entry.kind != "burn")
    assert worth == 9_999 + 12_345 + 77_777 + 199_999 - 33_333 - 1
    assert worth == moved * 10_000 + stats_of(session, lan).carry
    assert problems(session) == []


def test_a_bill_that_comes_late_is_rated_by_the_rules_and_the_tier_of_its_date_and_rates_no_other_anew(
    session: Session,
) -> None:
    """Late bills: what was told once stays as it was told."""
    make_programme(session, 2, date(2026, 11, 20), {"per_amount = 10000": "per_amount = 5000"})
    lan = make_customer(session)
    risen = award(session, lan, 2_000_000, now=NOON)  # 22/11: silver from now on, a point per 5,000
    told = risen.entry.points

    late = award(session, lan, 100_000, purchased_at=NOON - 10 * DAY, now=NOON + DAY)  # 12/11: member, one per 10,000
    back = take_back(session, late, "late", 50_000, days=2)

    assert (late.entry.programme, late.entry.tier, late.entry.points) == (1, "member", 10)
    assert (back.entry.programme, back.entry.tier, back.entry.points) == (1, "member", -5)
    assert ledger.get(session, risen.entry.id).points == told == 400
    assert problems(session) == []
