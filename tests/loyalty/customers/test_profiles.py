from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.crypto import Undecryptable
from loyalty.customers import chains, profiles, searching
from loyalty.customers.emails import NotAnEmail
from loyalty.customers.models import Customer, CustomerStats, NameToken
from loyalty.db import Database, keyring
from loyalty.vault import people
from loyalty.vault.models import CustomerKey
from tests.builders import NOON
from tests.builders_customers import LAN, MINH, answer, kinds, later, make_customer, make_identity


def test_a_new_customer_starts_with_key_totals_and_a_place_in_the_timeline(session: Session) -> None:
    customer = make_customer(session, name="Nguyễn Thị Lan", phone=LAN, joined=True)

    stats = profiles.lock(session, customer.id)
    assert (stats.points, stats.carry, stats.tier, stats.ledger_seq, stats.consent_seq) == (0, 0, "member", 0, 0)
    assert (stats.has_phone, stats.joined_at, stats.channels) == (True, NOON, "")
    assert stats.rolled_on.isoformat() == "2026-11-22"
    assert stats.ledger_chain == chains.start("ledger", customer.public_id)
    assert stats.consent_chain == chains.start("consent", customer.public_id) != stats.ledger_chain
    assert 0 <= customer.bucket < 65_536
    assert kinds(session, customer.id) == ["created", "joined"]


def test_an_award_to_an_unknown_phone_makes_a_member_whose_phone_is_unproven(session: Session) -> None:
    customer = make_customer(session, phone=LAN, joined=True)
    assert customer.joined_at == NOON
    assert customer.phone_proof is None


def test_personal_columns_are_unreadable_in_the_file_and_readable_with_the_key(session: Session) -> None:
    customer = make_customer(session, name="Nguyễn Thị Lan", phone=LAN)
    profiles.set_email(session, customer, "Lan@Example.com")

    row = session.execute(sa.select(*Customer.__table__.columns)).one()
    stored = b"".join(value for value in row if isinstance(value, bytes))
    assert not any(word.encode() in stored for word in ("Lan", "Nguyễn", "912345678", "example"))
    assert profiles.name_of(session, customer) == "Nguyễn Thị Lan"
    assert profiles.phone_of(session, customer) == LAN
    assert profiles.email_of(session, customer) == "Lan@example.com"


def test_a_cell_pasted_into_another_row_does_not_open(session: Session) -> None:
    lan, minh = make_customer(session, name="Lan"), make_customer(session, name="Minh")
    minh.name = lan.name
    with pytest.raises(Undecryptable):
        profiles.name_of(session, minh)


def test_a_second_customer_with_the_same_phone_is_refused_and_the_transaction_goes_on(session: Session) -> None:
    first = make_customer(session, phone=LAN)
    with pytest.raises(profiles.PhoneTaken) as refusal:
        make_customer(session, phone=LAN, name="Another")
    assert refusal.value.customer_id == first.id
    assert refusal.value.facts == {}  # who has it is for nobody to read
    assert session.scalar(sa.select(sa.func.count()).select_from(Customer)) == 1
    assert profiles.find_by_phone(session, LAN) is first
    assert profiles.find_by_phone(session, MINH) is None


def test_moving_to_a_taken_phone_changes_nothing(session: Session) -> None:
    make_customer(session, phone=LAN)
    minh = make_customer(session, phone=MINH, name="Minh")
    with pytest.raises(profiles.PhoneTaken):
        profiles.set_phone(session, minh, LAN, "shared", now=NOON)
    assert profiles.phone_of(session, minh) == MINH


def test_a_replaced_phone_is_nobodys(session: Session) -> None:
    customer = make_customer(session, phone=LAN)
    profiles.set_phone(session, customer, MINH, "staff", now=NOON)
    assert profiles.find_by_phone(session, LAN) is None
    assert profiles.find_by_phone(session, MINH) is customer
    assert kinds(session, customer.id)[-1] == "phone_proven"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Nguyễn   Thị\tLan\n", "Nguyễn Thị Lan"),
        ("Nguye\u0302\u0303n", "Nguyễn"),
        ("L\u200ba\u202en\x00", "Lan"),
        ("\ud83d Lan", "Lan"),
        ("a" * 100, "a" * 100),
        ("a" * 101, "a" * 99 + "…"),
        (" \u200b\x07 ", None),
        ("", None),
        (None, None),
    ],
)
def test_names_are_kept_composed_visible_and_short(typed: str | None, kept: str | None) -> None:
    assert profiles.clean_name(typed) == kept


