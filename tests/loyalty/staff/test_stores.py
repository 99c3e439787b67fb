"""The store everybody starts with."""

import pytest
from sqlalchemy.orm import Session

from loyalty.staff import stores
from loyalty.staff.models import Store
from loyalty.staff.stores import StoreNotFound


def test_the_first_store_is_the_default_whatever_its_code(session: Session) -> None:
    session.add(Store(public_id="a", code="ALE", name="Lê Lợi"))
    session.flush()

    assert stores.default(session).code == "MAIN"
    assert [store.code for store in stores.list_all(session)] == ["ALE", "MAIN"]


def test_a_code_is_found_in_any_case(session: Session) -> None:
    assert stores.get_by_code(session, " main ") is stores.default(session)


@pytest.mark.parametrize("code", ["", "Q1", "\x00", "\ud800"])
def test_an_unknown_code_is_refused_with_those_there_are(session: Session, code: str) -> None:
    with pytest.raises(StoreNotFound) as refusal:
        stores.get_by_code(session, code)
    assert refusal.value.facts["known"] == ["MAIN"]
