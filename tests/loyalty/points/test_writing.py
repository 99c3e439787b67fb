"""The one statement PostgreSQL is given for an award."""

import psycopg._queries as limits
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from loyalty.points import writing


def test_the_statement_of_an_award_is_short_enough_for_the_driver_to_remember() -> None:
    compiled = writing._ALL.compile(dialect=PGDialect_psycopg())

    assert len(compiled.params) <= limits.MAX_CACHED_STATEMENT_PARAMS
    assert len(str(compiled)) <= limits.MAX_CACHED_STATEMENT_LENGTH
