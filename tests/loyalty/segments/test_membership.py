"""Who belongs: the database and plain Python agree, on both engines."""

import random
import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from loyalty.customers import profiles, tags
from loyalty.customers.models import Customer, CustomerStats
from loyalty.segments import changes, membership, people, rules, saved
from loyalty.segments import compile as sql
from loyalty.segments.people import Person
from loyalty.segments.rules import Frame
from loyalty.staff.audit import Author
from tests.builders import NOON
from tests.builders_campaigns import make_person, make_segment, stats_of
from tests.loyalty.segments.crowd import random_rule
from tests.loyalty.segments.test_rules import FRAME, is_

SQLITE = sqlite.dialect()
POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]  # likewise
SHOP = {"segments": {}, "campaigns": ["id"], "lists": []}
TYPED = ("member", "silver", "gold", "zalo", "MAIN", "Cà phê", "Trà đào", "khách sỉ", "%_", "OR 1=1", "'id'")


def test_no_value_of_a_rule_is_written_into_the_sql() -> None:
    rng = random.Random(3)
    for _ in range(400):
        try:
            tree = rules.parse(random_rule(rng, SHOP), FRAME)
        except rules.BadRules:
            continue
        query = sa.select(CustomerStats.customer_id).where(sql.where(tree, FRAME))
        for dialect in (SQLITE, POSTGRESQL):
            where = str(query.compile(dialect=dialect)).partition("WHERE")[2]
            assert not any(word in where for word in TYPED), where
            written = re.findall(r"(?<![\w$:])-?\d+\b", where)
            assert set(written) <= {"0", "1"}  # a flag's column on SQLite, true and false, one row of many


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


def test_somebody_of_whom_little_is_at_hand_is_read_as_far_as_rules_ask(session: Session) -> None:
    """Earning rules come with a few columns of the totals, and with people there is no record of yet."""
    customer = make_person(session, orders=3, last_interaction_at=NOON)
    tags.give(session, customer.id, "VIP", by=Author("demo", "demo"), now=NOON)
    frame = Frame.at(session, NOON)
    few = session.execute(sa.select(CustomerStats.orders).where(CustomerStats.customer_id == customer.id)).one()
    wrote = is_("last_interaction_days", "=", 0)
    tree = rules.parse({"all": [is_("orders", "=", 3), wrote, is_("tag", "=", "vip")]}, frame)
    assert people.holds(tree, Person(session, few, frame, customer.id))
    assert not people.holds(tree, Person(session, few, frame))
    assert people.holds(rules.parse({"not": wrote}, frame), Person(session, few, frame))


def test_what_would_change_it_is_said_as_people_say_it(session: Session) -> None:
    customer = make_person(
        session, orders=4, spent=660_000, tier="member", last_purchase_at=NOON - timedelta(days=48), points=20
    )
    frame = Frame.at(session, NOON)

    def change(*wanted: Any) -> str:
        found = membership.explain(session, rules.parse({"all": list(wanted)}, frame), frame, customer.id)
        return changes.say(found.changes, found.belongs, frame)

    enough = [is_("orders", ">=", 5), is_("spent", ">=", 1_000_000)]
    assert change(*enough) == "Để vào nhóm: còn 1 lần mua nữa và thêm 340.000đ chi tiêu."
    assert change({"any": enough}) == "Để vào nhóm: còn 1 lần mua nữa."
    assert change(is_("last_purchase_days", ">=", 60)) == "Để vào nhóm: sau 12 ngày nữa không mua."
    assert change(is_("last_purchase_days", "<=", 30)) == "Để vào nhóm: mua một lần."
    assert change(is_("points", "between", [10, 19])) == "Để vào nhóm: dùng bớt 1 điểm."
    assert change(is_("orders", "<", 6)) == "Sẽ ra khỏi nhóm nếu: còn 2 lần mua nữa."
    assert change(is_("tag", "=", "sỉ")) == "Để vào nhóm: gắn nhãn sỉ."
    assert change(is_("tier", ">=", "gold")) == "Để vào nhóm: hạng từ Vàng trở lên (đang là: Thành viên)."
    assert change(is_("orders", ">=", 5), is_("orders", "<=", 3)) == changes.NO_WAY_IN.vi
    assert change(is_("source", "=", "import")) == changes.NO_WAY_IN.vi


def test_belonging_to_one_segment_says_nothing_of_another(session: Session) -> None:
    """Both are asked of one person in one look."""
    customer = make_person(session, orders=3)
    few, many = (make_segment(session, is_("orders", op, 2)).public_id for op in ("<", ">"))
    frame = Frame.at(session, NOON)
    tree = rules.parse({"all": [is_("segment", "!=", few), is_("segment", "=", many)]}, frame)
    assert membership.explain(session, tree, frame, customer.id).belongs
    assert membership.count(session, tree, frame) == 1
