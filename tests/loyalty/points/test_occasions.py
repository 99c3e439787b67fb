"""Points without a bill: joining, birthdays, events; birthdays and segments asked of a bill."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.customers import birthdays, profiles
from loyalty.customers.birthdays import Birthday, BirthdayFixed
from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.points import accrual, gifts, ledger, occasions, simulation, statements
from loyalty.points.models import AwardFact, EntryKind, LedgerEntry, OccasionGift
from loyalty.points.occasions import EventNotRewarded, EventTime
from loyalty.points.rating import earning, estimating, explaining, looking
from loyalty.points.rating.matching import Facts
from loyalty.points.returns import reversal
from loyalty.points.returns.reversal import NotUndoable
from loyalty.points.statements import Sum
from loyalty.points.telling import Notice, Silent
from loyalty.programme import reading, versions
from loyalty.programme.document import Scope
from loyalty.programme.models import ProgrammeVersion
from loyalty.segments import saved
from tests.builders import NOON
from tests.builders_customers import LAN, make_customer, together
from tests.builders_points import award, make_programme, problems, promise, stats_of, undo

TODAY = date(2026, 11, 22)  # a Sunday: its week began on 16/11
DAY = timedelta(days=1)
JOINING = """
[[rules]]
code = "welcome"
name = { vi = "Chào bạn mới", en = "Welcome" }
kind = "bonus"
on = "joining"
points = 30
"""
GIFT = """
[[rules]]
code = "cake"
name = { vi = "Quà sinh nhật", en = "Birthday gift" }
kind = "bonus"
on = "birthday"
points = 100
"""
FOLLOW = """
[[rules]]
code = "review"
name = { vi = "Đánh giá quán", en = "A review" }
kind = "bonus"
on = "event"
event = "review"
points = 20
[rules.caps]
person_day = 50
budget = 70
"""
MONTH = """
[[rules]]
code = "month"
name = { vi = "Tháng sinh nhật", en = "Birthday month" }
kind = "multiply"
multiplier = "2"
[rules.when]
birthday = "month"
"""
ONCE = """
[[rules]]
code = "once"
name = { vi = "Thưởng sinh nhật", en = "Birthday bonus" }
kind = "bonus"
points = 40
[rules.when]
birthday = "week"
"""
CLOSE = """
[[rules]]
code = "close"
name = { vi = "Khách thân", en = "Regulars" }
kind = "multiply"
multiplier = "3"
[rules.when]
segments = ["Khách thân"]
"""


class Heard(Silent):
    """Keeps what people are told."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    def tell(self, session: Session, notice: Notice, *, now: datetime) -> bool:
        self.notices.append(notice)
        return True


def rules(session: Session, *texts: str) -> None:
    """The demo programme with these rules, in force since the year began."""
    made = "\n".join(texts)
    make_programme(session, 2, date(2026, 1, 1), {"[receipts]": f"{made}\n[receipts]"})


def born(session: Session, customer: Customer, day: int, month: int, *, now: datetime = NOON) -> None:
    birthdays.put(session, customer, Birthday(month, day), now=now)


def points(session: Session, customer: Customer) -> int:
    return ledger.balance(session, customer.id)


# -- birthdays and segments asked of a bill


def test_a_birthday_month_doubles_the_bills_in_it_and_no_others(session: Session) -> None:
    rules(session, MONTH)
    lan, minh = make_customer(session), make_customer(session)
    born(session, lan, 5, 11, now=NOON - 40 * DAY)
    born(session, minh, 5, 12)

    assert award(session, lan, 100_000).entry.points == 20
    assert award(session, minh, 100_000).entry.points == 10
    assert problems(session) == []


@pytest.mark.parametrize(("day", "month", "is_in"), [(16, 11, True), (15, 11, False), (22, 11, True), (23, 11, False)])
def test_a_birthday_week_runs_from_monday_to_sunday(session: Session, day: int, month: int, is_in: bool) -> None:
    rules(session, ONCE)
    lan = make_customer(session)
    born(session, lan, day, month, now=NOON - 60 * DAY)

    assert award(session, lan, 100_000).entry.points == (50 if is_in else 10)


