"""What a condition's values allow, in one form for SQL, for Python and for sentences."""

from datetime import date, datetime, timedelta

from loyalty.segments.rules import Condition, Frame

Span = tuple[int | None, int | None]  # lowest and highest, both included; None: no end
FARTHEST = 700_000  # days; keeps every day computed from them within the calendar


def numbers(condition: Condition) -> list[Span]:
    """The whole numbers an affirmed condition on a number holds for."""
    values = [int(value) for value in condition.values]
    match condition.op:
        case "<":
            return [(None, values[0] - 1)]
        case "<=":
            return [(None, values[0])]
        case ">":
            return [(values[0] + 1, None)]
        case ">=":
            return [(values[0], None)]
        case "between":
            return [(values[0], values[1])]
    return [(value, value) for value in values]


def tiers(condition: Condition, frame: Frame) -> list[str]:
    """The codes of the tiers an affirmed condition on the tier holds for."""
    ranks = Condition(
        condition.field, condition.op, tuple(frame.programme.rank(str(code)) for code in condition.values)
    )
    return [
        tier.code
        for rank, tier in enumerate(frame.programme.tiers)
        if any(includes(span, rank) for span in numbers(ranks))
    ]


def includes(span: Span, value: int) -> bool:
    low, high = span
    return (low is None or low <= value) and (high is None or value <= high)


def instants(span: Span, frame: Frame) -> tuple[datetime | None, datetime | None]:
    """The instants that lie so many shop days back: from the first on, before the second."""
    fewest, most = span
    since = None if most is None else frame.shop.midnight(_days_ago(frame.today, most))
    until = None if fewest is None else frame.shop.midnight(_days_ago(frame.today, fewest - 1))
    return since, until


def _days_ago(today: date, days: int) -> date:
    return today - timedelta(days=max(-FARTHEST, min(days, FARTHEST)))
