"""API keys: shown once, found by hash, refused once revoked."""

import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.alerts import raising
from loyalty.staff import keys
from loyalty.staff.keys import KeyNameTaken, KeyNameUnclear, KeyNotFound, UnknownScope
from loyalty.staff.models import AuditEntry
from tests.builders import NOON


def test_a_key_is_found_by_its_text_alone_and_the_text_is_not_kept(session: Session) -> None:
    key, plain = keys.create(session, "pos", ["customers:read"], now=NOON)

    assert re.fullmatch(r"kq_[A-Za-z0-9_-]{43}", plain)
    assert keys.find(session, plain) is key
    assert plain.encode() not in key.key_hash
    assert keys.find(session, plain[:-1] + ("A" if plain[-1] != "A" else "B")) is None


@pytest.mark.parametrize("text", ["", "kq_", "kq_" + "a" * 43, "kq_" + "é" * 43, "\x00", "\ud800", "kq_" + "a" * 9999])
def test_any_text_may_be_asked_for(session: Session, text: str) -> None:
    assert keys.find(session, text) is None


def test_scopes_are_kept_once_each_in_their_order(session: Session) -> None:
    key, _ = keys.create(session, "pos", ["purchases:write", "customers:read", "purchases:write"], now=NOON)
    [told] = raising.list_open(session)
    assert (told.kind, told.subject) == ("api_key_made", f"key:{key.public_id}")
    assert key.scopes == ["customers:read", "purchases:write"]


@pytest.mark.parametrize(("scopes", "unknown"), [(["customers:read", "shop:burn"], ["shop:burn"]), ([], [])])
def test_unknown_or_no_scopes_are_refused(session: Session, scopes: list[str], unknown: list[str]) -> None:
    with pytest.raises(UnknownScope) as refusal:
        keys.create(session, "pos", scopes, now=NOON)
    assert refusal.value.facts["unknown"] == unknown
    assert keys.list_all(session) == []


@pytest.mark.parametrize("name", ["", " ", "…", "x" * 81, "\ud800"])
def test_a_name_that_says_nothing_or_too_much_is_refused(session: Session, name: str) -> None:
    with pytest.raises(KeyNameUnclear):
        keys.create(session, name, ["customers:read"], now=NOON)


def test_a_revoked_key_is_refused_and_its_name_free(session: Session) -> None:
    first, plain = keys.create(session, "pos", ["customers:read"], now=NOON)
    with pytest.raises(KeyNameTaken):
        keys.create(session, "pos", ["customers:read"], now=NOON)

    keys.revoke(session, "pos", now=NOON)
    second, _ = keys.create(session, "pos", ["customers:read"], now=NOON)

    assert keys.find(session, plain) is None
    assert first.revoked_at == NOON
    assert keys.list_all(session) == [second, first]


def test_a_key_is_revoked_by_its_id_even_when_another_is_called_so(session: Session) -> None:
    first, _ = keys.create(session, "pos", ["customers:read"], now=NOON)
    other, _ = keys.create(session, first.public_id, ["customers:read"], now=NOON)

    assert keys.revoke(session, first.public_id, now=NOON) is first
    assert keys.revoke(session, first.public_id, now=NOON) is other


@pytest.mark.parametrize("typed", ["nobody", "", "\x00", "\ud800"])
def test_revoking_what_is_not_there_is_refused(session: Session, typed: str) -> None:
    with pytest.raises(KeyNotFound):
        keys.revoke(session, typed, now=NOON)


def test_keys_come_and_go_in_the_audit(session: Session) -> None:
    key, _ = keys.create(session, "pos", ["customers:read"], now=NOON)
    keys.revoke(session, "pos", now=NOON)

    told = session.execute(select(AuditEntry.actor, AuditEntry.action, AuditEntry.subject)).all()
    subject = f"key:{key.public_id}"
    assert told == [("cli", "api_key_created", subject), ("cli", "api_key_revoked", subject)]
