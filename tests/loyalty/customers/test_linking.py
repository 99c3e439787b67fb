import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.activity.models import Activity
from loyalty.customers import codes, consents, identities, linking, profiles, searching
from loyalty.customers.consents import Purpose
from loyalty.customers.linking import ClaimOutcome, ProofOutcome
from loyalty.customers.models import ChannelIdentity, Customer
from tests.builders import NOON
from tests.builders_customers import (
    LAN,
    MINH,
    answer,
    kinds,
    later,
    make_chat,
    make_customer,
    owner_of,
)

OTHER = "+84901112223"


def claim(session: Session, chat: ChannelIdentity, phone: str = LAN) -> linking.Claim:
    return linking.claim_phone(session, chat, phone, now=NOON)


def prove(session: Session, chat: ChannelIdentity, phone: str = LAN, by: linking.Evidence = "shared") -> linking.Proof:
    return linking.prove_phone(session, chat, phone, proof=by, now=NOON)


def earn(session: Session, customer: Customer) -> Customer:
    """What the ledger leaves in the totals, as far as linking asks."""
    profiles.lock(session, customer.id).ledger_seq += 1
    session.flush()
    return customer


def people(session: Session) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(Customer)) or 0


# -- claims


def test_a_typed_phone_nobody_has_is_claimed_and_joins(session: Session) -> None:
    chat = make_chat(session)
    assert claim(session, chat) == linking.Claim(ClaimOutcome.SET, chat.customer_id, joined=True)

    customer = owner_of(session, chat)
    assert profiles.phone_of(session, customer) == LAN
    assert (customer.phone_proof, chat.proof) == ("claimed", "claimed")
    assert profiles.lock(session, customer.id).has_phone
    assert kinds(session, customer.id) == ["created", "phone_claimed", "joined"]


def test_claiming_again_is_the_same_and_joins_nobody_twice(session: Session) -> None:
    chat = make_chat(session)
    claim(session, chat)
    assert claim(session, chat) == linking.Claim(ClaimOutcome.SAME, chat.customer_id, joined=False)
    assert kinds(session, chat.customer_id).count("phone_claimed") == 1


@pytest.mark.parametrize("proof", [None, "claimed", "shared", "staff"])
def test_a_phone_somebody_has_is_not_claimed_nor_anything_joined_or_told(
    session: Session, proof: profiles.PhoneProof | None
) -> None:
    owner = make_customer(session, phone=LAN, name="Lan", proof=proof)
    chat = make_chat(session, name="Stranger")
    assert claim(session, chat) == linking.Claim(ClaimOutcome.TAKEN, chat.customer_id, joined=False)
    assert chat.customer_id != owner.id
    assert chat.proof == "none"
    assert owner_of(session, chat).joined_at is None
    assert profiles.name_of(session, owner) == "Lan"
    assert identities.of_customer(session, owner.id) == []


def test_a_claim_that_earned_nothing_yet_may_be_corrected_by_typing(session: Session) -> None:
    chat = make_chat(session)
    claim(session, chat, MINH)
    assert claim(session, chat, LAN).outcome is ClaimOutcome.SET
    assert profiles.find_by_phone(session, MINH) is None


@pytest.mark.parametrize("why", ["earned", "proven"])
def test_a_typed_phone_does_not_replace_one_that_was_proven_or_earned_on(session: Session, why: str) -> None:
    chat = make_chat(session)
    if why == "proven":
        prove(session, chat, MINH)
    else:
        claim(session, chat, MINH)
        earn(session, owner_of(session, chat))
    make_customer(session, phone=OTHER)

    assert claim(session, chat, LAN).outcome is ClaimOutcome.REPLACES
    assert (
        claim(session, chat, OTHER).outcome is ClaimOutcome.REPLACES
    )  # the same answer: nothing of others is admitted
    assert profiles.phone_of(session, owner_of(session, chat)) == MINH


# -- proofs


def test_a_proven_phone_nobody_has_is_set_and_joins(session: Session) -> None:
    chat = make_chat(session)
    assert prove(session, chat) == linking.Proof(ProofOutcome.SET, chat.customer_id, joined=True)
    assert (owner_of(session, chat).phone_proof, chat.proof) == ("shared", "shared")
    assert kinds(session, chat.customer_id) == ["created", "phone_proven", "joined"]


