"""Which customers a query is about: a condition on whatever column holds their ids."""

from collections.abc import Callable, Collection

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

Whose = Callable[[InstrumentedAttribute[int]], ColumnElement[bool]]


def everybody(_column: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    return sa.true()


def among(customer_ids: Collection[int]) -> Whose:
    """These customers."""
    return lambda column: column.in_(sorted(customer_ids))
