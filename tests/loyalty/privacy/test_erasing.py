"""Erasing somebody with everything that can hang on a customer."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bots.channel import InboundKind
from loyalty.customers import cases, profiles
from loyalty.customers.models import NameToken
from loyalty.messaging import conversations
from loyalty.messaging.models import Conversation
from loyalty.privacy import erasing, portrait, requests
from loyalty.privacy.requests import Asking, Wish
from loyalty.rewards import redemptions
from loyalty.vault.models import CustomerKey
from loyalty.vault.people import Erased
from tests.builders import NOON
from tests.builders_chat import Person, meet
from tests.builders_customers import make_customer
from tests.builders_points import award, problems
from tests.builders_rewards import make_reward, redeem


@pytest.fixture
def lan(session: Session) -> Person:
    """Lan with a proven phone, points, a code in hand, a note, a complaint and a person she waits for."""
    person = meet(session)
    person.does(InboundKind.CONTACT, phone="0912345678", person_name="Lan")
    award(session, person.customer, 2_000_000)
    redeem(session, person.customer, make_reward(session, price=100, stock=5))
    person.say("khiếu nại tính nhầm tiền")
    person.say("nhân viên")
    return person


def test_everything_of_a_person_goes_and_what_was_held_for_them_comes_back(session: Session, lan: Person) -> None:
    customer = lan.customer
    reward = make_reward(session, price=1, stock=1)
    redeem(session, customer, reward)
    session.refresh(reward)
    assert reward.stock == 0

    assert erasing.erase(session, customer.id, by="staff:x", now=NOON)

    session.refresh(reward)
    assert reward.stock == 1
    assert redemptions.list_open(session, customer.id, now=NOON) == []
    assert cases.open_complaint(session, customer.id) is None
    [thread] = session.scalars(select(Conversation)).all()
    assert (thread.state, thread.taken_by) == (conversations.BOT, None)
    assert session.scalars(select(NameToken)).all() == []
    assert profiles.find_by_phone(session, "+84912345678") is None
    assert problems(session) == []


def test_once_more_changes_nothing(session: Session, lan: Person) -> None:
    assert erasing.erase(session, lan.customer.id, by="customer", now=NOON)
    customer_id = session.scalars(select(Conversation.customer_id)).one()

    assert not erasing.erase(session, customer_id, by="customer", now=NOON + timedelta(days=1))
    assert profiles.get(session, customer_id).erased_at == NOON


def test_nothing_can_be_asked_or_written_about_somebody_erased(session: Session, lan: Person) -> None:
    customer_id = lan.customer.id
    identity = lan.identity
    assert identity is not None
    erasing.erase(session, customer_id, by="customer", now=NOON)

    with pytest.raises(Erased):
        requests.ask(session, customer_id, Asking(Wish.COPY, "zalo"), key="k", now=NOON)
    with pytest.raises(Erased):
        portrait.document(session, identity, now=NOON)
    with pytest.raises(Erased):
        profiles.hold_living(session, customer_id)


def test_records_that_moved_into_the_person_lose_their_keys_too(session: Session) -> None:
    chat = meet(session)
    chat.say("chào")
    before = chat.customer.id
    owner = make_customer(session, name="Lan", phone="+84912345678")
    award(session, owner, 250_000)
    chat.does(InboundKind.CONTACT, phone="0912345678")
    assert chat.customer.id == owner.id and session.get(CustomerKey, before) is not None

    erasing.erase(session, owner.id, by="customer", now=NOON)

    assert session.scalars(select(CustomerKey.customer_id)).all() == []
    assert problems(session) == []


def test_a_request_is_settled_once_and_one_of_a_kind_is_open(session: Session, lan: Person) -> None:
    wish = Asking(Wish.ERASE, "zalo")
    first = requests.ask(session, lan.customer.id, wish, key="a", now=NOON)
    assert requests.ask(session, lan.customer.id, wish, key="b", now=NOON) is first
    with pytest.raises(requests.ReasonMissing):
        requests.refuse(session, first, "  ", by="staff:x", now=NOON)
    requests.refuse(session, first, "chưa rõ là ai", by="staff:x", now=NOON)
    assert requests.reason_of(session, first) == "chưa rõ là ai"
    with pytest.raises(requests.RequestSettled):
        requests.carry_out(session, first, by="staff:x", now=NOON)
    assert lan.customer.erased_at is None
