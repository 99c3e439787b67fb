"""Days a shop names for itself, in the table `[days]`: `anniversary = ["15/6"]`."""

from collections.abc import Mapping, Sequence

from loyalty.programme import days
from loyalty.programme.days import Days
from loyalty.programme.table import Table

EXAMPLE = 'days = ["24/12 - 25/12", "lunar 15/8", "tet", 2026-12-24]'


def read_named(table: Table) -> Mapping[str, list[Days]]:
    """The days behind each name, which stands for them in the conditions of rules."""
    return {name.casefold(): list(read_days(table, name, {})) for name in table.items()}


def read_days(table: Table, key: str, own: Mapping[str, Sequence[Days]]) -> Sequence[Days]:
    """The days a list names; a text that names none is a fault."""
    found: list[Days] = []
    for place, text in table.texts(key, EXAMPLE):
        if (read := days.read(text, own)) is None:
            table.wrong(place, "not_day", EXAMPLE, typed=text)
        else:
            found += read
    return found
