"""Reading `[expiry]`: when points end."""

from loyalty.programme import days
from loyalty.programme.document import Expiry, Policy
from loyalty.programme.table import Table

PERIODS = ("month", "quarter", "half_year", "year")
ACTIVITIES = ("earning", "purchase")
DATES_EXAMPLE = 'dates = ["30/06", "31/12"]'


def read_expiry(table: Table) -> Expiry:
    policy = Policy(table.choice("policy", tuple(Policy), default=Policy.AFTER))
    counts = policy in (Policy.AFTER, Policy.INACTIVITY)
    months, length = _length(table) if counts else (0, 0)
    table.only_with('policy = "after"', counts, "months", "days")
    found = Expiry(
        policy=policy,
        months=months,
        days=length,
        round_up=table.choice("round_up", PERIODS, default=""),
        dates=_dates(table) if policy is Policy.DATES else (),
        activity=table.choice("activity", ACTIVITIES, default="earning") if policy is Policy.INACTIVITY else "",
        grace_days=table.whole("grace_days", "grace_days = 7", most=366, default=0),
    )
    table.only_with('policy = "after"', policy is Policy.AFTER, "round_up")
    table.only_with('policy = "dates"', policy is Policy.DATES, "dates")
    table.only_with('policy = "inactivity"', policy is Policy.INACTIVITY, "activity")
    table.close()
    return found


def _length(table: Table) -> tuple[int, int]:
    if table.one_of("months", "days", example="months = 12") == "months":
        return table.whole("months", "months = 12", least=1, most=1200), 0
    return 0, table.whole("days", "days = 365", least=1, most=36_500, default=1)


def _dates(table: Table) -> tuple[tuple[int, int], ...]:
    """Days that return every year: `31/03`."""
    found: set[tuple[int, int]] = set()
    for place, text in table.texts("dates", DATES_EXAMPLE):
        read = days.read(text, {})
        if read is None or len(read) != 1 or read[0].calendar != "solar" or read[0].first != read[0].last:
            table.wrong(place, "not_day", DATES_EXAMPLE, typed=text)
        else:
            found.add((read[0].first[0], read[0].first[1]))
    if not found and "dates" not in table:
        table.wrong("dates", "missing", DATES_EXAMPLE)
    return tuple(sorted(found))
