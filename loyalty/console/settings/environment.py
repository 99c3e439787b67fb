"""What the environment decides, to be read only; of a secret, whether it is set."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from loyalty.settings import SECRETS, Hours, Settings
from loyalty.vault import keys
from loyalty.words import Both

SET = Both("đã đặt", "set")
NOT_SET = Both("chưa đặt", "not set")
EMPTY = Both("(trống)", "(empty)")
ENGINES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
FOUND_IN_VAR = {"data_keys": keys.DATA_FILE, "secret_key": keys.SECRET_FILE}  # made at the first start


@dataclass(frozen=True, slots=True)
class Variable:
    """One line. `value` is in words; a secret's is never shown."""

    name: str
    value: str
    is_secret: bool
    is_set: bool


def show(settings: Settings, locale: str) -> list[Variable]:
    """Every variable of docs/settings.md as this process has it."""
    names = [name for name in Settings.__dataclass_fields__ if name != "var"]
    return [_show(settings, name, locale) for name in names]


def _show(settings: Settings, name: str, locale: str) -> Variable:
    variable, value = name.upper(), getattr(settings, name)
    if variable == "DATABASE_URL":
        engine = ENGINES.get(sa.make_url(value).get_backend_name(), "?")
        return Variable(f"LOYALTY_{variable}", engine, True, True)
    if variable in SECRETS:
        in_file = FOUND_IN_VAR.get(name) if not value else None
        is_set = bool(value) or bool(in_file and (settings.var / in_file).exists())
        shown = (SET if is_set else NOT_SET).in_(locale) + (f" (var/{in_file})" if is_set and in_file else "")
        return Variable(f"LOYALTY_{variable}", shown, True, is_set)
    return Variable(f"LOYALTY_{variable}", _plain(value) or EMPTY.in_(locale), False, bool(value))


def _plain(value: Any) -> str:
    if isinstance(value, Hours):
        return f"{value.start:%H:%M}-{value.end:%H:%M}"
    return "" if value is None else str(value)
