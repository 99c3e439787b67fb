"""Instants as numbers, so that one can count with them in SQL on both engines."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

DAY = 86_400  # seconds
Expr = sa.SQLColumnExpression[Any]


class Epoch(sa.sql.functions.FunctionElement[int]):
    """An instant as whole seconds since 1970; NULL stays NULL."""

    type = sa.BigInteger()
    inherit_cache = True


@compiles(Epoch, "sqlite")
def _on_sqlite(element: Epoch, compiler: Any, **options: Any) -> str:
    return f"CAST(strftime('%s', {compiler.process(element.clauses, **options)}) AS INTEGER)"


@compiles(Epoch, "postgresql")
def _on_postgresql(element: Epoch, compiler: Any, **options: Any) -> str:
    return f"CAST(floor(extract(epoch FROM {compiler.process(element.clauses, **options)})) AS BIGINT)"


def divided(above: Expr, below: Expr) -> Expr:
    """A whole quotient, what is left over dropped; NULL where one would divide by nothing."""
    return above // sa.func.nullif(below, 0, type_=sa.BigInteger())
