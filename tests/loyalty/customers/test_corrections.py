"""Corrections and their way back."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from loyalty.customers import corrections, profiles
from loyalty.customers.corrections import Change, ChangedSince, Field, NoWayBack
from loyalty.customers.emails import NotAnEmail
from loyalty.customers.models import CustomerStats
from loyalty.customers.profiles import PhoneTaken
from loyalty.privacy import erasing
from loyalty.vault.people import Erased
from tests.builders import NOON
from tests.builders_customers import LAN, MINH, make_customer

DAY = timedelta(hours=24)


def test_a_preview_shows_only_what_would_change(session: Session) -> None:
    customer = make_customer(session, name="Lan", phone=LAN)
    wanted = {Field.NAME: "Lan", Field.PHONE: MINH, Field.EMAIL: None, Field.LOCALE: "en"}
    assert corrections.compare(session, customer, wanted) == [
        Change(Field.PHONE, LAN, MINH),
        Change(Field.LOCALE, None, "en"),
    ]


def test_what_was_corrected_can_be_put_back_with_its_proof(session: Session) -> None:
    customer = make_customer(session, name="Lna", phone=LAN, proof="shared")
    wanted = {Field.NAME: "Nguyễn Lan", Field.PHONE: MINH, Field.EMAIL: "lan@example.com"}
    way_back = corrections.correct(session, customer, wanted, now=NOON)

    assert way_back is not None and customer.phone_proof is None
    assert corrections.current(session, customer) == {**wanted, Field.LOCALE: None, Field.BIRTHDAY: None}
    assert corrections.fields_of(session, customer, way_back) == list(wanted)
    assert "Lna" not in way_back

    assert corrections.go_back(session, customer, way_back, now=NOON + DAY) == list(wanted)
    assert list(corrections.current(session, customer).values()) == ["Lna", LAN, None, None, None]
    assert customer.phone_proof == "shared"


def test_a_phone_that_was_not_there_goes_again(session: Session) -> None:
    customer = make_customer(session)
    way_back = corrections.correct(session, customer, {Field.PHONE: LAN}, now=NOON)
    assert way_back is not None
    corrections.go_back(session, customer, way_back, now=NOON)
    assert profiles.find_by_phone(session, LAN) is None
    assert not session.get_one(CustomerStats, customer.id).has_phone


def test_nothing_different_has_no_way_back(session: Session) -> None:
    customer = make_customer(session, name="Lan", phone=LAN, proof="shared")
    assert corrections.correct(session, customer, {Field.NAME: "Lan", Field.PHONE: LAN}, now=NOON) is None
    assert customer.phone_proof == "shared"


def test_a_refused_field_leaves_the_others_as_they_were(session: Session) -> None:
    make_customer(session, phone=MINH)
    customer = make_customer(session, name="Lan", phone=LAN)
    with pytest.raises(PhoneTaken):
        corrections.correct(session, customer, {Field.NAME: "Hoa", Field.PHONE: MINH}, now=NOON)
    with pytest.raises(NotAnEmail):
        corrections.correct(session, customer, {Field.NAME: "Hoa", Field.EMAIL: "x"}, now=NOON)
    assert profiles.name_of(session, customer) == "Lan"
    assert profiles.find_by_phone(session, LAN) is customer


class TestGoingBack:
    def test_only_for_a_day(self, session: Session) -> None:
        customer = make_customer(session, name="Lan")
        way_back = corrections.correct(session, customer, {Field.NAME: "Hoa"}, now=NOON)
        assert way_back is not None
        with pytest.raises(NoWayBack):
            corrections.go_back(session, customer, way_back, now=NOON + DAY + timedelta(seconds=1))

    def test_not_over_what_somebody_changed_since(self, session: Session) -> None:
        customer = make_customer(session, name="Lan")
        way_back = corrections.correct(session, customer, {Field.NAME: "Hoa"}, now=NOON)
        profiles.set_name(session, customer, "Minh", now=NOON)
        assert way_back is not None
        with pytest.raises(ChangedSince):
            corrections.go_back(session, customer, way_back, now=NOON)
        assert profiles.name_of(session, customer) == "Minh"

    def test_not_to_a_phone_that_is_somebody_elses_now(self, session: Session) -> None:
        customer = make_customer(session, phone=LAN)
        way_back = corrections.correct(session, customer, {Field.PHONE: MINH}, now=NOON)
        make_customer(session, phone=LAN)
        assert way_back is not None
        with pytest.raises(PhoneTaken):
            corrections.go_back(session, customer, way_back, now=NOON)
        assert profiles.phone_of(session, customer) == MINH

    @pytest.mark.parametrize("text", ["", "x", "AAAA", "%", "é", "\x00", "A" * 4000])
    def test_any_text_may_be_tried(self, session: Session, text: str) -> None:
        with pytest.raises(NoWayBack):
            corrections.go_back(session, make_customer(session), text, now=NOON)

    def test_another_customers_way_back_opens_nothing(self, session: Session) -> None:
        lan, minh = make_customer(session, name="Lan"), make_customer(session, name="Lan")
        way_back = corrections.correct(session, lan, {Field.NAME: "Hoa"}, now=NOON)
        assert way_back is not None
        with pytest.raises(NoWayBack):
            corrections.go_back(session, minh, way_back, now=NOON)


def test_who_was_erased_is_not_corrected(session: Session) -> None:
    customer = make_customer(session, phone=LAN)
    erasing.erase(session, customer.id, by="cli", now=NOON)
    with pytest.raises(Erased):
        corrections.correct(session, customer, {Field.NAME: "Hoa"}, now=NOON)
