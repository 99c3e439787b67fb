"""Looking through customers: every filter alone and together, page by page, along an index."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.customers import cases, profiles
from loyalty.customers.cases import CaseKind, Opening
from loyalty.customers.models import Customer
from loyalty.db import Database
from loyalty.segments import browsing, membership, rules
from loyalty.segments.browsing import Filters
from loyalty.segments.rules import Frame
from tests.builders import NOON
from tests.builders_campaigns import make_chat, make_person


def days(count: int) -> datetime:
    return NOON - timedelta(days=count)


@pytest.fixture
def people(session: Session) -> dict[str, Customer]:
    """Six people who differ in everything one can filter by, in the order they came."""
    made = {
        "an": make_person(session, "An", tier="member", joined_at=None),
        "binh": make_person(session, "Bình", tier="silver", joined_at=NOON, last_purchase_at=days(10)),
        "chi": make_person(session, "Chi", tier="gold", joined_at=NOON, last_purchase_at=days(100)),
        "dung": make_person(session, "Dũng", tier="silver", joined_at=NOON, last_purchase_at=days(90)),
        "em": make_person(session, "Em", tier="member", joined_at=None, last_purchase_at=days(95)),
        "gia": make_person(session, "Gia", tier="gold", joined_at=NOON, last_purchase_at=days(1)),
    }
    for name in ("binh", "chi", "dung", "gia"):
        made[name].joined_at = NOON
    make_chat(session, made["binh"], "zalo", promotion=True)
    make_chat(session, made["binh"], "messenger", promotion=True)
    make_chat(session, made["chi"], "zalo", promotion=False)
    make_chat(session, made["dung"], "messenger", promotion=True)
    make_chat(session, made["em"], "zalo", promotion=False, unreachable=True)
    for number, kind in enumerate((CaseKind.FEEDBACK, CaseKind.COMPLAINT)):
        said = Opening(kind, "Nước nguội", "test")
        cases.open_case(session, made["dung"].id, said, key=f"case {number}", now=NOON)
    return made


WANTED = [
    (Filters(), ["gia", "em", "dung", "chi", "binh", "an"]),
    (Filters(tier="silver"), ["dung", "binh"]),
    (Filters(tier="gold"), ["gia", "chi"]),
    (Filters(tier="member"), ["em", "an"]),
    (Filters(is_member=True), ["gia", "dung", "chi", "binh"]),
    (Filters(is_member=False), ["em", "an"]),
    (Filters(channel="zalo"), ["chi", "binh"]),  # Em cannot be reached
    (Filters(channel="messenger"), ["dung", "binh"]),
    (Filters(promotion=True), ["dung", "binh"]),
    (Filters(promotion=False), ["gia", "em", "chi", "an"]),
    (Filters(quiet_days=90), ["dung", "em", "chi"]),  # who bought last comes first
    (Filters(quiet_days=91), ["em", "chi"]),
    (Filters(has_case=True), ["dung"]),
    (Filters(tier="silver", quiet_days=90), ["dung"]),
    (Filters(tier="silver", channel="zalo", promotion=True), ["binh"]),
    (Filters(has_case=True, channel="zalo"), []),
    (Filters(is_member=False, quiet_days=1), ["em"]),
]


@pytest.mark.parametrize(("filters", "names"), WANTED, ids=[str(filters) for filters, _ in WANTED])
@pytest.mark.parametrize("limit", [1, 2, 50])
def test_a_filter_picks_its_people_page_by_page(
    session: Session, people: dict[str, Customer], filters: Filters, names: list[str], limit: int
) -> None:
    assert [who.id for who in walk(session, filters, limit)] == [people[name].id for name in names]


def walk(session: Session, filters: Filters, limit: int) -> Iterator[Customer]:
    after = None
    while True:
        page = browsing.browse(session, filters, Frame.at(session, NOON), after=after, limit=limit)
        assert len(page.customers) <= limit
        yield from page.customers
        if page.next is None:
            return
        after = page.next.public_id


@pytest.mark.parametrize("filters", [filters for filters, _ in WANTED if not filters.has_case])
def test_filters_mean_what_the_same_rules_mean_as_a_segment(
    session: Session, people: dict[str, Customer], filters: Filters
) -> None:
    frame = Frame.at(session, NOON)
    node = rules.parse(browsing.rules_of(filters), frame)

    assert {who.id for who in walk(session, filters, 50)} == {
        who.id for who in membership.list_members(session, node, frame)
    }


def test_a_page_looks_at_so_many_and_leaves_the_rest_to_the_next(
    session: Session, people: dict[str, Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browsing, "SCAN", 2)
    monkeypatch.setattr(browsing, "GLANCE", 1)
    wanted = Filters(tier="gold", promotion=False)

    first = browsing.browse(session, wanted, Frame.at(session, NOON), limit=1)
    assert [who.id for who in first.customers] == [people["gia"].id]
    assert first.next is not None

    empty = browsing.browse(session, Filters(promotion=False, tier="silver"), Frame.at(session, NOON), limit=1)
    assert (list(empty.customers), empty.next) == ([], people["binh"])
    assert list(walk(session, wanted, 1)) == [people["gia"], people["chi"]]


def test_who_was_erased_is_nowhere(session: Session, people: dict[str, Customer]) -> None:
    chi = people["chi"]
    profiles.forget(session, chi, profiles.lock(session, chi.id), now=NOON)
    for filters in (Filters(), Filters(tier="gold"), Filters(channel="zalo"), Filters(quiet_days=50)):
        assert chi not in list(walk(session, filters, 50))


def test_a_tier_or_a_place_there_is_not_is_refused(session: Session) -> None:
    for unknown in (Filters(tier="platinum"), Filters(channel="telegram")):
        with pytest.raises(rules.BadRules):
            browsing.browse(session, unknown, Frame.at(session, NOON))
    with pytest.raises(profiles.CustomerNotFound):
        browsing.browse(session, Filters(), Frame.at(session, NOON), after="nobody")


LEADING = [
    Filters(),
    Filters(tier="gold"),
    Filters(tier="member"),
    Filters(is_member=False),
    Filters(channel="zalo"),
    Filters(promotion=True),
    Filters(quiet_days=30),
    Filters(has_case=True),
]


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("filters", LEADING, ids=str)
def test_every_walk_goes_along_an_index_in_its_order(database: Database, filters: Filters) -> None:
    """On SQLite, where the plan does not depend on how many rows there are."""
    with database.transaction() as session:
        make_chat(session, make_person(session), "zalo")
    asked: list[tuple[str, Any]] = []

    def listen(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if "JOIN customer_stats" in statement:
            asked.append((statement, values))

    sa.event.listen(database.engine, "before_cursor_execute", listen)
    with database.read_only() as session:
        browsing.browse(session, filters, Frame.at(session, NOON), limit=10)
    sa.event.remove(database.engine, "before_cursor_execute", listen)

    [(statement, values)] = asked
    with database.engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        steps = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()]
    assert all("INDEX" in step or "PRIMARY KEY" in step or step == "SCAN customer_stats" for step in steps), steps
