"""What stands in a shop's own fields: typed, sealed, moved, forgotten."""

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.activity import timeline
from loyalty.customers import profiles
from loyalty.customers.corrections import ChangedSince
from loyalty.customers.traits import correcting, fields, typing, values
from loyalty.customers.traits.fields import Definition
from loyalty.customers.traits.models import CustomField, CustomValue
from loyalty.customers.traits.typing import BadCustomValue
from loyalty.privacy import portrait
from loyalty.staff.audit import Author
from tests.builders import NOON
from tests.builders_campaigns import make_person, stats_of
from tests.builders_chat import meet

BY = Author("staff:x", "console")


def field(session: Session, kind: str, **more: Any) -> CustomField:
    """A field named after its kind."""
    choices = ("S", "M") if kind == "choice" else ()
    stated: dict[str, Any] = {"purpose": "care", "months": 12, "choices": choices, **more}
    return fields.define(session, Definition(f"a_{kind}", kind, kind, kind, **stated), by=BY, now=NOON)


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("text", " không  đường ", "không đường"),
        ("number", "1.250", 1_250),
        ("number", "-3", -3),
        ("number", 38.0, 38),
        ("money", "250k", 250_000),
        ("money", "1500000", 1_500_000),
        ("money", "500đ", 500),
        ("text", 1.5, "1.5"),
        *((kind, 1.125, None) for kind in ("number", "money", "date", "flag")),
        ("date", "20/11/2026", date(2026, 11, 20)),
        ("date", date(2026, 11, 20), date(2026, 11, 20)),
        ("flag", "Có", True),
        ("flag", "no", False),
        ("choice", "m", "M"),
        *((kind, wrong, None) for kind, wrong in [("number", "ba"), ("money", "50"), ("date", "31/02/2026")]),
        *((kind, wrong, None) for kind, wrong in [("flag", "có lẽ"), ("choice", "L"), ("text", "x" * 201)]),
    ],
)
def test_a_value_is_read_as_people_type_it(session: Session, kind: str, typed: Any, kept: Any) -> None:
    made = field(session, kind)
    if kept is None:
        with pytest.raises(BadCustomValue) as refused:
            typing.parse(made, typed)
        assert typing.read(made, refused.value.example) is not None  # the example is a right one
        return
    assert typing.parse(made, typed) == kept == typing.parse(made, typing.typed(made, kept))


def test_a_personal_value_is_sealed_and_goes_with_its_person(session: Session) -> None:
    made, plain = field(session, "text", personal=True), field(session, "number")
    bare, owner = make_person(session), make_person(session)
    values.put_all(session, bare, {"a_text": "hen suyễn", "a_number": 5}, by=BY, now=NOON)
    values.put_all(session, owner, {"a_number": 7}, by=BY, now=NOON)
    cell = session.scalar(sa.select(CustomValue.cell).filter_by(field_id=made.id))
    assert cell is not None and b"hen" not in cell
    values.follow(session, bare, owner)
    assert values.of_customer(session, bare) == []
    assert {held.field.key: held.value for held in values.of_customer(session, owner)} == {
        "a_text": "hen suyễn",
        "a_number": 7,
    }
    profiles.forget(session, owner, stats_of(session, owner), now=NOON)
    owner.moved_to_id = bare.id
    assert session.scalars(sa.select(CustomValue.field_id).filter_by(field_id=plain.id)).all() == []


def test_what_is_told_again_is_as_new_as_any_and_no_news(session: Session) -> None:
    made, lan, later = field(session, "number"), make_person(session), NOON + timedelta(days=300)
    values.put_all(session, lan, {"a_number": 5}, by=BY, now=NOON)
    assert values.put_all(session, lan, {"a_number": 5}, by=Author("key:x", "api"), now=later) == []
    [held] = values.of_customer(session, lan)
    assert (held.value, held.source, held.at) == (5, "api", later)
    assert values.forget_old(session, made.id, later, limit=10) == 0
    assert [row.kind for row in timeline.list_newest(session, lan.id)].count("custom_fields") == 1


def test_what_stands_in_a_field_put_away_moves_with_its_person_and_is_in_their_copy(session: Session) -> None:
    made, lan, owner = field(session, "text", personal=True), meet(session), make_person(session)
    lan.say("điểm")
    chat = lan.identity
    assert chat is not None
    values.put_all(session, lan.customer, {"a_text": "hen"}, by=BY, now=NOON)
    fields.archive(session, made, now=NOON)
    copy = portrait.document(session, chat, now=NOON)
    assert [each["value"] for each in copy["own_fields"]] == ["hen"]
    values.follow(session, lan.customer, owner)
    assert values.of_customer(session, owner) == []
    assert [held.value for held in values.of_customer(session, owner, archived=True)] == ["hen"]


def test_corrections_go_back_unless_changed_since(session: Session) -> None:
    field(session, "text", personal=True)
    field(session, "date")
    lan = make_person(session, "Lan")
    changed, way = correcting.correct(session, lan, {"a_text": "hen", "a_date": date(2026, 12, 1)}, by=BY, now=NOON)
    assert (sorted(changed), way is not None) == (["a_date", "a_text"], True)
    assert way is not None
    assert correcting.correct(session, lan, {"a_text": "hen"}, by=BY, now=NOON) == ([], None)
    _, later = correcting.correct(session, lan, {"a_date": None}, by=BY, now=NOON)
    assert later is not None
    with pytest.raises(ChangedSince):
        correcting.go_back(session, lan, way, by=BY, now=NOON)
    correcting.go_back(session, lan, later, by=BY, now=NOON)
    correcting.go_back(session, lan, way, by=BY, now=NOON)
    assert correcting.current(session, lan) == {}
    told = [row.data["fields"] for row in timeline.list_newest(session, lan.id) if row.kind == "custom_fields"]
    assert told == [["a_date", "a_text"], ["a_date"], ["a_date"], ["a_date", "a_text"]]


def test_what_is_too_old_is_forgotten_by_steps(session: Session) -> None:
    made = field(session, "number")
    for age in (10, 20, 400, 500):
        values.put_all(session, make_person(session), {"a_number": age}, by=BY, now=NOON - timedelta(days=age))
    gone = [values.forget_old(session, made.id, NOON - timedelta(days=365), limit=1) for _ in range(3)]
    assert gone == [1, 1, 0]
    assert session.scalars(sa.select(CustomValue.number).order_by(CustomValue.number)).all() == [10, 20]
