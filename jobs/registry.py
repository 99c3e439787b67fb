"""Pumps (loops over a queue) and jobs (work with an occurrence), found by their decorators."""

import importlib
import pkgutil
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy.orm import Session

import jobs
from bots.channel import Channel
from loyalty.channels.calls import Meter
from loyalty.customers.mirroring import Seen
from loyalty.db import Database
from loyalty.settings import Settings


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Context:
    """What background work may use. `stopping` is set when the process is asked to end."""

    database: Database
    settings: Settings
    channels: Mapping[str, Channel]  # by kind
    clock: Callable[[], datetime] = utc_now
    owner: str = "test"  # names this process in leases
    stopping: threading.Event = field(default_factory=threading.Event)
    meter: Meter = field(default_factory=Meter)  # of this process's calls
    tags_seen: dict[int, Seen] = field(default_factory=dict)  # by account, as this process knows
    tags_rest: dict[int, datetime] = field(default_factory=dict)  # until when an account wants no calls for tags

    def transaction(self) -> AbstractContextManager[Session]:
        return self.database.transaction()

    def read_only(self) -> AbstractContextManager[Session]:
        return self.database.read_only()


PumpFunction = Callable[[Context], int]
JobFunction = Callable[[Context, datetime], None]


@dataclass(frozen=True, slots=True)
class Pump:
    """A loop: `run` does one round and returns how much it did; after an idle round it rests `rest` seconds."""

    name: str
    run: PumpFunction
    rest: float


@dataclass(frozen=True, slots=True)
class Job:
    """Work with an occurrence: `cron` in shop time. `run` gets the occurrence's due time, never the clock's."""

    name: str
    run: JobFunction
    cron: str


PUMPS: dict[str, Pump] = {}
JOBS: dict[str, Job] = {}


def pump(*, rest: float = 0.05) -> Callable[[PumpFunction], PumpFunction]:
    """Run this function round after round in every worker. It must be harmless beside itself."""

    def register(function: PumpFunction) -> PumpFunction:
        PUMPS[function.__name__] = Pump(function.__name__, function, rest)
        return function

    return register


def job(*, cron: str) -> Callable[[JobFunction], JobFunction]:
    """Run this function once per occurrence, in whichever worker takes it. It must go on from its own cursor."""

    def register(function: JobFunction) -> JobFunction:
        JOBS[function.__name__] = Job(function.__name__, function, cron)
        return function

    return register


def discover() -> None:
    """Import every module of this package, so that all pumps and jobs are known."""
    for module in pkgutil.iter_modules(jobs.__path__):
        importlib.import_module(f"jobs.{module.name}")
