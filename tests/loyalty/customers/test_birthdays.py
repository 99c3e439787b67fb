"""Birthdays: kept sealed, gone with their person, taken along to the record that proves to be theirs."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from loyalty.customers import birthdays, linking, verify
from loyalty.customers.birthdays import BadBirthday, Birthday
from loyalty.privacy import erasing
from tests.builders import NOON
from tests.builders_customers import LAN, make_customer, make_identity
from tests.builders_points import stats_of

DAY = timedelta(days=1)


def test_it_is_sealed_and_only_day_and_month_stand_in_clear(session: Session) -> None:
    lan = make_customer(session)
    birthdays.put(session, lan, Birthday(11, 20, 1990), now=NOON)

    assert lan.birthday is not None and b"1990" not in lan.birthday
    assert birthdays.find(session, lan) == Birthday(11, 20, 1990)
    assert stats_of(session, lan).birthday == 1120
    assert list(verify.problems(session)) == []


def test_it_goes_with_who_is_erased(session: Session) -> None:
    lan = make_customer(session)
    birthdays.put(session, lan, Birthday(11, 20), now=NOON)
    erasing.erase(session, lan.id, by="cli", now=NOON)
    session.refresh(lan)

    assert (birthdays.find(session, lan), stats_of(session, lan).birthday) == (None, None)
    assert list(verify.problems(session)) == []


def test_it_moves_with_a_chat_to_the_record_of_its_phone_and_brings_no_second_one(session: Session) -> None:
    """Told in chat in November, which counts from next year after March was corrected: so it does there."""
    known, bare = make_customer(session, phone=LAN), make_customer(session, joined=False)
    chat = make_identity(session, bare)
    birthdays.put(session, bare, Birthday(3, 3), now=NOON - 90 * DAY)
    birthdays.put(session, bare, Birthday(12, 3), now=NOON)

    linking.prove_phone(session, chat, LAN, proof="shared", now=NOON)

    assert birthdays.text_of(session, known) == "--12-03"
    assert stats_of(session, known).birthday_from == date(2027, 1, 1)
    assert birthdays.text_of(session, bare) is None
    assert list(verify.problems(session)) == []


def test_what_the_record_knows_already_stays(session: Session) -> None:
    known, bare = make_customer(session, phone=LAN), make_customer(session, joined=False)
    chat = make_identity(session, bare)
    birthdays.put(session, known, Birthday(5, 5, 1988), now=NOON)
    birthdays.put(session, bare, Birthday(12, 3), now=NOON)

    linking.prove_phone(session, chat, LAN, proof="shared", now=NOON)

    assert birthdays.text_of(session, known) == "1988-05-05"


@pytest.mark.parametrize("text", ["1990-02-30", "20/11/1990", "-11-20", "--13-01", "--02-30", "", "1990-11-20 "])
def test_what_is_no_birthday_is_not_read(text: str) -> None:
    with pytest.raises(BadBirthday):
        birthdays.read(text)


def test_29_february_needs_no_leap_year_when_none_is_told() -> None:
    assert birthdays.read("--02-29") == Birthday(2, 29)
    with pytest.raises(BadBirthday):
        birthdays.read("2001-02-29")
