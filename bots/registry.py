"""Finds the channel folders. The folder list is the only list of channels."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from datetime import datetime

import bots
from bots.channel import Channel
from loyalty.db import Database
from loyalty.settings import Settings, SettingsError


def kinds() -> list[str]:
    """Every channel there is: a folder of `bots/` with a `build` function."""
    folders = [module.name for module in pkgutil.iter_modules(bots.__path__) if module.ispkg]
    return sorted(name for name in folders if hasattr(importlib.import_module(f"bots.{name}"), "build"))


def build(settings: Settings, database: Database, clock: Callable[[], datetime]) -> Mapping[str, Channel]:
    """The channels that have credentials, by kind. Raises SettingsError for credentials that cannot be right."""
    built = {kind: _build(kind, settings, database, clock) for kind in kinds()}
    return {kind: channel for kind, channel in built.items() if channel is not None}


def _build(kind: str, settings: Settings, database: Database, clock: Callable[[], datetime]) -> Channel | None:
    try:
        channel: Channel | None = importlib.import_module(f"bots.{kind}").build(settings, database, clock)
    except ValueError as error:  # "LOYALTY_… is missing …"
        variable, _, cure = str(error).partition(" ")
        raise SettingsError(variable, cure) from None
    return channel
