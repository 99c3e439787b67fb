"""Random rules in random shops: the database, the explanation and a reference that knows none of them agree."""

import random
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.customers.models import CustomerStats
from loyalty.segments import changes, fields, membership, people, rules
from loyalty.segments import compile as sql
from loyalty.segments.people import Person
from loyalty.segments.rules import BadRules, Frame, Node
from tests.builders import NOON
from tests.loyalty.segments import reference
from tests.loyalty.segments.crowd import make_shop, random_rule

RULES, PEOPLE = 100, 30


def agree(session: Session, rng: random.Random, *, rules_wanted: int, size: int) -> Iterator[tuple[Any, Node]]:
    """One shop by chance and so many rules, each of which picks the same people three ways."""
    shop = make_shop(session, rng, size, NOON)
    frame = Frame.at(session, NOON)
    totals = {row.customer_id: row for row in session.scalars(sa.select(CustomerStats))}
    facts: dict[int, Any] = {}
    made = 0
    while made < rules_wanted:
        wanted = random_rule(rng, shop)
        try:
            node = rules.parse(wanted, frame)
        except BadRules as refused:
            assert "nested over" in refused.problem or "over 100" in refused.problem, (wanted, refused)
            continue
        made += 1
        expected = {id_ for id_, person in shop["people"].items() if reference.belongs(wanted, person, shop)}
        found = set(session.scalars(sa.select(CustomerStats.customer_id).where(sql.members(node, frame))))
        assert found == expected, (wanted, sorted(found ^ expected)[:5])
        for id_, row in totals.items():
            person = Person(session, row, frame, id_, instead=facts.get(id_))
            assert (row.erased_at is None and people.holds(node, person)) is (id_ in expected), (wanted, id_)
            facts[id_] = person.known
        yield wanted, node


def test_a_hundred_random_rules_pick_whom_the_reference_picks(session: Session) -> None:
    rng = random.Random(20261130)
    asked: set[str] = set()
    for _wanted, node in agree(session, rng, rules_wanted=RULES, size=PEOPLE):
        asked |= {condition.field for _path, condition in rules.conditions(node)}
    assert len(asked) > len(fields.ALL) * 3 // 4


def test_the_reference_knows_every_field() -> None:
    assert sorted(fields.ALL) == sorted([*reference.NAMES, *reference.ELSEWHERE, "segment"])


def test_what_would_change_a_verdict_changes_it(session: Session) -> None:
    """Each proposed change is made, fact by fact, and judged anew; it is never more than the rules have conditions."""
    rng = random.Random(7)
    frame, proposed = Frame.at(session, NOON), 0
    for _wanted, node in agree(session, rng, rules_wanted=25, size=8):
        asked = [condition for _path, condition in rules.conditions(node)]
        for id_ in session.scalars(sa.select(CustomerStats.customer_id).where(CustomerStats.erased_at.is_(None))):
            found = membership.explain(session, node, frame, id_)
            said = [changes.say(found.changes, found.belongs, frame, locale) for locale in ("vi", "en")]
            assert all(text and "{" not in text for text in said)
            if found.changes is None:
                continue
            proposed += 1
            person = Person(session, session.get_one(CustomerStats, id_), frame, id_)
            instead = {people.asked(change.condition): change.after for change in found.changes}
            assert people.holds(node, person.changed(instead)) is not found.belongs
            assert any(c.field == "segment" for c in asked) or len(found.changes) <= len(asked)
    assert proposed > 50