@pytest.mark.parametrize(("setting", "on"), [("28/2", date(2027, 2, 28)), ("1/3", date(2027, 3, 1))])
def test_29_february_is_kept_as_the_document_says(session: Session, setting: str, on: date) -> None:
    made = f'{GIFT}\n[birthdays]\nleap_day = "{setting}"\n'
    rules(session, made)
    lan = make_customer(session)
    born(session, lan, 29, 2, now=NOON - 60 * DAY)

    for day in (date(2027, 2, 28), date(2027, 3, 1)):
        gifts.celebrate(session, Silent(), day, now=datetime.combine(day, NOON.timetz()))

    assert session.scalars(select(OccasionGift.happened_on)).all() == [on]


def test_a_birthday_bonus_is_given_with_one_bill_a_year(session: Session) -> None:
    rules(session, ONCE)
    lan = make_customer(session)
    born(session, lan, 22, 11, now=NOON - 60 * DAY)

    first, second = award(session, lan, 100_000), award(session, lan, 100_000)
    assert (first.entry.points, second.entry.points) == (50, 10)

    undo(session, first)
    assert award(session, lan, 100_000).entry.points == 50  # the undone one gave nothing
    assert problems(session) == []


def test_a_birthday_bonus_goes_with_the_person_through_a_merge(session: Session) -> None:
    """What moved in had it: 10 and no 40. Moved out again, each has their own: 50."""
    rules(session, ONCE)
    lan, other = make_customer(session), make_customer(session)
    for each in (lan, other):
        born(session, each, 22, 11, now=NOON - 60 * DAY)
    award(session, other, 100_000)

    other.moved_to_id = lan.id
    session.flush()
    assert award(session, lan, 100_000).entry.points == 10

    other.moved_to_id = None
    session.flush()
    assert award(session, lan, 100_000).entry.points == 50


def test_the_first_purchase_is_the_persons(session: Session) -> None:
    first = MONTH.replace('birthday = "month"', "first_purchase = true")
    rules(session, first)
    lan, other = make_customer(session), make_customer(session)
    award(session, other, 100_000)
    other.moved_to_id = lan.id
    session.flush()

    assert award(session, lan, 100_000).entry.points == 10


def test_a_rule_for_a_segment_looks_at_the_moment_the_bill_is_recorded(session: Session) -> None:
    """Two bills make a regular: the third is trebled. A late bill of before is judged as of now."""
    rules(session, CLOSE)
    saved.create(session, "Khách thân", {"field": "orders", "op": ">=", "value": 2}, now=NOON)
    lan = make_customer(session)

    given = [award(session, lan, 100_000).entry.points for _ in range(3)]
    late = award(session, lan, 100_000, purchased_at=NOON - 3 * DAY)

    assert given == [10, 10, 30]
    assert late.entry.points == 30
    assert problems(session) == []


def test_what_was_true_is_kept_with_the_award_and_gives_the_same_again(session: Session) -> None:
    rules(session, CLOSE, MONTH)
    segment = saved.create(session, "Khách thân", {"all": []}, now=NOON)
    lan = make_customer(session)
    born(session, lan, 1, 11, now=NOON - 60 * DAY)
    done = award(session, lan, 100_000)
    saved.remove(session, segment, now=NOON)
    birthdays.put(session, lan, None, now=NOON)

    found = looking.kept(session, done.entry.id, Facts("member"))

    assert (found.segments, found.spans) == (frozenset({"Khách thân"}), frozenset({"month"}))
    programme = versions.at(session, TODAY)
    basket = looking.basket(session, programme, accrual.Bill(100_000, done.purchase.store_id), TODAY, NOON)
    assert earning.evaluate(programme, basket, found).points == done.entry.points == 60


def test_rules_that_ask_nothing_of_people_keep_no_facts(session: Session) -> None:
    rules(session, FOLLOW)

    award(session, make_customer(session))

    assert session.scalars(select(AwardFact)).all() == []


def test_a_trial_says_what_the_award_gives(session: Session) -> None:
    rules(session, CLOSE, MONTH)
    saved.create(session, "Khách thân", {"field": "orders", "op": "=", "value": 0}, now=NOON)
    lan = make_customer(session)
    born(session, lan, 5, 11, now=NOON - 60 * DAY)

    tried = estimating.of_total(session, lan.id, 100_000, now=NOON)

    assert tried.credit.points == award(session, lan, 100_000).entry.points == 60
    assert estimating.of_total(session, None, 100_000, now=NOON).credit.points == 30


