"""Rewards in chat: seen, redeemed, handed over, given back, taken back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bots.channel import InboundKind
from loyalty.points import ledger
from loyalty.rewards import catalogue, codes, redemptions, vouchers
from loyalty.rewards.models import Kind, Redemption, Reward
from loyalty.staff import binding
from tests.builders import NOON
from tests.builders_chat import Person, actions, hire, said, told
from tests.builders_points import award
from tests.builders_rewards import CROISSANT, fresh, make_reward, redeem

COFFEE = {"vi": "Cà phê sữa đá", "en": "Iced milk coffee"}


@pytest.fixture
def rich_lan(session: Session, lan: Person) -> Person:
    """Lan with 320 points."""
    award(session, lan.customer, 3_200_000)
    return lan


def newest(session: Session) -> Redemption:
    return session.scalars(select(Redemption).order_by(Redemption.id.desc())).first() or pytest.fail("none")


def code_of(session: Session) -> str:
    return codes.write(redemptions.code_of(session, newest(session)))


class TestSeeing:
    def test_what_one_can_have_comes_first_then_what_is_missing(self, session: Session, rich_lan: Person) -> None:
        make_reward(session, 100)
        make_reward(session, 50, name=COFFEE, stock=5)
        make_reward(session, 400, name={"vi": "Áo thun"})

        answer = rich_lan.does(InboundKind.MESSAGE, text="quà")

        assert answer.text == (
            "Bạn có 320 điểm. Quà đổi được ngay:\n"
            "Số 2: Cà phê sữa đá · 50 điểm (còn 5)\n"
            "Số 1: Bánh croissant · 100 điểm\n"
            "Sắp tới: Số 3: Áo thun · 400 điểm, còn thiếu 80 điểm\n"
            "Muốn đổi, nhắn: đổi 2"
        )
        assert answer.payloads == ("đổi 2", "đổi 1", "điểm")

    def test_an_empty_catalogue_says_so(self, session: Session, rich_lan: Person) -> None:
        assert rich_lan.say("có quà gì không ạ").startswith("Bạn có 320 điểm. Cà phê Mây chưa có quà nào để đổi")

    def test_nothing_affordable_names_the_nearest(self, session: Session, lan: Person) -> None:
        make_reward(session, 100)
        assert lan.say("quà") == (
            "Bạn có 0 điểm, chưa đổi được quà nào.\nSắp tới: Số 1: Bánh croissant · 100 điểm, còn thiếu 100 điểm"
        )

    def test_a_number_says_what_it_is_and_why_not(self, session: Session, rich_lan: Person) -> None:
        make_reward(session, 100, tiers=["gold"], about={"vi": "Nướng mỗi sáng."})
        assert rich_lan.say("quà 1") == (
            "Số 1: Bánh croissant · 100 điểm\nNướng mỗi sáng.\nMã dùng được trong 30 ngày kể từ hôm đổi.\n"
            "Quà này dành cho hạng Vàng. Nhắn «điểm» để xem còn bao nhiêu nữa là lên hạng."
        )

    @pytest.mark.parametrize(
        ("terms", "why"),
        [
            ({"hours": "14:00-17:00", "weekdays": [0]}, "Quà này chỉ đổi được vào: 14:00-17:00, thứ hai."),
            ({"visible_until": NOON}, "Quà này đã hết thời gian đổi."),
            ({"visible_from": NOON + timedelta(days=1)}, "Quà này đổi được từ 12:00 ngày 23/11."),
            ({"stock": 0}, "Quà này vừa hết. Muốn mình nhắn khi có lại, nhắn: báo em khi có 1"),
            ({"minimum_balance": 500}, "Quà này cần có từ 500 điểm, bạn đang có 320 điểm."),
            ({"price": 500}, "Chưa đủ điểm: cần 500 điểm, đang có 320 điểm."),
        ],
    )
    def test_whatever_stands_in_the_way_is_named(
        self, session: Session, rich_lan: Person, terms: dict[str, object], why: str
    ) -> None:
        make_reward(session, **({"price": 100} | terms))  # type: ignore[arg-type]
        assert why in rich_lan.say("quà 1")
        assert why in rich_lan.say("đổi 1")
        assert ledger.balance(session, rich_lan.customer.id) == 320


class TestRedeeming:
    def test_redeeming_gives_a_code_and_says_what_is_left(self, session: Session, rich_lan: Person) -> None:
        make_reward(session, 100)

        answer = rich_lan.does(InboundKind.MESSAGE, text="đổi 1")

        assert answer.text == (
            "Bạn đổi 100 điểm lấy Bánh croissant. Còn lại 220 điểm.\n"
            f"Đưa mã này cho nhân viên đến hết 22/12: {code_of(session)}"
        )
        assert answer.payloads == ("hủy đổi quà", "quà")
        assert rich_lan.again() == []
        assert ledger.balance(session, rich_lan.customer.id) == 220

    def test_the_picture_carries_code_and_signature(self, session: Session, rich_lan: Person) -> None:
        session.info["shop"] = replace(session.info["shop"], base_url="https://may.vn")
        make_reward(session, 100)
        answer = rich_lan.does(InboundKind.MESSAGE, text="đổi 1")
        assert answer.image.startswith("https://may.vn/media/")

    def test_english(self, session: Session, rich_lan: Person) -> None:
        make_reward(session, 100)
        assert rich_lan.say("redeem 1").startswith("You exchanged 100 points for Croissant. You have 220 points left.")
        assert rich_lan.say("unredeem") == "Croissant is cancelled and your 100 points are back. You have 320 points."

    def test_a_number_there_is_not(self, session: Session, rich_lan: Person) -> None:
        assert rich_lan.say("đổi 9") == "Không có quà nào mang số này. Nhắn «quà» để xem các quà đang có."

    def test_giving_back(self, session: Session, rich_lan: Person) -> None:
        make_reward(session, 100)
        rich_lan.say("đổi 1")
        assert rich_lan.say("hủy đổi quà") == "Đã hủy đổi Bánh croissant, 100 điểm về lại với bạn. Bạn có 320 điểm."
        assert rich_lan.say("hủy đổi quà").startswith("Bạn không có mã quà nào chưa dùng.")
        assert "22/11 −100 điểm · đổi Bánh croissant".replace(" điểm", "") in rich_lan.say("lịch sử")
        assert "trả lại điểm đổi Bánh croissant" in rich_lan.say("lịch sử")

    def test_open_codes_are_shown_again(self, session: Session, rich_lan: Person) -> None:
        assert rich_lan.say("ưu đãi").startswith("Bạn chưa có mã quà nào.")
        make_reward(session, 100)
        rich_lan.say("đổi 1")
        assert f"{code_of(session)} · Bánh croissant · đến hết 22/12" in rich_lan.say("ưu đãi")

    def test_a_code_of_somebody_elses_is_given_at_once(self, session: Session, rich_lan: Person) -> None:
        film = make_reward(session, 100, kind=Kind.CODE, name={"vi": "Vé phim"})
        vouchers.add(session, film, ["CGV-2026-001"], now=NOON)
        assert rich_lan.say("đổi 1").endswith("Mã của bạn, dùng đến hết 22/12: CGV-2026-001")
        assert "CGV-2026-001 · Vé phim" in rich_lan.say("ưu đãi")

    def test_who_wants_to_be_told_is_remembered(self, session: Session, rich_lan: Person) -> None:
        make_reward(session, 100, stock=0)
        assert rich_lan.say("báo em khi có 1") == "Khi nào có lại Bánh croissant, mình nhắn bạn một lần."
        catalogue.add_stock(session, session.scalars(select(Reward)).one(), 1)
        assert rich_lan.say("báo em khi có 1").startswith("Quà này đang có")

    def test_a_code_alone_does_nothing(self, session: Session, rich_lan: Person) -> None:
        make_reward(session, 100)
        rich_lan.say("đổi 1")
        assert rich_lan.say(code_of(session)).endswith(f"giao thì nhắn: /doi {code_of(session)}")


class TestHandingOver:
    def test_a_code_is_handed_over_and_the_customer_told(
        self, session: Session, cashier: Person, rich_lan: Person
    ) -> None:
        make_reward(session, 100)
        rich_lan.say("đổi 1")

        answer = cashier.say(f"/doi {code_of(session).lower().replace('-', ' ')}")

        number = newest(session).entry_id
        assert answer.startswith("Đã giao Bánh croissant cho ")
        assert answer.endswith(f"Lan còn 220 điểm. Sai thì nhắn: /huy {number}")
        assert told(rich_lan)[-1].startswith("Bạn vừa nhận Bánh croissant (100 điểm).")
        assert actions(session)[-1] == "redemption_fulfilled"
        again = cashier.say(f"/doi {code_of(session)}")
        assert again == "Quà này đã được giao lúc 12:00 hôm nay. Mỗi mã chỉ nhận một lần."

    def test_the_text_of_the_picture_will_do(self, session: Session, cashier: Person, rich_lan: Person) -> None:
        make_reward(session, 100)
        rich_lan.say("đổi 1")
        assert cashier.say(f"/doi {redemptions.ticket_text(session, newest(session))}").startswith("Đã giao")

    def test_money_off_is_said(self, session: Session, cashier: Person, rich_lan: Person) -> None:
        make_reward(session, 100, kind=Kind.AMOUNT, value=20_000)
        rich_lan.say("đổi 1")
        assert "Trừ 20.000đ vào hóa đơn này." in cashier.say(f"/doi {code_of(session)}")

    def test_taking_it_back_returns_points_and_stock(self, session: Session, cashier: Person, rich_lan: Person) -> None:
        cup = make_reward(session, 100, stock=1)
        rich_lan.say("đổi 1")
        cashier.say(f"/doi {code_of(session)}")

        answer = cashier.say(f"/huy {newest(session).entry_id}")

        assert answer.startswith("Đã hủy lần đổi Bánh croissant, trả lại 100 điểm cho ")
        assert answer.endswith("Khách có 320 điểm và đã được báo. Hủy nhầm thì nhờ khách đổi lại quà này.")
        assert fresh(session, cup).stock == 1
        assert "100 điểm về lại với bạn." in told(rich_lan)[-1]
        assert cashier.say(f"/huy {newest(session).entry_id}").endswith("Không trả thêm.")

    def test_a_cashier_takes_back_their_own_for_a_day(
        self, session: Session, kind: str, cashier: Person, rich_lan: Person
    ) -> None:
        make_reward(session, 100)
        rich_lan.say("đổi 1")
        number = newest(session).entry_id
        other = hire(session, "cashier", "Hoa", kind)
        assert "do nhân viên khác nhập" in other.say(f"/huy {number}")
        cashier.say(f"/doi {code_of(session)}")
        assert "do nhân viên khác nhập" in other.say(f"/huy {number}")
        cashier.wait(hours=25)
        assert "đã quá 24 giờ" in cashier.say(f"/huy {number}")

    def test_a_slip_is_no_miss_and_five_misses_wait(self, session: Session, cashier: Person) -> None:
        assert "chưa phải mã quà" in cashier.say("/doi K7P4-M2QY")
        assert cashier.say("/doi") == "Thiếu mã quà. Ví dụ: /doi K7P4-M2QX"
        for left in (4, 3, 2, 1):
            assert f"Còn {left} lần thử" in cashier.say("/doi K7P4-M2QX")
        cashier.say("/doi K7P4-M2QX")
        assert cashier.say("/doi K7P4-M2QX") == "Sai mã quà nhiều lần quá. Bạn thử lại sau 1 phút nhé."

    def test_twenty_misses_stop(self, session: Session, cashier: Person) -> None:
        for _ in range(20):
            cashier.say("/doi K7P4-M2QX")
            cashier.wait(minutes=1)
        assert "tạm dừng đến" in cashier.say("/doi K7P4-M2QX")
        cashier.wait(hours=24)
        assert "Không có mã quà nào như vậy." in cashier.say("/doi K7P4-M2QX")

    def test_nobody_hands_a_reward_to_themselves(self, session: Session, kind: str, rich_lan: Person) -> None:
        from loyalty.staff import accounts

        make_reward(session, 100)
        rich_lan.say("đổi 1")
        member = accounts.add(session, "Lan", "cashier", now=NOON)
        code = binding.issue_code(session, member.id, now=NOON)
        binding.bind(session, code, channel_account_id=rich_lan.account.id, user_id=rich_lan.user, now=NOON)
        assert rich_lan.say(f"/doi {code_of(session)}").startswith("Không tự cộng điểm, giao quà")

    def test_whoever_may_not_is_told(self, session: Session, kind: str) -> None:
        assert "không dùng lệnh này" in hire(session, "marketer", "Mai", kind).say("/doi K7P4-M2QX")

    def test_open_codes_stand_beside_the_customer(self, session: Session, cashier: Person, rich_lan: Person) -> None:
        make_reward(session, 100)
        redeem(session, rich_lan.customer, session.scalars(select(Reward)).one())
        assert "Ưu đãi còn: Bánh croissant đến 22/12" in cashier.say("/tra 0912345678")
        assert CROISSANT["vi"] in "".join(message.text for message in said(session))
