from datetime import timedelta

from sqlalchemy.orm import Session

from loyalty.customers import identities, profiles
from tests.builders import NOON
from tests.builders_customers import (
    kinds,
    later,
    make_account,
    make_chat,
    make_customer,
    make_identity,
    owner_of,
)


def test_a_first_contact_makes_a_prospect_with_its_chat(session: Session) -> None:
    account = make_account(session, "messenger")
    identity, is_new = identities.arrive(
        session, account, "9007199254740993", source="messenger", now=NOON, ref="poster-7"
    )
    customer, stats = owner_of(session, identity), profiles.lock(session, identity.customer_id)

    assert is_new
    assert identity.user_id == "9007199254740993"  # beyond 2^53: text
    assert (customer.source, customer.source_ref, customer.joined_at) == ("messenger", "poster-7", None)
    assert (stats.channels, stats.last_interaction_at, stats.consent_promotion) == (",messenger,", None, False)
    assert identity.profile_due_at == NOON  # nobody told the name yet
    assert kinds(session, customer.id) == ["created"]


def test_arriving_again_is_the_same_person_whatever_name_comes_along(session: Session) -> None:
    account = make_account(session)
    first, _ = identities.arrive(session, account, "7", source="zalo", now=NOON, name="Lan")
    again, is_new = identities.arrive(session, account, "7", source="zalo", now=later(1), name="Hoa", ref="x")
    assert again is first
    assert not is_new
    assert first.profile_due_at is None
    assert profiles.name_of(session, owner_of(session, first)) == "Lan"


def test_one_user_id_at_two_accounts_is_two_people(session: Session) -> None:
    one = make_chat(session, "zalo", "7")
    other, _ = identities.arrive(session, make_account(session, "zalo", "other"), "7", source="zalo", now=NOON)
    assert one.customer_id != other.customer_id


def test_a_message_opens_the_window_and_a_late_event_does_not_close_it(session: Session) -> None:
    identity = make_chat(session)
    identities.touch(session, identity, now=later(10))
    identities.touch(session, identity, now=later(5))
    assert identity.last_interaction_at == later(10)
    assert profiles.lock(session, identity.customer_id).last_interaction_at == later(10)


def test_the_totals_name_every_channel_that_reaches_the_person_sorted(session: Session) -> None:
    customer = make_customer(session)
    zalo = make_identity(session, customer, "zalo", last_interaction_at=NOON)
    make_identity(session, customer, "messenger", last_interaction_at=later(3))
    make_identity(session, customer, "zalo", last_interaction_at=None)
    stats = profiles.lock(session, customer.id)
    assert (stats.channels, stats.last_interaction_at) == (",messenger,zalo,", later(3))

    identities.mark_unreachable(session, zalo, now=later(4))
    assert stats.channels == ",messenger,zalo,"  # the other Zalo chat still reaches them
    assert identities.of_customer(session, customer.id)[0] is zalo


def test_an_unreachable_chat_comes_back_when_the_person_writes_or_follows(session: Session) -> None:
    identity = make_chat(session)
    stats = profiles.lock(session, identity.customer_id)
    for come_back in (identities.touch, identities.followed):
        identities.mark_unreachable(session, identity, now=later(1))
        identities.mark_unreachable(session, identity, now=later(2))
        assert (identity.unreachable_at, stats.channels) == (later(1), "")
        come_back(session, identity, now=later(3))
        assert (identity.unreachable_at, stats.channels) == (None, ",zalo,")


def test_following_is_noted_once_and_is_no_interaction_of_itself(session: Session) -> None:
    identity, _ = identities.arrive(session, make_account(session), "7", source="zalo", now=NOON)
    for _ in range(2):
        identities.followed(session, identity, now=NOON)
    assert (identity.follows, identity.last_interaction_at) == (True, None)
    for _ in range(2):
        identities.unfollowed(session, identity, now=later(1))
    assert not identity.follows
    assert profiles.lock(session, identity.customer_id).channels == ",zalo,"
    assert kinds(session, identity.customer_id) == ["created", "followed", "unfollowed"]


def test_a_chat_is_found_by_account_and_user(session: Session) -> None:
    identity = make_chat(session, "zalo", "7")
    assert identities.find(session, identity.channel_account_id, "7") is identity
    assert identities.find(session, identity.channel_account_id, "8") is None
    assert identities.find(session, identity.channel_account_id + 1, "7") is None


def test_holding_a_chat_follows_it_to_the_customer_it_moved_to(session: Session) -> None:
    identity, other = make_chat(session), make_customer(session, name="Lan")
    make_identity(session, other)
    stale = identity.customer_id
    session.connection().exec_driver_sql(
        f"UPDATE channel_identity SET customer_id = {other.id} WHERE id = {identity.id}"
    )
    assert identity.customer_id == stale

    identities.touch(session, identity, now=NOON + timedelta(hours=1))
    assert identity.customer_id == other.id
    assert profiles.lock(session, other.id).last_interaction_at == NOON + timedelta(hours=1)
    identities.summarise(session, profiles.lock(session, stale))