def test_renaming_replaces_the_tokens_and_the_same_name_again_is_nothing(session: Session) -> None:
    customer = make_customer(session, name="Lan")
    profiles.set_name(session, customer, "Trần Thị Hoa", now=NOON)
    profiles.set_name(session, customer, " Trần  Thị Hoa ", now=NOON)

    assert searching.by_name(session, "lan", limit=10) == []
    assert searching.by_name(session, "hoa tran", limit=10) == [customer]
    assert kinds(session, customer.id).count("renamed") == 1


def test_a_name_taken_away_is_found_no_more(session: Session) -> None:
    customer = make_customer(session, name="Lan")
    profiles.set_name(session, customer, None, now=NOON)
    assert profiles.name_of(session, customer) is None
    assert searching.by_name(session, "lan", limit=10) == []


@pytest.mark.parametrize("typed", ["Hoà", "HÒA", "hoa", "đặng hòa", "Hoa, Đặng!"])
def test_a_search_needs_neither_accents_nor_order(session: Session, typed: str) -> None:
    wanted = make_customer(session, name="Đặng Thị Hoà")
    make_customer(session, name="Hoàng Đăng")
    assert searching.by_name(session, typed, limit=10) == [wanted]


@pytest.mark.parametrize("typed", ["", "   ", "!?", "\x00\ud800", "%", "' OR 1=1 --", "nguy"])
def test_a_search_for_nothing_in_particular_finds_nobody(session: Session, typed: str) -> None:
    make_customer(session, name="Nguyễn Lan")
    assert searching.by_name(session, typed, limit=10) == []


def test_search_pages_go_from_newest_to_oldest_without_gaps(session: Session) -> None:
    made = [make_customer(session, name=f"Nguyễn {number}") for number in range(7)]
    pages, before = [], None
    while page := searching.by_name(session, "nguyen", limit=3, before=before):
        pages.append([customer.id for customer in page])
        before = page[-1].id
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [number for page in pages for number in page] == [customer.id for customer in reversed(made)]


def test_words_that_share_a_token_are_told_apart_after_decryption(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(keyring(session)), "name_token", lambda self, word: 7)
    monkeypatch.setattr(searching, "BATCH", 2)
    wanted = [make_customer(session, name="Lan Anh")]
    for name in ("Minh", "Hoa", "Lan", "Anh", "Tú"):
        make_customer(session, name=name)
    wanted.append(make_customer(session, name="Anh Lan"))
    assert searching.by_name(session, "lan anh", limit=10) == wanted[::-1]


@pytest.mark.parametrize("asked", ["", "x", "\x00" * 16, "é" * 16, "A" * 16, "A" * 100_000])
def test_any_text_may_be_asked_for_as_an_id(session: Session, asked: str) -> None:
    with pytest.raises(profiles.CustomerNotFound):
        profiles.get_public(session, asked)


def test_a_customer_is_found_by_the_id_told_outside(session: Session) -> None:
    customer = make_customer(session)
    assert profiles.get_public(session, customer.public_id) is customer
    assert profiles.get(session, customer.id) is customer


def test_what_does_not_exist_is_not_locked(session: Session) -> None:
    for ask in (profiles.lock, profiles.get):
        with pytest.raises(profiles.CustomerNotFound):
            ask(session, 404)


def test_joining_twice_is_joining_once(session: Session) -> None:
    customer = make_customer(session, joined=False)
    assert profiles.join(session, customer, now=NOON)
    assert not profiles.join(session, customer, now=later(5))
    assert customer.joined_at == profiles.lock(session, customer.id).joined_at == NOON
    assert kinds(session, customer.id) == ["created", "joined"]