def test_a_simulation_knows_birthdays_and_gives_their_bonus_once_a_year(session: Session) -> None:
    """Bills of 100,000 ₫ on 16/11 and 22/11, born on 20/11: (10 × 2) + 40, then 10 × 2."""
    lan = make_customer(session)
    born(session, lan, 20, 11, now=NOON - 60 * DAY)
    for days in (6, 0):
        award(session, lan, 100_000, now=NOON - days * DAY)
    document = session.get_one(ProgrammeVersion, 1).document + MONTH + ONCE

    tally = simulation.begin(session, TODAY - 30 * DAY, TODAY, TODAY)
    simulation.advance(session, reading.read(0, document).must(), tally)

    assert (tally.before, tally.after) == (20, 80)


# -- telling a birthday


def test_a_person_changes_their_birthday_once_a_year(session: Session) -> None:
    lan = make_customer(session)
    assert birthdays.tell(session, lan, Birthday(11, 20, 1990), now=NOON)
    assert not birthdays.tell(session, lan, Birthday(11, 20, 1990), now=NOON + 9 * DAY)

    with pytest.raises(BirthdayFixed) as refused:
        birthdays.tell(session, lan, Birthday(12, 20), now=NOON + 9 * DAY)
    assert refused.value.facts["again_on"] == TODAY + timedelta(days=365)

    assert birthdays.tell(session, lan, Birthday(12, 20), now=NOON + 365 * DAY)
    assert birthdays.text_of(session, lan) == "--12-20"


def test_no_year_has_two_birthdays_whoever_corrects_it(session: Session) -> None:
    """Born in March, corrected in November to December: March brought something, so December counts from next year."""
    rules(session, GIFT, MONTH)
    lan = make_customer(session)
    born(session, lan, 3, 3, now=NOON - 300 * DAY)
    born(session, lan, 3, 12, now=NOON)

    december = NOON + 11 * DAY
    gifts.celebrate(session, Silent(), date(2026, 12, 3), now=december)
    assert points(session, lan) == 0
    assert award(session, lan, 100_000, now=december).entry.points == 10

    birthdays.put(session, lan, None, now=december)
    born(session, lan, 4, 12, now=december)  # nor by taking it away and giving it anew
    gifts.celebrate(session, Silent(), date(2026, 12, 4), now=december + DAY)
    assert points(session, lan) == 10

    gifts.celebrate(session, Silent(), date(2027, 12, 4), now=december + 366 * DAY)
    assert points(session, lan) == 100  # the 10 of a year ago ended


def test_a_birthday_whose_month_has_not_begun_may_be_put_right_at_once(session: Session) -> None:
    rules(session, GIFT)
    lan = make_customer(session)
    born(session, lan, 30, 12)
    born(session, lan, 25, 11)

    gifts.celebrate(session, Silent(), date(2026, 11, 25), now=NOON + 3 * DAY)

    assert points(session, lan) == 100


# -- birthday gifts


def test_a_birthday_brings_its_gift_once_a_year_and_is_told(session: Session) -> None:
    rules(session, GIFT)
    lan, heard = make_customer(session, name="Lan"), Heard()
    born(session, lan, 22, 11, now=NOON - 60 * DAY)

    for _ in range(2):
        assert gifts.celebrate(session, heard, TODAY, now=NOON) is None

    [entry] = session.scalars(select(LedgerEntry)).all()
    assert (entry.kind, entry.points, entry.balance_after, entry.actor) == (EntryKind.BONUS, 100, 100, "clock")
    assert [(notice.name, notice.facts["points"]) for notice in heard.notices] == [("gift", 100)]
    assert problems(session) == []


def test_who_has_not_joined_or_is_gone_gets_nothing(session: Session) -> None:
    rules(session, GIFT)
    passer, gone = make_customer(session, joined=False), make_customer(session)
    for each in (passer, gone):
        born(session, each, 22, 11, now=NOON - 60 * DAY)
    profiles.forget(session, gone, profiles.lock(session, gone.id), now=NOON)

    gifts.celebrate(session, Silent(), TODAY, now=NOON)

    assert session.scalars(select(OccasionGift)).all() == []


