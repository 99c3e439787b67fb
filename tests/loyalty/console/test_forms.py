"""Forms read what people type; what is wrong stands beside its field, with one right example, in their language."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from loyalty.console.forms import Choice, Day, Flag, Form, FormSchema, Many, Moment, Money, Phone, Text, WholeNumber
from loyalty.console.section import Refusal
from loyalty.customers import profiles
from loyalty.customers.models import Customer
from loyalty.customers.profiles import PhoneTaken
from tests.builders import NOON


class Everything(FormSchema):
    name = Text(required=True, longest=10)
    note = Text(lines=True)
    amount = Money()
    phone = Phone()
    days = WholeNumber(low=1, high=366)
    people = WholeNumber()
    tier = Choice(["silver", "gold"])
    channels = Many(["zalo", "messenger"])
    agreed = Flag()
    on = Day()
    at = Moment()


REFUSALS = {"phone_taken": Refusal("Số này đã có chủ.", "The number is taken.", "phone")}


def sent(session: Session, locale: str = "vi", **fields: str | list[str]) -> Form:
    given = MultiDict({"name": "Lan", **fields})
    return Form(Everything, given, MultiDict(), {}, session=session, locale=locale, known=REFUSALS)


@pytest.mark.parametrize(
    ("field", "typed", "read"),
    [
        ("name", "  Lan\u0303  ", "Lañ"),
        ("note", "một\r\nhai", "một\nhai"),
        ("amount", "250k", 250_000),
        ("amount", "1tr2", 1_200_000),
        ("amount", "250.000", 250_000),
        ("phone", "0912 345 678", "+84912345678"),
        ("phone", "84912345678", "+84912345678"),
        ("days", "30", 30),
        ("people", "1.500", 1_500),
        ("people", "12 000 000", 12_000_000),
        ("people", "1,500", 1_500),
        ("tier", "gold", "gold"),
        ("channels", ["zalo", "messenger"], ["zalo", "messenger"]),
        ("agreed", "1", True),
        ("on", "2026-12-31", date(2026, 12, 31)),
        ("on", "31/12/2026", date(2026, 12, 31)),
        ("at", "2026-12-31T09:30", datetime(2026, 12, 31, 2, 30, tzinfo=UTC)),  # the shop is 7 hours ahead
    ],
)
def test_what_people_type_is_understood(session: Session, field: str, typed: Any, read: object) -> None:
    given = sent(session, **{field: typed}).read()

    assert given is not None
    assert given[field] == read


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", "", "Còn thiếu"),
        ("name", "x" * 11, "10"),
        ("name", "a\x00b", "ký tự"),
        ("name", "a\nb", "ký tự"),
        ("name", "\ud800", "ký tự"),
        ("amount", "250", "250k"),
        ("amount", "nhiều", "250k"),
        ("phone", "12345", "0912 345 678"),
        ("days", "0", "1"),
        ("days", "ba", "số nguyên"),
        ("days", "1,5", "số nguyên, ví dụ: 30"),
        ("days", "1.5", "số nguyên"),
        ("days", "0.100", "số nguyên"),
        ("people", "1.500,000", "số nguyên"),
        ("days", "9" * 400, "số nguyên"),
        ("days", "１２", "số nguyên"),
        ("tier", "bronze", "Chọn"),
        ("channels", ["zalo", "email"], "Chọn"),
        ("on", "31/02/2026", "31/12/2026"),
        ("at", "mai", "09:30"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_with_a_right_example(
    session: Session, field: str, typed: Any, said: str
) -> None:
    form = sent(session, **{field: typed})

    assert form.read() is None
    assert list(form.errors) == [field]
    assert said in form.errors[field]


def test_errors_are_said_in_the_readers_language(session: Session) -> None:
    form = sent(session, "en", name="")

    assert form.read() is None
    assert form.errors["name"] == "This is still missing."


def test_empty_fields_are_nothing_and_unknown_ones_are_left_alone(session: Session) -> None:
    given = sent(session, note=" ", stranger="x").read()

    assert given is not None
    assert given["note"] is None
    assert "stranger" not in given


def test_what_was_typed_stands_in_the_form_again(session: Session) -> None:
    form = sent(session, days="ba")

    assert form["days"] == "ba"
    assert form["name"] == "Lan"


def _give_phone(session: Session) -> Callable[[Mapping[str, Any]], object]:
    def act(given: Mapping[str, Any]) -> object:
        profiles.create(session, source="console", name="Minh", now=NOON)
        return profiles.create(session, source="console", phone=given["phone"], now=NOON)

    return act


def test_a_refusal_of_the_domain_undoes_the_act_and_stands_beside_its_field(session: Session) -> None:
    profiles.create(session, source="console", phone="+84912345678", now=NOON)
    form = sent(session, phone="0912345678")

    assert not form.carry_out(_give_phone(session))

    assert form.errors == {"phone": "Số này đã có chủ."}
    assert session.scalar(select(func.count()).select_from(Customer)) == 1  # Minh was not made


def test_an_act_that_succeeds_leaves_its_result(session: Session) -> None:
    form = sent(session, phone="0912345678")

    assert form.carry_out(_give_phone(session))

    assert profiles.phone_of(session, form.result) == "+84912345678"


def test_a_refusal_without_a_field_stands_above_the_form(session: Session) -> None:
    form = sent(session)
    form.refuse_with(PhoneTaken(1))
    assert form.errors == {"phone": "Số này đã có chủ."}

    form = Form(FormSchema, MultiDict(), MultiDict(), {}, session=session, locale="vi", known=REFUSALS)
    form.refuse_with(PhoneTaken(1))
    assert form.errors == {"": "Số này đã có chủ."}
