"""What customers ask for, and words nobody understands."""

from datetime import timedelta

from sqlalchemy.orm import Session

from bots.channel import InboundKind
from tests.builders_chat import Person, hire, meet
from tests.builders_points import award

LAN, MINH = "+84912345678", "+84987654321"


class TestPoints:
    def test_balance_tier_what_is_missing_and_what_expires(self, session: Session, lan: Person) -> None:
        award(session, lan.customer, 2_000_000)  # 200 points, silver from now on
        award(session, lan.customer, 250_000)  # 312,500 ₫ of credit: 31 points

        assert lan.say("diem") == (
            "Bạn có 231 điểm · hạng Bạc.\nMua thêm 7.750.000đ là lên Vàng. 231 điểm sẽ hết hạn ngày 22/11/2027."
        )

    def test_somebody_who_has_not_joined_is_invited(self, session: Session, kind: str) -> None:
        person = meet(session, kind)
        person.does(InboundKind.FOLLOW)

        answer = person.does(InboundKind.MESSAGE, text="điểm")

        assert answer.text.startswith("Bạn có 0 điểm") and answer.asks_contact

    def test_the_history_gives_every_movement_its_reason(self, session: Session, lan: Person) -> None:
        award(session, lan.customer, 2_000_000)
        award(session, lan.customer, 200_000)
        award(session, lan.customer, 9_000)

        assert lan.say("lịch sử") == (
            "Các lần cộng, trừ điểm gần đây:\n"
            "22/11 +1 · mua 9.000đ tại Cửa hàng chính, hạng Bạc nhân 1,25\n"
            "22/11 +25 · mua 200.000đ tại Cửa hàng chính, hạng Bạc nhân 1,25\n"
            "22/11 +200 · mua 2.000.000đ tại Cửa hàng chính\n"
            "Bạn đang có 226 điểm."
        )

    def test_a_bill_too_small_for_a_point_says_where_it_went(self, session: Session, lan: Person) -> None:
        award(session, lan.customer, 9_000)

        assert "22/11 +0 · mua 9.000đ tại Cửa hàng chính (chưa đủ 1 điểm" in lan.say("lịch sử")

    def test_asked_why_the_bot_adds_up_the_last_30_days(self, session: Session, lan: Person) -> None:
        award(session, lan.customer, 500_000, now=lan.now - timedelta(days=40))
        cashier = hire(session, "cashier", "Thu")
        cashier.say("/tich 0912345678 300k")
        cashier.say("/tich 0912345678 200k")
        number = cashier.say("/tich 0912345678 150k").rsplit(" ", 1)[1]
        cashier.say(f"/huy {number}")

        answer = lan.say("sao điểm của em ít vậy").splitlines()

        assert answer[0] == "Trong 30 ngày qua bạn được cộng 65 điểm và bị trừ lại 15 điểm:"
        assert answer[1] == "22/11 −15 · hủy đơn 150.000đ ngày 22/11"
        assert len(answer) == 1 + 4 + 1
        assert answer[-1].startswith("Có gì chưa đúng")

    def test_an_empty_history_tells_how_to_begin(self, lan: Person) -> None:
        assert lan.say("lịch sử").startswith("Bạn chưa có lần cộng điểm nào.")


class TestMemberCode:
    def test_a_code_is_shown_with_its_end(self, lan: Person) -> None:
        answer = lan.say("mã")

        assert answer.splitlines()[0].removeprefix("Mã của bạn: ").isalnum()
        assert answer.endswith("dùng được đến 12:05.")

    def test_without_a_public_address_there_is_no_picture(self, lan: Person) -> None:
        assert lan.does(InboundKind.MESSAGE, text="mã").image == ""


class TestUnknownWords:
    def test_menu_then_a_short_line_then_the_offer_of_a_person(self, lan: Person) -> None:
        first = lan.does(InboundKind.MESSAGE, text="đang dừng xe ở đâu được ạ")
        second, third = lan.say("alo quán ơi sao rồi"), lan.say("mưa quá trời")

        assert first.text.startswith("Câu này mình chưa trả lời được.")
        assert first.payloads == ("nhân viên", "điểm", "quà", "mã")
        assert second == "Mình vẫn chưa hiểu ý bạn. Nhắn «trợ giúp» để xem mình làm được gì nhé."
        assert "cần người của Cà phê Mây" in third
        assert lan.say("mưa quá trời") == third

    def test_after_ten_minutes_the_menu_comes_again(self, lan: Person) -> None:
        first = lan.say("mưa quá trời")
        lan.say("mưa quá trời")
        lan.wait(minutes=10)

        assert lan.say("mưa quá trời") == first

    def test_a_sticker_counts_as_unknown_words_politely(self, lan: Person) -> None:
        assert lan.does(InboundKind.MEDIA).text.startswith("Mình chưa xem được hình và nhãn dán.")
        assert lan.say("mưa quá trời").startswith("Mình vẫn chưa hiểu")

    def test_a_greeting_is_greeted(self, lan: Person) -> None:
        assert lan.say("chào shop ạ").startswith("Chào bạn, mình là trợ lý")


class TestLanguage:
    def test_an_english_command_is_answered_in_english_from_then_on(self, session: Session, kind: str) -> None:
        person = meet(session, kind)

        assert "You have 0 points · Member." in person.say("points")
        assert person.say("hmm").startswith("I can't answer that yet.")
        assert person.customer.locale == "en"
        assert person.does(InboundKind.MESSAGE, text="history").payloads == ("points", "code")

    def test_vietnamese_brings_it_back(self, session: Session, kind: str) -> None:
        person = meet(session, kind)
        person.say("points")

        assert person.say("lịch sử").startswith("Bạn chưa có")

    def test_a_word_everybody_uses_changes_no_language(self, lan: Person) -> None:
        lan.say("điểm")

        assert lan.say("stop").startswith("Đã dừng")
        assert lan.say("ok").startswith("Có gì bạn cứ nhắn")

    def test_the_whole_conversation_in_english(self, session: Session, kind: str) -> None:
        person = meet(session, kind)

        assert "Send me your phone number" in person.say("join")
        assert "Would you like offers from Cà phê Mây" in person.say("0912345678")
        assert person.say("yes").startswith("Thank you!")
        assert person.say("code").startswith("Your code: ")
        assert person.say("stop").startswith("Stopped.")
        assert person.say("resume").startswith("Would you like offers")
        assert person.say("no").startswith("That's fine")
        assert "• points:" in person.say("help")

    def test_somebody_new_who_writes_english_is_welcomed_in_english(self, session: Session, kind: str) -> None:
        assert meet(session, kind).say("help").startswith("Hi there, I'm Cà phê Mây's assistant")
