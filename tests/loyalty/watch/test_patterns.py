"""Each pattern: what it finds in a day, and what it leaves alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.customers.models import Customer
from loyalty.points import adjusting
from loyalty.points.accrual import Award
from loyalty.points.counter.orders import OwnAccount
from loyalty.points.returns import reversal
from loyalty.shop import Shop
from loyalty.staff import audit
from loyalty.staff.audit import Author
from loyalty.staff.models import StaffMember
from loyalty.typed.week import Week
from loyalty.watch import looking, past, patterns
from loyalty.watch.clues import Clue
from loyalty.watch.models import Finding, StaffDay
from tests.builders import NOON
from tests.builders_customers import make_customer, make_identity
from tests.builders_points import award, undo
from tests.builders_staff import make_account, make_bound_staff, make_staff

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@dataclass
class Counter:
    """A till: Thu's, with a colleague's past beside it."""

    session: Session
    thu: StaffMember
    colleague: StaffMember

    def sell(
        self, who: Customer | str, total: int = 250_000, *, at: datetime = NOON, by: StaffMember | None = None
    ) -> Award:
        by = by or self.thu
        return award(self.session, who, total, now=at, actor=f"staff:{by.public_id}", staff_id=by.id)

    def seen(self, pattern: str) -> Sequence[Clue]:
        return looking.look(self.session, shop.of(self.session).day(NOON)).clues[pattern]

    def remember(self, amounts: Sequence[int] = (), **counts: tuple[int, int]) -> None:
        """The same for both, on each of ten days before."""
        today = shop.of(self.session).day(NOON)
        kept = {code: list(count) for code, count in counts.items()}
        past.keep(
            self.session,
            [
                StaffDay(day=today - number * DAY, staff_id=who.id, amounts=list(amounts), counts=kept)
                for number in range(1, 11)
                for who in (self.thu, self.colleague)
            ],
        )


@pytest.fixture
def till(session: Session) -> Counter:
    return Counter(session, make_staff(session), make_staff(session))


def opened(session: Session, hours: str) -> Shop:
    return replace(shop.of(session), opening=Week.of([[hours]] * 7))


def test_points_for_the_customer_of_ones_own_chat_even_after_it_was_unbound(session: Session, till: Counter) -> None:
    account = make_account(session)
    till.thu = make_bound_staff(session, account=account, user_id="me")
    own, other = make_customer(session), make_customer(session)
    make_identity(session, own, account=account, user_id="me")
    till.sell(own)
    till.sell(other)

    [clue] = till.seen("own_account")
    assert (clue.staff_id, clue.customer_id, clue.facts) == (till.thu.id, own.id, {"count": 1})


def test_attempts_that_were_refused_come_from_the_audit(session: Session, till: Counter) -> None:
    for _ in range(2):
        audit.note_refused(session, Author.of(till.thu, "zalo"), OwnAccount(), now=NOON)
    audit.note_refused(session, Author.of(till.thu, "zalo"), OwnAccount(), now=NOON - DAY)

    [clue] = till.seen("own_attempts")
    assert (clue.staff_id, clue.facts, clue.score) == (till.thu.id, {"count": 2}, 60)


@pytest.mark.parametrize(("awards", "undone", "found"), [(3, 0, 0), (4, 0, 1), (4, 1, 0), (5, 1, 1)])
def test_more_than_three_a_day_that_stand(
    session: Session, till: Counter, awards: int, undone: int, found: int
) -> None:
    lan = make_customer(session)
    made = [till.sell(lan, at=NOON + number * MINUTE) for number in range(awards)]
    for each in made[:undone]:
        undo(session, each, now=NOON + 10 * MINUTE)

    clues = till.seen("same_customer")
    assert len(clues) == found
    assert all(clue.entries == tuple(each.entry.id for each in made[undone:]) for clue in clues)


def test_two_people_serving_one_customer_are_nothing_unusual(session: Session, till: Counter) -> None:
    lan = make_customer(session)
    for number in range(4):
        till.sell(lan, at=NOON + number * MINUTE, by=(till.thu, till.colleague)[number % 2])
    assert till.seen("same_customer") == []


@pytest.mark.parametrize(("hours", "found"), [("07:00-22:00", 0), ("07:00-11:45", 0), ("07:00-11:20", 1)])
def test_half_an_hour_after_closing_is_outside(session: Session, till: Counter, hours: str, found: int) -> None:
    till.sell(make_customer(session))
    session.info["shop"] = opened(session, hours)
    assert len(till.seen("outside_hours")) == found


def test_without_told_hours_nothing_is_outside(session: Session, till: Counter) -> None:
    till.sell(make_customer(session), at=NOON + timedelta(hours=11))
    assert till.seen("outside_hours") == []


def test_a_bill_twice_as_large_as_any_before(session: Session, till: Counter) -> None:
    till.remember([80_000, 100_000, 125_000] * 10)
    till.sell(make_customer(session), 240_000)
    assert till.seen("far_above") == []

    till.sell(make_customer(session), 1_600_000)
    [clue] = till.seen("far_above")
    assert clue.facts == {"count": 1, "amount": 1_600_000, "usual": 100_000}


def test_many_bills_above_three_sigma_where_they_are_rare(session: Session, till: Counter) -> None:
    till.remember([80_000, 100_000, 125_000] * 10 + [900_000], far_above=(1, 31))
    for _ in range(6):
        till.sell(make_customer(session), 900_000)

    [clue] = till.seen("far_above")
    assert clue.facts["count"] == 6 and clue.score >= 40


def test_where_nobody_knows_what_is_usual_nothing_is_unusual(session: Session, till: Counter) -> None:
    till.sell(make_customer(session), 40_000_000)
    assert till.seen("far_above") == [] and till.seen("new_customer") == []


def test_a_new_customer_who_begins_above_everything(session: Session, till: Counter) -> None:
    till.remember([80_000, 100_000, 125_000] * 10)
    till.sell("+84912345678", 600_000)
    till.sell(make_customer(session), 600_000)

    [clue] = till.seen("new_customer")
    assert clue.facts == {"count": 1, "amount": 600_000, "usual": 100_000}


def test_points_that_leave_within_ten_minutes_and_could_not_without_the_award(session: Session, till: Counter) -> None:
    till.remember(quick_exit=(0, 50))
    people = [make_customer(session) for _ in range(5)]
    for number, person in enumerate(people):
        till.sell(person, 1_000_000)
        at = NOON + (9 if number < 4 else 11) * MINUTE
        adjusting.adjust(session, person.id, -100, "đổi", actor="cli", key=f"exit:{number}", now=at)

    [clue] = till.seen("quick_exit")
    assert clue.facts == {"count": 4, "of": 5, "percent": 80, "theirs": 0}
    assert len(clue.entries) == 8


def test_who_had_enough_before_may_exchange_by_the_way(session: Session, till: Counter) -> None:
    till.remember(quick_exit=(0, 50))
    for number in range(4):
        person = make_customer(session)
        till.sell(person, 2_000_000, at=NOON - DAY)
        till.sell(person, 100_000)
        adjusting.adjust(session, person.id, -100, "đổi", actor="cli", key=f"exit:{number}", now=NOON + MINUTE)
    assert till.seen("quick_exit") == []


def test_many_own_awards_undone_but_not_those_a_manager_undoes(session: Session, till: Counter) -> None:
    till.remember(many_undos=(0, 50))
    lan = make_customer(session)
    for number in range(5):
        made = till.sell(lan, at=NOON + number * MINUTE)
        undo_by(session, made, till.thu if number < 4 else till.colleague)

    [clue] = till.seen("many_undos")
    assert (clue.staff_id, clue.facts["count"], clue.facts["of"]) == (till.thu.id, 4, 5)


def undo_by(session: Session, made: Award, member: StaffMember) -> None:
    at = NOON + timedelta(hours=1)
    key = f"undo:{made.entry.id}"
    reversal.undo(session, made.entry.id, actor=f"staff:{member.public_id}", key=key, now=at)


def test_round_amounts_against_colleagues(session: Session, till: Counter) -> None:
    till.remember(round_amounts=(1, 30))
    for number in range(12):
        till.sell(make_customer(session), 200_000 if number < 10 else 87_000)

    [clue] = till.seen("round_amounts")
    assert clue.facts == {"count": 10, "of": 12, "percent": 83, "theirs": 4}


def test_more_than_thirty_a_month_to_one_customer_on_the_day_it_is_passed(session: Session, till: Counter) -> None:
    lan = make_customer(session)
    for number in range(30):
        till.sell(lan, at=NOON - timedelta(days=29 - number % 29, hours=number // 29))
    assert till.seen("one_customer") == []

    till.sell(lan, at=NOON + MINUTE)
    [clue] = till.seen("one_customer")
    assert clue.facts == {"count": 31, "days": 30} and len(clue.entries) == 31


def test_a_shop_without_evidence_compares_with_nobody(session: Session, till: Counter) -> None:
    till.remember(round_amounts=(1, 5))
    for _ in range(8):
        till.sell(make_customer(session), 200_000)
    assert till.seen("round_amounts") == []


def test_what_all_colleagues_do_today_is_not_unusual(session: Session, till: Counter) -> None:
    till.remember(round_amounts=(0, 50))
    for number in range(160):
        till.sell(make_customer(session), 200_000, by=(till.thu, till.colleague)[number % 2])
    assert till.seen("round_amounts") == []


def test_the_same_day_again_adds_nothing(session: Session, till: Counter) -> None:
    lan, today = make_customer(session), shop.of(session).day(NOON)
    for number in range(5):
        till.sell(lan, at=NOON + number * MINUTE)

    counts = []
    for _ in range(2):
        seen = looking.look(session, today)
        found = looking.keep(session, seen, night=today, now=NOON)
        counts.append((found, session.scalar(select(func.count()).select_from(Finding))))

    assert counts == [(1, 1), (0, 1)]
    assert looking.due(session, today) == []
    assert looking.due(session, today + DAY) == [today + DAY]


def test_every_pattern_says_itself_in_both_languages_with_the_facts_it_has() -> None:
    for code, pattern in patterns.known().items():
        names = ("staff", "who", "times", "count", "of", "percent", "theirs", "amount", "usual", "days")
        said = {locale: pattern.sentence.in_(locale, **dict.fromkeys(names, "·")) for locale in ("vi", "en")}
        assert pattern.code == code and said["vi"] != said["en"]
