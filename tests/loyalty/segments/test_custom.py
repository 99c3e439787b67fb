"""A shop's own fields in rules."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.customers.models import CustomerStats
from loyalty.customers.traits import fields as own
from loyalty.customers.traits import values
from loyalty.customers.traits.fields import Definition
from loyalty.db import is_sqlite
from loyalty.segments import changes, fields, membership, rules, schema, sentence
from loyalty.segments import compile as sql
from loyalty.segments.rules import BadRules, Frame
from loyalty.staff.audit import Author
from tests.builders import NOON
from tests.builders_campaigns import make_person

BY = Author("demo", "demo")
TODAY = NOON.date()
SHOP = [
    Definition("size", "Cỡ giày", "Shoe size", "number", "personalisation", 24),
    Definition("budget", "Ngân sách", "Budget", "money", "personalisation", 24),
    Definition("visit", "Hẹn lại", "Next visit", "date", "care", 24),
    Definition("pet", "Có thú cưng", "Has a pet", "flag", "care", 24),
    Definition("skin", "Loại da", "Skin", "choice", "care", 24, choices=("Da dầu", "Da khô")),
    Definition("milk", "Loại sữa", "Milk", "text", "personalisation", 24),
    Definition("illness", "Bệnh nền", "Illness", "text", "care", 12, personal=True),
]
PEOPLE: dict[str, dict[str, Any]] = {
    "Lan": {"size": 38, "budget": 500_000, "visit": TODAY + timedelta(3), "pet": True, "skin": "Da dầu", "milk": "yến"},
    "Minh": {"size": 42, "visit": TODAY - timedelta(5), "pet": False, "skin": "Da khô", "illness": "hen"},
    "Hoa": {},
}
CASES: list[tuple[dict[str, Any], set[str]]] = [
    ({"field": "custom.size", "op": ">=", "value": 40}, {"Minh"}),
    ({"field": "custom.size", "op": "between", "value": [38, 40]}, {"Lan"}),
    ({"field": "custom.size", "op": "not_in", "value": [38]}, {"Minh", "Hoa"}),
    ({"not": {"field": "custom.size", "op": "<", "value": 40}}, {"Minh", "Hoa"}),
    ({"field": "custom.budget", "op": ">", "value": 499_999}, {"Lan"}),
    ({"field": "custom.visit", "op": "between", "value": [0, 7]}, {"Lan"}),
    ({"field": "custom.visit", "op": "<", "value": 0}, {"Minh"}),
    ({"field": "custom.pet", "op": "=", "value": True}, {"Lan"}),
    ({"field": "custom.pet", "op": "=", "value": False}, {"Minh", "Hoa"}),
    ({"field": "custom.skin", "op": "=", "value": "Da khô"}, {"Minh"}),
    ({"field": "custom.skin", "op": "!=", "value": "Da khô"}, {"Lan", "Hoa"}),
    ({"field": "custom.milk", "op": "in", "value": ["yến", "đậu"]}, {"Lan"}),
    ({"field": "custom.illness", "op": "=", "value": True}, {"Minh"}),
    ({"field": "custom.illness", "op": "!=", "value": True}, {"Lan", "Hoa"}),
]


@pytest.fixture
def shop(session: Session) -> dict[str, int]:
    """Everybody's id, each with their values."""
    for definition in SHOP:
        own.define(session, definition, by=BY, now=NOON)
    ids = {}
    for name, given in PEOPLE.items():
        customer = make_person(session, name)
        values.put_all(session, customer, given, by=BY, now=NOON)
        ids[name] = customer.id
    return ids


def test_sql_and_explanation_choose_the_same_people(session: Session, shop: dict[str, int]) -> None:
    frame = Frame.at(session, NOON)
    for wanted, names in CASES:
        node = rules.parse(wanted, frame)
        found = set(session.scalars(sa.select(CustomerStats.customer_id).where(sql.members(node, frame))))
        assert found == {shop[name] for name in names}, wanted
        assert membership.count(session, node, frame) == len(names), wanted
        for name, id_ in shop.items():
            told = membership.explain(session, node, frame, id_)
            assert told.belongs is (name in names), (wanted, name)
            assert "{" not in changes.say(told.changes, told.belongs, frame, "vi")


def test_everybody_is_asked_as_suits_the_engine(session: Session, shop: dict[str, int]) -> None:
    """PostgreSQL makes no join of a negated list, and goes through it anew for each customer where it is long; SQLite
    begins with the list, unless asked whether it is 1."""
    not_so = plan_of(session, {"field": "custom.pet", "op": "=", "value": False})
    so = plan_of(session, {"field": "custom.size", "op": "=", "value": 41})
    if is_sqlite(session):
        assert "LIST SUBQUERY" in not_so and "SEARCH customer_stats USING INTEGER PRIMARY KEY" in so
    else:
        assert "Anti Join" in not_so and "SubPlan" not in not_so


def plan_of(session: Session, wanted: dict[str, Any]) -> str:
    frame = Frame.at(session, NOON)
    query = sa.select(CustomerStats.customer_id).where(sql.members_of_all(rules.parse(wanted, frame), frame))
    spelled = query.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    explain = "EXPLAIN QUERY PLAN" if is_sqlite(session) else "EXPLAIN"
    return str(session.execute(sa.text(f"{explain} {spelled}")).all())


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (CASES[0][0], "Khách hàng: Cỡ giày từ 40 trở lên"),
        (CASES[4][0], "Khách hàng: Ngân sách trên 499.999đ"),
        (CASES[5][0], "Khách hàng: Hẹn lại còn từ 0 ngày đến 7 ngày"),
        (CASES[7][0], "Khách hàng: Có thú cưng: có"),
        (CASES[9][0], "Khách hàng: Loại da Da khô"),
        (CASES[13][0], "Khách hàng: chưa có Bệnh nền"),
    ],
)
def test_rules_on_own_fields_read_as_a_sentence(
    session: Session, shop: dict[str, int], wanted: dict[str, Any], said: str
) -> None:
    frame = Frame.at(session, NOON)
    assert sentence.describe(rules.parse(wanted, frame), frame) == said


@pytest.mark.parametrize(
    "wanted",
    [
        {"field": "custom.none", "op": "=", "value": 1},
        {"field": "custom.size", "op": "=", "value": "38"},
        {"field": "custom.skin", "op": "=", "value": "Da thường"},
        {"field": "custom.illness", "op": "=", "value": "hen"},
        {"field": "custom.pet", "op": ">", "value": True},
    ],
)
def test_what_a_field_cannot_be_asked_is_refused(session: Session, shop: dict[str, int], wanted: Any) -> None:
    with pytest.raises(BadRules):
        rules.parse(wanted, Frame.at(session, NOON))


def test_form_and_schema_know_them_and_a_field_put_away_is_gone(session: Session, shop: dict[str, int]) -> None:
    frame = Frame.at(session, NOON)
    named = {f"custom.{definition.key}" for definition in SHOP}
    consts = {each["properties"]["field"]["const"] for each in schema.document(frame)["$defs"]["condition"]["oneOf"]}
    assert named <= consts and named <= fields.known(frame).keys()
    for field in (fields.known(frame)[name] for name in sorted(named)):
        rules.parse(schema.example_of(field), frame)
    own.archive(session, own.get(session, "size"), now=NOON)
    with pytest.raises(BadRules):
        rules.parse(CASES[0][0], Frame.at(session, NOON))
