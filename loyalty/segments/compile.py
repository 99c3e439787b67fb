"""Rules as SQL over the customers' totals: every value a bound parameter, the same meaning on both engines.

Each condition is true or false, never NULL, so that `not` is plain negation.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

from loyalty.customers.models import CustomerStats
from loyalty.segments import known, spans
from loyalty.segments.rules import Condition, Frame, Group, Kind, Node, Not
from loyalty.segments.spans import Span

COLUMNS: dict[str, InstrumentedAttribute[Any]] = {
    "tier": CustomerStats.tier,
    "points": CustomerStats.points,
    "orders": CustomerStats.orders,
    "spent_12m": CustomerStats.spent_12m,
    "spent": CustomerStats.spent,
    "last_purchase_days": CustomerStats.last_purchase_at,
    "joined_days": CustomerStats.joined_at,
    "channel": CustomerStats.channels,
    "consent.promotion": CustomerStats.consent_promotion,
    "has_phone": CustomerStats.has_phone,
}


def members(node: Node, frame: Frame) -> ColumnElement[bool]:
    """Whether the customer of a row of totals belongs; who was erased never does."""
    return sa.and_(CustomerStats.erased_at.is_(None), where(node, frame))


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
    if condition.kind in (Kind.FIVE, Kind.LIST):
        return known.where(condition.field, condition.values, frame)
    column = COLUMNS[condition.field]
    match condition.kind:
        case Kind.FLAG:
            return sa.and_(column) if condition.values[0] else sa.not_(column)
        case Kind.TIER:
            return column.in_(spans.tiers(condition, frame))
        case Kind.CHANNEL:
            return sa.or_(*(column.contains(f",{kind},", autoescape=True) for kind in condition.values))
        case Kind.DAYS:
            return sa.or_(*(_since(column, span, frame) for span in spans.numbers(condition)))
    if condition.op in ("=", "in"):
        return column.in_(condition.values)
    return sa.or_(*(_within(column, span) for span in spans.numbers(condition)))


def _within(column: InstrumentedAttribute[Any], span: Span) -> ColumnElement[bool]:
    low, high = span
    bounds = [] if low is None else [column >= low]
    return sa.and_(*bounds, *([] if high is None else [column <= high]))


def _since(column: InstrumentedAttribute[Any], span: Span, frame: Frame) -> ColumnElement[bool]:
    since, until = spans.instants(span, frame)
    bounds = [] if since is None else [column >= since]
    return sa.and_(column.is_not(None), *bounds, *([] if until is None else [column < until]))
