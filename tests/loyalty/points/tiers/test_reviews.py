"""A tier falls at a review only, by the policy of the rules; by hand it is a floor until its end."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.points import ledger, spending
from loyalty.points.accrual import Award
from loyalty.points.ledger import IdempotencyConflict
from loyalty.points.returns import returning, reversal
from loyalty.points.returns.keeping import Falling, Terms
from loyalty.points.tiers import changes, manual, qualifying, reviews, warning
from loyalty.points.tiers.manual import BadTier, NoTierByHand, Setting
from loyalty.points.tiers.warning import Warned
from loyalty.programme.document import Qualification
from loyalty.purchases.months import add_months
from loyalty.purchases.returns import Goods
from tests.builders import NOON
from tests.builders_customers import make_customer, together
from tests.builders_points import award, make_programme, problems, stats_of, undo

TODAY = date(2026, 11, 22)
DAY = timedelta(days=1)
ROLLING = "[qualification]\nmonths = 12"


def night(day: date) -> datetime:
    """Half past midnight of a shop day."""
    return datetime(day.year, day.month, day.day, tzinfo=NOON.tzinfo) - timedelta(hours=6, minutes=30)


def review(session: Session, day: date, *, limit: int = 500) -> None:
    for tier in ("silver", "gold"):
        after: int | None = 0
        while after is not None:
            after = reviews.sweep(session, tier, now=night(day), after_id=after, limit=limit)


def tiers_of(session: Session, customer: Customer) -> list[tuple[str, str, str]]:
    found = changes.list_newest(session, customer.id)
    return [(each.from_tier, each.to_tier, each.reason) for each in reversed(found)]


def rules(session: Session, qualification: str, changed: Mapping[str, str] | None = None) -> None:
    """The demo programme with another qualification, from long ago on; 12 rolling months where it states no window."""
    if "months" not in qualification and "window" not in qualification:
        qualification = f"months = 12\n{qualification}"
    make_programme(session, 2, date(2020, 1, 1), {ROLLING: f"[qualification]\n{qualification}", **(changed or {})})


def set_gold(session: Session, customer: Customer, until: date, *, key: str = "k") -> manual.Set:
    setting = Setting("gold", until, "khách thân")
    return manual.set_tier(session, customer.id, setting, actor="cli", key=key, now=NOON)


class TestReview:
    def test_a_tier_falls_the_night_its_window_is_too_small(self, session: Session) -> None:
        lan = make_customer(session)
        award(session, lan, 2_000_000)

        review(session, add_months(TODAY, 12) - DAY)  # the bill still counts on the last day of the year
        assert stats_of(session, lan).tier == "silver"
        review(session, add_months(TODAY, 12))

        stats = stats_of(session, lan)
        assert (stats.tier, stats.tier_since) == ("member", night(add_months(TODAY, 12)))
        assert tiers_of(session, lan) == [("member", "silver", "rise"), ("silver", "member", "review")]
        assert problems(session) == []

    def test_one_step_only_and_the_next_after_a_whole_window(self, session: Session) -> None:
        lan = make_customer(session)
        award(session, lan, 10_000_000)
        first = add_months(TODAY, 12)

        for days in (0, 1, 2, 200):
            review(session, first + timedelta(days=days))
        assert stats_of(session, lan).tier == "silver"
        review(session, add_months(first, 12) - DAY)
        assert stats_of(session, lan).tier == "silver"
        review(session, add_months(first, 12))

        assert stats_of(session, lan).tier == "member"
        assert [step[:2] for step in tiers_of(session, lan)[1:]] == [("gold", "silver"), ("silver", "member")]

    def test_to_fit_goes_down_at_once_to_what_was_bought(self, session: Session) -> None:
        rules(session, 'downgrade = "to_fit"')
        lan = make_customer(session)
        award(session, lan, 10_000_000)

        review(session, add_months(TODAY, 12))

        assert tiers_of(session, lan)[1:] == [("gold", "member", "review")]

    def test_a_review_never_raises(self, session: Session) -> None:
        lan = make_customer(session)
        award(session, lan, 1_000_000)
        make_programme(session, 2, TODAY + DAY, {"spend = 2000000": "spend = 500000"})  # she has twice that by now

        review(session, TODAY + 5 * DAY)

        assert stats_of(session, lan).tier == "member"
        award(session, lan, 10_000, now=NOON + 6 * DAY)
        assert stats_of(session, lan).tier == "silver"

    def test_an_undo_takes_back_at_once_what_its_purchase_gave(self, session: Session) -> None:
        lan = make_customer(session)
        award(session, lan, 1_900_000)
        made = award(session, lan, 200_000)

        assert undo(session, made).tier_fell == "member"
        assert tiers_of(session, lan) == [("member", "silver", "rise"), ("silver", "member", "undo")]

    def test_never_is_never(self, session: Session) -> None:
        rules(session, 'downgrade = "never"')
        lan = make_customer(session)
        award(session, lan, 10_000_000)

        review(session, add_months(TODAY, 60))

        assert stats_of(session, lan).tier == "gold"

    def test_grace_counts_from_the_review_that_first_found_it_short(self, session: Session) -> None:
        rules(session, "grace_days = 10")
        lan = make_customer(session)
        award(session, lan, 2_000_000)
        found = add_months(TODAY, 12) + timedelta(days=3)  # nobody reviewed the three days before

        review(session, found)
        assert stats_of(session, lan).short_since == found
        review(session, found + timedelta(days=9))
        assert stats_of(session, lan).tier == "silver"
        review(session, found + timedelta(days=10))

        assert (stats_of(session, lan).tier, stats_of(session, lan).short_since) == ("member", None)

    def test_a_bill_in_the_days_of_grace_keeps_the_tier(self, session: Session) -> None:
        rules(session, "grace_days = 10")
        lan = make_customer(session)
        award(session, lan, 2_000_000)
        found = add_months(TODAY, 12)
        review(session, found)

        award(session, lan, 2_000_000, now=night(found + DAY))
        review(session, found + timedelta(days=20))

        assert (stats_of(session, lan).tier, stats_of(session, lan).short_since) == ("silver", None)

    def test_an_undo_takes_a_tier_back_that_was_reached_again_after_a_fall(self, session: Session) -> None:
        lan = make_customer(session)
        award(session, lan, 2_000_000)
        fallen = add_months(TODAY, 12)
        review(session, fallen)
        again = award(session, lan, 2_000_000, now=night(fallen) + DAY)

        taken = undo(session, again, now=night(fallen) + 2 * DAY)

        assert taken.tier_fell == "member"  # though the bill that gave it the first time stands
        assert problems(session) == []

    def test_a_bill_that_comes_late_gets_the_tier_of_its_own_day(self, session: Session) -> None:
        lan = make_customer(session)
        award(session, lan, 2_000_000)
        fallen = add_months(TODAY, 12)
        review(session, fallen)

        before = award(session, lan, 10_000, now=night(fallen) + 3 * DAY, purchased_at=night(fallen) - DAY)
        after = award(session, lan, 2_000_000, now=night(fallen) + 3 * DAY, purchased_at=night(fallen) + DAY)

        assert (before.entry.tier, after.entry.tier) == ("silver", "member")

    def test_small_chunks_find_everybody(self, session: Session) -> None:
        people = [make_customer(session) for _ in range(5)]
        for each in people:
            award(session, each, 2_000_000)

        review(session, add_months(TODAY, 12), limit=2)

        assert {stats_of(session, each).tier for each in people} == {"member"}

    def test_the_history_is_only_added_to(self, session: Session) -> None:
        award(session, make_customer(session), 2_000_000)

        for statement in ("UPDATE tier_history SET to_tier = 'gold'", "DELETE FROM tier_history"):
            with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
                session.execute(text(statement))


class TestWindows:
    def test_a_tier_earned_in_a_year_is_held_through_the_next(self, session: Session) -> None:
        rules(session, 'window = "calendar_year"')
        lan = make_customer(session)
        award(session, lan, 2_000_000)

        review(session, date(2027, 12, 31))
        assert stats_of(session, lan).tier == "silver"
        review(session, date(2028, 1, 1))

        assert stats_of(session, lan).tier == "member"

    def test_bills_of_two_years_are_not_added_up(self, session: Session) -> None:
        rules(session, 'window = "calendar_year"')
        lan = make_customer(session, now=NOON - timedelta(days=400))
        award(session, lan, 1_500_000, now=NOON - timedelta(days=400))

        award(session, lan, 1_500_000)

        assert stats_of(session, lan).tier == "member"

    def test_half_years(self, session: Session) -> None:
        rules(session, 'window = "half_year"')
        lan = make_customer(session)
        award(session, lan, 2_000_000)

        review(session, date(2027, 6, 30))
        assert stats_of(session, lan).tier == "silver"
        review(session, date(2027, 7, 1))

        assert stats_of(session, lan).tier == "member"

    def test_years_of_membership(self, session: Session) -> None:
        rules(session, 'window = "anniversary"')
        lan = make_customer(session, joined=True)
        award(session, lan, 2_000_000)

        review(session, add_months(TODAY, 24) - DAY)
        assert stats_of(session, lan).tier == "silver"
        review(session, add_months(TODAY, 24))

        assert stats_of(session, lan).tier == "member"

    def test_orders_count_and_an_undone_one_does_not(self, session: Session) -> None:
        least = {"spend = 0": "orders = 0", "spend = 2000000": "orders = 2", "spend = 10000000": "orders = 3"}
        rules(session, 'metric = "orders"\nmonths = 3', least)
        lan = make_customer(session)

        undo(session, award(session, lan, 10_000))
        award(session, lan, 10_000)
        assert stats_of(session, lan).tier == "member"
        award(session, lan, 10_000)
        assert stats_of(session, lan).tier == "silver"
        review(session, add_months(TODAY, 3))

        assert stats_of(session, lan).tier == "member"

    def test_points_earned_count_whatever_became_of_them(self, session: Session) -> None:
        least = {"spend = 0": "points = 0", "spend = 2000000": "points = 100", "spend = 10000000": "points = 300"}
        rules(session, 'metric = "points"', least)
        lan = make_customer(session)
        award(session, lan, 600_000)
        session.execute(text("UPDATE lot SET remaining = 0"))  # used

        award(session, lan, 400_000)

        assert stats_of(session, lan).tier == "silver"


class TestByHand:
    def test_a_tier_set_by_hand_is_a_floor_until_its_end(self, session: Session) -> None:
        lan = make_customer(session)
        set_gold(session, lan, TODAY + 30 * DAY)

        review(session, TODAY + 30 * DAY)
        assert stats_of(session, lan).tier == "gold"
        review(session, TODAY + 31 * DAY)

        stats = stats_of(session, lan)
        assert (stats.tier, stats.hand_tier, stats.hand_until) == ("member", None, None)
        assert tiers_of(session, lan) == [("member", "gold", "manual"), ("gold", "member", "manual_end")]
        assert problems(session) == []

    def test_what_was_held_before_comes_back(self, session: Session) -> None:
        lan = make_customer(session)
        award(session, lan, 2_000_000)
        set_gold(session, lan, TODAY + 30 * DAY)

        assert manual.end(session, lan.id, actor="cli", now=NOON).to_tier == "silver"
        with pytest.raises(NoTierByHand):
            manual.end(session, lan.id, actor="cli", now=NOON)

    def test_a_tier_earned_above_it_stays(self, session: Session) -> None:
        lan = make_customer(session)
        setting = Setting("silver", TODAY + DAY, "quà sinh nhật")
        manual.set_tier(session, lan.id, setting, actor="cli", key="k", now=NOON)
        award(session, lan, 10_000_000)

        review(session, TODAY + 2 * DAY)

        assert (stats_of(session, lan).tier, stats_of(session, lan).hand_tier) == ("gold", None)
        assert problems(session) == []

    def test_an_undo_does_not_go_below_it(self, session: Session) -> None:
        lan = make_customer(session)
        made = award(session, lan, 10_000_000)
        setting = Setting("silver", TODAY + DAY, "khách thân")
        manual.set_tier(session, lan.id, setting, actor="cli", key="k", now=NOON)

        assert undo(session, made).tier_fell == "silver"

    def test_a_tier_whose_purchase_was_undone_is_not_there_to_come_back_to(self, session: Session) -> None:
        lan = make_customer(session)
        made = award(session, lan, 2_000_000)
        set_gold(session, lan, TODAY + 30 * DAY)

        assert undo(session, made).tier_fell is None

        assert manual.end(session, lan.id, actor="cli", now=NOON).to_tier == "member"
        assert problems(session) == []

    def test_another_one_takes_its_place_also_a_lower_one(self, session: Session) -> None:
        lan = make_customer(session)
        set_gold(session, lan, TODAY + 30 * DAY)
        setting = Setting("silver", TODAY + 60 * DAY, "ít hơn")
        manual.set_tier(session, lan.id, setting, actor="cli", key="k2", now=NOON)

        assert stats_of(session, lan).tier == "silver"
        assert manual.end(session, lan.id, actor="cli", now=NOON).to_tier == "member"
        assert problems(session) == []

    def test_once_more_under_one_key_is_once(self, session: Session) -> None:
        lan = make_customer(session)

        first, again = (set_gold(session, lan, TODAY + DAY) for _ in range(2))

        assert (first.is_new, again.is_new) == (True, False)
        assert again.change is first.change
        with pytest.raises(IdempotencyConflict):
            set_gold(session, lan, TODAY + 2 * DAY)

    @pytest.mark.parametrize(
        ("tier", "until", "reason", "field"),
        [
            ("member", TODAY, "x", "tier"),
            ("platinum", TODAY, "x", "tier"),
            ("gold", TODAY - DAY, "x", "until"),
            ("gold", date(2036, 1, 1), "x", "until"),
            ("gold", TODAY, "  ", "reason"),
        ],
    )
    def test_what_makes_no_sense_is_refused(
        self, session: Session, tier: str, until: date, reason: str, field: str
    ) -> None:
        lan = make_customer(session)

        with pytest.raises(BadTier) as refused:
            manual.set_tier(session, lan.id, Setting(tier, until, reason), actor="cli", key="k", now=NOON)

        assert refused.value.facts["field"] == field
        assert tiers_of(session, lan) == []


class TestWarning:
    def warned(self, session: Session, day: date, *, reached: bool = True) -> list[Warned]:
        found: list[Warned] = []

        def tell(_session: Session, each: Warned) -> bool:
            found.append(each)
            return reached

        for tier in ("silver", "gold"):
            warning.sweep(session, tier, tell, now=night(day) + timedelta(hours=8))
        return found

    def test_it_names_the_amount_and_the_day_once(self, session: Session) -> None:
        lan = make_customer(session)
        award(session, lan, 1_650_000)
        award(session, lan, 350_000, now=NOON + 60 * DAY)
        award(session, lan, 50_000, now=NOON + 61 * DAY)
        falls = add_months(TODAY, 12)

        assert self.warned(session, falls - 31 * DAY) == []
        assert len(self.warned(session, falls - 30 * DAY, reached=False)) == 1
        [told] = self.warned(session, falls - 29 * DAY)
        assert self.warned(session, falls - 28 * DAY) == []

        assert (told.outlook.falls_on, told.outlook.left.code) == (falls, "member")
        assert told.outlook.missing.number == 2_000_000 - 400_000
        award(session, lan, 1_600_000, now=night(falls) - DAY)
        review(session, falls)
        assert stats_of(session, lan).tier == "silver"

    def test_of_the_end_of_a_tier_set_by_hand_one_is_warned_too(self, session: Session) -> None:
        lan = make_customer(session)
        award(session, lan, 2_000_000)
        set_gold(session, lan, TODAY + 10 * DAY)

        [told] = self.warned(session, TODAY + DAY)

        assert (told.outlook.falls_on, told.outlook.left.code) == (TODAY + 11 * DAY, "silver")
        assert told.outlook.missing.number == 8_000_000
        award(session, lan, 8_000_000, now=NOON + DAY)
        review(session, TODAY + 11 * DAY)
        assert stats_of(session, lan).tier == "gold"

    def test_the_day_of_a_near_fall_is_kept_until_something_is_bought(self, session: Session) -> None:
        lan = make_customer(session)
        award(session, lan, 2_000_000)
        falls = add_months(TODAY, 12)

        for days, kept in ((31, None), (30, falls)):
            warning.foresee(session, "silver", now=night(falls - days * DAY))
            assert stats_of(session, lan).falls_on == kept
        award(session, lan, 2_000_000, now=night(falls) - 20 * DAY)
        warning.foresee(session, "silver", now=night(falls - 19 * DAY))

        assert stats_of(session, lan).falls_on is None


class TestReturns:
    def back(self, session: Session, made: Award, amount: int | None = None, **terms: Any) -> returning.Returned:
        key, goods = f"back:{made.entry.id}:{amount}", Goods(amount)
        return returning.take_back(
            session, made.purchase.id, goods, actor="cli", key=key, now=NOON, terms=Terms(**terms)
        )

    def test_returned_money_comes_off_and_the_tier_falls_at_the_review(self, session: Session) -> None:
        lan = make_customer(session)
        made = award(session, lan, 2_000_000)

        self.back(session, made, 1)
        assert stats_of(session, lan).tier == "silver"
        review(session, TODAY + DAY)

        assert stats_of(session, lan).tier == "member"
        assert problems(session) == []

    def test_a_bill_all_of_which_came_back_is_no_order(self, session: Session) -> None:
        least = {"spend = 0": "orders = 0", "spend = 2000000": "orders = 2", "spend = 10000000": "orders = 3"}
        rules(session, 'metric = "orders"', least)
        lan = make_customer(session)
        self.back(session, award(session, lan, 10_000))
        self.back(session, award(session, lan, 10_000), 4_000)  # a part of it is one still

        award(session, lan, 10_000)

        assert stats_of(session, lan).tier == "silver"
        assert qualifying.of_one(session, Qualification("orders"), lan.id, TODAY).amount(TODAY) == 2

    def test_points_of_what_came_back_count_no_more_used_or_not(self, session: Session) -> None:
        points = Qualification("points")
        lan = make_customer(session)
        made = award(session, lan, 300_000)  # 30 points
        spending.burn(session, lan.id, 25, key="spend", actor="cli", now=NOON)

        counted = [qualifying.of_one(session, points, lan.id, TODAY).amount(TODAY)]
        for amount in (100_000, 100_000, None):
            made_again = returning.take_back(
                session, made.purchase.id, Goods(amount), actor="cli", key=f"k{len(counted)}", now=NOON
            )
            counted.append(qualifying.of_one(session, points, lan.id, TODAY).amount(TODAY))

        assert counted == [30, 20, 10, 0]
        assert made_again.done.shortfall == 25

    def test_where_a_return_costs_the_tier_at_once_a_hand_still_holds_it(self, session: Session) -> None:
        lan, minh = make_customer(session), make_customer(session)
        mades = [award(session, each, 10_000_000) for each in (lan, minh)]
        setting = Setting("silver", TODAY + DAY, "khách thân")
        manual.set_tier(session, lan.id, setting, actor="cli", key="k", now=NOON)

        fell = [self.back(session, made, tier=Falling.AT_ONCE).tier_fell for made in mades]

        assert fell == ["silver", "member"]
        assert [step[2] for step in tiers_of(session, minh)] == ["rise", "return"]
        back = reversal.undo(session, self.entry_of(session, minh), actor="cli", key="u", now=NOON)
        assert back.purchase is not None
        assert tiers_of(session, minh)[-1] == ("member", "gold", "return_undone")
        assert problems(session) == []

    def entry_of(self, session: Session, customer: Customer) -> int:
        """The newest movement of somebody's points."""
        return ledger.list_newest(session, customer.id, limit=1)[0].id


