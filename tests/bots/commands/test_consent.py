"""Yes, no, stop and resume."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bots.channel import InboundKind
from bots.commands import intents
from loyalty.customers import consents
from loyalty.customers.consents import Purpose
from loyalty.customers.models import ConsentEvent
from loyalty.messaging import notices
from tests.builders import NOON
from tests.builders_chat import Person, meet
from tests.builders_points import award

LAN, MINH = "+84912345678", "+84987654321"


def consent_of(person: Person) -> list[tuple[str, bool]]:
    events = consents.list_all(person.session, person.customer.id)
    return [(event.purpose, event.granted) for event in events]


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

    @pytest.mark.parametrize("text", ["dạ", "cảm ơn", "đúng rồi", "ờ", "ok?", "đồng ý?", "👍"])
    def test_silence_and_courtesy_are_never_yes(self, lan: Person, text: str) -> None:
        lan.say(text)

        assert not lan.customer_may_get_offers
        assert consent_of(lan) == [("programme", True)]

    @pytest.mark.parametrize("said", ["ok shop", "vâng ạ", "oki nè 👌", "ừ gửi đi em", "sure, why not"])
    def test_a_plain_yes_is_one_right_after_the_question(self, session: Session, lan: Person, said: str) -> None:
        lan.wait(minutes=5)
        answer = lan.say(said)

        assert "«dừng»" in answer or "«stop»" in answer
        event = consents.current(session, lan.customer.id)[Purpose.PROMOTION, lan.account.id]
        assert lan.customer_may_get_offers and consents.words_of(session, event) == said

    def test_a_plain_yes_after_other_words_is_for_those_and_the_question_is_asked_again(self, lan: Person) -> None:
        lan.wait(minutes=1)
        lan.say("điểm")
        lan.wait(seconds=9)

        assert lan.does(InboundKind.MESSAGE, text="ok shop").payloads == ("đồng ý", "không")
        assert lan.say("uk gửi đi").startswith("Bạn có muốn nhận ưu đãi")
        assert consent_of(lan) == [("programme", True)]

        lan.say("có")
        assert lan.customer_may_get_offers

    def test_a_plain_yes_after_a_notice_may_be_for_that(self, session: Session, lan: Person) -> None:
        lan.wait(minutes=1)
        notices.tell_customer(session, lan.customer.id, "n1", lambda _locale: ("Bạn được 25 điểm.", ()), now=lan.now)
        lan.wait(seconds=9)

        assert lan.does(InboundKind.MESSAGE, text="ok shop").payloads == ("đồng ý", "không")
        assert not lan.customer_may_get_offers

    @pytest.mark.parametrize("said", ["có nhưng ít thôi", "để xem đã", "chắc là được", "có lẽ", "👍", "maybe later"])
    def test_half_an_answer_is_asked_back_as_the_command_line_says(self, lan: Person, said: str) -> None:
        assert intents.read(said, context="consent_asked", today=NOON.date()).name == "ASK"
        assert lan.say(said) == lan.say("dạ")
        assert not lan.customer_may_get_offers and len(consent_of(lan)) == 1

    def test_courtesy_while_a_question_is_open_asks_for_a_clear_answer(self, lan: Person) -> None:
        answer = lan.does(InboundKind.MESSAGE, text="dạ shop")

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
