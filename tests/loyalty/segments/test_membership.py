"""Who belongs: the database and plain Python agree, on both engines."""

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from loyalty.customers import profiles
from loyalty.customers.models import Customer, CustomerStats
from loyalty.segments import compile as sql
from loyalty.segments import lists, membership, people, rules, saved
from loyalty.segments.rules import Frame
from tests.builders import NOON
from tests.builders_campaigns import make_person, make_segment, stats_of
from tests.loyalty.segments.test_rules import FRAME, is_

SQLITE = sqlite.dialect()
POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]  # likewise
SMALL = st.integers(-3, 40)
ANY_NUMBER = st.one_of(SMALL, st.integers(-(2**53), 2**53))


def values(field: str) -> st.SearchStrategy[Any]:
    return {
        "number": ANY_NUMBER,
        "days": ANY_NUMBER,
        "tier": st.sampled_from(["member", "Bạc", "gold"]),
        "channel": st.sampled_from(["zalo", "messenger", "z_lo", "e"]),
        "flag": st.booleans(),
        "five": st.sampled_from(["vip", "prospect", "repeat", "promo", "inactive"]),
        "list": st.sampled_from(["list-a", "list-b", "gone"]),
    }[rules.FIELDS[field]]


def one_condition(field: str) -> st.SearchStrategy[Any]:
    def with_op(op: str) -> st.SearchStrategy[Any]:
        value: st.SearchStrategy[Any] = values(field)
        if op == "between":
            order = ["member", "Bạc", "gold"]
            key = order.index if rules.FIELDS[field] == "tier" else None
            value = st.tuples(value, value).map(lambda ends: sorted(ends, key=key))
        elif op in rules.CHOICE:
            value = st.lists(value, min_size=1, max_size=4)
        return value.map(lambda chosen: is_(field, op, chosen))

    return st.sampled_from(rules.OPS_OF[rules.FIELDS[field]]).flatmap(with_op)


CONDITIONS = st.sampled_from(sorted(rules.FIELDS)).flatmap(one_condition)
TREES: st.SearchStrategy[Any] = st.recursive(
    CONDITIONS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda members: {"all": members}),
        st.lists(inner, max_size=3).map(lambda members: {"any": members}),
        inner.map(lambda member: {"not": member}),
    ),
    max_leaves=8,
)


def crowd(session: Session, size: int = 40) -> None:
    """Random people, each field at and around the bounds the trees ask for."""
    chance = random.Random(7)
    for _ in range(size):
        bought = chance.choice([None, NOON - timedelta(hours=chance.randrange(0, 40 * 24))])
        make_person(
            session,
            phone=chance.choice([None, f"+849{chance.randrange(10**8):08}"]),
            tier=chance.choice(["member", "silver", "gold", "vanished"]),
            points=chance.randrange(40),
            orders=chance.randrange(5),
            spent=chance.randrange(40),
            spent_12m=chance.randrange(40),
            last_purchase_at=bought,
            joined_at=chance.choice([None, NOON - timedelta(hours=chance.randrange(0, 40 * 24))]),
            consent_promotion=chance.choice([True, False]),
            channels=chance.choice(["", ",zalo,", ",messenger,", ",messenger,zalo,"]),
        )
    everybody = session.scalars(sa.select(Customer.id)).all()
    for public_id in ("list-a", "list-b"):
        made = lists.create(session, public_id, now=NOON)
        made.public_id, made.rules = public_id, is_("list", "=", public_id)
        lists.put(session, made, chance.sample(everybody, 9), adds=True, by="test", now=NOON)


def test_the_database_and_python_agree_about_every_tree(session: Session) -> None:
    crowd(session)
    frame = replace(Frame.at(session, NOON), channels=FRAME.channels)
    everybody = session.scalars(sa.select(CustomerStats)).all()
    facts = {stats.customer_id: people.facts_of(stats, frame) for stats in everybody}

    @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
    @given(TREES)
    def agree(wanted: Any) -> None:
        try:
            tree = rules.parse(wanted, frame)
        except rules.BadRules as refused:
            assert "nested over" in refused.problem
            return
        found = set(session.scalars(sa.select(CustomerStats.customer_id).where(sql.where(tree, frame))))
        assert found == {person for person, fact in facts.items() if people.holds(tree, fact, frame)}

    agree()


@settings(max_examples=400, deadline=None)
@given(TREES)
def test_no_value_of_a_rule_is_written_into_the_sql(wanted: Any) -> None:
    try:
        tree = rules.parse(wanted, FRAME)
    except rules.BadRules:
        return
    query = sa.select(CustomerStats.customer_id).where(sql.where(tree, FRAME))
    for dialect in (SQLITE, POSTGRESQL):
        text = str(query.compile(dialect=dialect))
        where = text.partition("WHERE")[2]
        assert not any(f"'{word}" in where for word in ("member", "silver", "gold", "zalo", ",zalo"))
        literals = [word for word in where.replace("(", " ").replace(")", " ").split() if word.lstrip("-").isdigit()]
        assert set(literals) <= {"0", "1"}  # a flag's column on SQLite, true and false


