"""One's own data in chat: seen, copied, corrected, switched, erased."""

import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bots.channel import InboundKind
from bots.commands import CUSTOMER, get, privacy
from bots.commands.understanding import understand
from bots.texts import text
from loyalty.activity.models import Activity
from loyalty.customers import consents, profiles
from loyalty.customers.consents import Purpose
from loyalty.customers.models import ChannelIdentity, ConsentEvent, Customer, CustomerStats
from loyalty.messaging.models import OutboundMessage
from loyalty.points import ledger
from loyalty.privacy import copies, requests
from loyalty.privacy.models import PrivacyRequest
from loyalty.vault.models import CustomerKey
from tests.builders_chat import Person, meet
from tests.builders_points import award, problems

LAN = "+84912345678"


def stats_of(person: Person) -> CustomerStats:
    return person.session.get_one(CustomerStats, person.customer.id, populate_existing=True)


class TestSeeing:
    @pytest.mark.parametrize(
        "words",
        [
            *("dữ liệu của tôi", "DU LIEU CUA TOI", "cho xem dữ liệu của tôi", "my data"),
            *("thông tin của em có an toàn không", "Thông tin của em có an toàn không ạ?", "is my data safe"),
        ],
    )
    def test_it_says_what_is_kept_and_how_each_part_came(self, known_lan: Person, words: str) -> None:
        answer = known_lan.does(InboundKind.MESSAGE, text=words)

        assert "Lan" in answer.text and "0912 ••• 678" in answer.text and "0912345678" not in answer.text
        assert "/privacy/" in answer.text
        assert len(answer.payloads) == 5

    def test_a_proven_phone_says_so_and_a_typed_one_too(self, known_lan: Person, session: Session) -> None:
        minh = meet(session, "zalo")
        minh.say("0987654321")

        assert "bạn gửi qua nút của nền tảng" in known_lan.say("dữ liệu của tôi")
        told = minh.say("dữ liệu của tôi")
        assert "bạn nhắn, chưa xác nhận" in told and "chưa được xác nhận" in told

    @pytest.mark.parametrize("locale", ["vi", "en"])
    def test_every_button_is_understood_as_what_it_says(self, locale: str) -> None:
        names = [*privacy.OFFERED, *(f"{each}_{way}" for each in consents.SWITCHES for way in ("on", "off"))]
        for name in names:
            found = understand(text(f"privacy_words.{name}", locale))
            meant = (found.command.key, found.args) if found.command else None
            wanted = ("correct", "") if name == "correct" else ("privacy", name.replace("_", " "))
            assert meant == wanted, name


class TestCopy:
    def test_the_link_opens_everything_for_an_hour_and_only_for_this_chat(self, known_lan: Person) -> None:
        session = known_lan.session
        award(session, known_lan.customer, 250_000)
        answer = known_lan.say("bản sao dữ liệu của tôi")
        signed = re.search(r"/privacy/copy/(\S+)", answer)
        assert signed is not None

        found = copies.open_copy(session, signed[1], now=known_lan.now)

        assert {each["part"]: each["value"] for each in found["profile"]} == {"name": "Lan", "phone": LAN}
        assert [each["total"] for each in found["purchases"]] == [250_000]
        assert found["points"] == 25 and found["complete"]
        assert found["consents"][0]["purpose"] == "programme"
        for wrong in (signed[1][:-1] + ("0" if signed[1][-1] != "0" else "1"), "", "é", "A" * 300):
            with pytest.raises(copies.CopyGone):
                copies.open_copy(session, wrong, now=known_lan.now)
        with pytest.raises(copies.CopyGone):
            copies.open_copy(session, signed[1], now=known_lan.now + copies.LIFE)

    def test_a_phone_merely_claimed_opens_no_bills(self, lan: Person) -> None:
        award(lan.session, lan.customer, 250_000)

        answer = lan.does(InboundKind.MESSAGE, text="gửi bản sao dữ liệu")
        signed = re.search(r"/privacy/copy/(\S+)", answer.text)
        assert signed is not None and answer.asks_contact
        found = copies.open_copy(lan.session, signed[1], now=lan.now)

        assert not found["complete"] and "purchases" not in found and "notes" not in found

    def test_it_is_on_the_books_as_a_request_that_was_done(self, known_lan: Person) -> None:
        known_lan.say("bản sao dữ liệu của tôi")

        [request] = requests.of_customer(known_lan.session, known_lan.customer.id)
        assert (request.kind, request.state, request.settled_by) == ("copy", "done", "customer")


