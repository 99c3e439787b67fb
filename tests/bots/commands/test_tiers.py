"""Tiers in chat: why, what the next takes, what they bring; set by hand by those who may."""

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.builders_chat import Person, actions, hire, told
from tests.builders_points import award, make_programme, problems, stats_of

DAY = timedelta(days=1)
LINE = "/hang 0912345678 vàng đến 31/12 khách thân"


@pytest.fixture
def manager(session: Session, kind: str) -> Person:
    return hire(session, "manager", "Quân", kind)


class TestWhy:
    def test_the_tier_is_answered_with_the_months_behind_it(self, session: Session, known_lan: Person) -> None:
        award(session, known_lan.customer, 1_700_000, purchased_at=known_lan.now - 60 * DAY)
        award(session, known_lan.customer, 550_000)

        assert known_lan.say("vì sao em là bạc?").splitlines() == [
            "Bạn đang ở hạng Bạc.",
            "Vì trong 12 tháng qua bạn đã mua 2.250.000đ, hạng Bạc cần 2.000.000đ:",
            "11/2026 · 550.000đ",
            "09/2026 · 1.700.000đ",
            "Hạng Bạc giữ được đến hết 22/09/2027; để giữ lâu hơn, mua thêm 1.450.000đ trước đó.",
            "Bạn mua thêm 7.750.000đ là lên Vàng.",
        ]
        assert known_lan.say("vì sao em là vàng").startswith("Bạn chưa ở hạng Vàng.\nBạn đang ở hạng Bạc.")
        assert "you spent 2,250,000₫" in known_lan.say("why am i silver")

    def test_what_a_tier_takes_and_brings(self, session: Session, known_lan: Person) -> None:
        assert known_lan.say("lên hạng vàng cần gì").splitlines()[:2] == [
            "Hạng Vàng: mua từ 10.000.000đ trong 12 tháng qua.",
            "Bạn mua thêm 10.000.000đ là lên Vàng.",
        ]
        assert "mỗi đơn nhân 1,25 điểm" in known_lan.say("quyền lợi hạng bạc")
        assert "Bên mình có các hạng: Thành viên, Bạc, Vàng." in known_lan.say("hạng kim cương")

    def test_other_metrics_are_said_in_their_own_unit(self, session: Session, known_lan: Person) -> None:
        changed = {"spend = 0": "orders = 0", "spend = 2000000": "orders = 2", "spend = 10000000": "orders = 9"}
        changed["[qualification]\n"] = '[qualification]\nmetric = "orders"\n'
        make_programme(session, 2, date(2020, 1, 1), changed)
        award(session, known_lan.customer, 10_000)

        assert "Mua thêm 1 đơn là lên Bạc." in known_lan.say("điểm")
        assert "Trong 12 tháng qua bạn đã mua 1 đơn:" in known_lan.say("hạng")


class TestByHand:
    def test_it_is_set_told_and_taken_back(self, session: Session, manager: Person, known_lan: Person) -> None:
        answer = manager.say(LINE)

        assert answer.startswith("Lan (0912 ••• 678")
        assert answer.endswith("giữ hạng Vàng đến hết 31/12. Bỏ: /hang 0912345678 bỏ")
        assert told(known_lan)[-1].startswith("Bên mình tặng bạn hạng Vàng, giữ đến hết 31/12.")
        assert "khách thân" not in told(known_lan)[-1]
        assert stats_of(session, known_lan.customer).tier == "gold"
        assert "Bên mình tặng bạn hạng này, giữ đến hết 31/12." in known_lan.say("hạng")

        assert manager.say("/hang 0912345678 bỏ").endswith(
            "Nay ở hạng Thành viên. Bỏ nhầm thì đặt lại kèm ngày cuối và lý do: /hang 0912345678"
        )
        assert stats_of(session, known_lan.customer).tier == "member"
        assert told(known_lan)[-1].startswith("Từ hôm nay bạn ở hạng Thành viên")
        assert actions(session)[-2:] == ["tier_set", "tier_set_undone"] and problems(session) == []
        assert manager.say("/hang 0912345678 bỏ") == "Khách này không có hạng nào đặt bằng tay."

    def test_delivered_twice_it_is_set_once(self, session: Session, manager: Person, known_lan: Person) -> None:
        manager.say(LINE)
        manager.again()
        assert actions(session).count("tier_set") == 1

    def test_a_higher_tier_by_purchases_stays(self, session: Session, manager: Person, known_lan: Person) -> None:
        award(session, known_lan.customer, 10_000_000)

        answer = manager.say("/tier 0912345678 silver until 31/12 a regular")

        assert "By their purchases they are Gold" in answer
        assert stats_of(session, known_lan.customer).tier == "gold"

    @pytest.mark.parametrize(
        ("line", "answer"),
        [
            ("/hang 0912345678 bạc", "Mình chưa đọc được ngày cuối trong «bạc»."),
            ("/hang 0912345678 bạc đến 31/12", "Còn thiếu lý do, ví dụ: /hang 0912345678 bạc đến 31/12 khách thân"),
            ("/hang 0912345678", "Còn thiếu tên hạng"),
            ("/hang 0912345678 kim cương đến 31/12 x", "Không có hạng này"),
            ("/hang 0912345678 thành viên đến 31/12 x", "Không có hạng này, hoặc đó là hạng thấp nhất"),
            ("/hang 0912345678 bạc đến 1/1/2020 x", "Ngày cuối phải từ hôm nay trở đi"),
            ("/hang 0987654321 bạc đến 31/12 x", "Chưa có khách nào với số 0987 ••• 321."),
        ],
    )
    def test_what_makes_no_sense_changes_nothing(
        self, session: Session, manager: Person, known_lan: Person, line: str, answer: str
    ) -> None:
        assert manager.say(line).startswith(answer)
        assert stats_of(session, known_lan.customer).hand_tier is None

    def test_a_cashier_may_not(self, session: Session, kind: str, known_lan: Person) -> None:
        hire(session, "cashier", "Thu", kind).say(LINE)
        assert stats_of(session, known_lan.customer).tier == "member"