def test_the_end_of_a_hand_and_the_tier_below_it_that_is_short_are_one_step(session: Session) -> None:
    """A bill of last year gave silver, a hand held it: the first review after both ends leaves member."""
    lan, year = make_customer(session), timedelta(days=366)
    award(session, lan, 2_000_000, now=NOON)
    setting = Setting("silver", NOON.date() + DAY, "x")
    manual.set_tier(session, lan.id, setting, actor="cli", key="hand", now=NOON)

    for _ in range(2):
        review(session, (NOON + year).date())

    assert tiers_of(session, lan)[-1] == ("silver", "member", "manual_end")
    assert problems(session) == []


STEPS = st.one_of(
    st.tuples(st.just("buy"), st.sampled_from([10_000, 1_000_000, 2_000_000, 10_000_000])),
    st.tuples(st.just("undo"), st.integers(0, 9)),
    st.tuples(st.just("wait"), st.sampled_from([1, 40, 200, 366])),
    st.tuples(st.just("night"), st.just(0)),
    st.tuples(st.just("hand"), st.sampled_from([1, 60])),
)
QUALIFICATIONS = st.sampled_from(
    ["months = 12", 'months = 3\ndowngrade = "to_fit"', 'window = "half_year"\ngrace_days = 20', "grace_days = 45"]
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(qualification=QUALIFICATIONS, steps=st.lists(STEPS, max_size=15))
def test_whatever_happens_reviews_repeat_safely_and_the_books_agree(
    session: Session, qualification: str, steps: list[tuple[str, int]]
) -> None:
    with session.begin_nested() as whole:
        rules(session, qualification)
        lan, now, made = make_customer(session), NOON, []
        for number, (name, value) in enumerate(steps):
            if name == "buy":
                made.append(award(session, lan, value, now=now))
            elif name == "undo" and made:
                undo(session, made.pop(value % len(made)), now=now)
            elif name == "wait":
                now += timedelta(days=value)
            elif name == "hand":
                setting = Setting("silver", now.date() + timedelta(days=value), "x")
                manual.set_tier(session, lan.id, setting, actor="cli", key=f"{lan.public_id}:{number}", now=now)
            elif name == "night":
                review(session, now.date() + DAY)
                held = stats_of(session, lan).tier
                review(session, now.date() + DAY)  # once more changes nothing
                assert stats_of(session, lan).tier == held
                now += DAY
            stats = stats_of(session, lan)
            if stats.hand_until is not None and now.date() <= stats.hand_until:
                assert stats.tier in ("silver", "gold")
            assert problems(session) == []
        whole.rollback()


def test_bills_undoings_hands_and_reviews_at_once_leave_whole_books(database: Database) -> None:
    with database.transaction() as session:
        lan = make_customer(session)
        made = award(session, lan, 2_000_000)
    night_of_the_fall = night(add_months(TODAY, 12))

    def act(number: int) -> Callable[[Session], object]:
        match number % 4:
            case 0:
                return lambda session: award(session, lan, 500_000, now=night_of_the_fall)
            case 1:
                return lambda session: undo(session, made, key="once", now=night_of_the_fall)
            case 2:
                setting = Setting("gold", add_months(TODAY, 13), "khách thân")
                return lambda session: manual.set_tier(
                    session, lan.id, setting, actor="cli", key="once", now=night_of_the_fall
                )
        return lambda session: reviews.sweep(session, "silver", now=night_of_the_fall)

    together(database, [act(number) for number in range(16)])

    with database.read_only() as session:
        assert stats_of(session, lan).tier == "gold"
        assert [step[2] for step in tiers_of(session, lan)].count("manual") == 1
        assert problems(session) == []