class TestCorrecting:
    def test_a_name_is_put_right_at_once(self, known_lan: Person) -> None:
        assert "Lan Anh" in known_lan.say("tên tôi là Lan Anh")
        assert profiles.name_of(known_lan.session, known_lan.customer) == "Lan Anh"
        assert "Lan Anh" in known_lan.say("tên tôi là gì")

    def test_anything_else_goes_to_a_person_with_its_days(self, known_lan: Person) -> None:
        answer = known_lan.say("sửa thông tin e-mail của em là lan@example.com")

        assert "24/11" in answer and "02/12" in answer  # two working days after Sunday 22 November; ten days
        [request] = requests.list_open(known_lan.session)
        assert requests.words_of(known_lan.session, request) == "e-mail của em là lan@example.com"

    def test_without_words_it_says_how(self, known_lan: Person) -> None:
        assert "tên tôi là Lan" in known_lan.say("sửa thông tin")
        assert requests.count_open(known_lan.session) == 0


class TestPurposes:
    @pytest.mark.parametrize("purpose", consents.SWITCHES)
    def test_each_switch_is_turned_and_kept_as_an_answer(self, known_lan: Person, purpose: Purpose) -> None:
        off, on = (text(f"privacy_words.{purpose}_{way}", "vi") for way in ("off", "on"))

        assert known_lan.say(off).startswith("Đã tắt: ")
        assert stats_of(known_lan).refused == f",{purpose},"
        event = known_lan.session.scalars(select(ConsentEvent).order_by(ConsentEvent.id.desc())).first()
        assert event is not None and (event.purpose, event.granted) == (purpose, False)
        assert event.text_version.startswith(f"{purpose}:") and event.channel_account_id == known_lan.account.id
        assert consents.words_of(known_lan.session, event) == off

        assert known_lan.say(on).startswith("Đã bật: ")
        assert stats_of(known_lan).refused == ""
        assert problems(known_lan.session) == []

    def test_the_list_shows_every_purpose_with_its_state(self, known_lan: Person) -> None:
        known_lan.say("đồng ý")
        known_lan.say("tắt chọn riêng")

        answer = known_lan.does(InboundKind.MESSAGE, text="dữ liệu dùng để làm gì")

        assert "gửi tin ưu đãi: đang bật" in answer.text
        assert "chọn ưu đãi theo những gì bạn mua và đang có: đã tắt" in answer.text
        assert answer.payloads == ("dừng", "tắt nhắc điểm", "tắt thống kê", "bật chọn riêng")

    def test_why_it_was_written_names_the_consent_and_its_time(self, known_lan: Person) -> None:
        assert "bạn chưa đồng ý" in known_lan.say("vì sao nhắn cho tôi")
        known_lan.say("đồng ý")
        assert "bạn đã đồng ý lúc" in known_lan.say("vì sao gửi tin cho tôi")
        known_lan.say("dừng")
        assert "bạn đã từ chối lúc" in known_lan.say("sao gửi tin cho tôi")

    def test_joining_turns_on_no_promotion(self, known_lan: Person) -> None:
        assert "gửi tin ưu đãi: đã tắt" in known_lan.say("dữ liệu dùng để làm gì")