def test_an_email_is_one_persons_however_it_is_spelled(session: Session) -> None:
    lan, minh = make_customer(session), make_customer(session, name="Minh")
    profiles.set_email(session, lan, "Lan@example.com")
    with pytest.raises(profiles.EmailTaken):
        profiles.set_email(session, minh, "lan@EXAMPLE.com")
    with pytest.raises(NotAnEmail):
        profiles.set_email(session, minh, "lan at example.com")
    assert profiles.email_of(session, minh) is None
    profiles.set_email(session, lan, None)
    profiles.set_email(session, minh, "lan@example.com")
    assert profiles.email_of(session, minh) == "lan@example.com"


def test_only_a_demo_shop_makes_demo_people(session: Session) -> None:
    real = make_customer(session)
    session.info["shop"] = replace(session.info["shop"], demo=True)
    assert (real.demo, make_customer(session).demo) == (False, True)


def test_the_link_somebody_came_by_is_kept_clean_and_short(session: Session) -> None:
    customer = profiles.create(session, source="messenger", now=NOON, source_ref="qr\x00\ud800-" + "a" * 500)
    assert customer.source_ref is not None
    assert customer.source_ref.startswith("qr-aaa")
    assert len(customer.source_ref) == 200


def test_releasing_a_customer_only_a_purchase_made_gives_the_phone_back(database: Database) -> None:
    with database.transaction() as session:
        customer = make_customer(session, phone=LAN, name="Lan")
        profiles.set_email(session, customer, "lan@example.com")
        stats = profiles.lock(session, customer.id)
        stats.ledger_seq, stats.ledger_chain = 2, b"the ledger stays"
        assert profiles.release(session, customer.id, now=later(1))

    with database.transaction() as session:
        gone = profiles.get(session, customer.id)
        stats = profiles.lock(session, customer.id)
        assert (gone.name, gone.phone, gone.phone_key, gone.email, gone.email_key) == (None,) * 5
        assert gone.erased_at == stats.erased_at == later(1)
        assert (stats.has_phone, stats.ledger_seq) == (False, 2)
        assert session.get(CustomerKey, gone.id) is None
        assert session.scalars(sa.select(NameToken)).all() == []
        assert profiles.find_by_phone(session, LAN) is None
        assert not profiles.release(session, customer.id, now=later(2))
        with pytest.raises(people.Erased):
            people.key_of(session, gone.id)
        assert make_customer(session, phone=LAN).id != gone.id


@pytest.mark.parametrize("reason", ["chat", "proof", "consent", "orders", "points"])
def test_a_customer_who_did_something_themself_is_not_released(session: Session, reason: str) -> None:
    customer = make_customer(session, phone=LAN, name="Lan", proof="shared" if reason == "proof" else None)
    stats = profiles.lock(session, customer.id)
    if reason in ("chat", "consent"):
        identity = make_identity(session, customer)
        if reason == "consent":
            answer(session, identity, granted=False)
    stats.orders, stats.points = int(reason == "orders"), int(reason == "points")
    session.flush()

    assert not profiles.release(session, customer.id, now=later(1))
    assert profiles.phone_of(session, customer) == LAN


def test_a_restored_person_without_a_key_has_no_name(session: Session, tampering: None) -> None:
    customer = make_customer(session, name="Lan", phone=LAN)
    session.execute(sa.delete(CustomerKey))
    session.info.pop("person_keys")
    assert profiles.name_of(session, customer) is None
    assert profiles.phone_of(session, customer) is None


def test_the_lock_sees_what_others_committed_meanwhile(database: Database) -> None:
    with database.transaction() as session:
        customer_id = make_customer(session).id
    with database.read_only() as stale:
        assert stale.get_one(CustomerStats, customer_id).points == 0
    with database.transaction() as session:
        seen = session.get_one(CustomerStats, customer_id)
        session.execute(sa.update(CustomerStats).values(points=5).execution_options(synchronize_session=False))
        assert seen.points == 0
        assert profiles.lock(session, customer_id).points == seen.points == 5
