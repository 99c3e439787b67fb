"""What each switch governs: reminders, who is chosen by what they bought, who is counted."""

from datetime import date

from sqlalchemy.orm import Session

from bots import voice
from bots.channel import InboundKind
from loyalty.campaigns import audience
from loyalty.customers import consents
from loyalty.customers.consents import Purpose
from loyalty.customers.models import Customer
from loyalty.insights import products, sales
from loyalty.insights.periods import Period
from loyalty.points.lots import Expiring
from loyalty.purchases.bills import Line
from loyalty.segments import rules
from loyalty.segments.rules import Frame
from tests.builders import NOON
from tests.builders_chat import meet
from tests.builders_customers import LAN, MINH, make_customer
from tests.builders_points import award, problems

TODAY = date(2026, 11, 22)


def turn(session: Session, customer: Customer, purpose: Purpose, on: bool, key: str = "k") -> None:
    consents.switch(
        session,
        customer.id,
        purpose,
        on,
        channel_account_id=None,
        text_version="test",
        locale="vi",
        event_key=f"{key}:{customer.id}:{on}",
        words=None,
        now=NOON,
    )


def test_care_off_is_no_reminder_and_on_again_is_one(session: Session) -> None:
    lan = meet(session)
    lan.say("0912345678")
    ends = [Expiring(40, date(2026, 12, 22))]

    turn(session, lan.customer, Purpose.CARE, False)
    assert not voice.expiring(session, lan.customer.id, ends, TODAY, now=NOON)
    turn(session, lan.customer, Purpose.CARE, True)
    assert voice.expiring(session, lan.customer.id, ends, TODAY, now=NOON)


def test_personalisation_off_is_not_chosen_by_what_one_bought_but_with_everybody(session: Session) -> None:
    lan, minh = meet(session), meet(session)
    for person in (lan, minh):
        person.say("chào")
        award(session, person.customer, 250_000)
    turn(session, lan.customer, Purpose.PERSONALISATION, False)
    frame = Frame.at(session, NOON)

    def chosen(rule: object) -> set[int]:
        query = audience.chats(rules.parse(rule, frame), frame, NOON)
        return {row.customer_id for row in session.execute(query)}

    assert chosen({"field": "orders", "op": ">=", "value": 1}) == {minh.customer.id}
    assert chosen({"not": {"field": "points", "op": ">", "value": 900}}) == {minh.customer.id}
    assert chosen({"all": []}) == chosen({"field": "channel", "op": "=", "value": "zalo"})
    assert chosen({"all": []}) == {lan.customer.id, minh.customer.id}


def test_evaluation_off_is_counted_nowhere_and_what_was_paid_stays(session: Session) -> None:
    lan, minh = make_customer(session, phone=LAN), make_customer(session, phone=MINH)
    for customer in (lan, minh):
        award(session, customer, 50_000, lines=[Line("Latte", 1, 50_000)])
    week = Period.ending("week", TODAY)
    assert sales.active_members(session, week) == 2

    turn(session, lan, Purpose.EVALUATION, False)

    assert sales.active_members(session, week) == 1
    assert [(tier.sales, tier.buyers) for tier in sales.by_tier(session, week)] == [(50_000, 1)]
    [latte] = products.best(session, week, order="repeat")
    assert (latte.sales, latte.pieces, latte.buyers, latte.repeat_percent) == (100_000, 2, 1, 0)
    assert sum(day.sales for day in sales.by_day(session, week).values()) == 100_000
    turn(session, minh, Purpose.EVALUATION, False)
    assert [each.buyers for each in products.best(session, week, order="repeat")] == [0]


def test_the_newest_answer_counts_whatever_chat_it_came_from(session: Session) -> None:
    lan, other = meet(session, "zalo"), meet(session, "messenger")
    lan.say("0912345678")
    lan.does(InboundKind.CONTACT, phone="0912345678")
    other.does(InboundKind.CONTACT, phone="0912345678")
    assert other.customer.id == lan.customer.id

    lan.say("tắt nhắc điểm")
    assert not consents.allows(session, lan.customer.id, Purpose.CARE)
    other.say("bật nhắc điểm")
    assert consents.allows(session, lan.customer.id, Purpose.CARE)
    assert problems(session) == []


def test_what_was_switched_off_goes_along_when_the_chat_proves_to_be_another_customers(session: Session) -> None:
    owner = make_customer(session, name="Lan", phone=LAN)
    award(session, owner, 250_000)
    chat = meet(session)
    chat.say("chào")
    chat.say("tắt chọn riêng")

    chat.does(InboundKind.CONTACT, phone="0" + LAN[3:])

    assert chat.customer.id == owner.id
    assert not consents.allows(session, owner.id, Purpose.PERSONALISATION)
    assert problems(session) == []
