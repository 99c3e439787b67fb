"""One person under the rules: the facts they are judged by, and the verdict, in plain Python."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from loyalty.customers.models import CustomerStats
from loyalty.segments import fields, spans
from loyalty.segments.fields.sources import Ask
from loyalty.segments.rules import Condition, Frame, Group, Kind, Node, Not

STATS = CustomerStats.metadata.tables[CustomerStats.__tablename__]

Fact = int | str | bool | list[str] | None
FOLLOWING = frozenset(name for name, field in fields.ALL.items() if field.kind is Kind.SEGMENT)
Asked = tuple[str, tuple[str, ...], int | None]  # field, of, within


def asked(condition: Condition) -> Asked:
    """What a condition looks at, whatever it compares it with; of segments only those it names are looked at."""
    if condition.kind is Kind.SEGMENT:
        return condition.field, tuple(map(str, condition.values)), None
    return condition.field, condition.of, condition.within


class Person:
    """A customer as rules look at them: whatever a condition asks is read once, when it is asked for.

    `totals` is a row with some or all columns of their totals. `instead`: facts to take as they are.
    """

    def __init__(
        self,
        session: Session,
        totals: Any,
        frame: Frame,
        customer_id: int | None = None,
        *,
        instead: Mapping[Asked, Fact] | None = None,
    ) -> None:
        self.session = session
        self.frame = frame
        self.customer_id = customer_id or 0  # nobody: nothing is found of them
        self._totals = totals
        self._rest: Any = None
        self._facts: dict[Asked, Fact] = dict(instead or {})

    def total(self, name: str) -> Any:
        """A column of the totals; of somebody new, None where it is not at hand."""
        if hasattr(self._totals, name):
            return getattr(self._totals, name)
        if self._rest is None and self.customer_id:
            query = sa.select(STATS).where(STATS.c.customer_id == self.customer_id)
            self._rest = self.session.execute(query).one_or_none()
        return getattr(self._rest, name, None)

    def fact(self, condition: Condition) -> Fact:
        """What the person has there; None where they have no such value."""
        key = asked(condition)
        if key not in self._facts:
            ask = Ask(self.frame, condition.of, condition.within)
            self._facts[key] = self._read(condition, ask)
        return self._facts[key]

    @property
    def known(self) -> Mapping[Asked, Fact]:
        """What was read of them so far, but for belonging to segments: that follows from the rest."""
        return {key: fact for key, fact in self._facts.items() if key[0] not in FOLLOWING}

    def changed(self, instead: Mapping[Asked, Fact]) -> "Person":
        """The same person, were these facts others."""
        return Person(self.session, self._totals, self.frame, self.customer_id, instead={**self.known, **instead})

    def _read(self, condition: Condition, ask: Ask) -> Fact:
        if condition.kind is Kind.SEGMENT:
            inside = zip(condition.values, condition.members, strict=True)
            return [str(value) for value, member in inside if holds(member, self)]
        return _said(condition.declared.source.fact(self, ask), condition.kind, self.frame)


def _said(value: Any, kind: Kind, frame: Frame) -> Fact:
    """The value as conditions compare it."""
    match kind:
        case Kind.FLAG:
            return bool(value)
        case Kind.CHANNEL:
            return [part for part in (value or "").split(",") if part]
        case Kind.MARKS:
            return list(value)
    if value is None:
        return None
    match kind:
        case Kind.DAYS:
            assert isinstance(value, datetime)
            return (frame.today - frame.shop.day(value)).days
        case Kind.AHEAD:
            assert isinstance(value, date)
            return (value - frame.today).days
        case Kind.YEARLY:
            return spans.days_until(int(value), frame.today, frame.programme.leap_to_march)
        case Kind.NUMBER:
            return int(value)
    return str(value)


def holds(node: Node, person: Person) -> bool:
    """Whether the rules include this person; means the same as the SQL."""
    match node:
        case Not(member):
            return not holds(member, person)
        case Group(every=True, members=parts):
            return all(holds(part, person) for part in parts)
        case Group(members=parts):
            return any(holds(part, person) for part in parts)
        case Condition():
            affirmed, negated = node.affirmed()
            return _compare(affirmed, person.fact(node), person.frame) is not negated


def _compare(condition: Condition, fact: Fact, frame: Frame) -> bool:
    if condition.kind is Kind.FLAG:
        return fact is condition.values[0]
    if fact is None:
        return False
    if isinstance(fact, list):
        return not set(condition.values).isdisjoint(fact)
    if condition.kind is Kind.TIER:
        return fact in spans.tiers(condition, frame)
    if isinstance(fact, str):
        return fact in condition.values
    return any(spans.includes(span, fact) for span in spans.numbers(condition))
