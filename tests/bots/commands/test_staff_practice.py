"""Exercises in chat: real commands on a customer who is never really there."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bots.commands import STAFF, registry
from bots.practice import exercises, sandbox
from bots.practice.exercises import EXERCISES
from loyalty.customers.models import Customer
from loyalty.db import Base
from loyalty.staff import lessons, permissions, practice
from loyalty.staff.models import StaffExercise
from tests.builders_chat import Person, actions, count, hire, member_of, said
from tests.builders_points import problems

PHONE = "0550000101"
MOVING = {"outbound_message", "audit_entry", "audit_head", "staff_exercise", "inbound_event", "staff_binding"}


def _rows(session: Session) -> dict[str, int]:
    """How many rows every table has, those aside that any answered line adds to."""
    tables = (table for table in Base.metadata.sorted_tables if table.name not in MOVING)
    return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def _right(session: Session, person: Person, name: str) -> str:
    """A right line or answer for an exercise."""
    exercise = EXERCISES[name]
    if exercise.ask is None:
        return exercises.example(exercise, exercises.facts(session, "vi", person.now))
    return {"visits": "4 lần", "tier": "bạc", "gap": "7", "segment": "2", "points": ""}[name] or _points(person)


def _points(person: Person) -> str:
    return next(part for part in person.say(f"/tra {PHONE}").splitlines()[0].split(" · ") if "điểm" in part)


@pytest.mark.parametrize("role", ["cashier", "manager", "marketer", "owner"])
def test_ten_exercises_from_the_first_to_the_last_and_nothing_is_recorded(
    session: Session, kind: str, role: str
) -> None:
    person = hire(session, role, "Thu", kind)
    names, before = lessons.of_role(role), _rows(session)
    assert len(names) == 10
    answer = person.say("/luyentap")

    for number, name in enumerate(names, 1):
        assert f"Bài {number}/10: " in answer
        answer = person.say(_right(session, person, name))
        assert f"Đúng rồi! Xong {number}/10 bài." in answer, (name, answer)

    assert answer.endswith("Bạn đã xong cả 10 bài 🎉 Làm lại bài 3: /luyentap 3")
    assert _rows(session) == before and problems(session) == []
    assert {message.user for message in said(session)} == {person.user}
    assert actions(session).count("practised") == 10
    assert set(actions(session)) <= {"staff_added", "staff_code_issued", "staff_bound", "practised"}
    assert person.say("/luyentap").startswith("Bạn đã xong cả 10 bài")


def test_a_mistake_is_explained_with_one_right_line(session: Session, cashier: Person) -> None:
    cashier.say("/luyentap 4")

    assert cashier.say(f"/tich {PHONE} 25k #LUYENTAP2").endswith(
        f"Bài 4 chưa đúng. Một dòng đúng: /tich {PHONE} 250k #LUYENTAP2"
    )
    unclear = cashier.say(f"/tich {PHONE} 250 #LUYENTAP2")
    assert unclear.startswith("250 là 250k?") and "Một dòng đúng" in unclear
    assert "Xong 1/10" in cashier.say(f"/tich {PHONE} 250k #LUYENTAP2")


def test_a_wrong_answer_says_where_to_look(cashier: Person) -> None:
    cashier.say("/luyentap 2")

    assert cashier.say("9") == f"Bài 2 chưa đúng. Nhắn /tra {PHONE} rồi đọc lại từng dòng, sau đó nhắn câu trả lời."


def test_another_line_about_the_sample_is_answered_and_the_task_waits(cashier: Person) -> None:
    cashier.say("/luyentap 4")

    answer = cashier.say(f"/tra {PHONE}")

    assert answer.startswith("Bảo Luyện Tập (0550 ••• 101)") and "(Luyện tập, không ghi gì thật.)" in answer
    assert "Bài 4/10: khách 0550000101 mua 250.000đ" in answer


def test_lines_about_real_customers_are_really_done(session: Session, cashier: Person, known_lan: Person) -> None:
    cashier.say("/luyentap 4")

    assert "Đã cộng 25 điểm cho Lan" in cashier.say("/tich 0912345678 250k #HD1")
    assert count(session, Customer) == 1 and actions(session)[-1] == "award"
    assert practice.under_way(session, member_of(cashier).id) == "award"
    assert "Xong 1/10" in cashier.say(f"/tich {PHONE} 250k #LUYENTAP2")


def test_one_is_skipped_left_and_resumed(session: Session, cashier: Person) -> None:
    cashier.say("/luyentap")

    assert "Bài 2/10" in cashier.say("bỏ qua")
    assert cashier.say("/thoat luyện tập") == "Đã nghỉ luyện tập, xong 0/10 bài. Làm tiếp: /luyentap"
    assert member_of(cashier) is not None
    assert "Bài 1/10" in cashier.say("/luyentap")
    assert "Bài 2/10" in cashier.say("/bỏ qua")
    cashier.wait(days=30)
    assert "Bài 2/10" in cashier.say("/luyentap")
    assert cashier.say("/luyentap 10").splitlines()[-1].startswith("Bài 10/10")
    assert cashier.say("bỏ qua") == "Hết lượt, còn 10 bài bỏ qua. Làm tiếp: /luyentap"
    assert cashier.say("/bỏ qua").startswith("Bạn không có bài nào đang làm")


def test_only_the_lines_to_send_of_an_answer_get_the_numbers_of_practice(cashier: Person) -> None:
    cashier.say("/luyentap")

    answer = cashier.say(f"/tra {PHONE}")
    assert "Đến 4 lần, gần nhất 22/11 (hôm nay, thường cách 7 ngày)" in answer and "999000001" not in answer
    assert "Sai thì nhắn: /huy 999000001" in cashier.say(f"/tich {PHONE} 250k #LUYENTAP2")


def test_outside_practice_the_sample_is_like_anybody(session: Session, cashier: Person) -> None:
    assert cashier.say(f"/tra {PHONE}").startswith("Chưa có khách nào với số 0550 ••• 101")
    assert count(session, StaffExercise) == 0


def test_a_phone_that_somebody_has_is_not_the_samples(session: Session, cashier: Person) -> None:
    cashier.say(f"/them {PHONE} Người Thật")

    answer = cashier.say("/luyentap")

    assert "0550000102" in answer and sandbox.phone(session) == "+84550000102"
    assert "Người Thật" in cashier.say(f"/tra {PHONE}")


def test_the_number_of_practice_means_no_real_movement(session: Session, cashier: Person, known_lan: Person) -> None:
    real = cashier.say("/tich 0912345678 250k").rsplit(" ", 1)[1]
    cashier.say("/luyentap 9")

    answer = cashier.say("/huy 999000001")

    assert "Đã hủy +" in answer and "LUYENTAP1" in answer and "Xong 1/10" in answer
    assert cashier.say(f"/huy {real}").startswith("Đã hủy +25 điểm")


def test_each_exercise_has_words_and_a_command_its_role_may_give() -> None:
    for role, names in lessons.LESSONS.items():
        assert len(set(names)) == 10
        for name in names:
            right = registry()[STAFF, EXERCISES[name].command].right
            assert right is None or permissions.may(role, right), (role, name)


@pytest.mark.parametrize("typed", ["11", "0", "abc", "9" * 400, "-1"])
def test_what_is_no_exercise_is_asked_back(cashier: Person, typed: str) -> None:
    assert "Có bài 1 đến 10" in cashier.say(f"/luyentap {typed}")


def test_done_is_kept_with_when(session: Session, cashier: Person) -> None:
    cashier.say("/luyentap")
    cashier.wait(minutes=2)
    cashier.say(f"/tra {PHONE}")

    done = practice.done(session, member_of(cashier).id, ["find", "visits"])

    assert done == {"find": cashier.now}


def test_in_english(cashier: Person) -> None:
    assert "Exercise 1/10: see who has the phone 0550000101." in cashier.say("/practice")
