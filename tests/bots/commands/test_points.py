"""Points explained in chat: what waits, why each movement was made, a month as a statement."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from loyalty.points import adjusting, opening, spending
from loyalty.points.ending import due
from loyalty.points.opening import Opening
from loyalty.points.returns import reversal
from tests.builders import NOON
from tests.builders_chat import Person
from tests.builders_points import award, promise, undo

DAY = timedelta(days=1)


def rows_of(answer: str) -> list[str]:
    """The movements in an answer, newest first."""
    return [line for line in answer.splitlines() if " · " in line]


class TestPending:
    def test_points_to_come_are_shown_with_their_day(self, session: Session, known_lan: Person) -> None:
        promise(session, known_lan.customer, 25, date(2026, 11, 29))
        promise(session, known_lan.customer, 10, None)

        for word in ("điểm", "lịch sử"):
            answer = known_lan.say(word)
            assert "25 điểm đang chờ, dùng được từ 29/11." in answer
            assert "10 điểm đang chờ, cửa hàng xác nhận xong là dùng được." in answer
        assert "may be used from 29 Nov on" in known_lan.say("points")

    def test_nothing_is_said_where_nothing_waits(self, session: Session, known_lan: Person) -> None:
        award(session, known_lan.customer)
        assert "đang chờ" not in known_lan.say("điểm")


class TestReasons:
    def test_each_movement_has_its_own(self, session: Session, known_lan: Person) -> None:
        lan = known_lan.customer
        award(session, lan, 200_000, purchased_at=NOON - 300 * DAY)
        opening.give_many(session, [Opening(lan.id, 30, "o")], actor="cli", now=NOON)
        given = adjusting.adjust(session, lan.id, 50, "bí mật", actor="cli", key="a", now=NOON)
        adjusting.adjust(session, lan.id, -5, "bí mật", actor="cli", key="b", now=NOON)
        reversal.undo(session, given.entry.id, actor="cli", key="c", now=NOON)
        used = spending.burn(session, lan.id, 10, key="d", actor="cli", now=NOON)
        reversal.give_back(session, used.entry.id, actor="cli", key="e", now=NOON)
        undo(session, award(session, lan, 100_000))

        answer = known_lan.say("lịch sử")

        assert [row.split(" · ")[1] for row in rows_of(answer)] == [
            "hủy đơn 100.000đ ngày 22/11",
            "mua 100.000đ tại " + answer.split("mua 100.000đ tại ")[1].splitlines()[0],
            "hoàn lại điểm đã đổi",
            "đổi điểm",
            "hủy lần điều chỉnh +50 điểm",
            "cửa hàng trừ lại",
            "cửa hàng cộng thêm",
            "mang theo từ sổ cũ",
            rows_of(answer)[-1].split(" · ")[1],
        ]
        assert "bí mật" not in answer

    def test_what_ended_names_the_bills_it_came_from(self, session: Session, known_lan: Person) -> None:
        lan = known_lan.customer
        award(session, lan, 200_000, purchased_at=NOON - 30 * DAY)
        award(session, lan, 50_000, purchased_at=NOON - 20 * DAY)
        known_lan.wait(days=400)
        due.sweep(session, now=known_lan.now)

        assert rows_of(known_lan.say("lịch sử"))[0].endswith(
            "−25 · hết hạn: điểm của đơn 23/10/2026 (20), đơn 02/11/2026 (5)"
        )

    def test_what_may_be_used_now_names_the_bill_that_promised_it(self, session: Session, known_lan: Person) -> None:
        promise(session, known_lan.customer, 25, date(2026, 11, 29))
        known_lan.wait(days=7)
        due.sweep(session, now=known_lan.now)

        assert rows_of(known_lan.say("lịch sử"))[0] == "29/11 +25 · điểm chờ của đơn 22/11 nay dùng được"


class TestStatement:
    def test_a_month_opens_and_closes_and_tells_what_was_between(self, session: Session, known_lan: Person) -> None:
        lan = known_lan.customer
        award(session, lan, 500_000, now=NOON - 40 * DAY)
        award(session, lan, 300_000)
        spending.burn(session, lan.id, 20, key="b", actor="cli", now=NOON)

        lines = known_lan.say("sao kê").splitlines()

        assert lines[:5] == [
            "Sao kê 01/11 – 22/11:",
            "Đầu kỳ: 50 điểm",
            "• cộng từ đơn hàng: +30",
            "• đã đổi: −20",
            "Cuối kỳ: 60 điểm",
        ]
        assert len(rows_of("\n".join(lines))) == 2

    def test_the_month_can_be_named(self, session: Session, known_lan: Person) -> None:
        award(session, known_lan.customer, 500_000, now=NOON - 40 * DAY)
        assert known_lan.say("sao kê tháng 10").startswith(
            "Sao kê 01/10 – 31/10:\nĐầu kỳ: 0 điểm\n• cộng từ đơn hàng: +50"
        )
        answer = known_lan.say("statement for last month")
        assert answer.startswith("Statement 1 Oct – 31 Oct:\nAt the beginning: 0 points\n• from purchases: +50")

    def test_a_month_without_movements_says_so(self, known_lan: Person) -> None:
        assert known_lan.say("sao kê tháng 12").endswith("Trong những ngày này điểm của bạn không thay đổi.")

    def test_a_long_month_shows_the_newest_and_how_many_more(self, session: Session, known_lan: Person) -> None:
        for _ in range(12):
            award(session, known_lan.customer, 100_000)
        answer = known_lan.say("sao kê")
        assert len(rows_of(answer)) == 10 and "… và 2 dòng nữa." in answer

    @pytest.mark.parametrize("line", ["sao kê tháng 13", "sao kê tháng 0"])
    def test_a_thirteenth_month_is_asked_back(self, known_lan: Person, line: str) -> None:
        assert known_lan.say(line) == "Một năm có 12 tháng. Ví dụ đúng: sao kê tháng 10"
