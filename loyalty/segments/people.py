"""One person under the rules: the facts they are judged by, and the verdict, in plain Python."""

from collections.abc import Mapping
from datetime import datetime

from loyalty.customers.models import CustomerStats
from loyalty.segments import known, spans
from loyalty.segments.rules import Condition, Frame, Group, Kind, Node, Not

Fact = int | str | bool | list[str] | None
Facts = Mapping[str, Fact]


def facts_of(stats: CustomerStats, frame: Frame) -> dict[str, Fact]:
    """What each field is for this person; None where they have no such value."""
    plain = {
        "tier": stats.tier,
        "points": stats.points,
        "orders": stats.orders,
        "spent_12m": stats.spent_12m,
        "spent": stats.spent,
        "last_purchase_days": _days_since(stats.last_purchase_at, frame),
        "joined_days": _days_since(stats.joined_at, frame),
        "channel": [kind for kind in stats.channels.split(",") if kind],
        "consent.promotion": stats.consent_promotion,
        "has_phone": stats.has_phone,
    }
    return known.Facts(stats, frame, plain)


def holds(node: Node, facts: Facts, frame: Frame) -> bool:
    """Whether the rules include a person with these facts; means the same as the SQL."""
    match node:
        case Not(member):
            return not holds(member, facts, frame)
        case Group(every=True, members=parts):
            return all(holds(part, facts, frame) for part in parts)
        case Group(members=parts):
            return any(holds(part, facts, frame) for part in parts)
        case Condition():
            affirmed, negated = node.affirmed()
            return _compare(affirmed, facts[node.field], frame) is not negated


def _compare(condition: Condition, fact: Fact, frame: Frame) -> bool:
    match condition.kind:
        case Kind.TIER:
            return fact in spans.tiers(condition, frame)
        case Kind.CHANNEL | Kind.FIVE | Kind.LIST:
            assert isinstance(fact, list)
            return not set(condition.values).isdisjoint(fact)
        case Kind.FLAG:
            return fact is condition.values[0]
    if fact is None:
        return False
    assert isinstance(fact, int)
    return any(spans.includes(span, fact) for span in spans.numbers(condition))


def _days_since(instant: datetime | None, frame: Frame) -> int | None:
    return None if instant is None else (frame.today - frame.shop.day(instant)).days
