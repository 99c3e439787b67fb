"""SQL that each engine has its own words for."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles


class Spelt(sa.sql.functions.FunctionElement[Any]):
    """An expression by its words on each engine, `{}` being what it is made of."""

    inherit_cache = True  # to be said by each subclass
    sqlite: str
    postgresql: str


@compiles(Spelt)
def _spell(element: Spelt, compiler: Any, **options: Any) -> str:
    words = element.sqlite if compiler.dialect.name == "sqlite" else element.postgresql
    return words.format(compiler.process(element.clauses, **options))


class Either(sa.sql.functions.FunctionElement[Any]):
    """Two expressions that mean the same, SQLite's and PostgreSQL's: each engine is sent its own."""

    inherit_cache = True


@compiles(Either)
def _choose(element: Either, compiler: Any, **options: Any) -> str:
    sqlite, postgresql = element.clauses
    return f"({compiler.process(sqlite if compiler.dialect.name == 'sqlite' else postgresql, **options)})"
