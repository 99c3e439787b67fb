"""The rules of points as a document."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlalchemy.orm import Session

from loyalty.programme import versions
from loyalty.programme.faults import BadProgramme
from loyalty.programme.models import ProgrammeVersion
from loyalty.programme.versions import NoProgramme
from tests.builders_customers import make_customer
from tests.builders_points import DEMO, award, demo_programme, make_programme

DOCUMENT = DEMO.read_text(encoding="utf-8")


def test_the_rules_of_a_day_are_the_newest_version_in_force(session: Session) -> None:
    make_programme(session, 2, date(2026, 12, 1), {"per_amount = 10000": "per_amount = 20000"})

    assert versions.at(session, date(2000, 1, 1)).version == 1
    assert versions.at(session, date(2026, 11, 30)).version == 1
    assert versions.at(session, date(2026, 12, 1)).version == 2
    assert versions.at(session, date(2030, 1, 1)).per_amount == 20_000


def test_without_rules_nothing_is_awarded(session: Session) -> None:
    lan = make_customer(session)
    session.execute(delete(ProgrammeVersion))

    with pytest.raises(NoProgramme):
        versions.at(session, date(2026, 11, 22))
    with pytest.raises(NoProgramme):
        award(session, lan)
    with pytest.raises(NoProgramme):
        award(session, "+84912345678")


@pytest.mark.parametrize(
    ("spent", "code"),
    [
        (-1, "member"),
        (0, "member"),
        (1_999_999, "member"),
        (2_000_000, "silver"),
        (9_999_999, "silver"),
        (10**7, "gold"),
    ],
)
def test_a_tier_is_reached_at_its_amount(spent: int, code: str) -> None:
    assert demo_programme().tier_for(spent).code == code


def test_a_tier_is_named_in_the_language_there_is() -> None:
    rules = demo_programme()

    assert rules.tier_name("gold", "vi") == "Vàng"
    assert rules.tier_name("gold", "en") == "Gold"
    assert rules.tier_name("gold", "ja") == "Vàng"
    assert rules.tier_name("platinum", "vi") == "Thành viên"


def test_multipliers_are_exact() -> None:
    assert versions.parse(1, DOCUMENT.replace('"1.25"', '"1.1"')).tiers[1].multiplier == Fraction(11, 10)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("name = ", "name == ", "not TOML"),
        ('name = "Khách quen"', 'name = " "', "name"),
        ("per_amount = 10000", "per_amount = 0", "earning.per_amount"),
        ("per_amount = 10000", "per_amount = true", "earning.per_amount"),
        ("per_amount = 10000", "per_amount = 1e4", "earning.per_amount"),
        ("[earning]", "[burning]", "earning.per_amount"),
        ("[expiry]\nmonths = 12", "[expiry]\nmonths = 0", "expiry.months"),
        ("[qualification]\nmonths = 12", "[qualification]\nmonths = 0", "qualification.months"),
        ('restart = "never"', 'restart = "weekly"', "receipts.restart"),
        ("cashier_bill = 5000000", "cashier_bill = -1", "limits.cashier_bill"),
        ("spend = 0", "spend = 1", "tiers[0].spend"),
        ("spend = 10000000", "spend = 2000000", "tiers"),
        ('code = "gold"', 'code = "silver"', "tiers"),
        ('code = "gold"', "code = 7", "tiers[2].code"),
        ('name = { vi = "Vàng", en = "Gold" }', 'name = "Vàng"', "tiers[2].name"),
        ('multiplier = "1.25"', "multiplier = 1.25", "tiers[1].multiplier"),
        ('multiplier = "1.25"', 'multiplier = "nan"', "tiers[1].multiplier"),
        ('multiplier = "1.25"', 'multiplier = "1/4"', "tiers[1].multiplier"),
        ('multiplier = "1.25"', 'multiplier = "0"', "tiers[1].multiplier"),
        ('multiplier = "1.25"', 'multiplier = "101"', "tiers[1].multiplier"),
    ],
)
def test_a_faulty_document_is_refused_with_its_place(old: str, new: str, place: str) -> None:
    document = DOCUMENT.replace(old, new, 1) if old.startswith("name = ") and new.startswith("name ==") else None
    document = document or DOCUMENT.replace(old, new)
    assert document != DOCUMENT

    with pytest.raises(BadProgramme) as refused:
        versions.parse(1, document)
    assert str(refused.value).startswith(place)


@given(st.text(max_size=200))
def test_any_text_is_a_programme_or_refused(document: str) -> None:
    with pytest.raises(BadProgramme):
        versions.parse(1, document)
    with pytest.raises(BadProgramme):
        versions.parse(1, "tiers = " + document)
