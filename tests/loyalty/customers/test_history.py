"""The timeline by groups, who looked, and how old what is known is."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from loyalty.activity import timeline
from loyalty.customers import history, notes, profiles
from loyalty.customers.corrections import Field
from loyalty.staff import audit
from tests.builders import NOON
from tests.builders_customers import LAN, later, make_customer


def write(session: Session, customer_id: int, *kinds: str) -> None:
    for kind in kinds:
        timeline.record(session, customer_id, kind, at=NOON)


def kinds_of(session: Session, customer_id: int, group: str | None, limit: int = 30) -> list[str]:
    found, before = [], None
    while True:
        page = history.list_group(session, customer_id, group, before=before, limit=limit)
        found += [row.kind for row in page.rows]
        if page.next is None:
            return found
        before = page.next


@pytest.mark.parametrize("limit", [1, 2, 30])
def test_a_group_shows_its_kinds_newest_first(session: Session, limit: int) -> None:
    customer = make_customer(session)  # created, joined
    write(session, customer.id, "message_in", "message_out", "consent", "purchase", "message_in")
    notes.add(session, customer.id, "Không đường", key="n", by=audit.CLI, now=NOON)

    assert kinds_of(session, customer.id, "messages", limit) == ["message_in", "message_out", "message_in"]
    assert kinds_of(session, customer.id, "care", limit) == ["note"]
    assert kinds_of(session, customer.id, "profile", limit) == ["joined", "created"]
    assert len(kinds_of(session, customer.id, None, limit)) == 8


def test_a_page_looks_at_so_many_rows_and_leaves_the_rest_to_the_next(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = make_customer(session)
    write(session, customer.id, "consent", *["message_in"] * 9)
    monkeypatch.setattr(history, "SCAN", 4)

    first = history.list_group(session, customer.id, "consent")
    assert list(first.rows) == [] and first.next is not None
    assert kinds_of(session, customer.id, "consent") == ["consent"]


def test_who_looked_is_told_of_this_customer_only(session: Session) -> None:
    lan, minh = make_customer(session), make_customer(session)
    for customer, action in ((lan, "reveal"), (minh, "reveal"), (lan, "find")):
        audit.record(session, "cli", action, f"customer:{customer.public_id}", source="cli", now=NOON)
    looks = history.list_looks(session, lan)
    assert [look.action for look in looks] == ["find", "reveal"]
    assert [look.action for look in history.list_looks(session, lan, before=looks[0].id)] == ["reveal"]


def test_a_field_is_as_old_as_the_last_time_it_was_given(session: Session) -> None:
    customer = make_customer(session, name="Lan")
    profiles.set_phone(session, customer, LAN, "claimed", now=later(5))
    profiles.set_email(session, customer, "lan@example.com")
    assert history.given_at(session, customer) == {Field.NAME: NOON, Field.PHONE: later(5), Field.EMAIL: None}

    profiles.set_name(session, customer, "Nguyễn Lan", now=later(7))
    subject, detail = f"customer:{customer.public_id}", {"fields": ["email"]}
    audit.record(session, "cli", "customer_corrected", subject, source="console", detail=detail, now=later(9))
    assert history.given_at(session, customer) == {Field.NAME: later(7), Field.PHONE: later(5), Field.EMAIL: later(9)}

    profiles.drop_phone(session, customer)
    profiles.set_name(session, customer, None, now=NOON + timedelta(days=1))
    assert history.given_at(session, customer) == {Field.NAME: None, Field.PHONE: None, Field.EMAIL: later(9)}
