"""Birthdays and friends brought, in chat."""

from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from sqlalchemy.orm import Session

from bots import voice
from bots.channel import InboundKind
from loyalty.customers import birthdays
from loyalty.db import Database
from loyalty.points import gifts
from loyalty.referrals import bringing, codes, paying
from loyalty.referrals.models import Referral, State
from tests.builders import NOON
from tests.builders_chat import Person, actions, count, meet, said, told
from tests.builders_points import award, make_programme
from tests.builders_referrals import reward_friends
from tests.loyalty.staff.threads import at_once

DAY = timedelta(days=1)
GIFT = """
[[rules]]
code = "cake"
name = { vi = "Quà sinh nhật", en = "Birthday gift" }
kind = "bonus"
on = "birthday"
points = 100
"""


def give_gifts(session: Session) -> None:
    make_programme(session, 2, date(2026, 1, 1), {"[receipts]": f"{GIFT}\n[receipts]"})


class TestBirthday:
    def test_it_is_kept_and_said_again(self, session: Session, known_lan: Person) -> None:
        give_gifts(session)

        answer = known_lan.say("sinh nhật 20/11/1990")
        assert "Mình nhớ rồi: sinh nhật bạn ngày 20/11/1990." in answer
        assert "quà điểm" in answer
        assert "20/11/1990" in known_lan.say("sinh nhat")
        assert birthdays.text_of(session, known_lan.customer) == "1990-11-20"

    def test_what_is_no_day_changes_nothing(self, session: Session, known_lan: Person) -> None:
        for typed, answer in (
            ("30/2", "không có trong lịch"),
            ("20/11/90", "đủ 4 số"),
            ("20/11/2030", "chưa đến"),
            ("20 và 11", "ví dụ"),
        ):
            assert answer in known_lan.say(f"sinh nhật {typed}")
        assert birthdays.text_of(session, known_lan.customer) is None

    def test_it_is_changed_once_a_year(self, session: Session, known_lan: Person) -> None:
        known_lan.say("sinh nhật 20/11")
        known_lan.now = NOON + 30 * DAY

        assert "22/11/2027" in known_lan.say("sinh nhật 21/12")
        assert birthdays.text_of(session, known_lan.customer) == "--11-20"

    def test_the_gift_is_told_and_explained(self, session: Session, known_lan: Person) -> None:
        give_gifts(session)
        known_lan.say("sinh nhật 22/11")

        gifts.celebrate(session, voice, date(2026, 11, 22), now=NOON)

        assert any("Bạn được cộng 100 điểm: Quà sinh nhật." in words for words in told(known_lan))
        assert "+100 · Quà sinh nhật" in known_lan.say("lịch sử")
        assert "tặng nhân một dịp: +100" in known_lan.say("sao kê")
        assert "+100 · Birthday gift" in known_lan.say("history")