def test_nobody_and_everybody(session: Session) -> None:
    for _ in range(3):
        make_person(session)
    frame = Frame.at(session, NOON)
    assert membership.count(session, rules.parse({"any": []}, frame), frame) == 0
    assert membership.count(session, rules.parse({"all": []}, frame), frame) == 3


def test_who_never_bought_fits_no_comparison_and_every_opposite(session: Session) -> None:
    make_person(session, last_purchase_at=None)
    frame = Frame.at(session, NOON)

    def belongs(wanted: Any) -> bool:
        return membership.count(session, rules.parse(wanted, frame), frame) == 1

    last = "last_purchase_days"
    assert not any(belongs(is_(last, op, 10)) for op in ("=", "<", "<=", ">", ">="))
    assert not belongs(is_(last, "between", [0, 100_000]))
    assert not belongs(is_(last, "in", [1, 2]))
    assert belongs(is_(last, "!=", 10))
    assert belongs(is_(last, "not_in", [1, 2]))
    assert belongs({"not": is_(last, "<=", 30)})


@pytest.mark.parametrize(("hours_before_midnight", "days"), [(-1, 0), (1, 1), (25, 2)])
def test_days_are_shop_days(session: Session, hours_before_midnight: int, days: int) -> None:
    midnight = NOON - timedelta(hours=12)  # NOON is 12:00 at the shop
    make_person(session, last_purchase_at=midnight - timedelta(hours=hours_before_midnight))
    frame = Frame.at(session, NOON)
    for asked in (days - 1, days, days + 1):
        tree = rules.parse(is_("last_purchase_days", "=", asked), frame)
        assert membership.count(session, tree, frame) == (asked == days)


def test_tiers_are_ordered_as_the_programme_orders_them(session: Session) -> None:
    for tier in ("member", "silver", "gold"):
        make_person(session, tier=tier)
    frame = Frame.at(session, NOON)
    counts = {
        op: membership.count(session, rules.parse(is_("tier", op, "Bạc"), frame), frame)
        for op in ("=", "!=", "<", "<=", ">", ">=")
    }
    assert counts == {"=": 1, "!=": 2, "<": 1, "<=": 2, ">": 1, ">=": 2}


def test_the_erased_belong_nowhere(session: Session) -> None:
    customer = make_person(session, "Lan")
    profiles.forget(session, customer, stats_of(session, customer), now=NOON)
    frame = Frame.at(session, NOON)
    everybody = rules.parse({"all": []}, frame)
    assert membership.count(session, everybody, frame) == 0
    assert membership.list_members(session, everybody, frame) == []
    assert not membership.explain(session, everybody, frame, customer.id).belongs


def test_members_are_paged_newest_first_without_gaps(session: Session) -> None:
    people_made = [make_person(session).id for _ in range(7)]
    frame = Frame.at(session, NOON)
    tree = rules.parse({"all": []}, frame)
    seen: list[int] = []
    while page := membership.list_members(session, tree, frame, before=seen[-1] if seen else None, limit=3):
        seen += [customer.id for customer in page]
    assert seen == people_made[::-1]


def test_explaining_shows_each_condition_with_the_persons_own_value(session: Session) -> None:
    customer = make_person(session, tier="silver", points=120, orders=0)
    frame = Frame.at(session, NOON)
    tree = rules.parse(
        {"all": [is_("tier", ">=", "silver"), {"not": is_("points", "<", 200)}, is_("last_purchase_days", "<", 30)]},
        frame,
    )
    found = membership.explain(session, tree, frame, customer.id)
    assert not found.belongs
    assert [(finding.path, finding.fact, finding.holds) for finding in found.findings] == [
        ("rules.all.0", "silver", True),
        ("rules.all.1.not", 120, True),
        ("rules.all.2", None, False),
    ]
    with pytest.raises(profiles.CustomerNotFound):
        membership.explain(session, tree, frame, customer.id + 999)


def test_a_segment_is_kept_as_it_was_written(session: Session) -> None:
    wanted = {"any": [is_("tier", "=", "Vàng")]}
    segment = make_segment(session, wanted)
    assert saved.get_public(session, segment.public_id).rules == wanted
    assert saved.list_newest(session) == [segment]
    with pytest.raises(saved.SegmentNotFound):
        saved.get_public(session, "nothing")
    with pytest.raises(rules.BadRules):
        saved.create(session, "Hỏng", {}, now=NOON)
    assert session.scalar(sa.select(sa.func.count()).select_from(Customer)) == 0