class TestErasing:
    def test_it_is_asked_once_more_and_a_no_keeps_everything(self, known_lan: Person) -> None:
        award(known_lan.session, known_lan.customer, 250_000)

        asked = known_lan.does(InboundKind.MESSAGE, text="xóa thông tin của tôi")
        assert "25 điểm" in asked.text and asked.payloads == ("đồng ý", "không")
        assert known_lan.say("ok").startswith("Bạn có muốn xóa dữ liệu không?")
        assert known_lan.say("không").startswith("Không xóa gì cả")

        assert known_lan.customer.erased_at is None
        assert "Lan" in known_lan.say("dữ liệu của tôi")

    def test_a_yes_erases_at_once_and_the_ledger_still_adds_up(self, known_lan: Person) -> None:
        session = known_lan.session
        award(session, known_lan.customer, 250_000)
        customer_id, user = known_lan.customer.id, known_lan.user
        known_lan.say("đồng ý")
        known_lan.say("xóa dữ liệu của tôi")

        answer = known_lan.say("đồng ý")

        assert answer.startswith("Đã xóa dữ liệu của bạn ngày 22/11")
        gone = session.get_one(Customer, customer_id, populate_existing=True)
        assert gone.erased_at is not None and (gone.name, gone.phone, gone.phone_key, gone.locale) == (None,) * 4
        assert session.get(CustomerKey, customer_id) is None
        assert ledger.balance(session, customer_id) == 25
        assert not any(event.granted for event in consents.current(session, customer_id).values())
        assert session.scalar(select(ChannelIdentity.id).filter_by(user_id=user)) is None
        mine = select(OutboundMessage).filter_by(customer_id=customer_id)
        assert {(row.state, row.body, row.user_id) for row in session.scalars(mine)} == {("skipped", None, "erased")}
        [request] = session.scalars(select(PrivacyRequest)).all()
        assert (request.kind, request.state, request.settled_by) == ("erase", "done", "customer")
        assert problems(session) == []

    def test_whoever_writes_afterwards_is_somebody_new(self, known_lan: Person) -> None:
        before = known_lan.customer.id
        known_lan.say("xóa dữ liệu của tôi")
        known_lan.say("đồng ý")

        assert known_lan.say("chào shop").startswith("Chào bạn, mình là trợ lý")
        assert known_lan.customer.id != before
        known_lan.say("0912345678")
        assert profiles.phone_of(known_lan.session, known_lan.customer) == LAN

    def test_the_same_yes_delivered_twice_is_one(self, known_lan: Person) -> None:
        known_lan.say("xóa dữ liệu của tôi")
        known_lan.say("đồng ý")

        assert known_lan.again() == []

    def test_a_yes_that_comes_late_erases_nobody(self, known_lan: Person) -> None:
        known_lan.say("không")
        known_lan.say("xóa dữ liệu của tôi")
        known_lan.wait(minutes=16)

        assert known_lan.say("đồng ý").startswith("Bạn có muốn nhận ưu đãi")
        assert known_lan.customer.erased_at is None

    def test_a_claimed_phone_with_points_waits_for_a_person(self, lan: Person) -> None:
        award(lan.session, lan.customer, 250_000)

        answer = lan.does(InboundKind.MESSAGE, text="xóa dữ liệu của tôi")

        assert answer.asks_contact and "12/12" in answer.text  # twenty days
        lan.say("đồng ý")
        assert lan.customer.erased_at is None
        assert [each.kind for each in requests.list_open(lan.session)] == ["erase"]
        assert answer.text == lan.does(InboundKind.MESSAGE, text="xóa dữ liệu của tôi").text
        assert requests.count_open(lan.session) == 1

    def test_the_farewell_can_still_be_read_by_the_sender(self, known_lan: Person) -> None:
        known_lan.say("xóa dữ liệu của tôi")
        known_lan.sends(InboundKind.MESSAGE, text="đồng ý")

        row = known_lan.session.scalars(select(OutboundMessage).order_by(OutboundMessage.id.desc())).first()
        assert row is not None and row.customer_id is None and row.user_id == known_lan.user
        assert row.state == "waiting" and row.body is not None


def test_the_menu_names_it() -> None:
    assert get(CUSTOMER, "privacy").name == "dữ liệu của tôi"


class TestAnotherPhone:
    def test_a_new_phone_the_platform_attests_keeps_points_and_history(self, known_lan: Person) -> None:
        session, customer_id = known_lan.session, known_lan.customer.id
        award(session, known_lan.customer, 250_000)

        asked = known_lan.does(InboundKind.MESSAGE, text="đổi số điện thoại")
        assert asked.asks_contact and "Điểm, hạng và lịch sử giữ nguyên" in asked.text
        known_lan.does(InboundKind.CONTACT, phone="0987654321")

        assert known_lan.customer.id == customer_id and ledger.balance(session, customer_id) == 25
        assert profiles.phone_of(session, known_lan.customer) == "+84987654321"
        assert profiles.find_by_phone(session, LAN) is None

    def test_a_new_phone_merely_typed_changes_nothing(self, known_lan: Person) -> None:
        award(known_lan.session, known_lan.customer, 250_000)

        assert "Muốn đổi sang" in known_lan.say("0987654321")
        assert profiles.phone_of(known_lan.session, known_lan.customer) == LAN


def test_what_was_asked_about_stands_in_the_timeline(known_lan: Person) -> None:
    for words in ("quyền lợi hạng vàng", "quà 3", "sinh nhật 20/11"):
        known_lan.say(words)
    rows = known_lan.session.scalars(select(Activity).filter_by(kind="message_in").order_by(Activity.id.desc())).all()
    told = [(row.data.get("command"), row.data.get("about")) for row in rows]

    assert told[:3] == [("birthday", None), ("rewards", "3"), ("points", "benefits")]
