"""Many workers at once, each with its own connection, on both engines. `verify` runs over the result of each."""

from collections import Counter
from functools import partial
from itertools import cycle, islice

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.channels.models import ChannelAccount
from loyalty.customers import consents, identities, linking, profiles
from loyalty.customers.models import ChannelIdentity, ConsentEvent, Customer
from loyalty.db import Database
from tests.builders import NOON
from tests.builders_customers import LAN, MINH, answer, later, make_account, make_chat, make_customer, together


def total(session: Session, model: type[Customer] | type[ChannelIdentity] | type[ConsentEvent]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def chats(database: Database, number: int) -> list[int]:
    """Ids of the chats of as many people."""
    with database.transaction() as session:
        return [make_chat(session).id for _ in range(number)]


def claim(chat_id: int, session: Session) -> linking.Claim:
    identity = session.get_one(ChannelIdentity, chat_id)
    identities.touch(session, identity, now=later(1))
    return linking.claim_phone(session, identity, LAN, now=later(1))


def prove(chat_id: int, phone: str, session: Session) -> linking.Proof | None:
    try:
        return linking.prove_phone(
            session, session.get_one(ChannelIdentity, chat_id), phone, proof="shared", now=later(2)
        )
    except linking.TwoHistories:
        return None


def test_sixteen_events_of_a_new_person_make_one_customer(database: Database) -> None:
    with database.transaction() as session:
        account_id = make_account(session).id

    def arrive(session: Session) -> tuple[int, bool]:
        account = session.get_one(ChannelAccount, account_id)
        identity, is_new = identities.arrive(session, account, "7", source="zalo", now=NOON, name="Lan")
        identities.touch(session, identity, now=NOON)
        return identity.customer_id, is_new

    answers = together(database, [arrive] * 16)

    assert len({customer_id for customer_id, _ in answers}) == 1
    assert [is_new for _, is_new in answers].count(True) == 1
    with database.read_only() as session:
        assert (total(session, Customer), total(session, ChannelIdentity)) == (1, 1)


def test_of_eight_chats_claiming_one_phone_exactly_one_gets_it(database: Database) -> None:
    works = [partial(claim, chat_id) for chat_id in chats(database, 8)]

    outcomes = Counter(str(result.outcome) for result in together(database, works))

    assert outcomes == {"set": 1, "taken": 7}
    with database.read_only() as session:
        joined = session.scalars(sa.select(Customer.id).where(Customer.joined_at.is_not(None))).all()
        owner = profiles.find_by_phone(session, LAN)
        assert owner is not None
        assert joined == [owner.id]


def test_a_claim_and_an_award_at_once_leave_the_phone_with_one_customer(database: Database) -> None:
    def award(session: Session) -> str:
        try:
            profiles.create(session, source="staff", now=NOON, phone=LAN, joined=True)
        except profiles.PhoneTaken:
            return "taken"
        return "set"

    works = [partial(claim, chat_id) for chat_id in chats(database, 6)]
    results = together(database, [award, lambda session: str(works[0](session).outcome), *[award] * 5])

    assert Counter(results) == {"set": 1, "taken": 6}
    with database.read_only() as session:
        assert session.scalar(sa.select(sa.func.count(Customer.phone_key))) == 1


def test_consents_given_at_once_keep_the_chain(database: Database) -> None:
    [chat_id] = chats(database, 1)

    def agree(number: int, session: Session) -> int:
        identity = session.get_one(ChannelIdentity, chat_id)
        return answer(session, identity, granted=bool(number % 2), key=f"zalo:oa:{number}").seq

    assert sorted(together(database, [partial(agree, number) for number in range(12)])) == list(range(1, 13))
    with database.read_only() as session:
        identity = session.get_one(ChannelIdentity, chat_id)
        newest = consents.list_all(session, identity.customer_id)[-1]
        assert identity.promotion is newest.granted


def test_one_event_worked_on_by_eight_is_one_consent(database: Database) -> None:
    [chat_id] = chats(database, 1)

    def agree(session: Session) -> int:
        return answer(session, session.get_one(ChannelIdentity, chat_id), granted=True, key="zalo:oa:1").id

    assert len(set(together(database, [agree] * 8))) == 1
    with database.read_only() as session:
        assert total(session, ConsentEvent) == 1


def test_of_eight_chats_proving_one_phone_all_end_with_one_customer(database: Database) -> None:
    works = [partial(prove, chat_id, LAN) for chat_id in chats(database, 8)]

    proofs = together(database, works)

    with database.read_only() as session:
        owner = profiles.find_by_phone(session, LAN)
        assert owner is not None
        assert {proof.customer_id for proof in proofs if proof is not None} == {owner.id}
        assert len(identities.of_customer(session, owner.id)) == len([proof for proof in proofs if proof]) == 8


@pytest.mark.parametrize("rounds", [6])
def test_two_people_proving_each_others_phones_never_wait_for_ever(database: Database, rounds: int) -> None:
    for _ in range(rounds):
        with database.transaction() as session:
            for phone in (LAN, MINH):
                if profiles.find_by_phone(session, phone) is None:
                    make_customer(session, phone=phone)
        ids = chats(database, 6)
        works = [
            partial(prove, chat_id, phone) for chat_id, phone in zip(ids, islice(cycle((LAN, MINH)), 6), strict=True)
        ]
        crossed = [
            partial(prove, chat_id, phone) for chat_id, phone in zip(ids, islice(cycle((MINH, LAN)), 6), strict=True)
        ]
        together(database, [*works, *crossed])
    with database.read_only() as session:
        assert session.scalar(sa.select(sa.func.count(Customer.phone_key))) == 2


def test_messages_go_on_while_the_chat_moves_to_another_customer(database: Database) -> None:
    with database.transaction() as session:
        owner_id = make_customer(session, phone=LAN).id
    [chat_id] = chats(database, 1)

    def write(minute: int, session: Session) -> None:
        identities.touch(session, session.get_one(ChannelIdentity, chat_id), now=later(minute))

    def link(session: Session) -> None:
        prove(chat_id, LAN, session)

    together(database, [partial(write, minute) for minute in range(3, 8)] + [link] + [partial(write, 9)])
    with database.read_only() as session:
        identity = session.get_one(ChannelIdentity, chat_id)
        assert (identity.customer_id, identity.last_interaction_at) == (owner_id, later(9))
