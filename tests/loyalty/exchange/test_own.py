"""Columns for the shop's own fields: known by their heads, filling what is empty, taken back, and taken out again."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.customers import profiles
from loyalty.customers.traits import fields, values
from loyalty.customers.traits.fields import Definition
from loyalty.db import Database
from loyalty.exchange import batches
from loyalty.staff.audit import Author
from loyalty.vault import people
from tests.builders import NOON
from tests.builders_customers import LAN, MINH, make_customer
from tests.builders_exchange import bring_in, check, make_csv, rows_of, undo
from tests.loyalty.exchange.test_exports import OWNER, THU, take

BY = Author("demo", "demo")
HEADS = ("Họ tên", "SĐT", "Cỡ giày", "Ngày hẹn", "Nghề nghiệp")
FILE = make_csv(
    ("Lan", "0912345678", "38", "20/11/2026", "giáo viên"), ("Minh", "0987654321", "to", "", ""), heads=HEADS
)


def define(session: Session) -> None:
    fields.define(session, Definition("size", "Cỡ giày", "Shoe size", "number", "care", 12), by=BY, now=NOON)
    fields.define(session, Definition("visit", "Ngày hẹn", "Visit", "date", "care", 12), by=BY, now=NOON)
    fields.define(session, Definition("ill", "Bệnh", "Illness", "text", "care", 12, personal=True), by=BY, now=NOON)


def held(session: Session, phone: str) -> dict[str, Any]:
    found = profiles.find_by_phone(session, phone)
    return {} if found is None else {each.field.key: each.value for each in values.of_customer(session, found)}


def count_keys(session: Session, act: Callable[[], object]) -> int:
    """How often people's keys are fetched while something is done, by a session that knows none yet."""
    session.flush()
    people.forget_keys(session)
    seen: list[str] = []

    def look(*told: Any) -> None:
        seen.append(told[2])

    sa.event.listen(session.connection(), "before_cursor_execute", look)
    act()
    sa.event.remove(session.connection(), "before_cursor_execute", look)
    return len([statement for statement in seen if "FROM customer_key" in statement])


def test_columns_of_own_fields_fill_what_is_empty_and_go_back(database: Database) -> None:
    with database.transaction() as session:
        define(session)
        values.put_all(session, make_customer(session, phone=LAN), {"size": 40}, by=BY, now=NOON)
    looked = check(database, FILE)
    assert (looked.options["own"], looked.options["unused"]) == ({"size": 2, "visit": 3}, 1)  # nobody said what for
    with database.transaction() as session:
        found = rows_of(session, looked)
        assert (found[2].detail["adds"], found[2].detail["differs"]) == (["name", "own"], ["own"])
        assert found[3].detail["notices"] == ["own_unclear"]
        batches.cancel(session, looked.public_id, author=BY, now=NOON)
    batch = bring_in(database, FILE)
    with database.read_only() as session:
        lan = held(session, LAN)
        assert (lan["size"], f"{lan['visit']:%d/%m/%Y}", held(session, MINH)) == (40, "20/11/2026", {})
        taken = [held.source for held in values.of_customer(session, profiles.get(session, 1))]
        assert taken == ["demo", "import"]
    undo(database, batch)
    with database.read_only() as session:
        assert held(session, LAN) == {"size": 40}


def test_a_list_that_is_taken_out_has_them_and_personal_ones_only_for_who_may_see(session: Session) -> None:
    define(session)
    lan = make_customer(session, phone=LAN)
    values.put_all(session, lan, {"size": 38, "ill": "hen"}, by=BY, now=NOON)
    _, heads, row = take(session, THU)
    assert (heads[-2:], row[-2:]) == (["Cỡ giày", "Ngày hẹn"], ["38", None])
    values.put_all(session, make_customer(session, phone=MINH), {"ill": "ho"}, by=BY, now=NOON)
    keys = count_keys(session, lambda: take(session, OWNER))
    _, heads, minh, lan_s = take(session, OWNER)
    assert (heads[-1], minh[-1], lan_s[-1]) == ("Bệnh", "ho", "hen")
    assert keys == 1  # of everybody on a page together
