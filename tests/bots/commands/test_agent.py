"""«nhân viên»: staff are told, and no more is promised than the hours allow."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bots.channel import InboundKind
from loyalty.typed import week
from loyalty.typed.week import Week
from tests.builders import NOON
from tests.builders_chat import Person

NO_SUNDAY = Week((*[week.read_day("8:00-18:00")] * 6, ()))


def keep_shop(person: Person, **facts: Any) -> None:
    person.session.info["shop"] = replace(person.session.info["shop"], **facts)


def test_while_the_shop_is_open_somebody_will_answer(lan: Person) -> None:
    keep_shop(lan, contact="0901 234 567")

    assert lan.say("nhân viên") == (
        "Mình đã báo người của Cà phê Mây. Sẽ có người trả lời bạn ngay tại đây; bạn nhắn sẵn điều cần hỏi nhé.\n"
        "Cần gấp, bạn liên hệ 0901 234 567."
    )


def test_while_it_is_closed_the_answer_says_when_it_opens(lan: Person) -> None:
    keep_shop(lan, opening=NO_SUNDAY, closed_text="Quán nghỉ Chủ nhật.")  # NOON is a Sunday

    assert lan.say("nhân viên") == (
        "Cà phê Mây đang đóng cửa, mở lại lúc 08:00 ngày 23/11. "
        "Mình đã ghi lại, có người là trả lời bạn ngay tại đây.\nQuán nghỉ Chủ nhật."
    )


def test_the_button_sends_the_word(lan: Person) -> None:
    assert "nhân viên" in lan.does(InboundKind.MESSAGE, text="trời hôm nay đẹp quá").payloads


@pytest.mark.parametrize("text", ["talk to a person", "agent"])
def test_english_is_answered_in_english(lan: Person, text: str) -> None:
    assert lan.say(text).startswith("I have told the people of Cà phê Mây.")


def test_asking_again_later_does_not_pretend_to_call_again(lan: Person) -> None:
    lan.say("nhân viên")
    lan.wait(hours=1)

    assert lan.now == NOON + timedelta(hours=1)
    assert lan.say("nhân viên") == "Mình đã báo người của Cà phê Mây rồi. Bạn chờ một chút nhé."