def test_a_proof_makes_a_claim_certain_and_repeating_it_changes_nothing(session: Session) -> None:
    chat = make_chat(session)
    claim(session, chat)
    for _ in range(2):
        assert prove(session, chat, by="staff") == linking.Proof(ProofOutcome.SAME, chat.customer_id, joined=False)
    assert owner_of(session, chat).phone_proof == "staff"
    assert kinds(session, chat.customer_id) == ["created", "phone_claimed", "joined", "phone_proven"]


def test_a_proven_phone_replaces_an_earlier_one_and_the_points_stay(session: Session) -> None:
    chat = make_chat(session)
    prove(session, chat, MINH)
    customer = earn(session, owner_of(session, chat))
    assert prove(session, chat, LAN).outcome is ProofOutcome.SET
    assert profiles.phone_of(session, customer) == LAN
    assert profiles.find_by_phone(session, MINH) is None


def test_a_new_chat_moves_to_the_customer_whose_phone_it_proves(session: Session) -> None:
    owner = earn(session, make_customer(session, phone=LAN, locale="en"))
    chat = make_chat(session, "messenger", name="Lan")
    left = chat.customer_id

    assert prove(session, chat) == linking.Proof(ProofOutcome.LINKED, owner.id, joined=False)

    assert chat.customer_id == owner.id
    assert chat.proof == owner.phone_proof == "shared"
    assert profiles.name_of(session, owner) == "Lan"  # nobody had known it
    assert owner.locale == "en"
    stats = profiles.lock(session, owner.id)
    assert (stats.channels, stats.last_interaction_at) == (",messenger,", NOON)
    assert kinds(session, owner.id)[-2:] == ["linked", "phone_proven"]
    assert session.scalar(sa.select(Activity.data).filter_by(customer_id=owner.id, kind="linked")) == {
        "channel": "messenger",
        "proof": "shared",
    }
    gone = profiles.get(session, left)
    assert (gone.moved_to_id, gone.erased_at, gone.name) == (owner.id, NOON, None)
    assert searching.by_name(session, "lan", limit=10) == [owner]


def test_a_name_the_shop_had_given_is_kept_when_a_chat_moves_in(session: Session) -> None:
    owner = earn(session, make_customer(session, phone=LAN, name="Chị Lan Lê Lợi"))
    prove(session, make_chat(session, name="lan lan"))
    assert profiles.name_of(session, owner) == "Chị Lan Lê Lợi"


def test_a_chat_with_a_mere_claim_elsewhere_moves_and_its_claim_ends(session: Session) -> None:
    owner = earn(session, make_customer(session, phone=LAN))
    chat = make_chat(session)
    claim(session, chat, MINH)
    assert prove(session, chat).outcome is ProofOutcome.LINKED
    assert chat.customer_id == owner.id
    assert profiles.find_by_phone(session, MINH) is None


def test_a_proof_beats_a_claim_that_earned_nothing(session: Session) -> None:
    impostor = make_chat(session, name="Kẻ Lạ")
    claim(session, impostor)
    lan = make_chat(session, name="Lan")
    prove(session, lan, MINH)
    earn(session, owner_of(session, lan))  # has a history of her own: nothing moves, the phone comes to her

    proof = prove(session, lan)

    assert (proof.outcome, proof.detached) == (ProofOutcome.SET, (impostor,))
    assert profiles.find_by_phone(session, LAN) is owner_of(session, lan)
    loser = owner_of(session, impostor)
    assert (loser.phone, loser.phone_proof, impostor.proof) == (None, None, "none")
    assert profiles.name_of(session, loser) == "Kẻ Lạ"
    assert not profiles.lock(session, loser.id).has_phone
    assert kinds(session, loser.id)[-1] == "detached"


