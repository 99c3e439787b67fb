"""First contact, joining, and whose phone it is."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bots.channel import InboundKind
from loyalty.customers import consents, profiles
from loyalty.customers.models import Customer
from tests.builders_chat import Person, meet, said, told
from tests.builders_customers import make_customer
from tests.builders_points import award

LAN, MINH = "+84912345678", "+84987654321"


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


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Em tên Hạnh, sđt 0912345678 ạ", "Hạnh"),
        ("đăng ký giúp chị, chị tên Thu Hà, 0912 345 678", "Thu Hà"),
        ("0912345678 Lan Anh", None),
        ("mẹ em tên Hoa, sđt 0912345678", None),
    ],
)
def test_a_name_told_with_the_phone_is_kept(session: Session, kind: str, said: str, name: str | None) -> None:
    person = meet(session, kind)
    person.say(said)

    assert profiles.name_of(session, person.customer) == name
    person.say("em tên Nga, sđt 0912345678")
    assert profiles.name_of(session, person.customer) == (name or "Nga")


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
