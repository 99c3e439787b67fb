"""What commands share: the settings, the database, the two languages, and what goes to which stream.

A command module defines `commands: list[click.Command]`. Results go through `emit`; everything else through `say`.
"""

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import click
from sqlalchemy.orm import Session

from loyalty import settings
from loyalty.db import Database
from loyalty.installation import opening
from loyalty.settings import Settings, SettingsError

TAKES_IDS = {"ignore_unknown_options": True}  # for commands whose argument may begin with a dash, as some ids do


class Refused(click.ClickException):
    """Not done; the message is one line that names the cure. Exit 1."""

    def show(self, file: Any = None) -> None:
        click.echo(self.message, file=file, err=file is None)


class Both(NamedTuple):
    """A sentence in both languages; calling it fills it in, in the shop's."""

    vi: str
    en: str

    def __call__(self, **facts: Any) -> str:
        return (self.en if locale() == "en" else self.vi).format(**facts)


@dataclass
class State:
    """What one run of the program knows."""

    json: bool = False
    chosen: Settings | None = None


def state() -> State:
    return click.get_current_context().find_root().ensure_object(State)


def chosen() -> Settings:
    """The settings, read once. Raises SettingsError."""
    here = state()
    here.chosen = here.chosen or settings.load()
    return here.chosen


def locale() -> str:
    """The language of what is printed; Vietnamese as long as the settings cannot be read."""
    try:
        return chosen().locale
    except SettingsError:
        return Settings().locale


def now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def open_database() -> Iterator[Database]:
    """The shop's database. Raises SettingsError, OldSchema."""
    database = opening.open_database(chosen())
    try:
        yield database
    finally:
        database.close()


@contextmanager
def transaction() -> Iterator[Session]:
    """One unit of work, committed at the end of the block."""
    with open_database() as database, database.transaction() as session:
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """A look at one moment of the database."""
    with open_database() as database, database.read_only() as session:
        yield session


def emit(data: Any, human: str | Callable[[], str]) -> None:
    """The result, once per command: `data` as one JSON document under `--json`, else `human`."""
    if state().json:
        click.echo(json.dumps(data, ensure_ascii=False, indent=2, default=_plain))
    else:
        click.echo(human if isinstance(human, str) else human())


def say(line: str) -> None:
    """Progress and remarks, on standard error."""
    click.echo(line, err=True)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows under their heads, in columns."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (head, *rows))
    return "\n".join(line.rstrip() for line in lines)


def moment(at: datetime | None) -> str:
    """An instant as one reads it at the shop."""
    return at.astimezone(chosen().timezone).strftime("%d/%m/%Y %H:%M:%S") if at else ""


def write_private(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file only its owner may read, whole or not at all: it lies beside `path` until it is complete."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as draft:  # mode 0600
        try:
            for piece in pieces:
                draft.write(piece)
            draft.flush()
            os.fsync(draft.fileno())
            Path(draft.name).replace(path)
        except BaseException:
            Path(draft.name).unlink(missing_ok=True)
            raise


def whole(number: int) -> str:
    """A count as one reads it: 3.400 in Vietnamese, 3,400 in English."""
    written = f"{number:,}"
    return written if locale() == "en" else written.replace(",", ".")


def accept_json(command: click.Command) -> click.Command:
    """Let a command and all below it take `--json`, unless it has one of its own; repeating changes nothing."""
    if not any("--json" in parameter.opts for parameter in command.params):
        told = "One JSON document on standard output."
        command.params.append(click.Option(["--json"], is_flag=True, expose_value=False, callback=_json, help=told))
    for each in command.commands.values() if isinstance(command, click.Group) else ():
        accept_json(each)
    return command


def _json(_context: click.Context, _option: click.Parameter, value: bool) -> None:
    if value:
        state().json = True


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(chosen().timezone).isoformat(timespec="seconds")
    raise TypeError(type(value).__name__)
