"""Rules as SQL over the customers' totals: every value a bound parameter, the same meaning on both engines.

Each condition is true or false, never NULL, so that `not` is plain negation.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from loyalty.customers.models import CustomerStats
from loyalty.segments import spans
from loyalty.segments.fields.sources import Ask, in_spans
from loyalty.segments.rules import Condition, Frame, Group, Kind, Node, Not
from loyalty.segments.spans import Span
from loyalty.spelt import Spelt


def members(node: Node, frame: Frame) -> ColumnElement[bool]:
    """Whether the customer of a row of totals belongs; who was erased never does."""
    return sa.and_(CustomerStats.erased_at.is_(None), where(node, frame))


def members_of_all(node: Node, frame: Frame) -> ColumnElement[bool]:
    """`members`, for who asks it of everybody at once."""
    return members(node, replace(frame, of_everybody=True))


class InOrder(Spelt):
    """A condition SQLite chooses no index by. It takes a range of any total for a fourth of the customers, and to read
    as many of them here and there costs several times what reading all of them in their order does."""

    type = sa.Boolean()
    inherit_cache = True
    sqlite, postgresql = "likely({})", "({})"


def members_in_order(node: Node, frame: Frame) -> ColumnElement[bool]:
    """`members`, for who goes through the customers, or a stretch of them, by their ids."""
    return InOrder(members(node, frame))


def where(node: Node, frame: Frame) -> ColumnElement[bool]:
    """The condition on a row of totals."""
    match node:
        case Not(member):
            return sa.not_(where(member, frame))
        case Group(every=True, members=parts):
            return sa.and_(sa.true(), *(where(part, frame) for part in parts))
        case Group(members=parts):
            return sa.or_(sa.false(), *(where(part, frame) for part in parts))
        case Condition():
            affirmed, negated = node.affirmed()
            holds = _condition(affirmed, frame)
            return sa.not_(holds) if negated else holds


def _condition(condition: Condition, frame: Frame) -> ColumnElement[bool]:
    source, ask = condition.declared.source, Ask(frame, condition.of, condition.within)
    values = condition.values
    match condition.kind:
        case Kind.FLAG:
            holds = source.test(lambda value: sa.and_(value), ask)
            return holds if values[0] else sa.not_(holds)
        case Kind.TIER:
            return source.test(lambda value: value.in_(spans.tiers(condition, frame)), ask)
        case Kind.CHANNEL:
            return source.test(lambda value: sa.or_(*(value.contains(f",{v},", autoescape=True) for v in values)), ask)
        case Kind.WORD | Kind.MARKS:
            return source.test(lambda value: value.in_(values), ask)
        case Kind.SEGMENT:
            return sa.or_(sa.false(), *(where(member, frame) for member in condition.members))
        case Kind.NUMBER:
            return source.within(spans.numbers(condition), ask)
        case Kind.YEARLY:
            near = spans.birthdays(spans.numbers(condition), frame)
            return source.test(lambda value: in_spans(value, near), ask)
    found = spans.numbers(condition)
    return source.test(lambda value: sa.or_(*(_day(value, span, condition.kind, frame) for span in found)), ask)


def _day(value: ColumnElement[Any], span: Span, kind: Kind, frame: Frame) -> ColumnElement[bool]:
    """Whether an instant lies so many days back, or a day so many ahead."""
    if kind is Kind.DAYS:
        since, until = spans.instants(span, frame)
        return _all([*([value >= since] if since else ()), *([value < until] if until else ())])
    first, last = spans.days_ahead(span, frame)
    return _all([*([value >= first] if first else ()), *([value <= last] if last else ())])


def _all(bounds: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    return sa.and_(sa.true(), *bounds)
