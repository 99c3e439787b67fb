"""The data dictionary and the tables say the same."""

import sqlalchemy as sa

from loyalty.customers import dictionary
from migrations import models

COLUMNS = {f"{table.name}.{column.name}": column for table in models.metadata.sorted_tables for column in table.columns}
DESCRIBED = {column for kept in dictionary.KEPT for column in kept.columns}


def test_what_is_described_is_there() -> None:
    assert sorted((DESCRIBED | dictionary.NOT_PERSONAL) - COLUMNS.keys()) == []


def test_every_sealed_column_is_described_or_about_nobody() -> None:
    """Describe a new one in loyalty/customers/dictionary.py."""
    sealed = {name for name, column in COLUMNS.items() if isinstance(column.type, sa.LargeBinary)}
    assert sorted(sealed - DESCRIBED - dictionary.NOT_PERSONAL) == []
    assert sorted(DESCRIBED & dictionary.NOT_PERSONAL) == []


def test_every_entry_says_why_and_for_how_long_in_both_languages() -> None:
    for kept in dictionary.KEPT:
        for said in (kept.what, kept.purpose, kept.until):
            assert said.vi and said.en
