"""What has two readings, or lacks its slash, is asked back in chat and does nothing."""

import pytest
from sqlalchemy.orm import Session

from bots.channel import InboundKind
from bots.commands import unslashed
from loyalty.points.models import LedgerEntry
from loyalty.rewards.models import Redemption
from tests.builders_chat import Person, count, meet
from tests.builders_points import award
from tests.builders_rewards import make_reward


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
        ("khách vừa mua 350k số 0909123456, tích điểm giúp em", "/tich 0909123456 350k"),
        ("tích hộ chị Lan 0909123456 đơn 1 triệu rưỡi HD12", "/tich 0909123456 1tr5 #HD12"),
        ("nếu 0909123456 mua 500k thì được cộng mấy điểm", "/thu 0909123456 500k"),
        ("khách 0909123456 còn bao nhiêu điểm", "/tra 0909123456"),
        ("bù cho khách 0909123456 40 điểm vì giao thiếu", "/cong 0909123456 40 giao thiếu"),
        ("khách đưa mã quà H3T9-VW6K, đổi giúp em", "/doi H3T9-VW6K"),
        ("khách trả lại hàng đơn HD905, 150 nghìn", "/trahang HD905 150 nghin"),
        ("ghi chú khách 0909123456 không ăn cay", "/ghichu 0909123456 không ăn cay"),
        ("từ chối 90, bill này sai", "/tuchoi 90"),
        ("doanh thu tháng này thế nào em", "/baocao tháng này"),
    ],
)
def test_a_line_of_staff_without_its_slash_is_shown_with_it_and_does_nothing(
    session: Session, cashier: Person, typed: str, line: str
) -> None:
    assert cashier.say(typed).endswith(f"viết như sau: {line}")
    assert count(session, LedgerEntry) == 0


@pytest.mark.parametrize("typed", ["bday t 1/2/1990", "nhận quà số 3 nha", "12/3/1990", "đổi quà số 3 và 4"])
def test_staff_who_are_no_customers_answer_nothing(session: Session, cashier: Person, typed: str) -> None:
    assert "dấu gạch chéo" in cashier.say(typed)
    assert cashier.identity is None and count(session, Redemption) == 0


def test_a_phone_alone_is_looked_up_and_makes_no_member_of_staff_a_customer(cashier: Person) -> None:
    said = cashier.say("0912345678")

    assert said.splitlines()[0].endswith("/tra 0912345678") and said.endswith("nhắn: đăng ký 0912345678")
    assert cashier.identity is None
    assert cashier.say("hôm nay ai trực").startswith("Lệnh của nhân viên")
    assert "0912 ••• 678" in cashier.say("đăng ký 0912345678")


def test_a_misspelt_command_without_a_line_of_help_is_shown_by_an_example(cashier: Person) -> None:
    assert cashier.say("/staf K7M29QXD").startswith("Thiếu mã. Ví dụ: /nv K7M29QXD")


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


def test_several_rewards_are_asked_back_one_by_one(session: Session, lan: Person) -> None:
    answer = lan.does(InboundKind.MESSAGE, text="đổi quà số 3 và 4")

    assert answer.text == "Mỗi lần bạn đổi một quà. Bạn muốn đổi quà số mấy trước? Ví dụ nhắn: đổi 3"
    assert answer.payloads == ("đổi 3", "đổi 4")
    assert count(session, Redemption) == 0


def test_several_rewards_are_asked_back_in_english(lan: Person) -> None:
    lan.say("how many points do i have left please")

    answer = lan.does(InboundKind.MESSAGE, text="redeem 1 and 2")

    assert answer.text.startswith("You redeem one reward at a time.")
    assert answer.payloads == ("redeem 1", "redeem 2")


def test_an_amount_alone_is_asked_whose_it_is(session: Session, cashier: Person) -> None:
    assert cashier.say("1.250").startswith("1.250 là tiền của khách nào? Viết cả số điện thoại, ví dụ: /tich ")
    assert count(session, LedgerEntry) == 0


def test_a_customer_and_an_amount_may_be_an_award_or_a_trial(session: Session, cashier: Person) -> None:
    answer = cashier.say("khách 0912345678 mua 250k")

    assert answer.splitlines()[1:] == ["Tích: /tich 0912345678 250k", "Xem thử: /thu 0912345678 250k"]
    assert count(session, LedgerEntry) == 0


@pytest.mark.parametrize("typed", ["top khách tháng", "ai sắp hết điểm", "Top khách hàng"])
def test_words_for_the_report_about_customers_show_its_line(cashier: Person, typed: str) -> None:
    assert cashier.say(typed).endswith("viết như sau: /baocao khách")


@pytest.mark.parametrize(("typed", "shown"), [("/huyy 1042", "/huy 1042"), ("/tihc 0912345678 250k", "/tich ")])
def test_a_slip_in_the_name_of_a_command_shows_its_line(
    session: Session, cashier: Person, typed: str, shown: str
) -> None:
    assert shown in cashier.say(typed)
    assert count(session, LedgerEntry) == 0


def test_a_day_among_other_words_is_kept_as_a_birthday(lan: Person) -> None:
    assert "25/12/1993" in lan.say("Mình sinh ngày 25/12/1993, cập nhật giúp mình nha")


def test_a_reward_named_in_any_order_is_redeemed(session: Session, lan: Person) -> None:
    award(session, lan.customer, 3_200_000)
    make_reward(session, 50)

    assert lan.say("cho cô lấy món quà số 1").startswith("Bạn đổi 50 điểm lấy")
    assert count(session, Redemption) == 1


def test_a_word_of_practice_outside_it_is_shown_as_its_line(cashier: Person) -> None:
    assert cashier.say("bỏ qua").endswith("viết như sau: /boqua")


TURNS = ("đừng", "chưa", "đã", "hủy", "nhầm", "nếu", "quên", "rồi", "trả lại", "ai", "da", "2 lần", "thôi")


@pytest.mark.parametrize("turn", TURNS)
def test_one_word_that_turns_a_line_of_staff_round_leaves_no_award(turn: str) -> None:
    words = ["khách", "vừa", "mua", "350k", "số", "0912345678", "tích", "giúp", "em"]

    for place in range(len(words) + 1):
        said = " ".join([*words[:place], turn, *words[place:]])
        line = unslashed.suggest(said)
        assert line is None or not line.startswith(("/tich", "/cong")), said