def test_a_killed_night_is_made_up_for_and_nobody_gets_it_twice(session: Session) -> None:
    """Chunks of two; after the first one it is begun again, three days later."""
    rules(session, GIFT)
    people = [make_customer(session) for _ in range(5)]
    for each in people:
        born(session, each, 22, 11, now=NOON - 60 * DAY)

    gifts.celebrate(session, Silent(), TODAY, now=NOON, limit=2)
    later = NOON + 3 * DAY
    assert TODAY in gifts.days_to_keep(TODAY + 3 * DAY)
    after: int | None = 0
    while after is not None:
        after = gifts.celebrate(session, Silent(), TODAY, now=later, after_id=after, limit=2)

    assert [points(session, each) for each in people] == [100] * 5


def test_two_workers_at_once_give_a_birthday_once(database: Database) -> None:
    with database.transaction() as session:
        rules(session, GIFT)
        people = [make_customer(session) for _ in range(6)]
        for each in people:
            born(session, each, 22, 11, now=NOON - 60 * DAY)

    together(database, [lambda session: gifts.celebrate(session, Silent(), TODAY, now=NOON) for _ in range(6)])

    with database.read_only() as session:
        assert [points(session, each) for each in people] == [100] * 6
        assert problems(session) == []


# -- joining


def test_a_proven_member_gets_what_joining_brings_once(session: Session) -> None:
    rules(session, JOINING)
    lan, heard = make_customer(session, phone=LAN, proof="shared"), Heard()

    for _ in range(2):
        gifts.welcome(session, heard, now=NOON)

    assert points(session, lan) == 30
    assert len(heard.notices) == 1


def test_a_typed_phone_gets_it_with_the_first_bill(session: Session) -> None:
    rules(session, JOINING)
    lan = make_customer(session, phone=LAN, proof="claimed")

    gifts.welcome(session, Silent(), now=NOON)
    assert points(session, lan) == 0

    award(session, lan, 100_000)
    gifts.welcome(session, Silent(), now=NOON)
    assert points(session, lan) == 40


def test_who_joined_before_there_was_a_rule_gets_nothing(session: Session) -> None:
    lan = make_customer(session, proof="shared", phone=LAN, now=NOON - 400 * DAY)
    rules(session, JOINING)

    gifts.welcome(session, Silent(), now=NOON)

    assert points(session, lan) == 0
    assert not stats_of(session, lan).welcome_due


def test_joining_is_the_persons_across_a_merge_and_an_unmerge(session: Session) -> None:
    rules(session, JOINING)
    lan = make_customer(session, phone=LAN, proof="shared")
    other = make_customer(session, phone="+84987000111", proof="shared")
    other.moved_to_id = lan.id
    happening = occasions.Happening(other.id, Scope.JOINING, "joining", TODAY)
    occasions.give(session, happening, actor="clock", now=NOON)

    gifts.welcome(session, Silent(), now=NOON)
    assert points(session, lan) == 0

    other.moved_to_id = None
    session.flush()
    occasions.give(session, occasions.Happening(lan.id, Scope.JOINING, "joining", TODAY), actor="clock", now=NOON)
    assert (points(session, lan), points(session, other)) == (30, 30)


def test_undoing_the_bill_that_made_a_customer_undoes_what_joining_brought(session: Session) -> None:
    rules(session, JOINING)
    made = award(session, LAN, 100_000, actor="staff:thu")
    gifts.welcome(session, Silent(), now=NOON)
    assert ledger.balance(session, made.purchase.customer_id) == 40

    undone = undo(session, made)

    assert undone.customer_undone
    assert profiles.find_by_phone(session, LAN) is None
    assert ledger.balance(session, made.purchase.customer_id) == 0
    assert problems(session) == []


def test_a_newcomer_who_stays_keeps_what_joining_brought(session: Session) -> None:
    rules(session, JOINING)
    made = award(session, LAN, 100_000, actor="staff:thu")
    gifts.welcome(session, Silent(), now=NOON)
    lan = profiles.get(session, made.purchase.customer_id)
    profiles.set_phone(session, lan, LAN, "shared", now=NOON)

    undone = undo(session, made)

    assert not undone.customer_undone
    assert points(session, lan) == 30
    assert problems(session) == []


