"""People in a list: what a row of any list of customers shows of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.customers import profiles, searching
from loyalty.customers.models import Customer, CustomerStats


@dataclass(frozen=True, slots=True)
class Person:
    """`phone` is E.164 and shown masked."""

    public_id: str
    name: str | None
    phone: str | None
    tier: str
    points: int
    orders: int
    url: str


def show_all(session: Session, customers: Sequence[Customer]) -> list[Person]:
    """Customers in their order, with as many queries as for one."""
    keys = searching.hold_keys(session, customers)
    ids = [customer.id for customer in customers]
    found = session.scalars(select(CustomerStats).where(CustomerStats.customer_id.in_(ids)))
    stats = {row.customer_id: row for row in found}
    shown = [_show(session, customer, stats[customer.id]) for customer in customers]
    del keys
    return shown


def _show(session: Session, customer: Customer, stats: CustomerStats) -> Person:
    return Person(
        customer.public_id,
        profiles.name_of(session, customer),
        profiles.phone_of(session, customer),
        stats.tier,
        stats.points,
        stats.orders,
        url_for("console.customers.show", public_id=customer.public_id),
    )
