"""Rules put in force from a midnight to come, taken back, and gone back from."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from loyalty.db import Database
from loyalty.programme import activation, checking, versions
from loyalty.programme.activation import DayTaken, NothingBefore, NotToCome, SameRules, VersionNotFound
from loyalty.programme.faults import BadProgramme
from loyalty.programme.models import ProgrammeVersion, WithdrawnVersion
from loyalty.staff import audit
from loyalty.staff.models import AuditEntry
from tests.builders import NOON
from tests.builders_customers import make_customer
from tests.builders_points import DEMO, award

DEMO_TEXT = DEMO.read_text(encoding="utf-8")
DEARER = DEMO_TEXT.replace("per_amount = 10000", "per_amount = 20000")
TODAY = date(2026, 11, 22)
TOMORROW = TODAY + timedelta(days=1)


def activate(session: Session, document: str = DEARER, day: date = TOMORROW, now: datetime = NOON) -> ProgrammeVersion:
    return activation.activate(session, document, day, note="dearer", by=audit.CLI, now=now)


def test_a_version_holds_from_its_day_on_and_old_bills_keep_their_own(session: Session) -> None:
    lan = make_customer(session)
    made = activate(session)

    assert (made.version, made.effective_from, made.author, made.note) == (2, TOMORROW, "cli", "dearer")
    assert award(session, lan, 200_000).entry.points == 20
    later = NOON + timedelta(days=1)
    assert award(session, lan, 200_000, now=later).entry.points == 10
    assert award(session, lan, 200_000, now=later, purchased_at=NOON).entry.points == 20
    entry = session.query(AuditEntry).filter_by(action="programme_activated").one()
    assert (entry.subject, entry.detail) == ("programme:2", {"from": "2026-11-23", "note": "dearer"})


@pytest.mark.parametrize("day", [TODAY, TODAY - timedelta(days=1), date(2000, 1, 1)])
def test_rules_never_begin_today_or_in_the_past(session: Session, day: date) -> None:
    with pytest.raises(NotToCome) as refused:
        activate(session, day=day)

    assert refused.value.facts == {"day": day, "earliest": TOMORROW}
    assert versions.at(session, TODAY).version == 1


def test_today_is_the_shops_day_not_that_of_utc(session: Session) -> None:
    evening = datetime.fromisoformat("2026-11-22T18:00:00+00:00")  # 01:00 on the 23rd at the shop

    with pytest.raises(NotToCome):
        activate(session, day=TOMORROW, now=evening)


def test_nothing_faulty_is_activated(session: Session) -> None:
    with pytest.raises(BadProgramme) as refused:
        activate(session, DEARER.replace('"1.25"', '"1000"'))

    assert [fault.place for fault in refused.value.faults] == ["tiers[1].multiplier"]
    assert [row.version for row in activation.list_all(session)] == [1]


def test_a_day_has_one_version_and_no_version_changes_nothing(session: Session) -> None:
    activate(session)

    with pytest.raises(DayTaken) as refused:
        activate(session, DEMO_TEXT.replace("per_amount = 10000", "per_amount = 30000"))
    assert refused.value.facts == {"day": TOMORROW, "version": 2}
    with pytest.raises(SameRules):
        activate(session, DEARER, TOMORROW + timedelta(days=1))


def test_what_has_not_begun_is_withdrawn_and_its_number_is_not_used_again(session: Session) -> None:
    activate(session)
    withdrawn = activation.rollback(session, by=audit.CLI, now=NOON)

    assert isinstance(withdrawn, WithdrawnVersion)
    assert (withdrawn.version, withdrawn.document, withdrawn.withdrawn_by) == (2, DEARER, "cli")
    assert versions.at(session, TOMORROW).version == 1
    assert activate(session).version == 3
    assert [row.version for row in activation.list_withdrawn(session)] == [2]


def test_rules_in_force_are_gone_back_from_at_the_next_midnight(session: Session) -> None:
    activate(session)
    later = NOON + timedelta(days=5)

    made = activation.rollback(session, by=audit.CLI, now=later)

    assert isinstance(made, ProgrammeVersion)
    assert (made.version, made.document, made.effective_from) == (3, DEMO_TEXT, TODAY + timedelta(days=6))
    assert versions.at(session, TODAY + timedelta(days=5)).version == 2


def test_without_rules_before_there_is_no_way_back(session: Session) -> None:
    with pytest.raises(NothingBefore):
        activation.rollback(session, by=audit.CLI, now=NOON)
    with pytest.raises(NotToCome):
        activation.withdraw(session, 1, by=audit.CLI, now=NOON)
    with pytest.raises(VersionNotFound):
        activation.withdraw(session, 9, by=audit.CLI, now=NOON)


def test_two_at_once_do_not_both_get_the_day(database: Database) -> None:
    with database.transaction() as session:
        activate(session)
    with pytest.raises(DayTaken), database.transaction() as session:
        activation._add(session, DEMO_TEXT + "# x", TOMORROW, "", audit.CLI, NOON)


def test_a_check_knows_the_shops_stores_and_what_is_over(session: Session) -> None:
    rule = """
[[rules]]
code = "opening"
name = { vi = "Khai trương" }
kind = "bonus"
points = 10
until = 2026-11-20
[rules.when]
stores = ["NOWHERE"]
segments = ["Khách thân"]
"""

    found = checking.check(session, DEMO_TEXT + rule, TOMORROW)

    assert found.programme is not None and found.programme.rules[0].points == 10
    assert {(fault.place, fault.code) for fault in found.faults} == {
        ("rules[0].when.stores", "unknown_store"),
        ("rules[0].when.segments", "unknown_segment"),
        ("rules[0].until", "never_over"),
    }