# -- events of other programs


def tell_review(session: Session, customer: Customer, key: str, *, at: datetime = NOON) -> list[int]:
    given = occasions.happened(session, customer.id, "review", reference=key, at=at, actor="key:shop", now=NOON)
    return [gift.entry.points for gift in given if gift.is_new]


def test_an_event_counts_once_under_its_key(session: Session) -> None:
    rules(session, FOLLOW)
    lan = make_customer(session)

    assert tell_review(session, lan, "r1") == [20]
    assert tell_review(session, lan, "r1") == []
    assert points(session, lan) == 20


def test_caps_and_budget_hold_for_events(session: Session) -> None:
    """50 a day for each, 70 in all: Lan 20 + 20 + 10, then nothing; Minh the 20 that are left."""
    rules(session, FOLLOW)
    lan, minh = make_customer(session), make_customer(session)

    given = [tell_review(session, lan, f"r{number}") for number in range(4)]

    assert given == [[20], [20], [10], []]
    assert [tell_review(session, minh, f"m{number}") for number in range(2)] == [[20], []]
    assert problems(session) == []


def test_an_event_nobody_rewards_or_of_another_time_is_refused(session: Session) -> None:
    rules(session, FOLLOW)
    lan = make_customer(session)

    with pytest.raises(EventNotRewarded) as unknown:
        occasions.happened(session, lan.id, "follow", reference="f", at=NOON, actor="key:shop", now=NOON)
    assert unknown.value.facts["known"] == ["review"]
    for at in (NOON + DAY, NOON - 181 * DAY):
        with pytest.raises(EventTime):
            tell_review(session, lan, "r", at=at)


def test_one_event_told_by_many_at_once_counts_once(database: Database) -> None:
    with database.transaction() as session:
        rules(session, FOLLOW)
        lan = make_customer(session)

    given = together(database, [lambda session: tell_review(session, lan, "same") for _ in range(8)])

    assert sorted(given) == [[]] * 7 + [[20]]


# -- explained, undone


def test_a_gift_stands_in_the_statement_as_one(session: Session) -> None:
    rules(session, GIFT)
    lan = make_customer(session)
    born(session, lan, 22, 11, now=NOON - 60 * DAY)
    gifts.celebrate(session, Silent(), TODAY, now=NOON)

    made = statements.of(session, lan.id, TODAY, TODAY)

    assert {kind: points for kind, points in made.sums.items() if points} == {Sum.BONUS: 100}
    entry = session.scalars(select(LedgerEntry)).one()
    programme = versions.at(session, TODAY)
    assert explaining.of_entry(session, entry, programme, "vi") == "+100 Quà sinh nhật"


def test_staff_undo_a_gift_and_it_is_not_given_again(session: Session) -> None:
    rules(session, GIFT)
    lan = make_customer(session)
    born(session, lan, 22, 11, now=NOON - 60 * DAY)
    gifts.celebrate(session, Silent(), TODAY, now=NOON)
    entry = session.scalars(select(LedgerEntry)).one()

    reversal.undo(session, entry.id, actor="cli", key="mistake", now=NOON)
    gifts.celebrate(session, Silent(), TODAY, now=NOON)

    assert points(session, lan) == 0
    assert problems(session) == []
    with pytest.raises(NotUndoable):
        reversal.undo(session, entry.id + 1, actor="cli", key="again", now=NOON)


def test_a_gift_beside_promised_points_keeps_the_books(session: Session) -> None:
    rules(session, GIFT)
    lan = make_customer(session)
    promise(session, lan, 7, TODAY + 9 * DAY)
    born(session, lan, 22, 11, now=NOON - 60 * DAY)

    gifts.celebrate(session, Silent(), TODAY, now=NOON)

    assert points(session, lan) == 100


def test_a_gift_changed_by_hand_is_found(database: Database) -> None:
    with database.transaction() as session:
        rules(session, GIFT)
        lan = make_customer(session)
        born(session, lan, 22, 11, now=NOON - 60 * DAY)
        gifts.celebrate(session, Silent(), TODAY, now=NOON)
        session.execute(occasions.GIFTS.update().values(code="other"))

        assert any("its rule other says otherwise" in line for line in problems(session))
