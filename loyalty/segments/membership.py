"""Who belongs to a choice of customers, counted and listed by the database; and why one person does or does not."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from loyalty.customers import profiles
from loyalty.customers.models import Customer, CustomerStats
from loyalty.segments import changes, people, rules
from loyalty.segments import compile as sql
from loyalty.segments.changes import Change
from loyalty.segments.people import Fact, Person
from loyalty.segments.rules import Condition, Frame, Group, Node, Not


@dataclass(frozen=True, slots=True)
class Finding:
    """One condition, where it stands in the rules, what the person has there, and whether it holds."""

    path: str
    condition: Condition
    fact: Fact
    holds: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """A part of the rules and whether it holds for the person, with the verdicts of its own parts."""

    node: Node
    holds: bool
    fact: Fact
    parts: tuple["Verdict", ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """`findings` are the conditions in their order, `verdict` the same as the tree they stand in.

    `changes`: the fewest things that would turn it around; None where nothing would.
    """

    belongs: bool
    findings: tuple[Finding, ...]
    verdict: Verdict
    changes: tuple[Change, ...] | None


def count(session: Session, node: Node, frame: Frame) -> int:
    """How many belong."""
    query = select(func.count()).select_from(CustomerStats).where(sql.members_of_all(node, frame))
    return session.execute(query).scalar_one()


def list_members(
    session: Session, node: Node, frame: Frame, *, before: int | None = None, limit: int = 50
) -> Sequence[Customer]:
    """A page of those who belong, newest customers first; `before` is the id of the last one of the page before."""
    query = (
        select(Customer)
        .join(CustomerStats, CustomerStats.customer_id == Customer.id)
        .where(sql.members(node, frame))
        .order_by(CustomerStats.customer_id.desc())
        .limit(limit)
    )
    return session.scalars(query if before is None else query.where(CustomerStats.customer_id < before)).all()


def explain(session: Session, node: Node, frame: Frame, customer_id: int) -> Explanation:
    """Why this customer belongs or not, condition by condition. Raises CustomerNotFound."""
    stats = session.get(CustomerStats, customer_id)
    if stats is None:
        raise profiles.CustomerNotFound(str(customer_id))
    person = Person(session, stats, frame, customer_id)
    findings = (
        Finding(path, condition, person.fact(condition), people.holds(condition, person))
        for path, condition in rules.conditions(node)
    )
    belongs = stats.erased_at is None and people.holds(node, person)
    found = None if stats.erased_at else changes.find(node, person)
    return Explanation(belongs, tuple(findings), _judge(node, person), found)


def _judge(node: Node, person: Person) -> Verdict:
    parts: Sequence[Node] = ()
    match node:
        case Not(member):
            parts = (member,)
        case Group(members=members):
            parts = members
    fact = person.fact(node) if isinstance(node, Condition) else None
    return Verdict(node, people.holds(node, person), fact, tuple(_judge(part, person) for part in parts))
