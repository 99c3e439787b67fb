import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from loyalty.activity.models import Activity
from loyalty.customers import chains, consents, profiles
from loyalty.customers.consents import Purpose
from loyalty.customers.models import ConsentEvent
from loyalty.db import Database
from tests.builders import NOON
from tests.builders_customers import answer, kinds, later, make_account, make_chat, make_customer, make_identity


def stop(session: Session, customer_id: int, key: str = "zalo:1:stop") -> list[ConsentEvent]:
    return consents.withdraw_promotion(
        session, customer_id, text_version="stop-1", locale="vi", event_key=key, words="dừng", now=later(5)
    )


def test_an_answer_keeps_purpose_account_wording_event_words_and_time(session: Session) -> None:
    chat = make_chat(session)
    event = answer(session, chat, granted=True, key="zalo:oa:42", words="Đồng ý ạ")

    assert (event.purpose, event.granted, event.channel_account_id) == ("promotion", True, chat.channel_account_id)
    assert (event.text_version, event.event_key, event.at, event.seq) == ("ask-offers-1", "zalo:oa:42", NOON, 1)
    assert event.proof is not None
    assert "Đồng".encode() not in event.proof
    assert consents.words_of(session, event) == "Đồng ý ạ"
    assert chat.promotion
    assert profiles.lock(session, chat.customer_id).consent_promotion
    data = session.scalar(sa.select(Activity.data).filter_by(customer_id=chat.customer_id, kind="consent"))
    assert data == {"purpose": "promotion", "granted": True, "channel": "zalo"}


def test_one_event_is_one_answer_however_often_it_is_worked_on(session: Session) -> None:
    chat = make_chat(session)
    first = answer(session, chat, granted=True, key="zalo:oa:42")
    assert answer(session, chat, granted=False, key="zalo:oa:42") is first
    assert chat.promotion
    assert kinds(session, chat.customer_id).count("consent") == 1


def test_the_newest_answer_holds_and_every_one_stays(session: Session) -> None:
    chat = make_chat(session)
    given = [answer(session, chat, granted=granted) for granted in (True, False, True, False)]
    assert [event.granted for event in consents.list_all(session, chat.customer_id)] == [True, False, True, False]
    assert consents.current(session, chat.customer_id) == {("promotion", chat.channel_account_id): given[-1]}
    assert not chat.promotion


def test_joining_is_no_consent_to_offers(session: Session) -> None:
    chat = make_chat(session)
    answer(session, chat, granted=True, purpose=Purpose.PROGRAMME)
    assert not chat.promotion
    assert not profiles.lock(session, chat.customer_id).consent_promotion


def test_an_answer_counts_for_its_own_channel_account_only(session: Session) -> None:
    customer = make_customer(session)
    zalo, page = make_identity(session, customer, "zalo"), make_identity(session, customer, "messenger")
    answer(session, zalo, granted=True)
    assert (zalo.promotion, page.promotion) == (True, False)
    answer(session, page, granted=False)
    assert profiles.lock(session, customer.id).consent_promotion  # still on one channel


def test_two_chats_with_one_account_are_one_person_asked_once(session: Session) -> None:
    customer = make_customer(session)
    one, two = make_identity(session, customer), make_identity(session, customer)
    answer(session, one, granted=True)
    assert two.promotion
    answer(session, two, granted=False)
    assert not one.promotion


def test_stopping_ends_offers_on_every_channel_also_where_nothing_was_agreed(session: Session) -> None:
    customer = make_customer(session)
    chats = [
        make_identity(session, customer, "zalo", promotion=True),
        make_identity(session, customer, "messenger", promotion=True),
        make_identity(session, customer, "zalo", account=make_account(session, "zalo", "second-oa")),
    ]
    refusals = stop(session, customer.id)

    assert {event.channel_account_id for event in refusals} == {chat.channel_account_id for chat in chats}
    assert not any(event.granted for event in refusals)
    assert not any(chat.promotion for chat in chats)
    assert not profiles.lock(session, customer.id).consent_promotion
    assert [consents.words_of(session, event) for event in refusals] == ["dừng"] * 3


def test_stopping_twice_with_one_event_is_stopping_once(session: Session) -> None:
    chat = make_chat(session)
    assert stop(session, chat.customer_id) == stop(session, chat.customer_id)
    assert len(consents.list_all(session, chat.customer_id)) == 1


def test_somebody_without_a_chat_can_refuse_as_well(session: Session) -> None:
    customer = make_customer(session)
    [refusal] = stop(session, customer.id)
    assert (refusal.channel_account_id, refusal.granted) == (None, False)
    with pytest.raises(profiles.CustomerNotFound):
        stop(session, customer.id + 1)


def test_any_words_can_be_kept_as_proof(session: Session) -> None:
    chat = make_chat(session)
    event = answer(session, chat, granted=True, words="\ud800ừ\x00 " + "đ" * 5000)
    words = consents.words_of(session, event)
    assert words is not None
    assert words.startswith("ừ đ")
    assert len(words) == 1000
    empty = consents.record(
        session, chat, Purpose.PROMOTION, True, text_version="t", locale="vi", event_key="k", words=None, now=NOON
    )
    assert consents.words_of(session, empty) is None


def test_each_answer_is_chained_to_the_one_before(session: Session) -> None:
    chat = make_chat(session)
    events = [answer(session, chat, granted=granted) for granted in (True, False)]
    customer = profiles.get(session, chat.customer_id).public_id
    chain = chains.start("consent", customer)
    for event in events:
        chain = chains.link(chain, consents.content(event, customer, "zalo:5123456789"))
        assert event.chain == chain
    stats = profiles.lock(session, chat.customer_id)
    assert (stats.consent_seq, stats.consent_chain) == (2, chain)


@pytest.mark.parametrize("statement", ["UPDATE consent_event SET granted = NOT granted", "DELETE FROM consent_event"])
def test_the_database_refuses_to_change_an_answer(database: Database, statement: str) -> None:
    with database.transaction() as session:
        answer(session, make_chat(session), granted=False)
    with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
        session.execute(sa.text(statement))
