"""Instants as numbers, so that one can count with them in SQL on both engines."""

from typing import Any

import sqlalchemy as sa

from loyalty.spelt import Spelt

DAY = 86_400  # seconds
Expr = sa.SQLColumnExpression[Any]


class Epoch(Spelt):
    """An instant as whole seconds since 1970; NULL stays NULL."""

    type = sa.BigInteger()
    inherit_cache = True
    sqlite = "CAST(strftime('%s', {}) AS INTEGER)"
    postgresql = "CAST(floor(extract(epoch FROM {})) AS BIGINT)"


def divided(above: Expr, below: Expr) -> Expr:
    """A whole quotient, what is left over dropped; NULL where one would divide by nothing."""
    return above // sa.func.nullif(below, 0, type_=sa.BigInteger())
