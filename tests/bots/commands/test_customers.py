"""What customers write and get, on both channels."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bots.channel import InboundKind
from loyalty.customers import consents, profiles
from loyalty.customers.consents import Purpose
from loyalty.customers.models import ConsentEvent, Customer
from tests.builders_chat import Person, hire, meet, said, told
from tests.builders_customers import make_customer
from tests.builders_points import award

LAN, MINH = "+84912345678", "+84987654321"


@pytest.fixture
def lan(session: Session, kind: str) -> Person:
    """A member called Lan with a claimed phone who was never asked anything else."""
    person = meet(session, kind)
    person.does(InboundKind.FOLLOW, person_name="Lan")
    person.say("0912345678")
    return person


def consent_of(person: Person) -> list[tuple[str, bool]]:
    events = consents.list_all(person.session, person.customer.id)
    return [(event.purpose, event.granted) for event in events]


class TestFirstContact:
    def test_anything_is_welcomed_with_what_is_kept_and_why(self, session: Session, kind: str) -> None:
        person = meet(session, kind)

        answer = person.does(InboundKind.MESSAGE, text="quán mở cửa mấy giờ vậy")

        assert answer.text.startswith("Chào bạn, mình là trợ lý của Cà phê Mây")
        assert "lưu tên, số điện thoại, đơn hàng và tin nhắn" in answer.text
        assert "/privacy/" in answer.text
        assert answer.asks_contact and answer.payloads == ("đăng ký", "trợ giúp")
        assert person.customer.joined_at is None

    def test_following_is_welcomed_by_name_when_it_is_known(self, session: Session, kind: str) -> None:
        assert meet(session, kind).does(InboundKind.FOLLOW, person_name="Lan").text.startswith("Chào Lan,")

    @pytest.mark.parametrize("text", ["điểm", "0912345678", "dừng", "trợ giúp", "mã"])
    def test_first_contact_and_answer_are_one_message(self, session: Session, kind: str, text: str) -> None:
        person = meet(session, kind)

        answer = person.say(text)

        assert answer.startswith("Chào bạn")
        assert answer.count("/privacy/") == 1
        assert len(said(session)) == 1
        assert "\n\n" in answer

    def test_a_picture_first_is_welcomed_too(self, session: Session, kind: str) -> None:
        assert meet(session, kind).does(InboundKind.MEDIA).text.startswith("Chào bạn")

    @pytest.mark.parametrize(
        "text", ["/tich 0912345678 250k", "/nv K7M29QXD", "K7M29QXD", "m7k2qd", "/khongco", "/huy 5"]
    )
    def test_a_staff_command_or_code_first_makes_no_customer_and_gets_no_welcome(
        self, session: Session, kind: str, text: str
    ) -> None:
        person = meet(session, kind)

        answer = person.say(text)

        assert person.identity is None
        assert session.scalar(select(Customer.id)) is None
        assert "Chào" not in answer

    def test_a_link_is_remembered_as_where_somebody_came_from(self, session: Session) -> None:
        person = meet(session, "messenger")

        person.does(InboundKind.REFERRAL, ref="poster-le-loi")

        assert person.customer.source_ref == "poster-le-loi"
        assert person.does(InboundKind.REFERRAL, ref="poster-2").text.startswith("Gặp lại bạn rồi!")

    def test_an_advertisement_alone_opens_no_window_and_gets_no_answer(self, session: Session) -> None:
        person = meet(session, "messenger")

        assert person.sends(InboundKind.REFERRAL, ref="ad", interaction=False) == []
        assert person.identity is None


class TestJoining:
    def test_a_phone_joins_and_asks_one_question(self, session: Session, kind: str) -> None:
        person = meet(session, kind)
        person.does(InboundKind.FOLLOW)

        answer = person.does(InboundKind.MESSAGE, text="0912 345 678")

        channel = {"zalo": "Zalo", "messenger": "Messenger"}[kind]
        assert answer.text == (
            "Xong rồi! Từ giờ đọc số 0912 ••• 678 khi thanh toán là có điểm.\n"
            f"Bạn có muốn nhận ưu đãi của Cà phê Mây qua {channel} không? "
            "Mỗi ngày nhiều nhất 1 tin, 30 ngày nhiều nhất 4 tin, lúc nào cũng dừng được."
        )
        assert answer.payloads == ("đồng ý", "không")
        assert profiles.phone_of(session, person.customer) == LAN
        assert person.customer.joined_at is not None
        assert consent_of(person) == [("programme", True)]
        assert not person.customer_may_get_offers

    def test_the_wish_to_join_asks_for_the_phone_with_the_platforms_button_alone(
        self, session: Session, kind: str
    ) -> None:
        person = meet(session, kind)
        person.does(InboundKind.FOLLOW)

        answer = person.does(InboundKind.MESSAGE, text="đăng ký")

        assert answer.asks_contact and len(answer.payloads) == 1
        assert person.customer.joined_at is None

    def test_the_platforms_shared_contact_joins(self, session: Session, kind: str) -> None:
        person = meet(session, kind)

        answer = person.does(InboundKind.CONTACT, phone="84912345678", person_name="Nguyễn Lan")

        assert "Xong rồi!" in answer.text and "Chào" in answer.text
        assert person.customer.phone_proof == "shared"
        assert profiles.name_of(session, person.customer) == "Nguyễn Lan"

    def test_joining_twice_says_so_and_asks_nothing(self, lan: Person) -> None:
        assert lan.say("0912345678") == "Bạn đã đăng ký với số 0912 ••• 678 rồi. Đọc số này khi thanh toán là có điểm."
        assert "đã đăng ký" in lan.say("đăng ký")
        assert consent_of(lan) == [("programme", True)]

    def test_a_phone_of_somebody_else_joins_shows_and_admits_nothing(self, session: Session, kind: str) -> None:
        award(session, make_customer(session, phone=LAN, name="Chị Lan"), 2_000_000)
        person = meet(session, kind)
        person.does(InboundKind.FOLLOW)

        answer = person.does(InboundKind.MESSAGE, text="0912345678")

        assert answer.asks_contact
        assert "Lan" not in answer.text and "điểm." not in answer.text
        assert person.customer.joined_at is None and person.customer.phone is None
        assert "Bạn có 0 điểm" in person.say("điểm")

    def test_sharing_the_contact_proves_it_and_brings_the_points(self, session: Session, kind: str) -> None:
        owner = make_customer(session, phone=LAN, name="Chị Lan")
        award(session, owner, 250_000)
        person = meet(session, kind)
        person.say("0912345678")

        answer = person.does(InboundKind.CONTACT, phone="+84 912 345 678").text

        assert person.customer.id == owner.id
        assert "Bạn đang có 25 điểm." in answer

    def test_whoever_only_claimed_it_is_told(self, session: Session, kind: str, lan: Person) -> None:
        award(session, lan.customer, 250_000)
        real = meet(session, kind)

        real.does(InboundKind.CONTACT, phone="0912345678")

        assert any("vừa được xác nhận ở một chat khác" in text for text in told(lan))
        assert "Bạn có 0 điểm" in lan.say("điểm")
        assert "Bạn có 25 điểm" in real.say("điểm")

    def test_two_histories_are_for_a_person_and_nothing_changes(self, session: Session, kind: str, lan: Person) -> None:
        award(session, lan.customer, 250_000)
        award(session, make_customer(session, phone=MINH), 500_000)

        answer = lan.does(InboundKind.CONTACT, phone="0987654321").text

        assert answer.startswith("Chat này và số điện thoại đó đều đã có lịch sử riêng")
        assert "Bạn có 25 điểm" in lan.say("điểm")

    def test_another_phone_typed_replaces_none_with_a_history(self, session: Session, lan: Person) -> None:
        award(session, lan.customer, 250_000)

        answer = lan.does(InboundKind.MESSAGE, text="0987654321")

        assert answer.text.startswith("Bạn đang tích điểm với số 0912 ••• 678.")
        assert answer.asks_contact
        assert profiles.phone_of(session, lan.customer) == LAN

    @pytest.mark.parametrize(
        ("typed", "part"),
        [("912345678", "có phải 0912345678 không?"), ("02838123456", "số máy bàn"), ("091234567", "thiếu chữ số")],
    )
    def test_what_is_no_phone_is_asked_back(self, session: Session, kind: str, typed: str, part: str) -> None:
        person = meet(session, kind)
        person.does(InboundKind.FOLLOW)

        assert part in person.say(typed)
        assert person.customer.phone is None

    def test_a_phone_of_the_platform_nobody_can_use_is_answered(self, session: Session, kind: str) -> None:
        person = meet(session, kind)

        assert "số nước ngoài" in person.does(InboundKind.CONTACT, phone="+1 415 555 0100").text
        assert person.customer.phone is None


class TestConsent:
    def test_yes_answers_the_open_question_and_keeps_its_wording(
        self, session: Session, lan: Person, kind: str
    ) -> None:
        lan.say("Dạ đồng ý ạ")

        assert consent_of(lan) == [("programme", True), ("promotion", True)]
        assert lan.customer_may_get_offers
        event = consents.current(session, lan.customer.id)[Purpose.PROMOTION, lan.account.id]
        assert event.text_version.startswith("promotion:") and len(event.text_version) == len("promotion:") + 12
        assert consents.words_of(session, event) == "Dạ đồng ý ạ"
        assert lan.last is not None and event.event_key == f"{kind}:{lan.account.external_id}:{lan.last.event_id}"

    def test_no_is_kept_too_and_nobody_asks_again_unasked(self, lan: Person) -> None:
        lan.say("không")

        assert consent_of(lan) == [("programme", True), ("promotion", False)]
        assert not lan.customer_may_get_offers
        assert "ưu đãi" not in lan.does(InboundKind.CONTACT, phone="0912345678").text

    def test_yes_with_none_open_asks_instead_of_granting(self, lan: Person) -> None:
        lan.say("không")

        assert lan.say("đồng ý").startswith("Bạn có muốn nhận ưu đãi")
        assert not lan.customer_may_get_offers
        lan.say("đồng ý")
        assert lan.customer_may_get_offers

    def test_no_with_none_open_is_ordinary_text(self, lan: Person) -> None:
        lan.say("không")

        assert lan.say("không").startswith("Câu này mình chưa trả lời được.")
        assert len(consent_of(lan)) == 2

    @pytest.mark.parametrize("text", ["ok", "dạ", "cảm ơn", "đúng rồi", "vâng ạ", "đồng ý?", "👍"])
    def test_silence_and_courtesy_are_never_yes(self, lan: Person, text: str) -> None:
        lan.say(text)

        assert not lan.customer_may_get_offers
        assert consent_of(lan) == [("programme", True)]

    def test_courtesy_while_a_question_is_open_asks_for_a_clear_answer(self, lan: Person) -> None:
        answer = lan.does(InboundKind.MESSAGE, text="ok shop")

        assert answer.payloads == ("đồng ý", "không")

    @pytest.mark.parametrize("text", ["dừng", "DUNG", "stop", "Hủy đăng ký", "đừng gửi tin nữa nhé"])
    def test_stop_holds_at_once_on_every_channel(self, session: Session, kind: str, lan: Person, text: str) -> None:
        lan.say("đồng ý")
        other = meet(session, "messenger" if kind == "zalo" else "zalo")
        lan.does(InboundKind.CONTACT, phone="0912345678")
        other.does(InboundKind.CONTACT, phone="0912345678")
        other.say("đồng ý")
        assert lan.identity_promotion and other.identity_promotion

        lan.say(text)

        assert not lan.customer_may_get_offers
        assert not lan.identity_promotion
        assert other.customer.id == lan.customer.id and not other.identity_promotion

    def test_stop_keeps_the_points(self, session: Session, lan: Person) -> None:
        award(session, lan.customer, 250_000)

        assert lan.say("dừng").startswith("Đã dừng, bạn sẽ không nhận tin ưu đãi nữa.")
        assert "Bạn có 25 điểm" in lan.say("điểm")

    def test_stop_closes_the_question_so_that_a_later_yes_asks_again(self, lan: Person) -> None:
        lan.say("dừng")

        lan.say("đồng ý")

        assert not lan.customer_may_get_offers

    def test_resume_only_asks_again(self, lan: Person) -> None:
        lan.say("dừng")

        assert lan.say("tiếp tục").startswith("Bạn có muốn nhận ưu đãi")
        assert not lan.customer_may_get_offers
        lan.say("đồng ý")
        assert lan.say("tiếp tục").startswith("Bạn đang nhận tin ưu đãi rồi.")

    def test_rewording_the_question_changes_its_version(self, session: Session, lan: Person) -> None:
        lan.say("đồng ý")
        english = meet(session, "zalo")
        english.say("join 0987654321")
        english.say("yes")

        versions = session.scalars(select(ConsentEvent.text_version).filter_by(purpose="promotion")).all()
        assert len(set(versions)) == 2


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
    def test_menu_then_a_short_line_then_somebody_to_turn_to(self, lan: Person) -> None:
        first = lan.does(InboundKind.MESSAGE, text="đang dừng xe ở đâu được ạ")
        second, third = lan.say("alo có ai không"), lan.say("hmm")

        assert first.text.startswith("Câu này mình chưa trả lời được.")
        assert first.payloads == ("điểm", "lịch sử", "mã", "trợ giúp")
        assert second == "Mình vẫn chưa hiểu ý bạn. Nhắn «trợ giúp» để xem mình làm được gì nhé."
        assert "cần người của Cà phê Mây" in third
        assert lan.say("hmm") == third

    def test_after_ten_minutes_the_menu_comes_again(self, lan: Person) -> None:
        first = lan.say("hmm")
        lan.say("hmm")
        lan.wait(minutes=10)

        assert lan.say("hmm") == first

    def test_a_sticker_counts_as_unknown_words_politely(self, lan: Person) -> None:
        assert lan.does(InboundKind.MEDIA).text.startswith("Mình chưa xem được hình và nhãn dán.")
        assert lan.say("hmm").startswith("Mình vẫn chưa hiểu")

    @pytest.mark.parametrize("text", ["quà", "đổi 3", "ưu đãi", "sinh nhật 20/11/1990", "góp ý nguội quá", "nhân viên"])
    def test_what_has_not_come_yet_is_ordinary_text(self, lan: Person, text: str) -> None:
        assert lan.say(text).startswith("Câu này mình chưa trả lời được.")

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
