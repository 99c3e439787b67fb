"""What lies in the database, to see what a test changed."""

from collections.abc import Collection

import sqlalchemy as sa

from loyalty.db import Base


def contents(connection: sa.Connection, *, without: Collection[str] = ()) -> dict[str, list[str]]:
    """Every row of every table, as the driver reads it, in an order that says nothing."""
    return {
        name: sorted(map(repr, connection.exec_driver_sql(f'SELECT * FROM "{name}"').all()))
        for name in Base.metadata.tables
        if name not in without
    }