class TestReferring:
    def test_without_a_rule_it_says_so(self, session: Session, known_lan: Person) -> None:
        assert "chưa có chương trình giới thiệu" in known_lan.say("giới thiệu")

    def test_one_gets_a_link_and_what_both_get(self, session: Session, known_lan: Person) -> None:
        reward_friends(session)

        answer = known_lan.say("giới thiệu")

        code = codes.of(session, known_lan.customer.id, now=NOON)
        assert f"/r/{code}" in answer and f"«giới thiệu {code}»" in answer
        assert "Bạn được 50 điểm, bạn của bạn được 30 điểm, khi đơn đầu tiên đã qua 7 ngày" in answer

    def test_a_friend_types_the_code_and_both_are_told_when_it_is_paid(
        self, session: Session, known_lan: Person, kind: str
    ) -> None:
        reward_friends(session)
        code = codes.of(session, known_lan.customer.id, now=NOON)
        friend = meet(session, kind)
        friend.say("0987654321")

        assert "Lan đã giới thiệu bạn." in friend.say(f"giới thiệu {code.lower()}")
        assert "Mình đã ghi là Lan giới thiệu bạn rồi." in friend.say(f"giới thiệu {code}")
        award(session, friend.customer, 100_000)
        [referral] = bringing.list_newest(session)
        for person in (known_lan, friend):  # a free answer reaches them
            person.now = NOON + 8 * DAY
            person.say("điểm")
        paying.look(session, voice, referral.id, now=NOON + 8 * DAY)

        assert any("50 điểm: Giới thiệu bạn." in words for words in told(known_lan))
        assert any("30 điểm: Được bạn giới thiệu." in words for words in told(friend))
        assert "1 lần đã cộng, được 50 điểm; 0 lần đang chờ" in known_lan.say("giới thiệu")

    def test_a_friend_who_comes_by_the_link_need_not_type(self, session: Session, known_lan: Person, kind: str) -> None:
        reward_friends(session)
        code = codes.of(session, known_lan.customer.id, now=NOON)
        friend = meet(session, kind)

        answer = friend.does(InboundKind.REFERRAL, ref=code).text

        assert "Lan đã giới thiệu bạn." in answer
        assert bringing.by_friend(session, friend.customer.id) is not None

    def test_one_own_link_and_links_of_nobody_say_nothing(self, session: Session, known_lan: Person) -> None:
        reward_friends(session)
        code = codes.of(session, known_lan.customer.id, now=NOON)

        for ref in (code, "ZZZZZZ9", "poster-le-loi"):
            assert "giới thiệu" not in known_lan.does(InboundKind.REFERRAL, ref=ref).text
        assert "Mã này không dùng được" in known_lan.say(f"giới thiệu {code}")
        assert bringing.list_newest(session) == []

    def test_a_cashier_notes_the_code_a_friend_gives(
        self, session: Session, known_lan: Person, cashier: Person
    ) -> None:
        reward_friends(session)
        code = codes.of(session, known_lan.customer.id, now=NOON)
        cashier.say("/them 0987654321 Minh")

        answer = cashier.say(f"/gioithieu 0987654321 {code}")

        assert answer.startswith("Đã ghi: Minh") and "Lan" in answer
        [referral] = bringing.list_newest(session)
        assert (referral.state, referral.how) == (State.OPEN, "counter")
        assert "referral_noted" in actions(session)
        assert "7 chữ và số" in cashier.say("/gioithieu 0987654321 K7P4")
        assert "Chưa có khách nào" in cashier.say(f"/gioithieu 0922333445 {code}")

    def test_staff_do_not_bring_friends_of_their_own(
        self, session: Session, cashier: Person, known_lan: Person
    ) -> None:
        reward_friends(session)
        cashier.say("giới thiệu")  # the cashier's chat is a customer's, too
        code = codes.of(session, cashier.customer.id, now=NOON)
        cashier.say("/them 0987654321 Minh")

        assert "chính mình" in cashier.say(f"/gioithieu 0987654321 {code}")
        assert bringing.list_newest(session) == []

    def test_a_bill_sold_by_the_very_member_of_staff_who_brought_them_is_not_paid(
        self, session: Session, cashier: Person
    ) -> None:
        reward_friends(session)
        cashier.say("giới thiệu")
        code = codes.of(session, cashier.customer.id, now=NOON)
        friend = meet(session, cashier.account.kind)
        friend.say("0987654321")
        friend.say(f"giới thiệu {code}")
        cashier.say("/tich 0987654321 200k")

        [referral] = bringing.list_newest(session)
        paying.look(session, voice, referral.id, now=NOON + 8 * DAY)

        assert (referral.state, referral.reason) == (State.CANCELLED, "own_staff")


def test_two_who_bring_each_other_at_once_do_not_wait_for_one_another(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each holds their own row when they come to bring the other: the second must have waited before it held any."""
    with database.transaction() as session:
        reward_friends(session)
        friends = [meet(session) for _ in range(2)]
        for friend in friends:
            friend.say("điểm")
        made = [codes.of(session, friend.customer.id, now=NOON) for friend in friends]
    both, bring = Barrier(2), bringing.bring

    def together(*given: Any, **more: Any) -> Any:
        with suppress(BrokenBarrierError):
            both.wait(0.5)
        return bring(*given, **more)

    def type_code(number: int) -> None:
        with database.transaction() as session:
            friend = replace(friends[number], session=session, account=session.merge(friends[number].account))
            friend.sends(InboundKind.MESSAGE, text=f"giới thiệu {made[1 - number]}")

    monkeypatch.setattr(bringing, "bring", together)
    at_once(2, type_code)
    with database.read_only() as session:
        words = [message.text for message in said(session)]
        assert sum("Sau đơn đầu tiên" in text for text in words) == sum("người đã" in text for text in words) == 1
        assert count(session, Referral) == 1
