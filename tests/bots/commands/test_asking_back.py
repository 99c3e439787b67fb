"""What has two readings, or lacks its slash, is asked back in chat and does nothing."""

import pytest
from sqlalchemy.orm import Session

from loyalty.points.models import LedgerEntry
from tests.builders_chat import Person, count, meet


def test_two_readings_are_asked_back_and_either_answer_is_understood(lan: Person) -> None:
    assert lan.say("xem điểm và lịch sử") == "Bạn muốn xem điểm hay xem lịch sử điểm?"
    assert lan.say("xem điểm").startswith("Bạn có 0 điểm")


def test_whoever_writes_english_is_asked_in_english(lan: Person) -> None:
    lan.say("how many points do i have left please")

    assert lan.say("show my points and my offers") == "Which one would you like: see my points, or my offers?"


def test_a_number_alone_redeems_nothing(session: Session, lan: Person) -> None:
    assert lan.say("3") == "Bạn muốn xem quà số 3 hay đổi quà số 3?"
    assert count(session, LedgerEntry) == 0


def test_a_first_message_with_two_readings_is_welcomed_and_asked_back(session: Session, kind: str) -> None:
    answer = meet(session, kind).say("cho mình xem điểm và quà")

    assert answer.endswith("Bạn muốn xem điểm hay xem quà?")
    assert "Chào" in answer.splitlines()[0]


def test_people_are_understood_in_their_own_words(lan: Person) -> None:
    assert "0 điểm" in lan.say("Alo shop ơi, coi dùm tui đang còn nhiu điểm z")
    assert "0 điểm" in lan.say("diemm cua em khi nao het han the shop")


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("tich cho khach 0909123456 350k nha", "/tich 0909123456 350k"),
        ("+350k 0909123456 hd123", "/tich 350k 0909123456 #hd123"),
        ("cộng 35 điểm 0909123456 lý do chờ lâu", "/cong 35 0909123456 chờ lâu"),
        ("hoàn tác #12", "/huy #12"),
    ],
)
def test_a_line_of_staff_without_its_slash_is_shown_with_it_and_does_nothing(
    session: Session, cashier: Person, typed: str, line: str
) -> None:
    assert cashier.say(typed).endswith(f"viết như sau: {line}")
    assert count(session, LedgerEntry) == 0


@pytest.mark.parametrize("typed", ["+350 0909123456", "tich 0909123456 350", "350k", "đừng tích 0909123456 350k"])
def test_what_is_uncertain_is_shown_as_no_line_of_its_own(session: Session, cashier: Person, typed: str) -> None:
    assert "0909123456" not in cashier.say(typed)
    assert count(session, LedgerEntry) == 0


def test_the_line_that_was_shown_is_the_award_that_was_meant(
    session: Session, cashier: Person, known_lan: Person
) -> None:
    shown = cashier.say("+350k 0912345678 hd9").partition("viết như sau: ")[2]

    assert "35 điểm" in cashier.say(shown)
    assert count(session, LedgerEntry) == 1
