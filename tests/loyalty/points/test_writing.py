"""The one statement PostgreSQL is given for an award."""

import sqlalchemy as sa

from loyalty.points import writing

# psycopg 3 remembers how it read a statement up to these sizes; a longer one is read anew each time.
MOST_PARAMETERS, MOST_CHARACTERS = 50, 4096


def test_the_statement_of_an_award_is_short_enough_for_the_driver_to_remember() -> None:
    compiled = writing._ALL.compile(dialect=sa.create_engine("postgresql+psycopg://").dialect)

    assert len(compiled.params) <= MOST_PARAMETERS
    assert len(str(compiled)) <= MOST_CHARACTERS