def test_a_proof_takes_what_was_earned_on_the_phone_and_the_claimant_leaves_as_they_came(session: Session) -> None:
    impostor = make_chat(session, name="Kẻ Lạ")
    claim(session, impostor)
    record = earn(session, owner_of(session, impostor))
    profiles.set_email(session, record, "ke.la@example.com")
    session.flush()
    yes = answer(session, impostor, granted=True, words="đồng ý nhé")
    lan = make_chat(session, name="Lan")

    proof = prove(session, lan, by="staff")

    assert (proof.outcome, proof.customer_id, proof.detached) == (ProofOutcome.LINKED, record.id, (impostor,))
    assert profiles.name_of(session, record) == "Lan"
    assert profiles.email_of(session, record) is None
    assert [chat.id for chat in identities.of_customer(session, record.id)] == [lan.id]
    assert not lan.promotion  # the other one's yes is not hers
    assert not profiles.lock(session, record.id).consent_promotion

    fresh = owner_of(session, impostor)
    assert fresh.id not in (record.id, proof.customer_id)
    assert (fresh.joined_at, fresh.phone, fresh.source) == (None, None, "zalo")
    assert profiles.name_of(session, fresh) == "Kẻ Lạ"
    assert profiles.email_of(session, fresh) == "ke.la@example.com"
    assert impostor.promotion  # their own yes went with them, with their words
    [kept] = consents.list_all(session, fresh.id)
    assert consents.words_of(session, kept) == "đồng ý nhé"
    assert (kept.at, kept.text_version) == (yes.at, yes.text_version)
    assert "detached" in kinds(session, record.id)


def test_a_chat_that_was_proven_stays_when_another_one_proves_the_same_phone(session: Session) -> None:
    first, second = make_chat(session, "zalo"), make_chat(session, "messenger")
    prove(session, first)
    proof = prove(session, second)
    assert (proof.outcome, proof.detached) == (ProofOutcome.LINKED, ())
    assert first.customer_id == second.customer_id
    assert profiles.lock(session, first.customer_id).channels == ",messenger,zalo,"


@pytest.mark.parametrize("own", ["earned", "proven"])
def test_two_records_with_something_in_them_are_left_to_people(session: Session, own: str) -> None:
    owner = earn(session, make_customer(session, phone=LAN))
    chat = make_chat(session)
    if own == "proven":
        prove(session, chat, MINH)
    else:
        earn(session, owner_of(session, chat))
    before = (chat.customer_id, people(session))

    with pytest.raises(linking.TwoHistories):
        prove(session, chat)

    assert (chat.customer_id, people(session)) == before
    assert owner.phone_proof is None
    assert profiles.find_by_phone(session, LAN) is owner


def test_a_refusal_on_either_side_survives_the_move(session: Session) -> None:
    first = make_chat(session, "zalo")
    prove(session, first)
    earn(session, owner_of(session, first))
    answer(session, first, granted=False)
    second = make_chat(session, "zalo")
    answer(session, second, granted=True)

    prove(session, second)

    assert not second.promotion
    assert not profiles.lock(session, first.customer_id).consent_promotion


def test_a_refusal_brought_along_holds_for_the_whole_account(session: Session) -> None:
    first = make_chat(session, "zalo")
    prove(session, first)
    answer(session, first, granted=True)
    second = make_chat(session, "zalo")
    answer(session, second, granted=False)
    prove(session, second)
    assert not first.promotion
    assert not second.promotion


def test_a_yes_moves_with_its_chat_and_ends_where_it_was_given(session: Session) -> None:
    owner = earn(session, make_customer(session, phone=LAN))
    chat = make_chat(session)
    answer(session, chat, granted=True, purpose=Purpose.PROGRAMME)
    answer(session, chat, granted=True)
    left = chat.customer_id
    prove(session, chat)

    assert chat.promotion
    assert profiles.lock(session, owner.id).consent_promotion
    assert {purpose: event.granted for (purpose, _), event in consents.current(session, owner.id).items()} == {
        "programme": True,
        "promotion": True,
    }
    assert [event.granted for event in consents.current(session, left).values()] == [False, False]
    assert not profiles.lock(session, left).consent_promotion


def test_a_member_code_shown_before_the_chat_moved_opens_nothing(session: Session) -> None:
    earn(session, make_customer(session, phone=LAN))
    chat = make_chat(session)
    code = codes.issue_member_code(session, chat.customer_id, chat.id, now=NOON)
    prove(session, chat, by="staff")
    assert codes.find_by_code(session, code, now=later(1)) is None


def test_a_person_who_lost_a_claim_can_prove_it_after_all(session: Session) -> None:
    husband, wife = make_chat(session, name="Minh"), make_chat(session, name="Lan")
    claim(session, husband)
    earn(session, owner_of(session, husband))
    prove(session, wife)
    proof = prove(session, husband)
    assert (proof.outcome, proof.detached) == (ProofOutcome.LINKED, ())
    assert husband.customer_id == wife.customer_id
