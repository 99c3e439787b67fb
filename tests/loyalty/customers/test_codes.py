from datetime import timedelta
from itertools import chain, repeat

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.customers import codes
from loyalty.customers.models import MemberCode
from loyalty.typed.codes import CODE_ALPHABET
from tests.builders import NOON
from tests.builders_customers import later, make_chat, make_customer


def test_a_code_is_six_signs_and_finds_its_customer_and_chat(session: Session) -> None:
    chat = make_chat(session)
    code = codes.issue_member_code(session, chat.customer_id, chat.id, now=NOON)
    assert len(code) == 6
    assert set(code) <= set(CODE_ALPHABET)
    for typed in (code, code.lower(), f" {code[:3]}-{code[3:]} "):
        found = codes.find_by_code(session, typed, now=later(1))
        assert found is not None
        assert (found.customer_id, found.identity_id) == (chat.customer_id, chat.id)


def test_a_code_lives_five_minutes(session: Session) -> None:
    customer = make_customer(session)
    code = codes.issue_member_code(session, customer.id, None, now=NOON)
    assert codes.find_by_code(session, code, now=later(5) - timedelta(microseconds=1))
    assert codes.find_by_code(session, code, now=later(5)) is None


def test_only_the_newest_code_of_a_chat_is_good(session: Session) -> None:
    chat, other = make_chat(session), make_chat(session)
    first = codes.issue_member_code(session, chat.customer_id, chat.id, now=NOON)
    others = codes.issue_member_code(session, other.customer_id, other.id, now=NOON)
    second = codes.issue_member_code(session, chat.customer_id, chat.id, now=later(1))
    assert codes.find_by_code(session, first, now=later(1)) is None
    assert codes.find_by_code(session, second, now=later(1))
    assert codes.find_by_code(session, others, now=later(1))


def test_the_code_itself_is_not_kept(session: Session) -> None:
    code = codes.issue_member_code(session, make_customer(session).id, None, now=NOON)
    row = session.execute(sa.select(*MemberCode.__table__.columns)).one()
    assert code not in str(tuple(row))
    assert code.encode() not in row.code_hash


def test_a_code_somebody_holds_already_is_drawn_again(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = chain(repeat("M7K2QD", 3), repeat("K9XW4P"))
    monkeypatch.setattr(codes, "_draw", lambda: next(drawn))
    lan, minh = make_customer(session), make_customer(session)
    assert codes.issue_member_code(session, lan.id, None, now=NOON) == "M7K2QD"
    assert codes.issue_member_code(session, minh.id, None, now=NOON) == "K9XW4P"


@pytest.mark.parametrize("typed", ["", "M7K2Q", "M7K2QDD", "0O1IL0", "\x00\ud800", "đđđđđđ", "A" * 100_000])
def test_any_text_may_be_tried_as_a_code(session: Session, typed: str) -> None:
    assert codes.find_by_code(session, typed, now=NOON) is None


def test_codes_of_a_chat_can_be_voided_and_old_ones_pruned(session: Session) -> None:
    chat, other = make_chat(session), make_chat(session)
    first = codes.issue_member_code(session, chat.customer_id, chat.id, now=NOON)
    codes.void(session, chat.id)
    assert codes.find_by_code(session, first, now=NOON) is None

    second = codes.issue_member_code(session, other.customer_id, other.id, now=NOON)
    codes.prune(session, now=later(4))
    assert codes.find_by_code(session, second, now=later(4))
    codes.prune(session, now=later(5))
    assert session.scalars(sa.select(MemberCode)).all() == []
